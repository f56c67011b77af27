"""Many applications decided alike: what was found, with the letter of each, and what became of every one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.application import Application
from review.models.columns import words
from review.models.person import Person
from review.rules import Verb


class Stage(StrEnum):
    """How far it has come. It is looked at first; while one is at it, the next cannot begin."""

    PREPARED = "prepared"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class Fate(StrEnum):
    """What became of one application. `kept`: it was to be taken back and could not."""

    WAITING = "waiting"
    DECIDED = "decided"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"
    KEPT = "kept"


class Batch(Base):
    """One decision for many. `note` is a paragraph of the letters, `filters` what the list's address said.

    `key` makes the form keys of its decisions, which nobody can guess. `undo_until` is set when the last one is
    decided: until then every letter waits.
    """

    __tablename__ = "batches"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    verb: Mapped[Verb] = mapped_column(words(Verb))
    reasons: Mapped[list[str]] = mapped_column(JSON)
    asked: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
    past_places: Mapped[bool]
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    stage: Mapped[Stage] = mapped_column(words(Stage))
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    undo_until: Mapped[datetime | None] = mapped_column(Moment)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    undone_by: Mapped[Person | None] = relationship(foreign_keys=[undone_by_id])


class BatchItem(Base):
    """One application of it, in the version that was looked at, with its letter. `code` says why it was not decided."""

    __tablename__ = "batch_items"
    __table_args__ = (Index("ix_batch_items_batch_id_fate", "batch_id", "fate"),)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"), primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True, autoincrement=False)
    version: Mapped[int]
    subject: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    fate: Mapped[Fate] = mapped_column(words(Fate))
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))

    application: Mapped[Application] = relationship()
