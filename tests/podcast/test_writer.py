"""Writing: the bytes that importers look for, and the way back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from review.podcast.categories import ALL
from review.podcast.feed import Enclosure, Episode, Feed
from review.podcast.linter import MEDIUMS, TYPES
from review.podcast.prose import LONGEST_NOTES, LONGEST_VALUE, line, notes
from review.podcast.reader import read
from review.podcast.writer import write

from .samples import EPISODE, FEED

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"


def text(feed: Feed = FEED) -> str:
    return write(feed).decode()


def test_it_starts_at_byte_0() -> None:
    assert write(FEED).startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<rss ')
    assert b"<!DOCTYPE" not in write(FEED)


def test_what_importers_search_for() -> None:
    """PowerPress and older importers read with regular expressions."""
    written = text()
    assert written.count("<item>") == 1
    assert '<enclosure url="https://cdn.example.org/1.mp3" length="1234" type="audio/mpeg"/>' in written
    assert '<podcast:locked owner="ann@example.org">no</podcast:locked>' in written
    assert 'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"' in written
    assert 'xmlns:podcast="https://podcastindex.org/namespace/1.0"' in written
    assert "<itunes:explicit>false</itunes:explicit>" in written
    assert "<itunes:duration>1800</itunes:duration>" in written
    assert "<pubDate>Fri, 01 Mar 2024 12:00:00 GMT</pubDate>" in written
    assert '<guid isPermaLink="false">ep-1</guid>' in written
    assert "<podcast:medium>podcast</podcast:medium>" in written
    assert "<description><![CDATA[<p>Birds after dark.</p>]]></description>" in written
    assert '<itunes:category text="Science">' in written
    self_link = next(part for part in written.split("<") if part.startswith("atom:link"))
    assert {'href="https://feeds.example.org/night-owls/rss.xml"', 'rel="self"'} <= set(re.split(r"\s|/>", self_link))


def test_required_tags_are_there() -> None:
    """Apple F3 and F5."""
    channel = etree.fromstring(write(FEED))[0]
    for tag in ("title", "description", "language", *(ITUNES + name for name in ("image", "category", "explicit"))):
        assert channel.find(tag) is not None
    item = channel.find("item")
    assert item is not None
    for tag in ("title", "enclosure", "guid", "pubDate", "description", "link", ITUNES + "duration"):
        assert item.find(tag) is not None


def test_equal_feeds_give_equal_bytes_and_no_clock() -> None:
    assert write(FEED) == write(replace(FEED))
    assert b"lastBuildDate" not in write(FEED)


@pytest.mark.parametrize(
    ("locked", "email", "tag"),
    [
        (True, "a@e.org", '<podcast:locked owner="a@e.org">yes</podcast:locked>'),
        (False, "", "<podcast:locked>no</podcast:locked>"),
        (None, "a@e.org", ""),
    ],
)
def test_lock(locked: bool | None, email: str, tag: str) -> None:
    written = text(replace(FEED, locked=locked, owner_email=email))
    assert tag in written
    assert ("podcast:locked" in written) == bool(tag)


def test_powerpress_sees_the_lock_only_where_it_is() -> None:
    """The expression of its importer: it wants an owner, and must not run on to a later "yes"."""
    pattern = re.compile(r"<podcast:locked[^>]*owner=[^>]*>\s*yes\s*</podcast:locked>", re.IGNORECASE | re.DOTALL)
    episode = replace(EPISODE, description="yes </podcast:locked>")
    assert not pattern.search(text(replace(FEED, episodes=(episode,))))
    assert pattern.search(text(replace(FEED, locked=True)))


def test_a_permalink_is_an_address() -> None:
    assert 'isPermaLink="true">https://e.org/1<' in text(_with(guid="https://e.org/1", guid_is_permalink=True))
    assert 'isPermaLink="false">ep-1<' in text(_with(guid="ep-1", guid_is_permalink=True))
    assert "<guid" not in text(_with(guid=""))


def _with(**changes: object) -> Feed:
    return replace(FEED, episodes=(replace(EPISODE, **changes),))  # type: ignore[arg-type]


def test_limits() -> None:
    long = replace(FEED, title="t" * 400, description="<p>" + "é" * 4000, episodes=(replace(EPISODE, title="é" * 400),))
    feed = read(write(long)).feed
    assert len(feed.title) == len(feed.episodes[0].title) == LONGEST_VALUE
    assert LONGEST_NOTES - 2 <= len(feed.description.encode()) <= LONGEST_NOTES
    assert feed.description.endswith("é</p>")


def test_addresses_and_guids_are_never_cut() -> None:
    long = "https://e.org/" + "x" * 400
    one = read(
        write(_with(guid=long, link=long, image=long, enclosure=Enclosure(long, 1, "audio/mpeg")))
    ).feed.episodes[0]
    assert one.guid == one.link == one.image == long
    assert one.enclosure == Enclosure(long, 1, "audio/mpeg")


def test_unsafe_notes_do_not_get_out() -> None:
    written = text(_with(description='<script>x()</script><p onclick="x()">ok]]></p><img src="x">'))
    assert "<p>ok]]&gt;</p>" in written
    assert "x()" not in written
    assert "onclick" not in written


def test_dates_are_utc() -> None:
    zone = timezone(timedelta(hours=2))
    assert "Fri, 01 Mar 2024 12:00:00 GMT" in text(_with(published=datetime(2024, 3, 1, 14, tzinfo=zone)))


def test_what_is_not_known_is_left_out() -> None:
    written = text(Feed(title="A", episodes=(Episode(title="B"),)))
    for tag in (
        "explicit",
        "pubDate",
        "enclosure",
        "duration",
        "guid",
        "locked",
        "owner",
        "new-feed-url",
        "atom:link ",
    ):
        assert f"<{tag}" not in written
        assert f"<itunes:{tag}" not in written
    assert read(write(Feed())).feed == Feed()


CHARACTERS = st.characters(exclude_categories=("Cs", "Co"))
LINES = st.text(CHARACTERS, max_size=40).map(lambda value: line(value, LONGEST_VALUE))
NOTES = st.text(CHARACTERS, max_size=60).map(lambda value: notes(f"<p>{value}</p>"))
URLS = st.from_regex(r"https://[a-z]{1,9}\.org/[a-zA-Z0-9?&=%;'\"<>~_-]{0,20}", fullmatch=True)
GUIDS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=30) | st.just(" a\r\n\tb ")
FLAGS = st.none() | st.booleans()
POSITIVE = st.none() | st.integers(1, 10**6)
DATES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001

EPISODES = st.builds(
    Episode,
    guid=GUIDS,
    title=LINES,
    description=NOTES,
    published=st.none() | DATES.map(lambda when: when.replace(microsecond=0)),
    enclosure=st.none() | st.builds(Enclosure, URLS, st.integers(0, 10**12), st.sampled_from(sorted(TYPES))),
    duration=st.none() | st.integers(0, 10**6),
    season=POSITIVE,
    number=POSITIVE,
    kind=st.sampled_from(["full", "trailer", "bonus"]),
    explicit=FLAGS,
    image=st.just("") | URLS,
    link=st.just("") | URLS,
)
PERMALINKS = st.builds(replace, EPISODES, guid=URLS, guid_is_permalink=st.just(True))
FEEDS = st.builds(
    Feed,
    title=LINES,
    description=NOTES,
    link=st.just("") | URLS,
    language=st.sampled_from(["", "en", "pt-br"]),
    categories=st.lists(st.sampled_from(ALL), unique=True, max_size=3).map(tuple),
    author=LINES,
    owner_name=LINES,
    owner_email=st.sampled_from(["", "a@e.org", "ünï@e.org"]),
    explicit=FLAGS,
    image=st.just("") | URLS,
    copyright=LINES,
    kind=st.sampled_from(["episodic", "serial"]),
    guid=st.just("") | st.uuids().map(str),
    locked=FLAGS,
    medium=st.sampled_from(["", *sorted(MEDIUMS)]),
    self_url=st.just("") | URLS,
    new_feed_url=st.just("") | URLS,
    generator=LINES,
    episodes=st.lists(EPISODES | PERMALINKS, max_size=3).map(tuple),
)


@given(FEEDS)
@settings(max_examples=150)
def test_there_and_back(feed: Feed) -> None:
    reading = read(write(feed))
    assert reading.repairs == ()
    assert reading.feed == feed


@given(st.builds(Feed, title=st.text(), description=st.text(), episodes=st.tuples(st.builds(Episode, guid=st.text()))))
def test_any_text_gives_a_sound_document(feed: Feed) -> None:
    written = write(feed)
    assert read(written).repairs == ()
    assert write(read(written).feed) == written
