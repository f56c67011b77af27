"""The small verbs of the desk: take an application, note something, have its feed read again, send its link again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from review import letters, outbox
from review.db import transaction
from review.errors import Forbidden, Missing, Refused, WrongState
from review.models.application import Application, FeedCheck, Note
from review.models.desk import Call
from review.models.event import Actor
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.rules import BACKLOG, OPEN, SNOOZES, Verb, after, allowed, may
from review.services import claims, likeness, notices, post
from review.services.applications import locked
from review.services.audit import record

NOTE_LIMIT = 5000


def take(application_id: int, *, by: Person, now: datetime) -> None:
    """Start reviewing: the applicant sees that somebody is reading. Taking one's own again changes nothing."""
    with transaction() as session:
        application = locked(session, application_id, by=by)
        if not may(by.role, Verb.TAKE):
            raise Forbidden
        if application.state is after(Verb.TAKE) and application.reviewer_id == by.id:
            return
        if not allowed(application.state, Verb.TAKE):
            raise WrongState(application.state, by=application.reviewer.name if application.reviewer else "")
        application.state, application.reviewer_id = after(Verb.TAKE), by.id
        application.version += 1
        record(session, Verb.TAKE, at=now, person=by, application_id=application.id)


def note(application_id: int, body: str, *, by: Person, now: datetime) -> None:
    """Leave a note for colleagues. Raises Refused when it is empty or too long."""
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.NOTE)
        if not body.strip() or len(body) > NOTE_LIMIT:
            raise Refused("note-length", field="body")
        session.add(Note(application_id=application.id, person_id=by.id, at=now, body=body.strip()))
        notices.give_opinion(session, application, by=by, now=now)
        notices.call(session, notices.mentioned(body), application, Call.MENTION, by=by, now=now)
        claims.drop_draft(session, application.id, "note", by)
        record(session, Verb.NOTE, at=now, person=by, application_id=application.id)


def snooze(application_id: int, days: int, *, by: Person, now: datetime) -> None:
    """Put an application off: it leaves the list of those to decide, and comes back by itself. 0 days wake it up.

    Raises WrongState for one that is decided, Refused for a number of days nobody offers.
    """
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.SNOOZE)
        if days and days not in SNOOZES:
            raise Refused("snooze-days")
        if application.state not in OPEN:
            raise WrongState(application.state)
        application.snoozed_until = now + timedelta(days=days) if days else None
        verb = Verb.SNOOZE if days else Verb.WAKE
        record(session, verb, at=now, person=by, application_id=application.id, why=str(days) if days else "")


def check_feed(application_id: int, *, by: Person, now: datetime) -> None:
    """Have the feed read again."""
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.CHECK_FEED)
        if not application.feed_url:
            raise Refused("no-feed")
        outbox.put(session, Kind.FEED_CHECK, application.id, now=now, application_id=application.id)
        record(session, Verb.CHECK_FEED, at=now, person=by, application_id=application.id)


def send_link(application_id: int, *, by: Person, now: datetime) -> None:
    """Send the applicant a new link to the status page."""
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.SEND_LINK)
        letter = letters.status_link(name=application.name, show_title=application.show_title)
        post.post(session, letter, to=application, now=now)
        record(session, Verb.SEND_LINK, at=now, person=by, application_id=application.id)


def feed_checked(application_id: int, result: dict[str, object], *, now: datetime) -> None:
    """Keep what a feed looked like, in place of what it looked like before.

    `result` holds FeedCheck columns: `url`, and what was seen there.
    """
    with transaction() as session:
        application = locked(session, application_id)
        check = application.feed_check or FeedCheck(application_id=application.id)
        for column, value in (_NOTHING_SEEN | result).items():
            setattr(check, column, value)
        seen = check.snapshot or {}
        check.host, check.episode_count = seen.get("host", "")[:255], seen.get("episode_count")
        check.checked_at = now
        session.add(check)
        session.flush()
        session.refresh(application, ["feed_check"])
        likeness.mark(session, application)
        record(session, "feed-checked", at=now, actor=Actor.SYSTEM, application_id=application.id, why=check.failure)


_NOTHING_SEEN = {
    "failure": "",
    "failure_detail": "",
    "snapshot": None,
    "artwork_key": "",
    "artwork_width": None,
    "artwork_height": None,
}


def on_the_desk(session: Session, application_id: int, by: Person, verb: Verb) -> Application:
    """The row, locked. Raises Missing for one that never came to the desk, Forbidden beyond the person's role."""
    application = locked(session, application_id, by=by)
    if application.state not in BACKLOG:
        raise Missing
    if not may(by.role, verb):
        raise Forbidden
    return application


def retry(item_id: int, *, by: Person, now: datetime) -> None:
    """Bring a dead effect back to life, with the whole ladder before it again. Raises Missing unless it is dead."""
    with transaction() as session:
        if not may(by.role, Verb.NOTE):
            raise Forbidden
        row = session.execute(
            update(OutboxItem)
            .where(OutboxItem.id == item_id, OutboxItem.state == ItemState.DEAD)
            .values(state=ItemState.WAITING, attempts=0, due_at=now, done_at=None)
            .returning(OutboxItem.application_id, OutboxItem.kind)
        ).one_or_none()
        if row is None:
            raise Missing
        record(session, "retry", at=now, person=by, application_id=row.application_id, why=row.kind)
