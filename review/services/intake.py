"""Applications that come as a table from elsewhere: kept, looked at, then taken in row by row, each once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from review import outbox, tables
from review.db import transaction
from review.errors import Forbidden, Missing, Refused
from review.intake import FIELDS, Entry, guess
from review.models.event import Actor
from review.models.intake import Import, ImportRow, Outcome, Stage
from review.models.outbox import Kind
from review.models.person import Person
from review.moments import ORDERS
from review.podcast.languages import LANGUAGES
from review.reads import intake as kept_tables
from review.reads import programmes
from review.rules import may_export
from review.services.answers import Given
from review.services.applications import Draft, Filled, bring_in
from review.services.audit import record

KEEP_DAYS = 14


def keep(data: bytes, name: str, *, programme_id: int | None = None, by: Person, now: datetime) -> int:
    """Keep a table for a programme (or the first one), so that it can be looked at before anything is done.

    Returns its id. Raises Forbidden, Missing, or Refused where it is no table, with the code of tables.NotATable.
    """
    if not may_export(by.role):
        raise Forbidden
    table = read(data)
    programme = programmes.programme(programme_id) if programme_id else programmes.first()
    reading = guess(table.headings, [row.cells for row in table.rows], kept_tables.asked(programme.id))
    with transaction() as session:
        kept = Import(
            person_id=by.id,
            programme_id=programme.id,
            name=" ".join(re.split(r"[\\/]", name)[-1].split())[-Import.name.type.length :],
            created_at=now,
            headings=list(table.headings),
            columns=dict(reading.columns),
            dates=reading.dates,
            language=reading.language,
            stage=Stage.KEPT,
        )
        session.add(kept)
        session.flush()
        beneath = {"import_id": kept.id, "outcome": Outcome.WAITING, "problems": []}
        session.execute(
            insert(ImportRow), [beneath | {"line": row.number, "cells": list(row.cells)} for row in table.rows]
        )
        record(session, "table-kept", at=now, person=by, why=kept.name, rows=len(table.rows))
        return kept.id


def read(data: bytes) -> tables.Table:
    """The table in a file. Raises Refused."""
    try:
        return tables.read(data)
    except tables.NotATable as error:
        raise Refused(error.code, field="file") from error


def arrange(import_id: int, columns: Mapping[str, int], *, dates: str, language: str, by: Person) -> None:
    """Say which column holds what. It decides nothing and leaves no Event. Raises Refused once rows are taken in."""
    with transaction() as session:
        kept = _kept(session, import_id, by)
        fields = {*FIELDS, *(one.field for one in kept_tables.reading(kept).asked)}
        known = set(columns) <= fields and set(columns.values()) <= set(range(len(kept.headings)))
        if not known or dates not in ORDERS or language not in LANGUAGES:
            raise Refused("import-columns")
        if kept.stage is not Stage.KEPT:
            raise Refused("import-begun")
        kept.columns, kept.dates, kept.language = dict(columns), dates, language


def start(import_id: int, *, by: Person, now: datetime) -> None:
    """Have every row taken in. Pressed twice it is once."""
    with transaction() as session:
        kept = _kept(session, import_id, by)
        if kept.stage is not Stage.KEPT:
            return
        kept.stage, kept.started_at = Stage.RUNNING, now
        outbox.put(session, Kind.INTAKE, kept.id, now=now)
        record(session, "import-started", at=now, person=by, why=kept.name)


def let_go(import_id: int, *, by: Person, now: datetime) -> None:
    """Let go of a table. The applications it became stay. Raises Refused while its rows are being taken in."""
    with transaction() as session:
        kept = _kept(session, import_id, by)
        if kept.stage is Stage.RUNNING:
            raise Refused("import-begun")
        _forget(session, [kept.id])
        record(session, "table-let-go", at=now, person=by, why=kept.name)


def _kept(session: Session, import_id: int, by: Person) -> Import:
    if not may_export(by.role):
        raise Forbidden
    kept = session.get(Import, import_id, with_for_update={"key_share": True})
    if kept is None:
        raise Missing
    return kept


def take_in_next(import_id: int, *, now: datetime) -> bool:
    """Take in one row, and note on it what became of it. False where none waits."""
    with transaction() as session:
        waiting = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.outcome == Outcome.WAITING)
        row = session.scalar(waiting.order_by(ImportRow.line).limit(1).with_for_update(skip_locked=True))
        kept = session.get(Import, import_id)
        if row is None or kept is None:
            _end(session, import_id, now)
            return False
        found = kept_tables.reading(kept).entry(row.cells, width=len(kept.headings), now=now)
        if isinstance(found, Entry):
            came = Came(kept.name, row.line, kept.programme_id, kept.person)
            row.outcome, row.application_id = _take_in(session, found, came, now=now)
        else:
            row.outcome, row.problems = Outcome.REFUSED, [asdict(problem) for problem in found]
        return True


def _end(session: Session, import_id: int, now: datetime) -> None:
    """All is done, unless another worker, who was thought dead, still has a row in hand."""
    kept = session.get(Import, import_id, with_for_update={"key_share": True})
    waiting = select(ImportRow.line).where(ImportRow.import_id == import_id, ImportRow.outcome == Outcome.WAITING)
    if kept is not None and session.scalar(waiting.limit(1)) is None:
        kept.stage, kept.done_at = Stage.DONE, kept.done_at or now


@dataclass(frozen=True, slots=True)
class Came:
    """Where a row comes from, what it applies for (nothing: the first programme), and who brings it, if not an
    operator."""

    file: str
    line: int
    programme_id: int | None = None
    by: Person | None = None


def take_in(entry: Entry, came: Came, *, now: datetime) -> tuple[Outcome, int]:
    """Take in one row that an operator brings. Returns what became of it, and the application's id."""
    with transaction() as session:
        return _take_in(session, entry, came, now=now)


def _take_in(session: Session, entry: Entry, came: Came, *, now: datetime) -> tuple[Outcome, int]:
    said = {name: getattr(entry, name) for name in Draft.__dataclass_fields__ if name != "rules_version"}
    received_at = min(entry.received_at or now, now)
    programme = programmes.programme(came.programme_id) if came.programme_id else programmes.first()
    filled = Filled(programme.id, programme.form_version, {id_: Given(text) for id_, text in entry.answers.items()})
    draft = Draft(**said, rules_version=0)
    application_id, is_new = bring_in(session, draft, filled, form_key=entry.key, received_at=received_at, now=now)
    if not is_new:
        return Outcome.KNOWN, application_id
    record(
        session,
        "imported",
        at=now,
        actor=Actor.STAFF if came.by else Actor.SYSTEM,
        person=came.by,
        application_id=application_id,
        why=f"{came.file}, {came.line}",
        file=came.file,
        line=came.line,
        left_out={field: list(words) for field, words in entry.left_out.items()},
    )
    return Outcome.IMPORTED, application_id


def forget_old(*, now: datetime) -> int:
    """Let go of tables of two weeks ago: what they say of people stands in the applications. Returns how many."""
    with transaction() as session:
        old = Import.created_at < now - timedelta(days=KEEP_DAYS)
        ids = session.scalars(select(Import.id).where(old, Import.stage != Stage.RUNNING).limit(100)).all()
        _forget(session, ids)
        return len(ids)


def _forget(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(ImportRow).where(ImportRow.import_id.in_(ids)))
    session.execute(delete(Import).where(Import.id.in_(ids)))
