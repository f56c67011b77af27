"""Judging by points: what staff look for in an application, and what each of them gave it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.person import Person


class Criterion(Base):
    """One thing a programme is judged by. `guidance` says what earns how many points: a text for each, worst first.

    A criterion that is used no longer is retired: what was given for it stays.
    """

    __tablename__ = "criteria"
    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    guidance: Mapped[list[str]] = mapped_column(JSON)
    weight: Mapped[int]
    position: Mapped[int]
    retired_at: Mapped[datetime | None] = mapped_column(Moment)


class Score(Base):
    """What a person gave an application for one criterion."""

    __tablename__ = "scores"
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criteria.id"), primary_key=True, autoincrement=False)
    points: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)

    person: Mapped[Person] = relationship()
