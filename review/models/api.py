"""How programs come in: tokens that act for a person, and what was answered to a request that may come again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.person import Person


class ApiToken(Base):
    """A program's key to what its person may do, kept as its SHA-256 only. `last_used_at` is true to the minute."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)

    person: Mapped[Person] = relationship()

    def works(self, now: datetime) -> bool:
        """Whether it opens anything, as far as it goes by itself."""
        return self.revoked_at is None and now < self.expires_at


class IdempotencyKey(Base):
    """A request that was carried out under a key of its sender's; the row stands and falls with what it did.

    `digest` is that of the request. The answer is kept as soon as it is known, to be given again.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("person_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    key: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)
