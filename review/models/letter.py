"""Letters: rendered when decided, stored, then sent as they stand."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from review.db import Base, Moment
from review.models.columns import words


class LetterState(StrEnum):
    """How far a letter has come."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    OPENED = "opened"
    BLOCKED = "blocked"
    BOUNCED = "bounced"
    SPAM = "spam"
    CANCELLED = "cancelled"


REPORTED = (LetterState.SENT, LetterState.OPENED, LetterState.BLOCKED, LetterState.BOUNCED, LetterState.SPAM)
"""What the mail service tells of a letter, from the least telling to the most. The most telling one stands, in whatever
order reports come in."""

RETURNED = (LetterState.BLOCKED, LetterState.BOUNCED)
"""It never came to the person it was for."""


def new_custom_id() -> str:
    """What the mail service is to know a letter by; random, so that two installations never meet."""
    return str(uuid4())


class Letter(Base):
    """One mail. Private links stand in it as [[markers]]; they are made when it is sent and kept nowhere readable.

    `attempted_at` is when it was last handed to the mail service, `asked_after` how often the service was asked since
    whether it has it, and did not. `trouble` is what the service said of one that came back.
    """

    __tablename__ = "letters"
    __table_args__ = (
        Index("ix_letters_custom_id", "custom_id", unique=True),
        Index("ix_letters_state", "state"),
        Index("ix_letters_created_state", "created_at", "state"),
    )
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
    custom_id: Mapped[str | None] = mapped_column(String(36), default=new_custom_id)
    attempted_at: Mapped[datetime | None] = mapped_column(Moment)
    asked_after: Mapped[int] = mapped_column(default=0, server_default="0")
    trouble: Mapped[str] = mapped_column(String(500), default="", server_default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    let_go_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def came_back(self) -> bool:
        """Whether it never arrived, and nobody has sent it again or left it at that."""
        return self.state in RETURNED and self.replaced_by_id is None and self.let_go_at is None


class MailReport(Base):
    """What the mail service posted about letters, as it came; applied by a job."""

    __tablename__ = "mail_reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
