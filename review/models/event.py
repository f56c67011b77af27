"""The audit trail: who did what, when and why. Rows are added, never altered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.columns import words
from review.models.person import Person


class Actor(StrEnum):
    """Who acted."""

    APPLICANT = "applicant"
    OWNER = "owner"
    STAFF = "staff"
    SYSTEM = "system"


A_LOOK = text("actor = 'staff' AND verb <> 'imported'")
"""Somebody of the staff has done something with what was there."""


class Event(Base):
    """One line of the audit trail, of an application or of a show."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_verb_at", "verb", "at"),
        Index("ix_events_looks", "application_id", "at", postgresql_where=A_LOOK, sqlite_where=A_LOOK),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"), index=True)
    show_id: Mapped[int | None] = mapped_column(ForeignKey("shows.id"), index=True)
    actor: Mapped[Actor] = mapped_column(words(Actor))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    verb: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    person: Mapped[Person | None] = relationship()


@event.listens_for(Event, "before_update")
@event.listens_for(Event, "before_delete")
def _append_only(_mapper: Any, _connection: Any, row: Event) -> None:
    raise RuntimeError(f"event {row.id} is a line of the audit trail and cannot be altered")
