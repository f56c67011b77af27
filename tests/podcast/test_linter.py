"""Linting: every flaw alone, on a feed that has no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from review.podcast.codes import FLAWS
from review.podcast.feed import Enclosure, Feed, Finding
from review.podcast.linter import is_language, lint

from .samples import EPISODE, FEED

MEDIA = "https://cdn.example.org/2.mp3"


def episode(**changes: Any) -> dict[str, Any]:
    return {"episodes": (replace(EPISODE, **changes),)}


def enclosure(url: str = MEDIA, length: int = 1, type: str = "audio/mpeg") -> dict[str, Any]:
    return episode(enclosure=Enclosure(url, length, type))


SECOND = replace(EPISODE, guid="ep-2", enclosure=Enclosure(MEDIA, 1, "audio/mpeg"))

ALONE: list[tuple[dict[str, Any], str, str]] = [
    ({"title": ""}, "no-title", ""),
    ({"description": ""}, "no-description", ""),
    ({"image": ""}, "no-image", ""),
    ({"language": ""}, "no-language", ""),
    ({"categories": ()}, "no-category", ""),
    ({"explicit": None}, "no-explicit", ""),
    ({"author": ""}, "no-author", ""),
    ({"link": ""}, "no-link", ""),
    ({"owner_email": ""}, "no-owner-email", ""),
    ({"self_url": ""}, "no-self-link", ""),
    ({"episodes": ()}, "no-episodes", ""),
    ({"locked": True}, "locked", "ann@example.org"),
    ({"new_feed_url": "https://other.example.org/rss"}, "moved", "https://other.example.org/rss"),
    ({"owner_email": "ann at example.org"}, "bad-owner-email", "ann at example.org"),
    ({"language": "english"}, "bad-language", "english"),
    ({"language": "0"}, "bad-language", "0"),
    ({"medium": "radio"}, "bad-medium", "radio"),
    ({"guid": "y0ur-gu1d"}, "bad-podcast-guid", "y0ur-gu1d"),
    ({"categories": ("Arts", "Games & Hobbies", "Arts > Law")}, "unknown-category", "Games & Hobbies, Arts > Law"),
    ({"image": "https://cdn.example.org/c.webp"}, "image-type", "https://cdn.example.org/c.webp"),
    ({"description": "é" * 2001}, "description-too-long", "1"),
    (episode(title="x" * 256), "value-too-long", "1"),
    ({"link": "/about"}, "relative-address", "1"),
    (enclosure(url="1.mp3"), "relative-address", "1"),
    ({"image": "file:///c.jpg"}, "not-a-web-address", "file:///c.jpg"),
    (episode(image="gs://bucket/c.jpg"), "not-a-web-address", "gs://bucket/c.jpg"),
    (episode(title=""), "episode-no-title", "1"),
    (episode(description=""), "episode-no-description", "1"),
    (episode(published=None), "episode-no-date", "1"),
    (episode(guid=" "), "episode-no-guid", "1"),
    (episode(enclosure=None), "episode-no-enclosure", "1"),
    ({"episodes": (EPISODE, replace(SECOND, guid="ep-1"))}, "guid-repeated", "1"),
    (episode(guid_is_permalink=True), "guid-not-an-address", "1"),
    ({"episodes": (EPISODE, replace(SECOND, enclosure=EPISODE.enclosure))}, "enclosure-repeated", "1"),
    (enclosure(length=0), "enclosure-length", "1"),
    (enclosure(type="audio/mp3"), "enclosure-type", "1"),
    (enclosure(url="https://cdn.example.org/play?id=1"), "enclosure-extension", "1"),
    ({"kind": "serial"} | episode(number=None), "episode-unnumbered", "1"),
]


@pytest.mark.parametrize(("changes", "code", "detail"), ALONE)
def test_one_flaw_is_the_only_one_found(changes: dict[str, Any], code: str, detail: str) -> None:
    assert lint(replace(FEED, **changes)) == (Finding(code, detail),)


def test_every_flaw_has_its_case() -> None:
    assert {code for _, code, _ in ALONE} == set(FLAWS)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"language": "pt-BR", "medium": "musicL", "guid": ""},
        {"new_feed_url": FEED.self_url.replace("https", "http") + "/"},
        {"episodes": (EPISODE, SECOND)},
        {"episodes": (EPISODE, replace(SECOND, guid="EP-1"))},
        {"kind": "serial"} | episode(number=None, kind="trailer"),
        enclosure(url="https://cdn.example.org/2.MP3?x=1.php"),
        {"image": "https://cdn.example.org/c.JPEG?v=2"},
    ],
)
def test_nothing_wrong(changes: dict[str, Any]) -> None:
    assert lint(replace(FEED, **changes)) == ()


def test_a_feed_that_names_where_it_was_found_has_not_moved() -> None:
    feed = replace(FEED, new_feed_url="https://new.example.org/rss")
    assert lint(feed, url="http://new.example.org/rss/") == ()


def test_findings_are_counted_not_repeated() -> None:
    feed = replace(FEED, episodes=(replace(EPISODE, title="", published=None),) * 500)
    found = lint(feed)
    assert len(found) == len({finding.code for finding in found}) == 4
    assert Finding("episode-no-title", "500") in found
    assert Finding("guid-repeated", "499") in found


def test_an_empty_feed_is_told_everything_once() -> None:
    assert [finding.code for finding in lint(Feed())] == [code for code in FLAWS if code.startswith("no-")]


@pytest.mark.parametrize("text", ["en", "de", "EN-us", "pt-br", "zh-Hant-TW", "es-419", "gsw"])
def test_languages(text: str) -> None:
    assert is_language(text)


@pytest.mark.parametrize("text", ["", "e", "xx", "english", "en_US", "en-", "en-usa1"])
def test_not_languages(text: str) -> None:
    assert not is_language(text)
