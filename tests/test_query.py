"""The search words: nothing a person types fails, and what looks the same is found the same."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

import pytest
from flask import Flask, get_template_attribute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review.query import MAX_LENGTH, MAX_WORDS, fold, folded, marked, words

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


class TestMarked:
    """What was found, shown in the text it was found in."""

    @pytest.mark.parametrize(
        ("text", "typed", "found"),
        [
            ("Night owls", "owl", ["owls"]),
            ("Café  NIGHT\tcafé", "cafe", ["Café", "café"]),
            ("Straße, Strasse", "STRASSE", ["Straße,", "Strasse"]),
            ("foo\u200bbar", "foobar", ["foo\u200bbar"]),
            ("one two three", "two ee", ["two", "three"]),
            ("100%_\\ sure", "%_\\", ["100%_\\"]),
            ("one two", "three", []),
            ("one two", "", []),
            ("", "one", []),
        ],
    )
    def test_words_that_hold_what_was_typed_are_found(self, text: str, typed: str, found: list[str]) -> None:
        assert [piece for piece, is_found in marked(text, words(typed)) if is_found] == found

    @given(ANYTHING, ANYTHING)
    def test_pieces_joined_are_the_text(self, text: str, typed: str) -> None:
        assert "".join(piece for piece, _ in marked(text, words(typed))) == text

    @given(st.text(max_size=MAX_LENGTH))
    def test_every_word_of_a_text_is_found_in_it(self, text: str) -> None:
        found = [fold(piece) for piece, is_found in marked(text, words(text)) if is_found]
        assert all(any(word in piece for piece in found) for word in words(text))

    @given(ANYTHING, ANYTHING)
    def test_only_what_holds_a_word_is_found(self, text: str, typed: str) -> None:
        for piece, is_found in marked(text, words(typed)):
            assert is_found == any(word in fold(piece) for word in words(typed))


class TestMarkedOnPages:
    """The macro that pages use."""

    @pytest.mark.parametrize(
        ("text", "typed", "shown"),
        [
            ("Night owls", "owl", "Night <mark>owls</mark>"),
            ("<script>alert(1)</script> x", "script", "<mark>&lt;script&gt;alert(1)&lt;/script&gt;</mark> x"),
            ("</mark><b> owls", "owl", "&lt;/mark&gt;&lt;b&gt; <mark>owls</mark>"),
            ("a &amp; b", "amp", "a <mark>&amp;amp;</mark> b"),
            ("a & b", "lt", "a &amp; b"),
            ('" onload="x', "onload", "&#34; <mark>onload=&#34;x</mark>"),
        ],
    )
    def test_every_piece_is_escaped(self, app: Flask, text: str, typed: str, shown: str) -> None:
        assert get_template_attribute("_words.html", "marked")(text, words(typed)) == shown

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.text("<>&/\"' marksciptowl"), typed=st.text("<>&/\"' marksciptowl"))
    def test_nothing_in_a_text_can_pass_for_a_mark(self, app: Flask, text: str, typed: str) -> None:
        shown = str(get_template_attribute("_words.html", "marked")(text, words(typed)))
        assert set(re.findall(r"<[^>]*>", shown)) <= {"<mark>", "</mark>"}
        assert unescape(re.sub(r"</?mark>", "", shown)) == text
