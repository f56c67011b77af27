"""Both ends of one pipe. Verbs `put` effects inside their own transaction; jobs lease, start and settle them.

The database holds all the truth about retries; RQ only runs what it is handed. No redis, no rq here.
A row is leased before its id is handed over and started by the worker under the same lease number: whoever comes
back from the dead with an old number finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from review.db import db, transaction
from review.logs import request_id
from review.models.outbox import ItemState, Kind, OutboxItem

TOGETHER = (Kind.FEED, Kind.SEARCH)
"""Effects that bring something up to date: one that waits covers every change until it begins."""

LADDER = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200, 21600, 43200, 86400))
"""Delays between attempts; after the last one the row is dead and stands on the desk."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to carry out one effect, until it runs out."""

    item_id: int
    number: int


@dataclass(frozen=True, slots=True)
class Work:
    """What a started lease is to do."""

    kind: Kind
    target_id: int
    request_id: str


def put(
    session: Session,
    kind: Kind,
    target_id: int,
    *,
    now: datetime,
    due_at: datetime | None = None,
    application_id: int | None = None,
    decision_id: int | None = None,
) -> None:
    """Add one effect to the caller's transaction, due at once unless told otherwise.

    A feed that already waits to be published is not queued twice: one publication, at the earlier time, covers both
    changes. So it is with the search index.
    """
    if kind in TOGETHER and _pulled_forward(session, kind, target_id, due_at or now):
        return
    session.add(
        OutboxItem(
            kind=kind,
            target_id=target_id,
            application_id=application_id,
            decision_id=decision_id,
            state=ItemState.WAITING,
            due_at=due_at or now,
            created_at=now,
            request_id=request_id(),
        )
    )


def _pulled_forward(session: Session, kind: Kind, target_id: int, due_at: datetime) -> bool:
    found = select(OutboxItem).where(
        OutboxItem.kind == kind, OutboxItem.target_id == target_id, OutboxItem.state == ItemState.WAITING
    )
    item = session.scalar(found.limit(1).with_for_update())
    if item is None:
        return False
    item.due_at = min(item.due_at, due_at)
    return True


def cancel(session: Session, decision_id: int) -> bool:
    """Cancel a decision's effects in the caller's transaction. False, and nothing cancelled, once one has begun."""
    items = session.scalars(
        select(OutboxItem)
        .where(OutboxItem.decision_id == decision_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if any(item.state not in (ItemState.WAITING, ItemState.CANCELLED) for item in items):
        return False
    for item in items:
        item.state = ItemState.CANCELLED
    return True


def due(now: datetime) -> set[Kind]:
    """The kinds of which something is due. Asked often, so it locks nothing."""
    found = set(db.session().scalars(select(OutboxItem.kind).where(_due(now)).distinct()))
    db.session().rollback()
    return found


def _due(now: datetime) -> ColumnElement[bool]:
    return OutboxItem.state.in_((ItemState.WAITING, ItemState.LEASED)) & (OutboxItem.due_at <= now)


def lease(*, limit: int, now: datetime, period: timedelta, kinds: Collection[Kind] = frozenset(Kind)) -> list[Lease]:
    """Lease up to `limit` rows of these kinds that are due, or whose lease ran out because its holder died."""
    with transaction() as session:
        first = select(OutboxItem).where(_due(now), OutboxItem.kind.in_(kinds)).order_by(OutboxItem.due_at)
        items = session.scalars(first.limit(limit).with_for_update(skip_locked=True)).all()
        for item in items:
            item.state, item.due_at, item.lease_no = ItemState.LEASED, now + period, item.lease_no + 1
        return [Lease(item.id, item.lease_no) for item in items]


def release(leases: list[Lease], *, now: datetime) -> None:
    """Give leases back that could not be handed over."""
    with transaction() as session:
        for held in leases:
            session.execute(_held(held).values(state=ItemState.WAITING, due_at=now))


def start(held: Lease, *, now: datetime, period: timedelta) -> Work | None:
    """Begin the work of a lease and count the attempt. None if the lease is no longer this one.

    An effect that kills its worker never comes to `later`: it is dead once it was begun as often as the ladder allows.
    """
    with transaction() as session:
        item = session.get_one(OutboxItem, held.item_id, with_for_update=True)
        if item.state is not ItemState.LEASED or item.lease_no != held.number:
            return None
        if item.attempts > len(LADDER):
            item.state, item.done_at = ItemState.DEAD, now
            item.error = item.error or "workers-died"
            return None
        item.attempts, item.due_at = item.attempts + 1, now + period
        return Work(item.kind, item.target_id, item.request_id)


def renew(held: Lease, *, now: datetime, period: timedelta) -> None:
    """Keep a lease through long work."""
    with transaction() as session:
        session.execute(_held(held).values(due_at=now + period))


def done(held: Lease, *, now: datetime) -> None:
    """Settle a lease whose effect has happened."""
    with transaction() as session:
        session.execute(_held(held).values(state=ItemState.DONE, error="", done_at=now))


def later(held: Lease, error: str, *, now: datetime) -> None:
    """Put the effect back with the ladder's next delay; dead when the ladder is spent."""
    with transaction() as session:
        item = session.get_one(OutboxItem, held.item_id, with_for_update=True)
        if item.state is not ItemState.LEASED or item.lease_no != held.number:
            return
        item.error = error[:500]
        if item.attempts > len(LADDER):
            item.state, item.done_at = ItemState.DEAD, now
        else:
            item.state, item.due_at = ItemState.WAITING, now + LADDER[max(0, item.attempts - 1)]


def dead(held: Lease, error: str, *, now: datetime) -> None:
    """Give the effect up: it stands on the desk with its reason until somebody retries it."""
    with transaction() as session:
        session.execute(_held(held).values(state=ItemState.DEAD, error=error[:500], done_at=now))


def _held(held: Lease):  # type: ignore[no-untyped-def]
    return update(OutboxItem).where(
        OutboxItem.id == held.item_id, OutboxItem.lease_no == held.number, OutboxItem.state == ItemState.LEASED
    )
