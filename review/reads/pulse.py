"""How the desk stands in a few numbers: for digests, and for what a chat is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from review.alerts import Pulse
from review.db import db
from review.models.application import Application
from review.models.letter import RETURNED, Letter
from review.models.outbox import ItemState, OutboxItem
from review.models.person import Person
from review.reads import backlog, effects, notices
from review.reads.filters import Filters
from review.rules import BACKLOG, WAITING, Verb, may


@dataclass(frozen=True, slots=True)
class Digest:
    """What somebody finds at the desk: what came since, what waits for all and for them, what is to be mended."""

    new: int
    waiting: int
    overdue: int
    mine: int
    calls: int
    to_mend: int

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.waiting or self.mine or self.calls or self.to_mend)


def pulse(*, since: datetime, now: datetime) -> Pulse:
    """The numbers of this moment, for everybody."""
    oldest = db.session.scalar(
        select(func.min(Application.received_at)).where(Application.state.in_(WAITING), backlog.awake(now))
    )
    approvals = select(func.count(Letter.id)).where(
        Letter.kind == "approved",
        Letter.state.in_(RETURNED),
        Letter.replaced_by_id.is_(None),
        Letter.let_go_at.is_(None),
    )
    dead = select(func.count(OutboxItem.id)).where(OutboxItem.state == ItemState.DEAD)
    return Pulse(
        new=_came(since),
        waiting=backlog.number(Filters(), now=now),
        oldest_days=(now - oldest).days if oldest else 0,
        bounced=db.session.scalar(approvals) or 0,
        dead=db.session.scalar(dead) or 0,
    )


def digest(person: Person, *, since: datetime, now: datetime) -> Digest:
    """The numbers of this moment for one of the staff: what they must not see is not counted."""
    return Digest(
        new=_came(since, reader=person.id),
        waiting=backlog.number(Filters(reader=person.id), now=now),
        overdue=backlog.number(Filters("is:overdue", reader=person.id), now=now) if backlog.overdue(now) else 0,
        mine=backlog.number(Filters("is:waiting assigned:@me", reader=person.id), now=now),
        calls=notices.waiting(person.id),
        to_mend=effects.to_mend() if may(person.role, Verb.NOTE) else 0,
    )


def _came(since: datetime, *, reader: int = 0) -> int:
    wanted = select(func.count(Application.id)).where(Application.received_at > since, Application.state.in_(BACKLOG))
    if reader:
        wanted = wanted.where(Application.id.not_in(notices.hidden_from(reader)))
    return db.session.scalar(wanted) or 0
