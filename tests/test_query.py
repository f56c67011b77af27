"""The search words: nothing a person types fails, and what looks the same is found the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.query import MAX_LENGTH, MAX_WORDS, fold, folded, words

ANYTHING = st.text(st.characters())  # lone surrogates and all


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Café", "cafe"),
        ("CAFE\u0301", "cafe"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("İstanbul", "istanbul"),
        ("Łódź", "łodz"),
        ("Ａｌｌ", "all"),
        ("ﬁn", "fin"),
        ("ℕight", "night"),
        ("C# show", "c# show"),
        ("100%_\\", "100%_\\"),
        ("a\u200bb\x00c", "abc"),
        ("🐝 bee", "🐝 bee"),
    ],
)
def test_fold_brings_spellings_together(typed: str, found: str) -> None:
    assert fold(typed) == found


@given(ANYTHING)
def test_fold_takes_anything_and_folding_twice_is_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_folding_any_single_letter_twice_is_once() -> None:
    assert [c for c in map(chr, range(0x20000)) if fold(fold(c)) != fold(c)] == []


@given(ANYTHING)
def test_folded_text_has_neither_case_nor_accents(text: str) -> None:
    result = fold(text)
    assert not any(unicodedata.combining(c) for c in result)
    assert not any(unicodedata.category(c) in ("Cs", "Cc") and not c.isspace() for c in result)
    result.encode()


@given(ANYTHING)
def test_words_take_anything(text: str) -> None:
    found = words(text)
    assert len(found) <= MAX_WORDS
    assert len(set(found)) == len(found)
    assert all(word and not any(c.isspace() for c in word) for word in found)


@given(st.lists(ANYTHING, max_size=5))
def test_folded_takes_anything(parts: list[str]) -> None:
    folded(*parts)


@given(st.text(max_size=MAX_LENGTH))
def test_a_row_is_found_by_its_own_words(title: str) -> None:
    row = folded(title, "Maren Oduya")
    assert all(word in row for word in words(title))


def test_words_stand_once_in_the_order_typed() -> None:
    assert words("  Night  owls NIGHT\tÓwls bus ") == ("night", "owls", "bus")


def test_words_end_at_sixteen_and_at_400_characters() -> None:
    assert len(words(" ".join(f"w{n}" for n in range(50)))) == 16
    assert words("x" * 1000) == ("x" * MAX_LENGTH,)


def test_words_of_nothing_are_none() -> None:
    assert words("") == words(" \n\t ") == words("\u0301\u200b") == ()


def test_folded_leaves_empty_parts_out() -> None:
    assert folded("A", "", "B") == "a b"
