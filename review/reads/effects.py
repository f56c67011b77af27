"""The outbox as the desk shows it: what is dead and why, what still waits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from review.db import db
from review.models.outbox import ItemState, OutboxItem


@dataclass(frozen=True, slots=True)
class Effects:
    """Counts per state, dead rows newest first, and the next rows to come."""

    counts: dict[ItemState, int]
    dead: list[OutboxItem]
    waiting: list[OutboxItem]


def effects() -> Effects:
    """The state of the outbox, in a fixed number of queries."""
    counts = {
        state: number
        for state, number in db.session.execute(select(OutboxItem.state, func.count()).group_by(OutboxItem.state))
    }
    dead = select(OutboxItem).where(OutboxItem.state == ItemState.DEAD).order_by(OutboxItem.id.desc()).limit(100)
    open_states = (ItemState.WAITING, ItemState.LEASED)
    waiting = select(OutboxItem).where(OutboxItem.state.in_(open_states)).order_by(OutboxItem.due_at).limit(100)
    return Effects(counts, list(db.session.scalars(dead)), list(db.session.scalars(waiting)))
