"""What is wrong with a feed that can be read. Every finding comes once, with a count or the value at fault."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from uuid import UUID

from review.podcast.categories import ALL
from review.podcast.feed import Episode, Feed, Finding
from review.podcast.normal import feed_key, web_host
from review.podcast.prose import LONGEST_NOTES, LONGEST_VALUE, line

TYPES = {
    "audio/mpeg": (".mp3",),
    "audio/x-m4a": (".m4a",),
    "video/mp4": (".mp4",),
    "video/x-m4v": (".m4v",),
    "video/quicktime": (".mov",),
    "application/pdf": (".pdf",),
}
"""Apple: the media types it lists. The extension in the URL decides whether an episode appears."""

EXTENSIONS = tuple(ending for endings in TYPES.values() for ending in endings)
IMAGE_EXTENSIONS = (".jpg", ".jpeg", ".png")
_MEDIA = frozenset(("podcast", "music", "video", "film", "audiobook", "newsletter", "blog", "publisher", "course"))
MEDIUMS = _MEDIA | {f"{medium}L" for medium in _MEDIA} | {"mixed"}
"""Podcasting 2.0: each medium, each as a list, and mixed."""

_ISO_639_1 = """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne
    ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss
    st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_TWO_LETTERS = frozenset(_ISO_639_1.split())

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>,]+@[^\s@<>,]+\.[^\s@<>,.]+")


def lint(feed: Feed, *, url: str = "") -> tuple[Finding, ...]:
    """Everything wrong, the show first. `url`, where the feed was found, tells a move from its own address."""
    return (*_missing(feed), *_wrong(feed), *_addresses(feed), *_standing(feed, url), *_counted(_counts(feed)))


def _missing(feed: Feed) -> Iterator[Finding]:
    """Apple requires title, description, image, language, category and explicit; the rest is expected by others."""
    given = {
        "no-title": feed.title,
        "no-description": feed.description,
        "no-image": feed.image,
        "no-language": feed.language,
        "no-category": feed.categories,
        "no-explicit": feed.explicit is not None,
        "no-author": feed.author,
        "no-link": feed.link,
        "no-owner-email": feed.owner_email,
        "no-self-link": feed.self_url,
        "no-episodes": feed.episodes,
    }
    return (Finding(code) for code, value in given.items() if not value)


def _wrong(feed: Feed) -> Iterator[Finding]:
    """Values that are there but are none that apps know."""
    if feed.owner_email and not _ADDRESS.fullmatch(feed.owner_email):
        yield _shown("bad-owner-email", feed.owner_email)
    if feed.language and not is_language(feed.language):
        yield _shown("bad-language", feed.language)
    if feed.medium and feed.medium not in MEDIUMS:
        yield _shown("bad-medium", feed.medium)
    if feed.guid and not _is_uuid(feed.guid):
        yield _shown("bad-podcast-guid", feed.guid)
    if unknown := [category for category in feed.categories if category not in ALL]:
        yield _shown("unknown-category", ", ".join(unknown))
    if feed.image and _extension(feed.image) not in IMAGE_EXTENSIONS:
        yield _shown("image-type", feed.image)


def _shown(code: str, value: str) -> Finding:
    """A finding that names the value at fault, which a stranger wrote: it is kept short."""
    return Finding(code, line(value, LONGEST_VALUE))


def is_language(text: str) -> bool:
    """Apple: ISO 639 with an optional region, such as en or pt-br."""
    match = _LANGUAGE.fullmatch(text)
    return match is not None and (len(match[1]) == 3 or match[1].lower() in _TWO_LETTERS)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _extension(url: str) -> str:
    try:
        return PurePosixPath(urlsplit(url).path).suffix.lower()
    except ValueError:
        return ""


def _counts(feed: Feed) -> Counter[str]:
    """How many of the texts and episodes have each flaw."""
    episodes = feed.episodes
    seen = Counter(code for episode in episodes for code in _episode(episode))
    notes = (feed.description, *(episode.description for episode in episodes))
    values = (feed.title, feed.author, feed.owner_name, feed.copyright, *(episode.title for episode in episodes))
    seen["description-too-long"] = sum(len(text.encode()) > LONGEST_NOTES for text in notes)
    seen["value-too-long"] = sum(len(text) > LONGEST_VALUE for text in values)
    seen["guid-repeated"] = _repeated(episode.guid for episode in episodes)
    seen["enclosure-repeated"] = _repeated(episode.enclosure.url for episode in episodes if episode.enclosure)
    if feed.kind == "serial":
        # Apple: a serial show numbers every episode; trailers and extras have none.
        seen["episode-unnumbered"] = sum(episode.kind == "full" and not episode.number for episode in episodes)
    return seen


def _counted(seen: Counter[str]) -> Iterator[Finding]:
    return (Finding(code, str(times)) for code, times in seen.items() if times)


def _addresses(feed: Feed) -> Iterator[Finding]:
    """Every address must be a whole one on the web: others reach a disk or a bucket, or nothing."""
    media = (episode.enclosure.url for episode in feed.episodes if episode.enclosure)
    pages = (url for episode in feed.episodes for url in (episode.link, episode.image))
    urls = [url for url in (feed.link, feed.image, feed.self_url, feed.new_feed_url, *media, *pages) if url]
    off = [url for url in urls if not web_host(url)]
    foreign = [url for url in off if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url)]
    if foreign:
        yield _shown("not-a-web-address", foreign[0])
    if relative := len(off) - len(foreign):
        yield Finding("relative-address", str(relative))


def _standing(feed: Feed, url: str) -> Iterator[Finding]:
    """What keeps a show where it is, or says that it has gone."""
    if feed.locked:
        yield _shown("locked", feed.owner_email)
    own = {feed_key(address) for address in (url, feed.self_url) if address}
    if feed.new_feed_url and feed_key(feed.new_feed_url) not in own:
        yield _shown("moved", feed.new_feed_url)


def _repeated(values: Iterator[str]) -> int:
    """How many come after an equal one. Apple: GUIDs are unique and case-sensitive; a reused media URL is ignored."""
    times = Counter(value for value in values if value.strip())
    return times.total() - len(times)


def _episode(episode: Episode) -> Iterator[str]:
    """Apple requires title and enclosure; importers stop at an item without notes, date or GUID."""
    given = {
        "episode-no-title": episode.title,
        "episode-no-description": episode.description,
        "episode-no-date": episode.published,
        "episode-no-guid": episode.guid.strip(),
        "episode-no-enclosure": episode.enclosure,
    }
    yield from (code for code, value in given.items() if not value)
    if episode.guid_is_permalink and episode.guid.strip() and not web_host(episode.guid):
        yield "guid-not-an-address"
    if media := episode.enclosure:
        wrong = {
            "enclosure-length": media.length <= 0,
            "enclosure-type": media.type not in TYPES,
            "enclosure-extension": _extension(media.url) not in EXTENSIONS,
        }
        yield from (code for code, hit in wrong.items() if hit)
