"""Tables of applications that are brought in from elsewhere: kept row by row, until they are let go."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.columns import words
from review.models.person import Person


class Stage(StrEnum):
    """How far a table has come: it is looked at first, then taken in."""

    KEPT = "kept"
    RUNNING = "running"
    DONE = "done"


class Outcome(StrEnum):
    """What became of a row."""

    WAITING = "waiting"
    IMPORTED = "imported"
    KNOWN = "known"
    REFUSED = "refused"


class Import(Base):
    """One table. `columns` says which field stands in which column, counted from 0; `dates` what 3/4/2024 means there,
    `language` what is meant where a row names none. Without a programme it is for the first one."""

    __tablename__ = "imports"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    headings: Mapped[list[str]] = mapped_column(JSON)
    columns: Mapped[dict[str, int]] = mapped_column(JSON)
    dates: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(20))
    stage: Mapped[Stage] = mapped_column(words(Stage))
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)

    person: Mapped[Person] = relationship()


class ImportRow(Base):
    """One row of it, by the line of the file it began on, and what became of it."""

    __tablename__ = "import_rows"
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cells: Mapped[list[str]] = mapped_column(JSON)
    outcome: Mapped[Outcome] = mapped_column(words(Outcome))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"))
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
