"""People who sign in: staff by password, podcasters by a link; and the links themselves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_login import UserMixin
from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from review.db import Base, Moment
from review.models.columns import words
from review.rules import Role


class Rhythm(StrEnum):
    """How often somebody has a digest by mail."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


class Person(UserMixin, Base):
    """A member of staff (has a role and a password) or an owner of shows (has neither).

    `digested_at` is when they were last sent a digest, or nothing was worth one. `keys`: the desk's keys where they
    are not the usual ones, as `{"off": true, "keys": {action: key}}`.
    """

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role | None] = mapped_column(words(Role))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    keys: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    digest: Mapped[Rhythm] = mapped_column(words(Rhythm), default=Rhythm.OFF, server_default=Rhythm.OFF.value)
    digested_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def is_staff(self) -> bool:
        return self.role is not None


class Purpose(StrEnum):
    """What a link opens."""

    STATUS = "status"
    OWNER = "owner"


class AccessLink(Base):
    """A signed random token in somebody's mail, kept as its SHA-256 only."""

    __tablename__ = "access_links"
    __table_args__ = (CheckConstraint("(application_id IS NULL) <> (person_id IS NULL)", name="opens_one_thing"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(words(Purpose))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    application_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
