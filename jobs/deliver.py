"""One short function per kind of effect: load the row, one outside call, record. Takes ids, swallows nothing.

Each may run twice (its worker may die after the outside world has moved) and then finds its work done.
No database connection is held while the outside world is waited for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache

from flask import Flask, current_app

from review import outbox
from review.app import Gateways, create_app
from review.db import release
from review.errors import GiveUp, TryLater
from review.gateways.fetch import Streamed
from review.gateways.mail import Outgoing
from review.models.outbox import Kind
from review.models.show import StepName
from review.podcast import cover, reader, snapshot, writer
from review.podcast.feed import Feed
from review.reads import dossier
from review.reads import shows as shown
from review.services import post, reviewing, shows

FEED_BYTES = 50 * 2**20
ARTWORK_BYTES = 10 * 2**20
MEDIA_BYTES = 2**30
MEDIA_SECONDS = 3000.0

Keep = Callable[[], None]
"""Called now and then by long work, so that its lease does not run out."""

Source = Callable[[], tuple[Feed | None, str]]
"""The feed a show had before, fetched when a step first asks: all steps of one run see the same edition."""


@cache
def application() -> Flask:
    """This process's app. The worker builds it before it forks; no connection is open at that time."""
    return create_app()


def run(item_id: int, lease_no: int) -> None:
    """The one function RQ is ever asked to call."""
    with application().app_context():
        work(outbox.Lease(item_id, lease_no))


def work(held: outbox.Lease) -> None:
    """Carry out one leased effect and settle its row, whatever happens short of a killed process."""
    settings = current_app.config["GREENROOM"]
    found = outbox.start(held, now=_now(), period=settings.lease)
    if found is None:
        return
    try:
        HANDLERS[found.kind](found.target_id, lambda: outbox.renew(held, now=_now(), period=settings.lease))
    except GiveUp as error:
        outbox.dead(held, _said(error), now=_now())
    except TryLater as error:
        outbox.later(held, _said(error), now=_now())
    except BaseException as error:
        outbox.later(held, f"{type(error).__name__}: {error}", now=_now())
        raise
    else:
        outbox.done(held, now=_now())


def _said(error: GiveUp | TryLater) -> str:
    """What the row keeps of a failure: a code that pages have a sentence for where there is one, and what was seen."""
    code = getattr(error, "code", "")
    return f"{code}: {error}" if code else str(error)


def letter(letter_id: int, keep: Keep) -> None:
    """Send one letter. The mailbox keeps one file per letter id, so sending twice is once."""
    addressed = post.address(letter_id, now=_now())
    release()
    if addressed is None:
        return
    outgoing = Outgoing(
        id=addressed.id,
        to_name=addressed.to_name,
        to_email=addressed.to_email,
        from_name="Greenroom",
        from_email=current_app.config["GREENROOM"].mail_from,
        subject=addressed.subject,
        text=addressed.text,
        html=addressed.html,
    )
    post.sent(letter_id, _gateways().mail.send(outgoing), now=_now())


def feed_check(application_id: int, keep: Keep) -> None:
    """Read the feed an applicant gave and keep what it looks like. That it cannot be read is an answer, too."""
    url = dossier.feed_url(application_id)
    release()
    if not url:
        return
    seen = _look_at(url, application_id)
    if dossier.feed_url(application_id) == url:  # otherwise it was changed meanwhile, and is being read anew
        reviewing.feed_checked(application_id, seen, now=_now())


def _look_at(url: str, application_id: int) -> dict[str, object]:
    try:
        fetched = _gateways().fetcher.fetch(url, max_bytes=FEED_BYTES)
        reading = reader.read(fetched.body)
    except (GiveUp, TryLater) as error:
        return {"url": url, "failure": getattr(error, "code", "connection"), "failure_detail": str(error)[:500]}
    except reader.NotAFeed as error:
        return {"url": url, "failure": error.code}
    taken = snapshot.take(reading, url=fetched.url, now=_now())
    return {"url": fetched.url, "snapshot": taken.to_json(), **_artwork(taken.image, application_id)}


def _artwork(url: str, application_id: int) -> dict[str, object]:
    """A small copy, so that looking at an application tells no third party who looks."""
    if not url:
        return {}
    try:
        data = _gateways().fetcher.fetch(url, max_bytes=ARTWORK_BYTES).body
        size, small = cover.measure(data), cover.thumbnail(data)
    except (GiveUp, TryLater, cover.NotAnImage):
        return {}
    key = f"snapshots/{application_id}-{hashlib.sha256(small).hexdigest()[:16]}.{_suffix(small)}"
    _gateways().storage.put(key, [small])
    return {"artwork_key": key, "artwork_width": size.width, "artwork_height": size.height}


def provision(application_id: int, keep: Keep) -> None:
    """Put an approved application on the air: every step that is not done yet, in order."""
    done, source = shows.steps_done(application_id), cache(lambda: _source(application_id))
    for name in StepName:
        if name not in done:
            STEPS[name](application_id, source)
            keep()


def _create_show(application_id: int, source: Source) -> None:
    feed, url = source()
    artwork = _show_artwork(application_id, feed)
    shows.create(application_id, feed, source_url=url, artwork=artwork, now=_now())


def _add_episodes(application_id: int, source: Source) -> None:
    feed, _ = source()
    shows.add_episodes(application_id, feed, now=_now())


def _source(application_id: int) -> tuple[Feed | None, str]:
    """The feed the show had before, and where it really lives; none for a new show."""
    url, email = dossier.feed_url(application_id), dossier.email(application_id)
    release()
    if not url:
        return None, ""
    fetched = _gateways().fetcher.fetch(url, max_bytes=FEED_BYTES)
    try:
        feed = reader.read(fetched.body).feed
    except reader.NotAFeed as error:
        raise GiveUp(f"feed-unreadable: {error.code}") from error
    if feed.locked and feed.owner_email.lower() != email.lower():
        raise GiveUp("feed-locked")
    return feed, fetched.url


def _show_artwork(application_id: int, feed: Feed | None) -> dict[str, object]:
    """The artwork the feed names, or a cover made where that is gone for good: Apple lists no show without one."""
    try:
        data = _gateways().fetcher.fetch(feed.image, max_bytes=ARTWORK_BYTES).body if feed and feed.image else b""
        cover.measure(data)
    except (GiveUp, cover.NotAnImage):
        data = cover.default_cover(str(application_id))
    slug = dossier.slug(application_id)
    release()
    # Apple: artwork that changes needs a new file name
    key = f"media/{slug}/cover-{hashlib.sha256(data).hexdigest()[:16]}.{_suffix(data)}"
    stored = _gateways().storage.put(key, [data])
    return {"artwork_key": key, "artwork_bytes": stored.size, "artwork_sha256": stored.sha256}


def _suffix(image: bytes) -> str:
    return {"JPEG": "jpg", "PNG": "png"}[cover.measure(image).format]


def _publish_new(application_id: int, _source: Source) -> None:
    feed(dossier.show_id(application_id), lambda: None)


def feed(show_id: int, keep: Keep) -> None:
    """Publish the feed if its bytes changed; and again if it changed while it was being written."""
    data, key = b"", shown.published_key(show_id)
    while data != (data := _feed_bytes(show_id)):
        _gateways().storage.put_if_changed(key, data)
    shows.published(show_id, hashlib.sha256(data).hexdigest(), now=_now())


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
    with _gateways().fetcher.stream(url, max_bytes=MEDIA_BYTES, seconds=MEDIA_SECONDS) as streamed:
        stored = _gateways().storage.put(key, _kept(streamed, keep))
    shows.media_copied(episode_id, key=key, size=stored.size, sha256=stored.sha256, now=_now())


def _kept(streamed: Streamed, keep: Keep) -> Iterator[bytes]:
    last = _now()
    for chunk in streamed.chunks:
        if (_now() - last).total_seconds() > 1:
            keep()
            last = _now()
        yield chunk


def _gateways() -> Gateways:
    gateways: Gateways = current_app.extensions["greenroom"]
    return gateways


def _now() -> datetime:
    return datetime.now(UTC)


STEPS: dict[StepName, Callable[[int, Source], None]] = {
    StepName.ACCOUNT: lambda application_id, _source: shows.open_account(application_id, now=_now()),
    StepName.SLUG: lambda application_id, _source: shows.reserve_slug(application_id, now=_now()),
    StepName.SHOW: _create_show,
    StepName.EPISODES: _add_episodes,
    StepName.FEED: _publish_new,
    StepName.WELCOME: lambda application_id, _source: shows.welcome(application_id, now=_now()),
}

HANDLERS: dict[Kind, Callable[[int, Keep], None]] = {
    Kind.LETTER: letter,
    Kind.FEED_CHECK: feed_check,
    Kind.PROVISION: provision,
    Kind.MEDIA: media,
    Kind.FEED: feed,
}
