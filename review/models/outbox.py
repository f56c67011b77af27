"""Effects still to happen, and the clock's ticks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from review.db import Base, Moment
from review.models.columns import words


class Kind(StrEnum):
    """What an outbox row does; each has a function of the same name in jobs/deliver.py."""

    LETTER = "letter"
    FEED_CHECK = "feed_check"
    PROVISION = "provision"
    RETIRE = "retire"
    MEDIA = "media"
    FEED = "feed"
    MAIL_REPORT = "mail_report"
    SEARCH = "search"
    DRIFT = "drift"
    SWEEP = "sweep"
    WEBHOOK = "webhook"
    INTAKE = "intake"
    BULK = "bulk"


class ItemState(StrEnum):
    """How far an effect has come."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


class OutboxItem(Base):
    """One effect. `lease_no` fences off a worker that was thought dead and comes back. `request_id` is that of the
    request, or of the job, that put it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_state_due", "state", "due_at"),
        Index("ix_outbox_target", "kind", "target_id"),
        Index("ix_outbox_kind_done", "kind", "done_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    target_id: Mapped[int]
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"), index=True)
    state: Mapped[ItemState] = mapped_column(words(ItemState))
    due_at: Mapped[datetime] = mapped_column(Moment)
    lease_no: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")
    request_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    done_at: Mapped[datetime | None] = mapped_column(Moment)


class Tick(Base):
    """One run of one scheduled thing. Whoever inserts the row does the work, so any number of clocks may run."""

    __tablename__ = "ticks"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
