"""What a batch does once it has begun: one application after the other is decided, or taken back.

Each step is a transaction that holds the batch: whoever dies leaves the rest to the next one, whoever takes it back
meanwhile finds nothing half done, and each application is decided once.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from review.db import transaction
from review.errors import Forbidden, GreenroomError, Missing, Refused, TooLate, TryLater, WrongState
from review.models.application import Decision
from review.models.batch import Batch, BatchItem, Fate, Stage
from review.models.outbox import ItemState, OutboxItem
from review.reads import claims
from review.rules import may_decide_in_bulk
from review.services import decisions
from review.services.decisions import Choice

HOLD = timedelta(days=30)
"""How long letters wait while a batch is under way. Where it is stuck, that stands on the desk long before."""
log = logging.getLogger(__name__)


def step(batch_id: int, *, now: datetime, undo_window: timedelta) -> bool:
    """Decide one application of a batch, or take one back. False where nothing is left to do.

    One that fails for a reason nobody thought of is marked and logged, and does not hold the others up.
    """
    at: list[int] = []
    try:
        with transaction() as session:
            batch = locked(session, batch_id)
            if batch.stage is Stage.RUNNING:
                return _decide_next(session, batch, at, now, undo_window)
            return batch.stage is Stage.UNDOING and _undo_next(session, batch, at, now)
    except TryLater:
        raise
    except Exception:
        if not at:
            raise
        log.exception("batch %d: application %d failed", batch_id, at[0])
        _mark_broken(batch_id, at[0])
        return True


def _next(session: Session, batch: Batch, fate: Fate) -> BatchItem | None:
    wanted = select(BatchItem).where(BatchItem.batch_id == batch.id, BatchItem.fate == fate)
    return session.scalar(wanted.order_by(BatchItem.application_id).limit(1))


def _decide_next(session: Session, batch: Batch, at: list[int], now: datetime, undo_window: timedelta) -> bool:
    item = _next(session, batch, Fate.WAITING)
    if item is None:
        _end(session, batch, now, undo_window)
        return False
    at.append(item.application_id)
    try:
        with session.begin_nested():
            item.decision_id, item.fate = _decide(session, batch, item, now), Fate.DECIDED
    except (Forbidden, Missing, Refused, WrongState) as error:
        item.fate, (item.code, item.detail) = Fate.SKIPPED, _why(error)
    return True


def _decide(session: Session, batch: Batch, item: BatchItem, now: datetime) -> int:
    by = batch.person
    if not by.active or not may_decide_in_bulk(by.role):
        raise Forbidden
    reader = next(iter(claims.readers(now, item.application_id)), None)
    if reader is not None and reader.person_id != by.id:  # a lead may, but a batch does not look whom it disturbs
        raise Refused("claimed", field=reader.name)
    choice = Choice(
        application_id=item.application_id,
        verb=batch.verb,
        version=item.version,
        form_key=hashlib.sha256(f"{batch.key} {item.application_id}".encode()).hexdigest(),
        subject=item.subject,
        text=item.text,
        reasons=tuple(batch.reasons),
        asked=tuple(batch.asked),
        past_places=batch.past_places,
    )
    return decisions.decide_within(session, choice, by=by, now=now, undo_window=HOLD, batch=batch.id)


def _why(error: GreenroomError) -> tuple[str, dict[str, Any]]:
    """The code of what stood in the way, and what is told of it."""
    if isinstance(error, WrongState):
        return "moved", {"state": error.state, "by": error.by}
    if isinstance(error, Refused):
        return error.code, {"by": error.field} if error.code == "claimed" else {}
    return _CODES[type(error)], {}


_CODES: dict[type[GreenroomError], str] = {Forbidden: "forbidden", Missing: "gone", TooLate: "too-late"}


def _end(session: Session, batch: Batch, now: datetime, undo_window: timedelta) -> None:
    """The last one is decided: from now on the time to look at all of them runs."""
    batch.stage, batch.ended_at = Stage.DONE, now
    if session.scalar(decided(batch.id).limit(1)) is not None:
        batch.undo_until = now + undo_window
        let_leave(session, decided(batch.id), batch.undo_until)


def _undo_next(session: Session, batch: Batch, at: list[int], now: datetime) -> bool:
    item = _next(session, batch, Fate.DECIDED)
    if item is None or batch.undone_by is None:
        batch.stage, batch.ended_at = Stage.UNDONE, now
        return False
    at.append(item.application_id)
    try:
        with session.begin_nested():
            decisions.undo_within(session, item.decision_id or 0, by=batch.undone_by, now=now)
            item.fate = Fate.UNDONE
    except (Forbidden, Missing, TooLate, WrongState) as error:
        item.fate, (item.code, item.detail) = Fate.KEPT, _why(error)
        let_leave(session, [item.decision_id], now)
    return True


def _mark_broken(batch_id: int, application_id: int) -> None:
    with transaction() as session:
        item = session.get_one(BatchItem, (batch_id, application_id))
        item.fate = Fate.KEPT if item.fate is Fate.DECIDED else Fate.FAILED
        item.code = "broken"


def locked(session: Session, batch_id: int) -> Batch:
    """Held for the rest of the transaction, before anything else is."""
    batch = session.get(Batch, batch_id, with_for_update={"key_share": True}, populate_existing=True)
    if batch is None:
        raise Missing
    return batch


def decided(batch_id: int) -> Any:
    """The decisions of a batch that stand."""
    return select(BatchItem.decision_id).where(BatchItem.batch_id == batch_id, BatchItem.fate == Fate.DECIDED)


def let_leave(session: Session, decisions_of: Any, at: datetime) -> None:
    """Letters, shows and the right to take back: all of these decisions as of one moment."""
    standing = Decision.id.in_(decisions_of) & Decision.undone_at.is_(None)
    session.execute(update(Decision).where(standing).values(undo_until=at).execution_options(**_UNSEEN))
    waiting = OutboxItem.decision_id.in_(decisions_of) & (OutboxItem.state == ItemState.WAITING)
    session.execute(update(OutboxItem).where(waiting).values(due_at=at).execution_options(**_UNSEEN))


_UNSEEN = {"synchronize_session": False}
