"""What the clock needs: claiming a tick, and letting go of rows that have served."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from review.db import transaction
from review.models.outbox import ItemState, OutboxItem, Tick

KEEP_DAYS = 30


def claim_tick(name: str, slot: int, *, now: datetime) -> bool:
    """Whether this process is the first to come for the tick, and so the one to do it."""
    with transaction() as session:
        if session.get(Tick, (name, slot)) is not None:
            return False
        session.add(Tick(name=name, slot=slot, at=now))
        return True


def forget_effects(*, now: datetime) -> int:
    """Remove effects that were done or cancelled a month ago, and old ticks. Dead ones stay. Returns how many."""
    old = now - timedelta(days=KEEP_DAYS)
    with transaction() as session:
        session.execute(delete(Tick).where(Tick.at < old))
        settled = (ItemState.DONE, ItemState.CANCELLED)
        batch = select(OutboxItem.id).where(OutboxItem.state.in_(settled), OutboxItem.created_at < old).limit(5000)
        return len(session.scalars(delete(OutboxItem).where(OutboxItem.id.in_(batch)).returning(OutboxItem.id)).all())
