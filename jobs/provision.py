"""An approved application is put on the air, step by step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache

from jobs.feeds import ARTWORK_BYTES, FEED_BYTES, feed, suffix
from jobs.outside import Keep, gateways, now
from review.db import release
from review.errors import GiveUp
from review.models.show import StepName
from review.podcast import cover, reader
from review.podcast.feed import Feed
from review.reads import provisioning
from review.services import shows

Source = Callable[[], tuple[Feed | None, str]]
"""The feed a show had before, fetched when a step first asks: all steps of one run see the same edition."""


def provision(application_id: int, keep: Keep) -> None:
    """Put an approved application on the air: every step that is not done yet, in order.

    Nothing is to be done where the approval was reversed meanwhile.
    """
    if not provisioning.is_approved(application_id):
        return
    done, source = shows.steps_done(application_id), cache(lambda: _source(application_id))
    for name in StepName:
        if name not in done:
            STEPS[name](application_id, source)
            keep()


def retire(application_id: int, keep: Keep) -> None:
    """Take the show of an application whose approval was reversed off the air. What it is made of stays."""
    key = shows.end(application_id, now=now())
    if key is not None:
        gateways().storage.delete(key)


def _create_show(application_id: int, source: Source) -> None:
    feed, url = source()
    artwork = _show_artwork(application_id, feed)
    shows.create(application_id, feed, source_url=url, artwork=artwork, now=now())


def _add_episodes(application_id: int, source: Source) -> None:
    feed, _ = source()
    shows.add_episodes(application_id, feed, now=now())


def _source(application_id: int) -> tuple[Feed | None, str]:
    """The feed the show had before, and where it really lives; none for a new show."""
    url, email = provisioning.feed_url(application_id), provisioning.confirmed_email(application_id)
    release()
    if not url:
        return None, ""
    fetched = gateways().fetcher.fetch(url, max_bytes=FEED_BYTES)
    try:
        feed = reader.read(fetched.body).feed
    except reader.NotAFeed as error:
        raise GiveUp(f"feed-unreadable: {error.code}") from error
    if feed.locked and not (email and feed.owner_email.lower() == email.lower()):
        raise GiveUp("feed-locked")
    return feed, fetched.url


def _show_artwork(application_id: int, feed: Feed | None) -> dict[str, object]:
    """The artwork the feed names, or a cover made where that is gone for good: Apple lists no show without one."""
    try:
        data = gateways().fetcher.fetch(feed.image, max_bytes=ARTWORK_BYTES).body if feed and feed.image else b""
        cover.measure(data)
    except (GiveUp, cover.NotAnImage):
        data = cover.default_cover(str(application_id))
    slug = provisioning.slug(application_id)
    release()
    # Apple: artwork that changes needs a new file name
    key = f"media/{slug}/cover-{hashlib.sha256(data).hexdigest()[:16]}.{suffix(data)}"
    stored = gateways().storage.put(key, [data])
    return {"artwork_key": key, "artwork_bytes": stored.size, "artwork_sha256": stored.sha256}


def _publish_new(application_id: int, _source: Source) -> None:
    shows.revive(application_id, now=now())
    feed(provisioning.show_id(application_id), lambda: None)


STEPS: dict[StepName, Callable[[int, Source], None]] = {
    StepName.ACCOUNT: lambda application_id, _source: shows.open_account(application_id, now=now()),
    StepName.SLUG: lambda application_id, _source: shows.reserve_slug(application_id, now=now()),
    StepName.SHOW: _create_show,
    StepName.EPISODES: _add_episodes,
    StepName.FEED: _publish_new,
    StepName.WELCOME: lambda application_id, _source: shows.welcome(application_id, now=now()),
}
