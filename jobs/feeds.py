"""Feeds are read and published, and what they name is kept."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import timedelta

from jobs.outside import Keep, gateways, now
from review.db import release
from review.errors import GiveUp, TryLater
from review.gateways.fetch import Streamed
from review.podcast import cover, reader, snapshot, writer
from review.reads import provisioning
from review.reads import shows as shown
from review.services import reviewing, shows

FEED_BYTES = 50 * 2**20
ARTWORK_BYTES = 10 * 2**20
MEDIA_BYTES = 2**30
MEDIA_SECONDS = 3000.0
UNFINISHED = timedelta(days=1)
log = logging.getLogger(__name__)


def feed_check(application_id: int, keep: Keep) -> None:
    """Read the feed an applicant gave and keep what it looks like. That it cannot be read is an answer, too."""
    url = provisioning.feed_url(application_id)
    release()
    if not url:
        return
    seen = _look_at(url, application_id)
    if provisioning.feed_url(application_id) == url:  # otherwise it was changed meanwhile, and is being read anew
        reviewing.feed_checked(application_id, seen, now=now())


def _look_at(url: str, application_id: int) -> dict[str, object]:
    try:
        fetched = gateways().fetcher.fetch(url, max_bytes=FEED_BYTES)
        reading = reader.read(fetched.body)
    except (GiveUp, TryLater) as error:
        return {"url": url, "failure": getattr(error, "code", "connection"), "failure_detail": str(error)[:500]}
    except reader.NotAFeed as error:
        return {"url": url, "failure": error.code}
    taken = snapshot.take(reading, url=fetched.url, now=now())
    return {"url": fetched.url, "snapshot": taken.to_json(), **_artwork(taken.image, application_id)}


def _artwork(url: str, application_id: int) -> dict[str, object]:
    """A small copy, so that looking at an application tells no third party who looks."""
    if not url:
        return {}
    try:
        data = gateways().fetcher.fetch(url, max_bytes=ARTWORK_BYTES).body
        size, small = cover.measure(data), cover.thumbnail(data)
    except (GiveUp, TryLater, cover.NotAnImage):
        return {}
    key = f"snapshots/{application_id}-{hashlib.sha256(small).hexdigest()[:16]}.{suffix(small)}"
    gateways().storage.put(key, [small])
    return {"artwork_key": key, "artwork_width": size.width, "artwork_height": size.height}


def suffix(image: bytes) -> str:
    """How the name of a picture ends."""
    return {"JPEG": "jpg", "PNG": "png"}[cover.measure(image).format]


def feed(show_id: int, keep: Keep) -> None:
    """Publish the feed if its bytes changed; and again if it changed while it was being written.

    That of a show which has ended is not published, and is taken away again if it ended meanwhile.
    """
    data, key = b"", shown.published_key(show_id)
    while not shown.has_ended(show_id) and data != (data := _feed_bytes(show_id)):
        gateways().storage.put_if_changed(key, data)
        shows.published(show_id, hashlib.sha256(data).hexdigest(), now=now())
    if shown.has_ended(show_id):
        release()
        gateways().storage.delete(key)


def _feed_bytes(show_id: int) -> bytes:
    value = shown.feed(show_id)
    release()
    return writer.write(value)


def media(episode_id: int, keep: Keep) -> None:
    """Copy one episode's file from where it was."""
    episode, show = shown.media(episode_id)
    url, key, copied = episode.source_url, shown.media_key(episode, show), bool(episode.media_key)
    release()
    if copied:
        return
    with gateways().fetcher.stream(url, max_bytes=MEDIA_BYTES, seconds=MEDIA_SECONDS) as streamed:
        stored = gateways().storage.put(key, _kept(streamed, keep))
    shows.media_copied(episode_id, key=key, size=stored.size, sha256=stored.sha256, now=now())


def _kept(streamed: Streamed, keep: Keep) -> Iterator[bytes]:
    last = now()
    for chunk in streamed.chunks:
        if (now() - last).total_seconds() > 1:
            keep()
            last = now()
        yield chunk


def sweep(_target: int, keep: Keep) -> None:
    """Clear away what uploads have left whose worker died."""
    log.info("cleared away %d unfinished uploads", gateways().storage.sweep(UNFINISHED))
