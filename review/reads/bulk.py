"""Batches: what deciding many applications would do to each, and what became of every one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import joinedload

from review.db import db
from review.errors import Missing
from review.models.application import Application
from review.models.batch import Batch, BatchItem, Fate, Stage
from review.reads import claims, programmes, scores
from review.reads.notices import hidden_from
from review.rules import State, Verb, allowed

LAST = 20
PAGE_SIZE = 50
TROUBLED = (Fate.SKIPPED, Fate.FAILED, Fate.KEPT)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an application would not be decided, or was not: a code and what is told of it."""

    code: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One application of a batch. Whose it is stays hidden where the reader is to judge it blind first."""

    item: BatchItem
    application: Application
    hidden: bool
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True)
class Look:
    """One page of a batch, those that cannot be decided last before it begins, and first once it has ended.

    `fates` counts what became of all. Before it begins `ready` would be decided and `obstacles` counts what is in the
    way of the others, by code.
    """

    lines: list[Line]
    fates: dict[Fate, int]
    ready: int
    obstacles: dict[str, int]
    number: int
    pages: int

    @property
    def total(self) -> int:
        return sum(self.fates.values())

    @property
    def done(self) -> int:
        """How many a progress bar counts."""
        return self.total - self.fates[Fate.WAITING]


def batches() -> list[tuple[Batch, int]]:
    """The newest batches, each with the number of its applications."""
    number = select(func.count()).where(BatchItem.batch_id == Batch.id).correlate(Batch).scalar_subquery()
    wanted = select(Batch, number).options(joinedload(Batch.person)).order_by(Batch.id.desc()).limit(LAST)
    return [(batch, count) for batch, count in db.session.execute(wanted)]


def batch(batch_id: int) -> Batch:
    """One batch. Raises Missing."""
    people = [joinedload(Batch.person), joinedload(Batch.undone_by)]
    found = db.session.get(Batch, batch_id, options=people)
    if found is None:
        raise Missing
    return found


def look(found: Batch, *, reader: int, page: int = 1, now: datetime) -> Look:
    """One page of a batch as this reader may see it, in a fixed number of queries."""
    mine = BatchItem.batch_id == found.id, BatchItem.application_id.not_in(hidden_from(reader))
    fates = dict.fromkeys(Fate, 0) | {
        fate: number
        for fate, number in db.session.execute(
            select(BatchItem.fate, func.count()).where(*mine).group_by(BatchItem.fate)
        )
    }
    in_the_way = _in_the_way(found, mine, now) if found.stage is Stage.PREPARED else {}
    pages = max(1, -(-sum(fates.values()) // PAGE_SIZE))
    number = min(max(1, page), pages)
    wanted = _order(select(BatchItem).where(*mine), found, in_the_way)
    wanted = wanted.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    shown = joinedload(BatchItem.application).load_only(Application.show_title, Application.name, Application.state)
    items = list(db.session.scalars(wanted.options(shown)))
    blind = scores.hidden([item.application_id for item in items], reader=reader)
    lines = [
        Line(item, item.application, item.application_id in blind, in_the_way.get(item.application_id) or _said(item))
        for item in items
    ]
    obstacles = Counter(obstacle.code for obstacle in in_the_way.values())
    return Look(lines, fates, sum(fates.values()) - len(in_the_way), dict(obstacles), number, pages)


def _order(wanted: Select[Any], found: Batch, in_the_way: Collection[int]) -> Select[Any]:
    if found.stage is Stage.PREPARED:
        last = BatchItem.application_id.in_(list(in_the_way))
        return wanted.order_by(case((last, 1), else_=0), BatchItem.application_id)
    first = BatchItem.fate.in_(TROUBLED)
    return wanted.order_by(case((first, 0), else_=1), BatchItem.application_id)


def _said(item: BatchItem) -> Obstacle | None:
    return Obstacle(item.code, item.detail) if item.code else None


def _in_the_way(found: Batch, mine: Sequence[Any], now: datetime) -> dict[int, Obstacle]:
    """Application -> why it would not be decided if the batch began now; those that would are left out."""
    columns = select(
        BatchItem.application_id,
        BatchItem.version,
        BatchItem.code,
        Application.state,
        Application.version.label("now"),
        Application.programme_id,
    )
    rows = db.session.execute(
        columns.join(Application, Application.id == BatchItem.application_id)
        .where(*mine)
        .order_by(BatchItem.application_id)
    ).all()
    held = {id_: reader for id_, reader in claims.held(now).items() if reader.person_id != found.person_id}
    blind = scores.hidden([row.application_id for row in rows], reader=found.person_id)
    found_so_far: dict[int, Obstacle] = {}
    left = _places(found)  # None: nobody asks
    for row in rows:
        obstacle = _obstacle(found.verb, row, held.get(row.application_id), row.application_id in blind)
        if obstacle is None and left is not None and left[row.programme_id] <= 0:
            obstacle = Obstacle("no-places-left")
        if obstacle is not None:
            found_so_far[row.application_id] = obstacle
        elif left is not None:
            left[row.programme_id] -= 1
    return found_so_far


def _obstacle(verb: Verb, row: Any, holder: claims.Reader | None, blind: bool) -> Obstacle | None:
    if row.code:
        return Obstacle(row.code)
    if not allowed(State(row.state), verb):
        return Obstacle("state", {"state": row.state})
    if row.version != row.now:
        return Obstacle("moved", {"state": row.state, "by": ""})
    if blind:
        return Obstacle("score-first")
    return Obstacle("claimed", {"by": holder.name}) if holder else None


def _places(found: Batch) -> dict[int, int] | None:
    """How many can be approved, by programme; None where that is not asked."""
    if found.verb is not Verb.APPROVE or found.past_places:
        return None
    return programmes.all_places_left(programmes.programmes())
