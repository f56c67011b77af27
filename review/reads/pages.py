"""Lists as programs page through them: each page goes on after the last row of the one before.

A page therefore stays what it is while rows come and go: nothing is given twice, and nothing that stays is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import joinedload

from review.db import db
from review.models.application import Application, Decision
from review.models.outbox import ItemState, OutboxItem
from review.models.show import Episode, Show
from review.reads import backlog, finding, scores
from review.reads.filters import Filters
from review.reads.shows import Listed

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: when its last row came, and its number."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor that is written so; any two numbers with a hyphen are one."""
        microseconds, id_ = text.split("-")
        return cls(_EPOCH + timedelta(microseconds=int(microseconds)), int(id_))


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Some rows, and where the next ones begin; None where there are none."""

    rows: Sequence[T]
    next: str | None
    hidden: frozenset[int] = frozenset()
    """Of applications those whose applicant the reader is not to know yet."""


def applications(filters: Filters, *, after: str | None, limit: int, now: datetime) -> Slice[Application]:
    """What the desk's list shows, oldest first; the database alone is asked."""
    what = backlog.sought(filters, now=now).question
    wanted = backlog.listed(finding.condition(what.where)).order_by(Application.received_at, Application.id)
    if after is not None:
        last = Cursor.read(after)
        later = Application.received_at > last.at
        wanted = wanted.where(or_(later, and_(Application.received_at == last.at, Application.id > last.id)))
    rows = list(db.session.scalars(wanted.limit(limit + 1)).unique())
    end = rows[limit - 1] if len(rows) > limit else None
    hidden = scores.hidden([row.id for row in rows[:limit]], reader=filters.reader)
    return Slice(rows[:limit], str(Cursor(end.received_at, end.id)) if end and end.received_at else None, hidden)


def effects(state: str | None, *, after: int | None, limit: int) -> Slice[OutboxItem]:
    """The outbox, newest first."""
    wanted = select(OutboxItem).order_by(OutboxItem.id.desc()).limit(limit + 1)
    if state is not None:
        wanted = wanted.where(OutboxItem.state == ItemState(state))
    if after is not None:
        wanted = wanted.where(OutboxItem.id < after)
    rows = list(db.session.scalars(wanted))
    return Slice(rows[:limit], str(rows[limit - 1].id) if len(rows) > limit else None)


def shows(*, after: int | None, limit: int) -> Slice[Listed]:
    """All shows with how many episodes each has, newest first."""
    number = select(func.count(Episode.id)).where(Episode.show_id == Show.id).correlate(Show).scalar_subquery()
    wanted = select(Show, number).options(joinedload(Show.owner)).order_by(Show.id.desc()).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(Show.id < after)
    rows = [Listed(show, episodes) for show, episodes in db.session.execute(wanted)]
    return Slice(rows[:limit], str(rows[limit - 1].show.id) if len(rows) > limit else None)


def decisions(application_id: int) -> list[Decision]:
    """Every decision on an application, undone or not, in the order they were taken."""
    wanted = select(Decision).where(Decision.application_id == application_id).options(joinedload(Decision.person))
    return list(db.session.scalars(wanted.order_by(Decision.number)))
