"""Bytes to a Feed, with a note of everything that had to be mended on the way."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from review.podcast.categories import SEPARATOR
from review.podcast.document import NotAFeed, parse
from review.podcast.elements import ITUNES, OLD_PODCAST, Node, name
from review.podcast.feed import Enclosure, Episode, Feed, Finding
from review.podcast.notation import duration, instant, whole, yes_no

__all__ = ["NotAFeed", "Reading", "read"]

_EPISODE_NOTES = ("content:encoded", "description", "itunes:summary", "itunes:subtitle")
_WEB_PAGE = frozenset(("html", "head", "body", "meta", "title", "link", "script", "style", "div", "p", "h1"))
_SHOW_NOTES = ("description", "itunes:summary", "itunes:subtitle")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document said, and what was mended. `item_count` counts every item, also one that says nothing."""

    feed: Feed
    repairs: tuple[Finding, ...]
    item_count: int


def read(data: bytes) -> Reading:
    """The feed in `data`. Raises NotAFeed and nothing else, whatever the bytes. The caller caps their number."""
    root, repairs = parse(data)
    channel = _channel(root)
    odd: Counter[str] = Counter()
    # Broken tags can leave items outside the channel or inside one another: each still counts.
    episodes = tuple(_episode(Node(element), odd) for element in root.iter("*") if name(element) == "item")
    feed = _feed(Node(channel), episodes, odd)
    oddities = (Finding(code, str(times)) for code, times in odd.items() if code and times)
    found = (*repairs, *_spellings(channel), *oddities)
    return Reading(feed, found, len(episodes))


def _channel(root: etree._Element) -> etree._Element:
    kind = name(root).lower()
    if kind.rpartition("}")[2] in _WEB_PAGE:
        raise NotAFeed("html-page")
    if kind == "atom:feed":
        raise NotAFeed("atom-feed")
    inside = {name(child): child for child in root.iterchildren("*", reversed=True)}
    # A channel whose opening tag was lost leaves everything directly in the root.
    channel = inside.get("channel", root if "item" in inside else None)
    if kind != "rss" or channel is None:
        raise NotAFeed("not-rss")
    return channel


def _spellings(channel: etree._Element) -> tuple[Finding, ...]:
    declared = set(channel.nsmap.values())
    shouted = any(uri.lower() == ITUNES != uri for uri in declared)
    old = OLD_PODCAST in declared
    return (Finding("itunes-namespace-case"),) * shouted + (Finding("old-podcast-namespace"),) * old


def _feed(channel: Node, episodes: tuple[Episode, ...], odd: Counter[str]) -> Feed:
    owner = channel.first("itunes:owner")
    lock = channel.first("podcast:locked")
    links = {link.get("rel"): link.get("href") for link in channel.all("atom:link")}
    odd["paged"] += "next" in links
    return Feed(
        title=channel.line("title", "itunes:title"),
        description=channel.text(*_SHOW_NOTES),
        link=channel.text("link"),
        language=channel.text("language"),
        categories=_categories(channel),
        author=channel.line("itunes:author"),
        owner_name=owner.line("itunes:name") if owner else "",
        owner_email=(owner.line("itunes:email") if owner else "") or (lock.get("owner") if lock else ""),
        explicit=_explicit(channel, odd),
        image=_image(channel),
        copyright=channel.line("copyright"),
        kind=_one_of(channel.text("itunes:type"), ("episodic", "serial")),
        guid=channel.text("podcast:guid"),
        locked=_locked(channel, odd),
        medium=channel.text("podcast:medium"),
        self_url=links.get("self", ""),
        new_feed_url=channel.text("itunes:new-feed-url"),
        generator=channel.line("generator"),
        episodes=episodes,
    )


def _episode(item: Node, odd: Counter[str]) -> Episode:
    guid = item.first("guid")
    return Episode(
        guid=guid.raw() if guid else "",
        title=item.line("title", "itunes:title"),
        description=item.text(*_EPISODE_NOTES),
        published=_published(item, odd),
        enclosure=_enclosure(item, odd),
        duration=_duration(item, odd),
        season=_number(item, ("itunes:season", "podcast:season"), odd),
        number=_number(item, ("itunes:episode", "podcast:episode"), odd),
        kind=_one_of(item.text("itunes:episodeType"), ("full", "trailer", "bonus")),
        explicit=_explicit(item, odd),
        image=_image(item),
        link=item.text("link"),
        # RSS 2.0: a guid is a permalink unless it says that it is not.
        guid_is_permalink=guid is not None and guid.get("isPermaLink").lower() != "false",
    )


def _categories(channel: Node) -> tuple[str, ...]:
    written = []
    for top in channel.all("itunes:category"):
        subs = [sub.get("text") for sub in top.all("itunes:category") if sub.get("text")]
        written += [f"{top.get('text')}{SEPARATOR}{sub}" for sub in subs] or [top.get("text")]
    return tuple(dict.fromkeys(category for category in written if category))


def _image(node: Node) -> str:
    """Apple's tag, else the picture of RSS 2.0, which older feeds have alone."""
    ours, older = node.first("itunes:image"), node.first("image")
    return (ours.get("href") if ours else "") or (older.text("url") if older else "")


def _enclosure(item: Node, odd: Counter[str]) -> Enclosure | None:
    """The first with an address. Apple: one enclosure an item."""
    found = [node for node in item.all("enclosure") if node.get("url")]
    odd["several-enclosures"] += len(found) > 1
    if not found:
        return None
    return Enclosure(found[0].get("url"), whole(found[0].get("length")) or 0, found[0].get("type"))


def _published(item: Node, odd: Counter[str]) -> datetime | None:
    written = item.text("pubDate")
    if not written:
        return None
    when, complaint = instant(written)
    odd[complaint if when else "bad-date"] += 1
    return when


def _duration(item: Node, odd: Counter[str]) -> int | None:
    written = item.text("itunes:duration")
    seconds, expected = duration(written)
    odd["bad-duration"] += bool(written) and not expected
    return seconds


def _number(item: Node, tags: tuple[str, ...], odd: Counter[str]) -> int | None:
    """Apple: season and episode are whole numbers from 1 up."""
    written = item.text(*tags)
    number = whole(written) or None
    odd["bad-number"] += bool(written) and number is None
    return number


def _explicit(node: Node, odd: Counter[str]) -> bool | None:
    written = node.text("itunes:explicit")
    said = yes_no(written)
    odd["bad-explicit"] += bool(written) and said is None
    return said


def _locked(channel: Node, odd: Counter[str]) -> bool | None:
    """Podcasting 2.0: yes or no. Importers differ about anything else, so it is named even where we understand it."""
    written = channel.text("podcast:locked").lower()
    odd["bad-locked"] += bool(written) and written not in ("yes", "no")
    return yes_no(written)


def _one_of(written: str, words: tuple[str, ...]) -> str:
    """The word a tag says, or the first of `words`, which is what its absence means."""
    return written.lower() if written.lower() in words else words[0]
