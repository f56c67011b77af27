"""Leaving: export links are made, revoked, expire and are counted; what is in the archive is told as plain entries."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from review import letters, outbox
from review.db import transaction
from review.errors import Forbidden, Gone, Missing
from review.models.event import Actor
from review.models.outbox import Kind
from review.models.person import Person
from review.models.show import ExportLink, Show
from review.reads import links
from review.rules import Verb, may
from review.services import post
from review.services.audit import record


def make_link(slug: str, *, by: Person, now: datetime) -> int:
    """Mail the owner a link to everything the show is made of. The feed is unlocked so that a new host may read it.

    Owners and reviewers may ask for it. Raises Missing or Forbidden. Returns the link's id.
    """
    with transaction() as session:
        show = _show(session, slug, by)
        link = ExportLink(
            show_id=show.id, made_by_id=by.id, created_at=now, expires_at=now + timedelta(days=post.EXPORT_DAYS)
        )
        session.add(link)
        session.flush()  # the letter needs its id
        words = letters.export_link(name=show.owner.name, show_title=show.title, days=post.EXPORT_DAYS)
        letter = post.store(session, words, to=show.owner, now=now, show=show, export_link=link)
        post.dispatch(session, letter, now=now)
        _set_lock(session, show, now)
        _record(session, "export-link-made", show, by, now)
        return link.id


def revoke_link(link_id: int, *, by: Person, now: datetime) -> str:
    """End a link before its time. Revoking twice is once. Returns the show's slug. Raises Missing or Forbidden."""
    with transaction() as session:
        link = session.get(ExportLink, link_id)
        if link is None:
            raise Missing
        show = _show(session, link.show.slug, by)
        session.refresh(link)  # somebody may have revoked it while the show's lock was waited for
        if link.revoked_at is None:
            link.revoked_at = now
            session.flush()  # the lock looks at the links that are left
            _set_lock(session, show, now)
            _record(session, "export-link-revoked", show, by, now)
        return show.slug


def open_link(token: str, *, now: datetime) -> int:
    """Count one download. Returns the show's id; the bytes are streamed when this transaction is over.

    Raises Missing for a token that was never given out, Gone for one that was revoked or has expired.
    """
    with transaction() as session:
        link_id = links.export(token, now=now).id
        show_id: int | None = session.scalar(
            update(ExportLink)
            .where(ExportLink.id == link_id, ExportLink.revoked_at.is_(None))
            .values(downloads=ExportLink.downloads + 1, downloaded_at=now)
            .returning(ExportLink.show_id)
        )
        if show_id is None:  # it has been revoked since it was read
            raise Gone
        record(session, "export-downloaded", at=now, actor=Actor.OWNER, show_id=show_id, link=link_id)
        return show_id


def lock_again(*, now: datetime) -> int:
    """Lock the feeds of shows whose last export link has expired. Returns how many."""
    with transaction() as session:
        live = _live_links(now).where(ExportLink.show_id == Show.id).exists()
        expired = session.scalars(
            select(Show)
            .where(Show.locked.is_(False), ~live)
            .limit(500)
            .with_for_update(skip_locked=True, key_share=True)
        )
        locked = [show for show in expired if _set_lock(session, show, now)]  # a link may just have been made
        for show in locked:
            record(session, "feed-locked", at=now, actor=Actor.SYSTEM, show_id=show.id)
        return len(locked)


def _show(session: Session, slug: str, by: Person) -> Show:
    """The show, held for the rest of the transaction: its lock depends on all of its links."""
    held = select(Show).where(Show.slug == slug).with_for_update(key_share=True)
    show = session.scalar(held.execution_options(populate_existing=True))
    if show is None:
        raise Missing
    if show.owner_id != by.id and not may(by.role, Verb.SEND_LINK):
        raise Forbidden if by.is_staff else Missing
    return show


def _set_lock(session: Session, show: Show, now: datetime) -> bool:
    locked = not _has_live_link(session, show, now)
    if show.locked == locked:
        return False
    show.locked = locked
    outbox.put(session, Kind.FEED, show.id, now=now, application_id=show.application_id)
    return True


def _has_live_link(session: Session, show: Show, now: datetime) -> bool:
    return session.scalar(_live_links(now).where(ExportLink.show_id == show.id).limit(1)) is not None


def _live_links(now: datetime) -> Select[int]:
    return select(ExportLink.id).where(ExportLink.revoked_at.is_(None), ExportLink.expires_at > now)


def _record(session: Session, verb: str, show: Show, by: Person, now: datetime) -> None:
    actor = Actor.STAFF if by.is_staff else Actor.OWNER
    record(session, verb, at=now, actor=actor, person=by, show_id=show.id, application_id=show.application_id)
