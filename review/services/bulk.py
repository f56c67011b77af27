"""One decision for many: pinned with the letter of each, begun, taken back as one. `bulk_work` does what is begun."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session, joinedload

from review import outbox
from review.db import db, transaction
from review.errors import Forbidden, Missing, Refused, TooLate
from review.models.application import Application
from review.models.batch import Batch, BatchItem, Fate, Stage
from review.models.outbox import Kind
from review.models.person import Person
from review.questions import number
from review.reads import reasons, scores
from review.rules import ASKABLE, IN_BULK, Verb, allowed, may_decide_in_bulk
from review.services import decisions
from review.services.audit import record
from review.services.bulk_work import HOLD, decided, let_leave, locked

MOST = 1000
NOTE_LENGTH = 5000
KEEP = timedelta(days=30)
UNUSED = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be decided, and why. `note` is one more paragraph of every letter."""

    verb: Verb
    reasons: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    note: str = ""
    past_places: bool = False


def prepare(ids: Sequence[int], plan: Plan, *, filters: Mapping[str, str], by: Person, now: datetime) -> int:
    """Pin these applications as they are now, each with its letter, so that all can be looked at. Decides nothing.

    Returns the batch's id. Raises Forbidden, or Refused for none, too many, or what no decision could hold.
    """
    if not may_decide_in_bulk(by.role):
        raise Forbidden
    _check(ids, plan)
    person_id, items = by.id, _pinned(ids, plan, by)
    with transaction() as session:
        batch = Batch(
            key=secrets.token_hex(16),
            person_id=person_id,
            verb=plan.verb,
            reasons=list(plan.reasons),
            asked=list(plan.asked),
            note=plan.note,
            past_places=plan.past_places,
            filters=dict(filters),
            stage=Stage.PREPARED,
            created_at=now,
        )
        session.add(batch)
        session.flush()
        waiting = {"batch_id": batch.id, "fate": Fate.WAITING, "code": "", "detail": {}}
        session.execute(insert(BatchItem), [item | waiting for item in items])
        return batch.id


def _check(ids: Sequence[int], plan: Plan) -> None:
    if plan.verb not in IN_BULK:
        raise Missing
    if not 0 < len(ids) <= MOST:
        raise Refused("bulk-too-many" if ids else "bulk-none")
    if not set(plan.reasons) <= {one.code for one in reasons.offered(plan.verb)}:
        raise Refused("unknown-reason", field="reasons")
    askable = {*ASKABLE, *filter(number, plan.asked)} if plan.verb is Verb.ASK else set()
    if not set(plan.asked) <= askable:
        raise Refused("unknown-field", field="asked")
    if len(plan.note) > NOTE_LENGTH:
        raise Refused("bulk-note", field="note")


def _pinned(ids: Sequence[int], plan: Plan, by: Person) -> list[dict[str, Any]]:
    """Version and letter of each, read and written before anything is locked."""
    chosen = [one for one in reasons.offered(plan.verb) if one.code in plan.reasons]
    items = []
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        blind = scores.hidden(some, reader=by.id)
        wanted = select(Application).where(Application.id.in_(some)).options(joinedload(Application.programme))
        for one in db.session.scalars(wanted):
            item = {"application_id": one.id, "version": one.version, "subject": "", "text": ""}
            if allowed(one.state, plan.verb) and one.id not in blind:
                paragraphs = [*(reason.said(one.language) for reason in chosen), *([plan.note] if plan.note else [])]
                letter = decisions.written(one, plan.verb, paragraphs, asked=plan.asked)
                item |= {"subject": letter.subject, "text": letter.text}
            items.append(item)
    return items


def leave_out(batch_id: int, application_id: int, out: bool, *, by: Person) -> None:
    """Leave one application out, or take it in again. It decides nothing and leaves no Event."""
    with transaction() as session:
        batch = _own(session, batch_id, by)
        item = session.get(BatchItem, (batch_id, application_id))
        if item is None:
            raise Missing
        if batch.stage is Stage.PREPARED:
            item.fate, item.code = (Fate.SKIPPED, "left-out") if out else (Fate.WAITING, "")


def discard(batch_id: int, *, by: Person) -> None:
    """Let go of a batch that was only looked at. Raises Refused once it has begun."""
    with transaction() as session:
        if _own(session, batch_id, by).stage is not Stage.PREPARED:
            raise Refused("bulk-begun")
        _forget(session, [batch_id])


def run(batch_id: int, *, by: Person, now: datetime) -> None:
    """Have it done. Pressed twice it is once. Whoever has looked at it decides it: raises Forbidden for others."""
    with transaction() as session:
        batch = _own(session, batch_id, by)
        if batch.stage is not Stage.PREPARED:
            return
        batch.stage, batch.started_at = Stage.RUNNING, now
        outbox.put(session, Kind.BULK, batch.id, now=now)
        record(session, "bulk-started", at=now, person=by, why=batch.verb, batch=batch.id)


def undo(batch_id: int, *, by: Person, now: datetime) -> None:
    """Stop a batch and take all of it back. Pressed twice it is once.

    Raises TooLate once its undo window has closed. Letters that still wait are held until each has been taken back.
    """
    with transaction() as session:
        batch = locked(session, batch_id)
        if not may_decide_in_bulk(by.role):
            raise Forbidden
        if batch.stage in (Stage.UNDOING, Stage.UNDONE):
            return
        if batch.stage is Stage.PREPARED:
            raise Refused("bulk-begun")
        if batch.stage is Stage.DONE and (batch.undo_until is None or now >= batch.undo_until):
            raise TooLate
        batch.stage, batch.undone_by_id = Stage.UNDOING, by.id
        let_leave(session, decided(batch_id), now + HOLD)
        rest = update(BatchItem).where(BatchItem.batch_id == batch_id, BatchItem.fate == Fate.WAITING)
        session.execute(rest.values(fate=Fate.SKIPPED, code="stopped"))
        outbox.put(session, Kind.BULK, batch.id, now=now)
        record(session, "bulk-undone", at=now, person=by, why=batch.verb, batch=batch.id)


def _own(session: Session, batch_id: int, by: Person) -> Batch:
    batch = locked(session, batch_id)
    if not may_decide_in_bulk(by.role) or batch.person_id != by.id:
        raise Forbidden
    return batch


def forget_old(*, now: datetime) -> int:
    """Let go of batches nobody went on with, and after a month of the letters of the others: they stand with their
    applications. Returns how many batches were let go of."""
    with transaction() as session:
        unused = (Batch.stage == Stage.PREPARED) & (Batch.created_at < now - UNUSED)
        ids = session.scalars(select(Batch.id).where(unused).limit(100)).all()
        _forget(session, ids)
        old = select(Batch.id).where(Batch.ended_at < now - KEEP, Batch.ended_at > now - 2 * KEEP)
        session.execute(update(BatchItem).where(BatchItem.batch_id.in_(old)).values(subject="", text=""))
        return len(ids)


def _forget(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(BatchItem).where(BatchItem.batch_id.in_(ids)))
    session.execute(delete(Batch).where(Batch.id.in_(ids)))
