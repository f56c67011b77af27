"""Tables that are brought in: what would become of each row, and what has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from review.db import db
from review.errors import Missing
from review.intake import Asked, Entry, Problem, Reading
from review.models.application import Application
from review.models.intake import Import, ImportRow, Outcome
from review.questions import Kind
from review.reads import programmes

LAST = 20
SHOWN = 5
PROBLEMS = 50
PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that cannot be taken in: the line it begins on, and everything that is wrong with it."""

    line: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What taking a table in would do: how many rows are `new`, `known` here already, or `refused`.

    `first` are the first rows that can be taken in, `refusals` the first that cannot.
    """

    new: int
    known: int
    refused: int
    first: list[tuple[int, Entry]]
    refusals: list[Refusal]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a table has come, and one page of its rows with the titles of what they became."""

    counts: dict[Outcome, int]
    rows: list[tuple[ImportRow, str]]
    number: int
    pages: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.total - self.counts[Outcome.WAITING]


def imports() -> list[Import]:
    """The newest tables."""
    wanted = select(Import).options(joinedload(Import.person)).order_by(Import.id.desc()).limit(LAST)
    return list(db.session.scalars(wanted))


def table(import_id: int) -> Import:
    """One table. Raises Missing."""
    found = db.session.get(Import, import_id, options=[joinedload(Import.person)])
    if found is None:
        raise Missing
    return found


def asked(programme_id: int | None) -> tuple[Asked, ...]:
    """What the programme of a table asks that a table can hold."""
    found = programmes.questions(programme_id or programmes.first().id)
    return tuple(Asked(one.id, one.wording, one.kind, tuple(one.choices)) for one in found if one.kind is not Kind.FILE)


def reading(kept: Import) -> Reading:
    """How the rows of a table are read."""
    return Reading(kept.columns, kept.dates, kept.language, asked(kept.programme_id))


def preview(kept: Import, *, now: datetime) -> Preview:
    """Look at every row as it would be taken in now."""
    rows = db.session.execute(
        select(ImportRow.line, ImportRow.cells).where(ImportRow.import_id == kept.id).order_by(ImportRow.line)
    )
    how, width = reading(kept), len(kept.headings)
    read = [(line, how.entry(cells, width=width, now=now)) for line, cells in rows]
    entries = [(line, found) for line, found in read if isinstance(found, Entry)]
    refusals = [Refusal(line, found) for line, found in read if not isinstance(found, Entry)]
    keys = {entry.key for _line, entry in entries}
    here = db.session.scalar(select(func.count()).where(Application.form_key.in_(keys))) or 0
    new = len(keys) - here
    return Preview(new, len(entries) - new, len(refusals), entries[:SHOWN], refusals[:PROBLEMS])


def is_here(key: str) -> bool:
    """Whether the application of a row with this key is here already."""
    return db.session.scalar(select(Application.id).where(Application.form_key == key)) is not None


def progress(kept: Import, *, page: int = 1) -> Progress:
    """What became of the rows: how many, and a page of them."""
    mine = ImportRow.import_id == kept.id
    counted = select(ImportRow.outcome, func.count()).where(mine).group_by(ImportRow.outcome)
    counts = dict.fromkeys(Outcome, 0) | {outcome: number for outcome, number in db.session.execute(counted)}
    pages = max(1, -(-sum(counts.values()) // PAGE_SIZE))
    number = min(max(1, page), pages)
    wanted = (
        select(ImportRow, func.coalesce(Application.show_title, ""))
        .outerjoin(Application, Application.id == ImportRow.application_id)
        .where(mine)
        .order_by(ImportRow.line)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return Progress(counts, [(row, title) for row, title in db.session.execute(wanted)], number, pages)
