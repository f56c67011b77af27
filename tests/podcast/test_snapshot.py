"""What a reviewer sees, and its way into a JSON column and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from review.podcast.feed import Enclosure, Episode, Feed, Finding
from review.podcast.reader import Reading, read
from review.podcast.snapshot import LONGEST_DESCRIPTION, Snapshot, take
from review.podcast.writer import write

from .samples import EPISODE, FEED

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = FEED.self_url


def snapshot(feed: Feed) -> Snapshot:
    return take(Reading(feed, (), len(feed.episodes)), url=URL, now=NOW)


def weekly(*days_ago: float) -> Feed:
    dates = (NOW - timedelta(days=days) for days in days_ago)
    return replace(FEED, episodes=tuple(replace(EPISODE, title=f"{at:%d %b}", published=at) for at in dates))


def test_what_it_holds() -> None:
    shot = take(read(write(FEED)), url=URL, now=NOW)
    assert (shot.title, shot.description, shot.host) == ("Night Owls", "Birds after dark.", "feeds.example.org")
    assert (shot.episode_count, shot.cadence_days) == (1, None)
    assert shot.first_episode_at == shot.last_episode_at == EPISODE.published
    assert (shot.latest_title, shot.latest_url) == ("The first", "https://cdn.example.org/1.mp3")
    assert (shot.latest_type, shot.language, shot.explicit) == ("audio/mpeg", "en-gb", False)
    assert (shot.owner_name, shot.owner_email, shot.author) == ("Ann Lee", "ann@example.org", "Ann Lee")
    assert (shot.categories, shot.guid, shot.locked) == (FEED.categories, FEED.guid, False)
    assert (shot.url, shot.taken_at, shot.repairs, shot.findings) == (URL, NOW, (), ())


@pytest.mark.parametrize(
    ("days_ago", "cadence"),
    [
        ((7, 14, 21), 7.0),
        ((21, 7, 14), 7.0),
        ((1, 8, 15, 200), 7.0),
        ((1, 1.5), 0.5),
        ((3,), None),
        ((), None),
        ((-7, 7, 14), 7.0),
        ((*range(20), 500, 900), 1.0),
    ],
)
def test_cadence(days_ago: tuple[float, ...], cadence: float | None) -> None:
    assert snapshot(weekly(*days_ago)).cadence_days == cadence


def test_the_latest_is_the_newest_that_is_out() -> None:
    shot = snapshot(weekly(21, 7, -7, 14))
    assert shot.latest_title == "25 May"
    assert shot.last_episode_at == NOW - timedelta(days=7)
    assert shot.first_episode_at == NOW - timedelta(days=21)
    assert shot.episode_count == 4


def test_without_dates_the_first_is_the_latest() -> None:
    shot = snapshot(Feed(episodes=(Episode(title="A"), Episode(title="B"))))
    assert (shot.latest_title, shot.last_episode_at) == ("A", None)
    assert snapshot(Feed()).latest_title == ""


def test_the_description_is_plain_and_short() -> None:
    shot = snapshot(replace(FEED, description="<p>a &amp; b</p><p>" + "x" * 5000))
    assert shot.description.startswith("a & b\nx")
    assert len(shot.description) == LONGEST_DESCRIPTION


def test_no_feed_makes_a_row_that_is_too_large() -> None:
    long = "https://e.org/" + "x" * 100_000
    texts = (
        "title",
        "description",
        "link",
        "language",
        "author",
        "owner_name",
        "owner_email",
        "image",
        "guid",
        "medium",
    )
    episode = replace(EPISODE, title=long, enclosure=Enclosure(long, 1, long), image=f"gs:{long}")
    feed = replace(FEED, **dict.fromkeys(texts, long), categories=(long,) * 1000, episodes=(episode,))
    assert len(json.dumps(snapshot(feed).to_json())) < 25_000


def test_findings_are_kept() -> None:
    shot = take(read(b"<rss><channel><title>A & B</title></channel></rss>"), url=URL, now=NOW)
    assert shot.repairs == (Finding("bare-ampersand", "1"),)
    assert Finding("no-image") in shot.findings


@pytest.mark.parametrize("feed", [FEED, Feed(), weekly(7, 14)], ids=["whole", "empty", "weekly"])
def test_json_loses_nothing(feed: Feed) -> None:
    shot = snapshot(feed)
    stored = json.loads(json.dumps(shot.to_json()))
    assert Snapshot.from_json(stored) == shot
    assert Snapshot.from_json(stored | {"later": 1}) == shot
