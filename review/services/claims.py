"""Claims and drafts: leases on reading an application, and what is written there before it is sent.

Neither leaves an Event: they decide nothing and end by themselves. Taking a claim from somebody does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, select
from sqlalchemy.orm import Session

from review.db import insert_first, transaction
from review.errors import Forbidden, Missing, Refused
from review.models.application import Application, Decision, Note
from review.models.desk import Claim, Draft
from review.models.person import Person
from review.reads.backlog import awake, first_of_each
from review.reads.claims import LASTS, alive, readers
from review.reads.notices import hidden, hidden_from
from review.rules import BACKLOG, DECISIONS, WAITING, Role, Verb, may
from review.services import notices
from review.services.audit import record

KINDS = ("note", *DECISIONS)
LONGEST = 20_000
KEEP_DAYS = 30
ATTEMPTS = 50
ON_ITS_WAY = timedelta(minutes=2)
"""For so long after somebody has gone on to the next application, what they sent of the one before may arrive."""


def renew(application_id: int, *, writing: bool, by: Person, now: datetime) -> None:
    """This person is reading it now, and nothing else. The first of several who do has the claim."""
    with transaction() as session:
        if not may(by.role, Verb.NOTE):
            raise Forbidden
        _hold(session, application_id, by, now, writing=writing)
        notices.see(session, application_id, by=by, now=now)


def take_over(application_id: int, *, by: Person, now: datetime) -> None:
    """Take the claim from whoever has it. What they have written so far stays theirs."""
    with transaction() as session:
        if not may(by.role, Verb.NOTE):
            raise Forbidden
        names = [reader.name for reader in readers(now, application_id) if reader.person_id != by.id]
        session.execute(delete(Claim).where(Claim.application_id == application_id, Claim.person_id != by.id))
        _hold(session, application_id, by, now)
        if names:
            record(session, "claim-taken", at=now, person=by, application_id=application_id, why=names[0])


def release(*, by: Person) -> None:
    """This person reads nothing any more."""
    with transaction() as session:
        session.execute(delete(Claim).where(Claim.person_id == by.id))


def take_next(*, by: Person, now: datetime) -> int | None:
    """Claim the oldest application that waits to be decided and that nobody else is reading. None where there is none.

    Any number of reviewers who ask at once are given different ones.
    """
    with transaction() as session:
        if not may(by.role, Verb.NOTE):
            raise Forbidden
        passed: list[int] = []
        while len(passed) < ATTEMPTS:
            id_ = session.scalar(_oldest(by, now, passed))
            if id_ is None:
                return None
            # asked again: the row was found before a claim that was being made could be seen
            if all(reader.person_id == by.id for reader in readers(now, id_)):
                _hold(session, id_, by, now)
                return id_
            passed.append(id_)
        return None


def _oldest(by: Person, now: datetime, passed: list[int]) -> Select[int]:
    """Locked, and rows that somebody else has locked are passed over."""
    others = select(Claim.application_id).where(Claim.person_id != by.id, alive(now))
    free = and_(*(Application.id.not_in(ones) for ones in (others, passed, hidden_from(by.id))))
    waiting = (
        select(Application.id)
        .where(Application.state.in_(WAITING), awake(now), free)
        .order_by(Application.received_at, Application.id)
        .limit(1)
    )
    return first_of_each(waiting, WAITING, ATTEMPTS).with_for_update(skip_locked=True)


def _hold(session: Session, application_id: int, by: Person, now: datetime, *, writing: bool = False) -> None:
    state = session.scalar(select(Application.state).where(Application.id == application_id))
    if state not in BACKLOG or hidden(by.id, application_id):
        raise Missing
    known = select(Claim).where(Claim.person_id == by.id).with_for_update()
    if session.scalar(known) is None:
        insert_first(session, Claim(person_id=by.id, application_id=application_id, since=now, seen_at=now))
    claim = session.scalars(known).one()
    if claim.application_id != application_id or claim.seen_at <= now - LASTS:
        claim.left_id, claim.left_since = claim.application_id, claim.since
        claim.application_id, claim.since = application_id, now
    claim.seen_at, claim.writing = now, writing


def check(session: Session, application_id: int, *, by: Person, now: datetime) -> None:
    """Raises Refused while a colleague has the claim. It never stands in a lead's way, nor of who had it until a moment
    ago: the desk opens the next application before the decision on this one has arrived."""
    first = next(iter(readers(now, application_id)), None)
    if first is None or first.person_id == by.id or by.role is not Role.REVIEWER:
        return
    mine = session.get(Claim, by.id)
    left = mine.left_since if mine and mine.left_id == application_id and now < mine.since + ON_ITS_WAY else None
    if left is None or left > first.since:
        raise Refused("claimed")


def keep_draft(application_id: int, kind: str, text: str, *, subject: str = "", by: Person, now: datetime) -> None:
    """Keep what somebody has typed so far; nothing typed is no draft."""
    if kind not in KINDS:
        raise Missing
    with transaction() as session:
        if not may(by.role, Verb.NOTE):
            raise Forbidden
        if not text.strip():
            drop_draft(session, application_id, kind, by)
            return
        if session.get(Application, application_id) is None or hidden(by.id, application_id):
            raise Missing
        if _was_sent(session, application_id, kind, text, by, now):
            return
        key = {"person_id": by.id, "application_id": application_id, "kind": kind}
        if session.get(Draft, tuple(key.values())) is None:
            insert_first(session, Draft(**key, text="", saved_at=now))
        draft = session.get_one(Draft, tuple(key.values()), with_for_update=True)
        draft.text, draft.subject, draft.saved_at = text[:LONGEST], subject[:255], now


def _was_sent(session: Session, application_id: int, kind: str, text: str, by: Person, now: datetime) -> bool:
    """Whether this was typed before what was just sent, and only comes later."""
    table: Any = Note if kind == "note" else Decision
    mine = select(table).where(table.application_id == application_id, table.person_id == by.id)
    last = session.scalar(mine.where(table.at > now - ON_ITS_WAY).order_by(table.id.desc()).limit(1))
    if kind == "note":
        return last is not None and last.body.startswith(text.strip())
    return last is not None and last.verb == kind and last.undone_at is None


def drop_draft(session: Session, application_id: int, kind: str, by: Person) -> None:
    """It was sent, in the caller's transaction."""
    session.execute(
        delete(Draft).where(Draft.person_id == by.id, Draft.application_id == application_id, Draft.kind == kind)
    )


def forget(*, now: datetime) -> int:
    """Let go of drafts nobody has touched for a month, and of claims that have ended. Returns how many drafts."""
    with transaction() as session:
        session.execute(delete(Claim).where(~alive(now)))
        old = Draft.saved_at < now - timedelta(days=KEEP_DAYS)
        return len(session.execute(delete(Draft).where(old).returning(Draft.person_id)).all())
