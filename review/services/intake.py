"""Applications that come as a table from elsewhere: kept, looked at, then taken in row by row, each once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from review import outbox, tables
from review.db import transaction
from review.errors import Forbidden, Missing, Refused
from review.intake import FIELDS, Entry, Reading, guess
from review.models.event import Actor
from review.models.intake import Import, ImportRow, Outcome, Stage
from review.models.outbox import Kind
from review.models.person import Person
from review.moments import ORDERS
from review.podcast.languages import LANGUAGES
from review.rules import may_export
from review.services.applications import Draft, bring_in
from review.services.audit import record

KEEP_DAYS = 14


def keep(data: bytes, name: str, *, by: Person, now: datetime) -> int:
    """Keep a table so that it can be looked at before anything is done. Returns its id.

    Raises Forbidden, or Refused where it is no table, with the code of tables.NotATable.
    """
    if not may_export(by.role):
        raise Forbidden
    table = read(data)
    reading = guess(table.headings, [row.cells for row in table.rows])
    with transaction() as session:
        kept = Import(
            person_id=by.id,
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
        known = set(columns) <= set(FIELDS) and set(columns.values()) <= set(range(len(kept.headings)))
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
        found = reading(kept).entry(row.cells, width=len(kept.headings), now=now)
        if isinstance(found, Entry):
            row.outcome, row.application_id = _take_in(
                session, found, file=kept.name, line=row.line, by=kept.person, now=now
            )
        else:
            row.outcome, row.problems = Outcome.REFUSED, [asdict(problem) for problem in found]
        return True


def _end(session: Session, import_id: int, now: datetime) -> None:
    """All is done, unless another worker, who was thought dead, still has a row in hand."""
    kept = session.get(Import, import_id, with_for_update={"key_share": True})
    waiting = select(ImportRow.line).where(ImportRow.import_id == import_id, ImportRow.outcome == Outcome.WAITING)
    if kept is not None and session.scalar(waiting.limit(1)) is None:
        kept.stage, kept.done_at = Stage.DONE, kept.done_at or now


def reading(kept: Import) -> Reading:
    """How its rows are read."""
    return Reading(kept.columns, kept.dates, kept.language)


def take_in(entry: Entry, *, file: str, line: int, now: datetime) -> tuple[Outcome, int]:
    """Take in one row that an operator brings. Returns what became of it, and the application's id."""
    with transaction() as session:
        return _take_in(session, entry, file=file, line=line, by=None, now=now)


def _take_in(
    session: Session, entry: Entry, *, file: str, line: int, by: Person | None, now: datetime
) -> tuple[Outcome, int]:
    said = {name: getattr(entry, name) for name in Draft.__dataclass_fields__ if name != "rules_version"}
    received_at = min(entry.received_at or now, now)
    draft = Draft(**said, rules_version=0)
    application_id, is_new = bring_in(session, draft, form_key=entry.key, received_at=received_at, now=now)
    if not is_new:
        return Outcome.KNOWN, application_id
    actor = Actor.STAFF if by else Actor.SYSTEM
    why, left = f"{file}, {line}", {field: list(words) for field, words in entry.left_out.items()}
    record(
        session,
        "imported",
        at=now,
        actor=actor,
        person=by,
        application_id=application_id,
        why=why,
        file=file,
        line=line,
        left_out=left,
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
