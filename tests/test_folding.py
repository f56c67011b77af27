"""The search words: nothing a person types fails, and what looks the same is found the same."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

import pytest
from flask import Flask, get_template_attribute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from review.folding import FIELDS, LONGEST, SEEN, around, fold, lexemes, marked, stem, stems, tokens

ANYTHING = st.text(st.characters())  # lone surrogates and all


def sought(typed: str) -> tuple[str, ...]:
    """The words that are marked where they are found."""
    return tuple(token for token in tokens(typed) if re.search(r"\w", token))


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
def test_tokens_take_anything_and_can_be_sent_anywhere(text: str) -> None:
    for token in tokens(text):
        assert token
        assert len(token.encode("utf-16-le")) <= 2 * LONGEST
        assert not any(c.isspace() or not c.isprintable() for c in token)


@given(st.text(max_size=400))
def test_an_application_is_found_by_its_own_words(title: str) -> None:
    found = set(lexemes({"title": title, "name": "Maren Oduya"}, "en"))
    assert {f"t{token}" for token in tokens(title)} | {"nmaren", "noduya"} <= found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C# show", ("c", "#", "show")),
        ("Don’t – “stop”", ("don", "'", "t", "-", '"', "stop", '"')),
        ("a/b 100%", ("a", "/", "b", "100", "%")),
        ("", ()),
        (" \n\u0301\u200b ", ()),
        ("x" * 50, ("x" * LONGEST,)),
        ("🐝" * 20, ("🐝",) * 20),
    ],
)
def test_every_sign_is_a_word_of_its_own(text: str, found: tuple[str, ...]) -> None:
    assert tokens(text) == found


def test_a_lexeme_says_where_a_word_stands_and_stems_come_last() -> None:
    texts = {"title": "The Cooks", "pitch": "cooking", "notes": "cook"}
    assert [*lexemes(texts, "en")] == [
        *("tthe", "tcooks", "pcooking", "icook"),
        *("1enthe", "1encook", "2encook", "3encook"),
    ]
    assert [*lexemes(texts, "xx")] == ["tthe", "tcooks", "pcooking", "icook"], "a language without stems"
    assert [*lexemes({"name": "Cooks"}, "en")] == ["ncooks"], "names have no stems"


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("stories", "story", "en"),
        ("häuser", "Haus", "de"),
        ("canciones", "canción", "es"),
        ("recettes", "recette", "fr"),
    ],
)
def test_words_of_a_language_meet_in_their_stem(one: str, other: str, language: str) -> None:
    (first,), (second,) = tokens(one), tokens(other)
    assert stem(first, language) == stem(second, language)
    assert stem(first, language) in stems(second), "whoever types it need not say in which language"


@given(st.text(st.characters(categories=("L",)), min_size=1))
def test_stems_take_anything(word: str) -> None:
    for token in tokens(word):
        assert all(stems(token))


@given(st.dictionaries(st.sampled_from([*FIELDS]), ANYTHING), st.sampled_from(["en", "de", "xx", ""]))
def test_lexemes_are_short_and_never_empty(texts: dict[str, str], language: str) -> None:
    assert all(1 < len(one) <= LONGEST + 1 and " " not in one for one in lexemes(texts, language))


class TestMarked:
    """What was found, shown in the text it was found in."""

    @pytest.mark.parametrize(
        ("text", "typed", "found"),
        [
            ("Night owls", "owl", ["owls"]),
            ("Café  NIGHT\tcafé", "cafe", ["Café", "café"]),
            ("Straße, Strasse", "STRASSE", ["Straße,", "Strasse"]),
            ("foo\u200bbar", "foobar", ["foo\u200bbar"]),
            ("one two three", "two ee", ["two"]),
            ("100% sure", "100%", ["100%"]),
            ("Three stories, one storyteller", "story", ["stories,", "storyteller"]),
            ("one two", "three", []),
            ("one two", "", []),
            ("", "one", []),
        ],
    )
    def test_words_that_hold_what_was_typed_are_found(self, text: str, typed: str, found: list[str]) -> None:
        assert [piece for piece, is_found in marked(text, sought(typed)) if is_found] == found

    @given(ANYTHING, ANYTHING)
    def test_pieces_joined_are_the_text(self, text: str, typed: str) -> None:
        assert "".join(piece for piece, _ in marked(text, sought(typed))) == text

    @given(st.text(max_size=400))
    def test_every_word_of_a_text_is_found_in_it(self, text: str) -> None:
        found = {token for piece, is_found in marked(text, sought(text)) if is_found for token in tokens(piece)}
        assert set(sought(text)) <= found

    @given(ANYTHING, ANYTHING)
    def test_what_holds_no_word_at_all_is_not_found(self, text: str, typed: str) -> None:
        for piece, is_found in marked(text, sought(typed)):
            assert not (is_found and not tokens(piece))


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
        assert get_template_attribute("_words.html", "marked")(text, sought(typed)) == shown

    @settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(text=st.text("<>&/\"' marksciptowl"), typed=st.text("<>&/\"' marksciptowl"))
    def test_nothing_in_a_text_can_pass_for_a_mark(self, app: Flask, text: str, typed: str) -> None:
        shown = str(get_template_attribute("_words.html", "marked")(text, sought(typed)))
        assert set(re.findall(r"<[^>]*>", shown)) <= {"<mark>", "</mark>"}
        assert unescape(re.sub(r"</?mark>", "", shown)) == text


class TestAround:
    """What is shown of a text is where the words are."""

    @pytest.mark.parametrize(
        ("text", "typed", "shown"),
        [
            ("Fog, and bells.", "bell", "Fog, and bells."),
            ("Fog " * 30 + "and a lantern there.", "lantern", "… Fog Fog Fog and a lantern there."),
            ("Fog " * 30 + "and a lantern there.", "", ("Fog " * 30)[:60]),
            ("Fog " * 30, "lantern", ("Fog " * 30)[:60]),
            ("x" * 70 + " lantern", "lantern", "… lantern"),
            ("", "lantern", ""),
        ],
    )
    def test_it_begins_where_a_reader_sees_them(self, text: str, typed: str, shown: str) -> None:
        assert around(text, sought(typed), length=60) == shown

    @given(ANYTHING, st.text(max_size=20))
    def test_it_is_a_piece_of_the_text(self, text: str, typed: str) -> None:
        shown = around(text, sought(typed), length=60)
        assert shown.removeprefix("… ") in text
        assert len(shown) <= 62
        if any(found for _, found in marked(text[:SEEN], sought(typed))):
            assert any(found for _, found in marked(shown, sought(typed))) or len(shown) >= 60
