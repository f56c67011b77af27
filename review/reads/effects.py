"""The outbox as the desk shows it: what is dead and why, what still waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from review.db import db
from review.models.application import Application
from review.models.letter import RETURNED, Letter
from review.models.outbox import ItemState, OutboxItem
from review.models.show import Show
from review.rules import BACKLOG


@dataclass(frozen=True, slots=True)
class Effects:
    """Counts per state, dead rows newest first, the next rows to come, and letters that came back.

    `returned` holds each letter with the number of the application it is about.
    """

    counts: dict[ItemState, int]
    dead: list[OutboxItem]
    waiting: list[OutboxItem]
    returned: list[tuple[Letter, int]]


def effects() -> Effects:
    """The state of the outbox, in a fixed number of queries."""
    counts = {
        state: number
        for state, number in db.session.execute(select(OutboxItem.state, func.count()).group_by(OutboxItem.state))
    }
    dead = select(OutboxItem).where(OutboxItem.state == ItemState.DEAD).order_by(OutboxItem.id.desc()).limit(100)
    open_states = (ItemState.WAITING, ItemState.LEASED)
    waiting = select(OutboxItem).where(OutboxItem.state.in_(open_states)).order_by(OutboxItem.due_at).limit(100)
    returned = _returned(select(Letter, Application.id)).order_by(Letter.id.desc()).limit(100)
    return Effects(
        counts,
        list(db.session.scalars(dead)),
        list(db.session.scalars(waiting)),
        [(letter, application_id) for letter, application_id in db.session.execute(returned)],
    )


def to_mend() -> int:
    """How many dead effects and returned letters wait for somebody to do something about them."""
    dead = select(func.count()).where(OutboxItem.state == ItemState.DEAD).scalar_subquery()
    returned = _returned(select(func.count(Letter.id))).scalar_subquery()
    return db.session.scalar(select(dead + returned)) or 0


def _returned(statement: Any) -> Any:
    """Those that somebody can send again: the application they are about stands on the desk."""
    of_show = select(Show.application_id).where(Show.id == Letter.show_id).scalar_subquery()
    return statement.join(Application, Application.id == func.coalesce(Letter.application_id, of_show)).where(
        Letter.state.in_(RETURNED),
        Letter.replaced_by_id.is_(None),
        Letter.let_go_at.is_(None),
        Application.state.in_(BACKLOG),
    )
