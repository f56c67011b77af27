"""What a reviewer sees of an applicant's feed, taken once and stored beside the application."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from review.podcast.feed import Enclosure, Episode, Feed, Finding
from review.podcast.hosts import host
from review.podcast.linter import lint
from review.podcast.prose import LONGEST_VALUE, line, plain
from review.podcast.reader import Reading

LONGEST_DESCRIPTION = 1000
LONGEST_URL = 2000
_MOST_CATEGORIES = 20
_RECENT = 20
_DAY = 86_400
_MOMENTS = ("taken_at", "first_episode_at", "last_episode_at")
_VALUES = ("title", "language", "author", "owner_name", "owner_email", "guid")
_FINDINGS = ("repairs", "findings")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A feed as it stood at `taken_at`. `cadence_days` is the median gap between the last 20 episodes."""

    url: str
    taken_at: datetime
    title: str
    description: str
    image: str
    link: str
    language: str
    categories: tuple[str, ...]
    author: str
    owner_name: str
    owner_email: str
    explicit: bool | None
    guid: str
    locked: bool | None
    host: str
    episode_count: int
    first_episode_at: datetime | None
    last_episode_at: datetime | None
    cadence_days: float | None
    latest_title: str
    latest_url: str
    latest_type: str
    repairs: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    guids: tuple[str, ...] = ()
    """Those of the latest episodes, by which the show is known again. Older snapshots have none."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON column; from_json gives back an equal snapshot."""
        moments = {name: at and at.isoformat() for name in _MOMENTS for at in (getattr(self, name),)}
        return (
            asdict(self)
            | moments
            | {"categories": list(self.categories), "guids": list(self.guids)}
            | {name: [[finding.code, finding.detail] for finding in getattr(self, name)] for name in _FINDINGS}
        )

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Snapshot:
        """The snapshot that `stored` was made from. Keys of a later version are passed over."""
        values = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        moments = {name: stored[name] and datetime.fromisoformat(stored[name]) for name in _MOMENTS}
        findings = {name: tuple(Finding(*pair) for pair in stored[name]) for name in _FINDINGS}
        lists = {"categories": tuple(stored["categories"]), "guids": tuple(stored.get("guids", ()))}
        return cls(**values | moments | findings | lists)


def take(reading: Reading, *, url: str, now: datetime) -> Snapshot:
    """The snapshot of a feed read from `url`. Episodes dated after `now` are counted but do not shape its rhythm.

    A stranger wrote the feed, so every value is kept to a length that a row and a page can bear.
    """
    feed = reading.feed
    dates = sorted(episode.published for episode in feed.episodes if episode.published and episode.published <= now)
    latest = _latest(feed, now)
    media = latest.enclosure or Enclosure("")
    return Snapshot(
        url=url,
        taken_at=now,
        **{name: line(getattr(feed, name), LONGEST_VALUE) for name in _VALUES},
        **{name: line(getattr(feed, name), LONGEST_URL) for name in ("image", "link")},
        description=plain(feed.description, LONGEST_DESCRIPTION),
        categories=tuple(line(category, LONGEST_VALUE) for category in feed.categories[:_MOST_CATEGORIES]),
        explicit=feed.explicit,
        locked=feed.locked,
        host=host(feed, url),
        episode_count=reading.item_count,
        first_episode_at=dates[0] if dates else None,
        last_episode_at=dates[-1] if dates else None,
        cadence_days=_cadence(dates),
        latest_title=line(latest.title, LONGEST_VALUE),
        latest_url=line(media.url, LONGEST_URL),
        latest_type=line(media.type, LONGEST_VALUE),
        repairs=reading.repairs,
        findings=lint(feed, url=url),
        guids=tuple(line(episode.guid, LONGEST_VALUE) for episode in _newest(feed)[:_RECENT] if episode.guid),
    )


def _newest(feed: Feed) -> list[Episode]:
    return sorted(feed.episodes, key=lambda episode: episode.published.timestamp() if episode.published else 0.0)[::-1]


def _latest(feed: Feed, now: datetime) -> Episode:
    """The newest that is out, else the first of the feed, else an empty one."""
    dated = [episode for episode in feed.episodes if episode.published and episode.published <= now]
    if dated:
        return max(dated, key=lambda episode: episode.published or now)
    return feed.episodes[0] if feed.episodes else Episode()


def _cadence(dates: list[datetime]) -> float | None:
    gaps = [(later - earlier).total_seconds() / _DAY for earlier, later in pairwise(dates[-_RECENT:])]
    return round(median(gaps), 2) if gaps else None
