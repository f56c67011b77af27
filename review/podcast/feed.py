"""A feed as plain values, whatever document it came from, and what was found wrong with one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: a code from `codes`, and a count, a line or a value that makes it exact."""

    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The media file of an episode. `length` is in bytes, 0 where the feed does not say."""

    url: str
    length: int = 0
    type: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One item. `guid` is byte for byte what the document says; `published` is UTC-aware; `duration` is in seconds."""

    guid: str = ""
    title: str = ""
    description: str = ""
    published: datetime | None = None
    enclosure: Enclosure | None = None
    duration: int | None = None
    season: int | None = None
    number: int | None = None
    kind: str = "full"
    explicit: bool | None = None
    image: str = ""
    link: str = ""
    guid_is_permalink: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """A show. `categories` are written "Arts" or "Arts > Books"; `guid` is the podcast:guid; None means not said."""

    title: str = ""
    description: str = ""
    link: str = ""
    language: str = ""
    categories: tuple[str, ...] = ()
    author: str = ""
    owner_name: str = ""
    owner_email: str = ""
    explicit: bool | None = None
    image: str = ""
    copyright: str = ""
    kind: str = "episodic"
    guid: str = ""
    locked: bool | None = None
    medium: str = ""
    self_url: str = ""
    new_feed_url: str = ""
    generator: str = ""
    episodes: tuple[Episode, ...] = ()
