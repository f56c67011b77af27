"""Provisioning, step by step, and what changes a show afterwards. Every step may run twice and does its work once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from review import outbox
from review.db import insert_first, transaction
from review.errors import GiveUp
from review.models.application import Application
from review.models.event import Actor
from review.models.letter import Letter, LetterState
from review.models.outbox import Kind
from review.models.person import Person
from review.models.show import Episode, ProvisioningStep, Show, Slug, StepName, feed_key
from review.podcast import slug as slugs
from review.podcast.feed import Enclosure, Feed
from review.podcast.feed import Episode as FeedEpisode
from review.podcast.guid import podcast_guid
from review.rules import State
from review.services import post
from review.services.applications import locked
from review.services.audit import record

MAX_GUID = 2000
"""Bytes of an episode's GUID: PostgreSQL indexes no more than some 2,700, and a GUID cut short is another GUID."""

TOGETHER = timedelta(seconds=2)
"""How long a feed waits for the next episode to be copied, so that a hundred copies are not a hundred editions."""


def open_account(application_id: int, *, now: datetime) -> None:
    """Step 1: the owner's account. People who have one keep it; there is no password, only links by mail."""
    with transaction() as session:
        application = _approved(session, application_id)
        _step(session, application, StepName.ACCOUNT, _owner(session, application, now).email, now)


def reserve_slug(application_id: int, *, now: datetime) -> None:
    """Step 2: the show's name in addresses. Readable, never a reserved word, never one that was given away before."""
    with transaction() as session:
        application = _approved(session, application_id)
        mine = session.scalar(select(Slug.slug).where(Slug.application_id == application.id))
        if mine is None:
            mine = next(
                slug
                for slug in slugs.candidates(application.show_title)
                if session.get(Slug, slug) is None
                and insert_first(session, Slug(slug=slug, application_id=application.id, reserved_at=now))
            )
        _step(session, application, StepName.SLUG, mine, now)


def create(application_id: int, feed: Feed | None, *, source_url: str, artwork: dict[str, Any], now: datetime) -> None:
    """Step 3: the show itself, from the feed it had before where there is one.

    `artwork` holds the artwork_* columns. Raises GiveUp if this very podcast is on the air already.
    """
    with transaction() as session:
        application = _approved(session, application_id)
        show = _show(session, application)
        if show is None:
            show = _new_show(session, application, feed, source_url, now)
            for column, value in artwork.items():
                setattr(show, column, value)
            if not insert_first(session, show):
                raise GiveUp("already-on-the-air")
            record(session, "show-created", at=now, actor=Actor.SYSTEM, show_id=show.id, why=show.slug)
        _step(session, application, StepName.SHOW, show.title, now)


def _new_show(session: Session, application: Application, feed: Feed | None, source_url: str, now: datetime) -> Show:
    slug = session.scalars(select(Slug.slug).where(Slug.application_id == application.id)).one()
    feed = feed or Feed(title=application.show_title, description=application.pitch)
    guid = feed.guid or podcast_guid(source_url or feed_url(slug))
    twin = session.scalar(select(Show.slug).where(Show.guid == guid))
    if twin is not None:
        raise GiveUp(f"already-on-the-air: {twin}")
    owner = _owner(session, application, now)
    return Show(
        slug=slug,
        application_id=application.id,
        owner_id=owner.id,
        guid=guid,
        title=feed.title or application.show_title,
        description=feed.description or application.pitch,
        link=feed.link,
        language=feed.language or application.language,
        categories=list(feed.categories) or application.topics,
        author=feed.author or application.name,
        explicit=bool(feed.explicit),
        copyright=feed.copyright,
        kind=feed.kind,
        medium=feed.medium or "podcast",
        source_url=source_url,
        created_at=now,
    )


def add_episodes(application_id: int, feed: Feed | None, *, now: datetime) -> None:
    """Step 4: the episodes of the feed it had before, GUIDs to the byte, and a copy of each one's media to follow."""
    with transaction() as session:
        application = _approved(session, application_id)
        show = _show(session, application)
        assert show is not None  # noqa: S101 - step 3 has made it
        known = set(session.scalars(select(Episode.guid).where(Episode.show_id == show.id)))
        rows = []
        for row in _episodes(show, feed):
            if len(row.guid.encode()) > MAX_GUID:
                raise GiveUp("guid-too-long")
            if row.guid not in known:
                known.add(row.guid)
                rows.append(row)
        session.add_all(rows)
        session.flush()  # outbox rows need their ids
        for row in rows:
            outbox.put(session, Kind.MEDIA, row.id, now=now, application_id=application.id)
        _step(session, application, StepName.EPISODES, str(len(known)), now)


def _episodes(show: Show, feed: Feed | None) -> Iterator[Episode]:
    """Items without a file are no episodes."""
    for item in feed.episodes if feed else ():
        if item.enclosure is not None:
            yield _episode(show, item, item.enclosure)


def _episode(show: Show, item: FeedEpisode, enclosure: Enclosure) -> Episode:
    return Episode(
        show_id=show.id,
        guid=item.guid or enclosure.url,  # Apple: without a guid the enclosure's URL stands in for it
        guid_is_permalink=item.guid_is_permalink,
        title=item.title,
        description=item.description,
        link=item.link,
        published_at=item.published,
        duration=item.duration,
        season=item.season,
        number=item.number,
        kind=item.kind,
        explicit=item.explicit,
        image=item.image,
        source_url=enclosure.url,
        source_length=enclosure.length,
        media_type=enclosure.type,
    )


def welcome(application_id: int, *, now: datetime) -> None:
    """Step 6: the letter the reviewer saw, now that there is something to open. At most once."""
    with transaction() as session:
        application = _approved(session, application_id)
        letter = next(iter(_waiting_welcome(session, application)), None)
        if letter is not None and not _has_step(session, application, StepName.WELCOME):
            owner, show = _owner(session, application, now), _show(session, application)
            letter.person_id, letter.show_id = owner.id, show.id if show else None
            post.dispatch(session, letter, now=now)
            record(session, "provisioned", at=now, actor=Actor.SYSTEM, application_id=application.id)
        _step(session, application, StepName.WELCOME, application.email, now)


def end(application_id: int, *, now: datetime) -> str | None:
    """Take a show off the air whose approval was reversed, and cancel its welcome if that has not left.

    Returns the key its feed is published under; None where there is nothing to take away, or the application has a
    place again. The rows, the media and the address stay: it can be exported, and put back on the air.
    """
    with transaction() as session:
        application = locked(session, application_id)
        if application.state is State.APPROVED:
            return None
        for letter in _waiting_welcome(session, application):
            letter.state = LetterState.CANCELLED
        show = _show(session, application)
        if show is None:
            return None
        if show.ended_at is None:
            show.ended_at = now
            again = (StepName.FEED, StepName.WELCOME)
            session.execute(
                delete(ProvisioningStep).where(
                    ProvisioningStep.application_id == application.id, ProvisioningStep.name.in_(again)
                )
            )
            record(session, "show-ended", at=now, actor=Actor.SYSTEM, show_id=show.id, why=show.slug)
        return feed_key(show.slug)


def revive(application_id: int, *, now: datetime) -> None:
    """Before its feed is published: a show that had ended is on the air again."""
    with transaction() as session:
        show = _show(session, _approved(session, application_id))
        if show is not None and show.ended_at is not None:
            show.ended_at = None
            record(session, "show-revived", at=now, actor=Actor.SYSTEM, show_id=show.id, why=show.slug)


def _waiting_welcome(session: Session, application: Application) -> list[Letter]:
    waiting = select(Letter).where(Letter.application_id == application.id, Letter.kind == "approved")
    return list(session.scalars(waiting.where(Letter.state == LetterState.QUEUED).with_for_update()))


def published(show_id: int, sha256: str, *, now: datetime) -> None:
    """Record that the feed's bytes changed; and, for a new show, that step 5 is done."""
    with transaction() as session:
        show = session.get_one(Show, show_id, with_for_update={"key_share": True})
        if show.feed_sha256 != sha256:
            show.feed_sha256, show.published_at = sha256, now
            record(session, "feed-published", at=now, actor=Actor.SYSTEM, show_id=show.id, sha256=sha256)
        _step(session, show.application, StepName.FEED, feed_url(show.slug), now)


def media_copied(episode_id: int, *, key: str, size: int, sha256: str, now: datetime) -> None:
    """The episode's file is ours now; the feed will name our copy."""
    with transaction() as session:
        episode = session.get_one(Episode, episode_id)
        episode.media_key, episode.media_bytes, episode.media_sha256 = key, size, sha256
        outbox.put(session, Kind.FEED, episode.show_id, now=now, due_at=now + TOGETHER)


def feed_url(slug: str) -> str:
    """The public address of a show's feed."""
    return f"{current_app.config['FEEDS_URL']}/{feed_key(slug)}"


def steps_done(application_id: int) -> set[StepName]:
    """The provisioning steps that need not run again."""
    with transaction() as session:
        return set(
            session.scalars(select(ProvisioningStep.name).where(ProvisioningStep.application_id == application_id))
        )


def _approved(session: Session, application_id: int) -> Application:
    application = locked(session, application_id)
    if application.state is not State.APPROVED:
        raise GiveUp("not-approved")
    return application


def _owner(session: Session, application: Application, now: datetime) -> Person:
    """The person of the applicant's address, which may have been corrected since step 1."""
    email = application.email.lower()
    known = select(Person).where(Person.email == email)
    if session.scalar(known) is None:
        insert_first(session, Person(email=email, name=application.name, created_at=now))
    return session.scalars(known).one()


def _show(session: Session, application: Application) -> Show | None:
    return session.scalar(select(Show).where(Show.application_id == application.id))


def _has_step(session: Session, application: Application, name: StepName) -> bool:
    found = select(ProvisioningStep.id).where(
        ProvisioningStep.application_id == application.id, ProvisioningStep.name == name
    )
    return session.scalar(found) is not None


def _step(session: Session, application: Application, name: StepName, detail: str, now: datetime) -> None:
    if not _has_step(session, application, name):
        session.add(ProvisioningStep(application_id=application.id, name=name, detail=detail[:500], done_at=now))
