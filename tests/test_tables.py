"""Tables for spreadsheets: nothing in them is calculated, however they are taken apart, and nothing is lost."""

from __future__ import annotations

import csv
import io
import re
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from review.tables import BOM, GUARD, cell, lines, uncell

SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe62", "\u2212")
BEFORE = ("", " ", "\u00a0", "\u200b", "\u202e", "\ufeff", "\u034f", "\x00", "\x1b", "\u00ad", "\u2028", '"', "\ufe0f")
NASTY = st.text(st.one_of(st.sampled_from("=+-@;,\t\r\n\"'\u200b\uff1d"), st.characters()), max_size=30)


def written(*row: str | int) -> str:
    """One row as it stands in the file."""
    return b"".join(lines([row])).decode().removeprefix(BOM)


def read(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(("before", "sign"), list(product(BEFORE, SIGNS)), ids=ascii)
def test_what_begins_a_formula_gets_a_guard(before: str, sign: str) -> None:
    text = f"{before}{sign}HYPERLINK(1)"
    assert cell(text) == GUARD + text


@pytest.mark.parametrize("text", ["\t=1", "\rplain", "\nplain", "\tplain"], ids=ascii)
def test_a_cell_that_begins_with_a_break_gets_a_guard(text: str) -> None:
    assert cell(text).startswith(GUARD)


@pytest.mark.parametrize(
    "text", ["", "Harbour Kitchen", "a = b", "5 + 3", "Ada's show", "x@y.example", "'quoted'", "a, -b"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_every_part_that_another_spreadsheet_would_make_a_cell_of_is_guarded() -> None:
    assert cell("hello;=1+1;b") == "hello;'=1+1;b"
    assert cell("We play:\n- music\n- talk") == "We play:\n'- music\n'- talk"


@given(NASTY)
@example('x;"=1+1"')
@example('"\n"=1')
def test_no_spreadsheet_finds_a_formula(text: str) -> None:
    line = written(7, text, text)
    taken_apart = {value for separator in ",;\t" for row in read(line, separator) for value in row}
    taken_apart |= set(re.split(r"[;\t\r\n]", line))  # by one that knows no quotes
    for value in taken_apart:
        first = next((sign for sign in value if sign.isprintable() and sign not in ' "'), "")
        assert first not in SIGNS, (value, line)


@given(st.lists(st.lists(NASTY, min_size=2, max_size=3), max_size=4))
def test_a_table_of_ours_can_be_read_again(rows: list[list[str]]) -> None:
    text = b"".join(lines(rows)).decode().removeprefix(BOM)
    plain = [[value.encode("utf-8", "replace").decode() for value in row] for row in rows]
    assert [[uncell(value) for value in row] for row in read(text)] == plain


@given(NASTY)
def test_guard_is_taken_away_as_it_was_put(text: str) -> None:
    assert uncell(cell(text)) == text


def test_numbers_stay_numbers_and_lines_end_as_spreadsheets_want() -> None:
    assert b"".join(lines([["a", 1], ['say "b"', 20]])) == '\ufeff"a",1\r\n"say ""b""",20\r\n'.encode()
