"""Whom Greenroom tells what happens: addresses of other programs, and what each was told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import JSON, ForeignKey, Index, String, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.columns import words
from review.models.person import Person


class Webhook(Base):
    """An address that is told of Events: of those in `verbs`, or of all where there are none.

    What its messages are signed with is made of `salt` and the product's own key, and stands nowhere. `trouble` is why
    it was switched off, where nobody did it by hand.

    Where it is a chat it has `alerts` in place of verbs: condition -> number, as alerts.Condition says. `said` are
    those that held when it was last looked, and `looked_at` is when.
    """

    __tablename__ = "webhooks"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    url: Mapped[str] = mapped_column(String(2000))
    salt: Mapped[str] = mapped_column(String(64))
    verbs: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    trouble: Mapped[str] = mapped_column(String(60), default="", server_default="")
    alerts: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    said: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    looked_at: Mapped[datetime | None] = mapped_column(Moment)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def shown_url(self) -> str:
        """The address as pages show it. A chat's is a key to it: its end must do to tell it from others."""
        if self.alerts is None:
            return self.url
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}/…{self.url[-4:]}"

    made_by: Mapped[Person] = relationship()


class DeliveryState(StrEnum):
    """What became of a message: failed ones are tried again as long as their effect lives."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class WebhookDelivery(Base):
    """One message to one address, the same however often it is tried. `event_id` None is a ping.

    `status` is the last answer's, None where none came; `answer` is how it began, or what went wrong.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (Index("ix_webhook_deliveries_webhook_id", "webhook_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhooks.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[DeliveryState] = mapped_column(words(DeliveryState))
    attempts: Mapped[int] = mapped_column(default=0)
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    attempted_at: Mapped[datetime | None] = mapped_column(Moment)

    webhook: Mapped[Webhook] = relationship()
