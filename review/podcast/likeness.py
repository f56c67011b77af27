"""What two applications of the same person or the same show have in common, as keys that can be looked up. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from review.podcast.normal import email_key, feed_key

MOST_EPISODES = 20
_WORD = re.compile(r"\w+")
_VOWELS = re.compile(r"(?<=\w)[aeiouy]")
_TWICE = re.compile(r"(\w)\1+")
_EMPTY = frozenset(
    "the a an and of show podcast radio der die das und le la les et un une el los las y de du del o os as e".split()
)
"""Words that a title gains or loses from one telling to the next."""


class Kind(StrEnum):
    """In what two are alike."""

    PERSON = "person"
    FEED = "feed"
    GUID = "guid"
    EPISODES = "episodes"
    TITLE = "title"


Mark = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of an application. `feed_urls` are the one given and the one redirects led to; `titles` and
    `authors` those of the form and of the feed; `episode_guids` the latest ones first."""

    email: str
    feed_urls: tuple[str, ...] = ()
    guid: str = ""
    episode_guids: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()


def marks(traits: Traits) -> frozenset[Mark]:
    """Whoever shares one of them is the same person, or has the same show. Total on any text.

    Podcasting 2.0: podcast:guid is the same for a show wherever it is hosted.
    """
    return frozenset(_marks(traits))


def _marks(traits: Traits) -> Iterator[Mark]:
    if traits.email:
        yield Kind.PERSON, _digest(email_key(traits.email))
    for url in filter(None, traits.feed_urls):
        yield Kind.FEED, _digest(feed_key(url))
    if traits.guid.strip():
        yield Kind.GUID, _digest(traits.guid.strip().lower())
    for guid in filter(None, traits.episode_guids[:MOST_EPISODES]):
        yield Kind.EPISODES, _digest(guid)
    authors = set(_shapes(traits.authors))
    for title in set(_shapes(traits.titles)):
        for author in authors:
            yield Kind.TITLE, _digest(f"{title}|{author}")


def _shapes(texts: Iterable[str]) -> Iterator[str]:
    return filter(None, map(shape, texts))


def shape(text: str) -> str:
    """What is left of a title or a name when spelling, order and empty words do not count: `The Harbor Kitchen` and
    `Harbour Kitchen Podcast` have the same. Scripts without our vowels keep their words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = _WORD.findall(plain)
    told = [word for word in words if word not in _EMPTY] or words
    return " ".join(sorted({_TWICE.sub(r"\1", _VOWELS.sub("", word)) for word in told}))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
