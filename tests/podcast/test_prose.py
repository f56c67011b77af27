"""Show notes: safe, short enough, never broken."""

import time

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.podcast.prose import LONGEST_NOTES, line, notes, plain, visible

MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b>", "</b>", "<ul><li>", "</li></ul>", '<a href="https://e.org/?a=1&b=2">', "</a>", "<br>"]
        + ["<script>alert(1)</script>", "&amp;", "&#1;", "&", "<", "é", "🎙️", "word ", "]]>", "\r\n", "\x00", '"']
    ),
    max_size=60,
).map("".join)


@pytest.mark.parametrize(
    ("markup", "safe"),
    [
        ("<p>Hi <b>there</b></p>", "<p>Hi <b>there</b></p>"),
        ("<script>x()</script>ok", "ok"),
        ("<h1 class='x'>Head</h1>", "Head"),
        ('<a href="javascript:x()" onclick="x()">go</a>', "<a>go</a>"),
        ('<a href="https://e.org/" target="_blank">go</a>', '<a href="https://e.org/">go</a>'),
        ("salt & pepper", "salt &amp; pepper"),
        ("a\x01b&#1;c", "abc"),
        ("<ol><li>one", "<ol><li>one</li></ol>"),
        ("  \n ", ""),
    ],
)
def test_notes(markup: str, safe: str) -> None:
    assert notes(markup) == safe


@given(MARKUP)
def test_notes_stay_as_they_are_the_second_time(markup: str) -> None:
    assert notes(notes(markup)) == notes(markup)


@given(MARKUP, st.integers(0, 200))
@settings(max_examples=200)
def test_notes_fit_and_close_their_tags(markup: str, limit: int) -> None:
    short = notes(markup * 3, limit)
    assert len(short.encode()) <= limit
    assert nh3.clean(short, tags=nh3.ALLOWED_TAGS, link_rel=None) == short


def test_notes_are_cut_between_characters() -> None:
    assert notes("é" * 3000) == "é" * 2000
    assert notes("🎙" * 3000) == "🎙" * 1000
    assert notes("<p>" + "x" * 5000) == "<p>" + "x" * (LONGEST_NOTES - 7) + "</p>"


def test_notes_are_not_cut_inside_a_tag_or_an_entity() -> None:
    assert notes('ab <a href="https://example.org/">go</a>', 12) == "ab"
    assert notes("abc &amp; d", 7) == "abc"


def test_notes_of_nothing_but_tags_take_no_time() -> None:
    started = time.perf_counter()
    notes("<ul><li>" * 100_000)
    plain("<ul><li>" * 100_000, 100)
    assert time.perf_counter() - started < 2


def test_line() -> None:
    assert line("  a \n b\t\x07c \u2028 d ") == "a b c d"
    assert line("ab cd", 3) == "ab"


def test_plain() -> None:
    assert plain("<p>One &amp; two</p><p>Three<br>four</p><script>x</script>", 100) == "One & two\nThree\nfour"
    assert plain("&lt;b&gt; stays text", 100) == "<b> stays text"
    assert plain("x" * 50, 10) == "x" * 10


@given(st.text())
def test_visible_is_what_xml_takes(text: str) -> None:
    kept = visible(text)
    assert visible(kept) == kept
    assert all(c >= " " or c in "\t\n\r" for c in kept)
