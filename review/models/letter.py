"""Letters: rendered when decided, stored, then sent as they stand."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from review.db import Base, Moment
from review.models.columns import words


class LetterState(StrEnum):
    """How far a letter has come."""

    QUEUED = "queued"
    SENT = "sent"
    CANCELLED = "cancelled"


class Letter(Base):
    """One mail. Private links stand in it as [[markers]]; they are made when it is sent and kept nowhere readable."""

    __tablename__ = "letters"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"), index=True)
    show_id: Mapped[int | None] = mapped_column(ForeignKey("shows.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    export_link_id: Mapped[int | None] = mapped_column(ForeignKey("export_links.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), unique=True)
    to_name: Mapped[str] = mapped_column(String(200))
    to_email: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    state: Mapped[LetterState] = mapped_column(words(LetterState))
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    message_id: Mapped[str] = mapped_column(String(200), default="")
