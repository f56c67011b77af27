"""The box and the list of values beside it are two views of one line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.fields import said
from review.query import parse
from review.ticking import chosen, replaced, toggled
from tests.test_query import ANYTHING

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("fog lang:es", "lang", ("es",)),
        ("fog LANG:es,fi", "lang", ("es", "fi")),
        ('topic:"Arts > Food",TV', "topic", ("Arts > Food", "TV")),
        ("fog", "lang", ()),
        ("-lang:es", "lang", ()),
        ("(lang:es)", "lang", ()),
        ("lang:es OR fog", "lang", ()),
        ("(a OR b) lang:es", "lang", ("es",)),
        ("", "lang", ()),
    ],
)
def test_what_narrows_the_whole_is_ticked(text: str, name: str, values: tuple[str, ...]) -> None:
    assert chosen(text, name) == values


@pytest.mark.parametrize(
    ("text", "name", "value", "then"),
    [
        ("", "lang", "es", "lang:es"),
        ("fog", "lang", "es", "fog lang:es"),
        ("fog lang:es", "lang", "fi", "fog lang:es,fi"),
        ("fog lang:es,fi bell", "lang", "ES", "fog lang:fi bell"),
        ("fog lang:es bell", "lang", "es", "fog bell"),
        ("a OR b", "lang", "es", "(a OR b) lang:es"),
        ("fog", "topic", "Arts > Food", 'fog topic:"Arts > Food"'),
        ("-lang:es", "lang", "es", "-lang:es lang:es"),
        ('fog "open', "lang", "es", 'fog "open" lang:es'),
        ("(a OR b", "lang", "es", "(a OR b) lang:es"),
    ],
)
def test_a_value_is_ticked_and_no_longer(text: str, name: str, value: str, then: str) -> None:
    assert toggled(text, name, value) == then


def test_one_value_takes_the_place_of_all() -> None:
    assert replaced("fog is:submitted,asked", "is", "approved") == "fog is:approved"
    assert replaced("fog is:submitted bell", "is") == "fog bell"


@given(ANYTHING, st.sampled_from(["lang", "tag", "is"]), st.text(st.characters(exclude_characters='"'), max_size=20))
def test_ticking_takes_anything(text: str, name: str, value: str) -> None:
    parse(toggled(text, name, value), now=NOW)
    said(name, value)


@given(st.lists(st.sampled_from(["fog", "lang:es", '"a b"', "-x", "(a OR b)", "tag:loud"]), max_size=5).map(" ".join))
def test_ticked_and_ticked_again_is_as_before(text: str) -> None:
    ticked = toggled(text, "host", "anchor")
    assert chosen(ticked, "host") == ("anchor",)
    assert parse(toggled(ticked, "host", "anchor"), now=NOW) == parse(text, now=NOW)
