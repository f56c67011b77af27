"""Slugs: readable, within bounds, never a word of ours."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.podcast.slug import RESERVED, base, candidates, is_slug


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Night Owls", "night-owls"),
        ("Don’t Panic!", "dont-panic"),
        ("Café & Bücher", "cafe-bucher"),
        ("Подкаст", "podkast"),
        ("深夜", "shen-ye"),
        ("🎙️🔥", "show"),
        ("", "show"),
        ("Us", "us-show"),
        ("Admin", "admin-show"),
        ("C# show", "c-show"),
    ],
)
def test_base(title: str, slug: str) -> None:
    assert base(title) == slug


def test_candidates_go_on() -> None:
    assert list(islice(candidates("Night Owls"), 3)) == ["night-owls", "night-owls-2", "night-owls-3"]


def test_long_titles_are_cut_between_words() -> None:
    assert base("a history of everything that ever happened in the village of Nether Wallop") == (
        "a-history-of-everything-that-ever-happened-in-the"
    )


@given(st.text(max_size=120))
def test_every_candidate_is_a_new_slug(title: str) -> None:
    several = list(islice(candidates(title), 12))
    assert all(is_slug(slug) for slug in several)
    assert len(set(several)) == 12


@pytest.mark.parametrize(
    "text", ["", "ab", "a" * 51, "a--b", "-ab", "ab-", "Abc", "a_b", "abc\n", "äöü", *sorted(RESERVED)]
)
def test_not_a_slug(text: str) -> None:
    assert not is_slug(text)


def test_reserved_words_are_spelt_as_slugs() -> None:
    assert all(word == word.lower() and " " not in word for word in RESERVED)
