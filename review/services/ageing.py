"""What time does to applications that lie still. Each step is a transaction of its own and leaves an Event.

A step is judged again once its application is locked: of two clocks, and of a clock and a person, one comes second.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from review import letters
from review.config import Settings
from review.db import db, transaction
from review.models.application import Application, Decision
from review.models.desk import Claim, Draft
from review.models.event import Actor, Event
from review.models.letter import RETURNED, Letter, LetterState
from review.reads.backlog import awake
from review.rules import WAITING, State, Verb, after
from review.services import due, post
from review.services.applications import locked
from review.services.audit import record

MOST = 500
"""How many applications one round of the clock takes a step with; the next one goes on."""

ENTERS = (Verb.VERIFY, "imported", Verb.ANSWER, Verb.REOPEN)
"""What brings an application into the backlog."""


def give_due_dates(*, now: datetime) -> int:
    """Give due dates to those that wait without one, counted from when they came. Returns how many.

    They came by another way than the verbs, or while due dates were switched off.
    """
    settings = _settings()
    if settings.due is None:
        return 0
    came = select(func.max(Event.at)).where(Event.application_id == Application.id, Event.verb.in_(ENTERS))
    lacking = select(Application, func.coalesce(_its(came), Application.received_at, Application.created_at))
    with transaction() as session:
        found = session.execute(
            lacking.where(Application.state.in_(WAITING), Application.due_at.is_(None))
            .order_by(Application.id)
            .limit(MOST)
            .with_for_update(of=Application, key_share=True, skip_locked=True)
        ).all()
        for application, at in found:
            application.due_at = settings.pace.after(at, settings.due)
        return len(found)


def remind_applicants(*, now: datetime) -> int:
    """Remind who was asked and has not answered, once for each time they were asked. Returns how many."""
    patience = _settings().remind_after
    if patience is None:
        return 0
    asked = select(func.max(Decision.at)).where(
        Decision.application_id == Application.id, Decision.verb == Verb.ASK, Decision.undone_at.is_(None)
    )
    return _each(and_(_unanswered(now), Application.reminded_at.is_(None), _its(asked) <= now - patience), _remind, now)


def _remind(session: Session, application: Application, now: datetime) -> None:
    """What the letter promises is kept, whatever is set when that time has come."""
    patience = _settings().close_after
    application.reminded_at, application.closes_at = now, now + patience if patience else None
    days = patience.days if patience else None
    letter = letters.reminder(name=application.name, show_title=application.show_title, days=days)
    post.post(session, letter, to=application, now=now)
    record(session, Verb.REMIND, at=now, actor=Actor.SYSTEM, application_id=application.id)


def close_unanswered(*, now: datetime) -> int:
    """Close those whose applicants were told that this would happen, and did not answer. Returns how many."""
    if _settings().close_after is None:
        return 0
    return _each(and_(_unanswered(now), Application.closes_at <= now), _close, now)


def _close(session: Session, application: Application, now: datetime) -> None:
    application.state, application.decided_at, application.asked = after(Verb.CLOSE), now, []
    application.closes_at = None
    application.version += 1
    due.follow(application, now=now)
    letter = letters.closed(name=application.name, show_title=application.show_title)
    post.post(session, letter, to=application, now=now)
    record(session, Verb.CLOSE, at=now, actor=Actor.SYSTEM, application_id=application.id)


def release_untouched(*, now: datetime) -> int:
    """Give applications back to all that somebody has started to review and then left lying. Returns how many.

    Whatever a member of staff does with it, and reading or writing there, is a sign of life.
    """
    patience = _settings().release_after
    if patience is None:
        return 0
    since = now - patience
    alive = [
        select(Event.id).where(Event.application_id == Application.id, Event.actor == Actor.STAFF, Event.at > since),
        select(Claim.person_id).where(Claim.application_id == Application.id, Claim.seen_at > since),
        select(Draft.person_id).where(Draft.application_id == Application.id, Draft.saved_at > since),
    ]
    taken = (Application.state == State.IN_REVIEW) & (Application.received_at <= since) & awake(now)
    return _each(and_(taken, *(~sign.exists() for sign in alive)), _release, now)


def _release(session: Session, application: Application, now: datetime) -> None:
    who = application.reviewer.name if application.reviewer else ""
    application.state, application.reviewer_id = after(Verb.RELEASE), None
    application.version += 1
    record(session, Verb.RELEASE, at=now, actor=Actor.SYSTEM, application_id=application.id, why=who)


def _unanswered(now: datetime) -> ColumnElement[bool]:
    """The applicant is asked and all our letters have arrived; and nobody has put it off, for they may know why."""
    came_back = and_(Letter.state.in_(RETURNED), Letter.replaced_by_id.is_(None), Letter.let_go_at.is_(None))
    under_way = Letter.state.in_((LetterState.QUEUED, LetterState.SENDING))
    missed = select(Letter.id).where(Letter.application_id == Application.id, or_(under_way, came_back))
    return and_(Application.state == State.ASKED, awake(now), ~missed.exists())


def _each(stale: ColumnElement[bool], step: Callable[[Session, Application, datetime], None], now: datetime) -> int:
    """Take a step with every application that is stale. Returns with how many."""
    found = db.session.scalars(select(Application.id).where(stale).order_by(Application.id).limit(MOST)).all()
    return sum(_once(id_, stale, step, now) for id_ in found)


def _once(
    id_: int, stale: ColumnElement[bool], step: Callable[[Session, Application, datetime], None], now: datetime
) -> bool:
    with transaction() as session:
        application = locked(session, id_)
        still = session.scalar(select(Application.id).where(Application.id == id_, stale)) is not None
        if still:
            step(session, application, now)
        return still


def _its(query: Select[Any]) -> ScalarSelect[Any]:
    return query.correlate(Application).scalar_subquery()


def _settings() -> Settings:
    return current_app.config["GREENROOM"]  # type: ignore[no-any-return]
