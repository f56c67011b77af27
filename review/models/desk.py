"""What only the people at the desk see: who reads what, what they are writing, how they sort it, whom they call."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.application import Application
from review.models.columns import words
from review.models.person import Person


class Claim(Base):
    """What a person is reading: one application at a time, for as long as they are heard of.

    Of several who read the same one, it is claimed by who has been there longest. `left_id` is what this person read
    just before, `left_since` since when: a decision on it may still be on its way when the next one is open already.
    """

    __tablename__ = "claims"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    since: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    writing: Mapped[bool] = mapped_column(default=False)
    left_id: Mapped[int | None]
    left_since: Mapped[datetime | None] = mapped_column(Moment)


class Draft(Base):
    """A note or a letter as far as somebody has typed it. `kind` is `note` or the verb of the letter's decision."""

    __tablename__ = "drafts"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), default="")
    text: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Conflict(Base):
    """A person has declared that they are too near to an application to judge it: they do not see it any more."""

    __tablename__ = "conflicts"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(
        ForeignKey("applications.id"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime] = mapped_column(Moment)


class Call(StrEnum):
    """Why somebody is called to an application."""

    MENTION = "mention"
    ASSIGNMENT = "assignment"
    OPINION = "opinion"
    OPINION_GIVEN = "opinion-given"


class Notice(Base):
    """One person calls another to an application. It is over once it was seen; for an opinion, once it is given."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    call: Mapped[Call] = mapped_column(words(Call))
    at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    application: Mapped[Application] = relationship()


class View(Base):
    """A search of the list that is kept under a name. `query` holds what its address holds."""

    __tablename__ = "views"
    __table_args__ = (UniqueConstraint("person_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(60))
    shared: Mapped[bool] = mapped_column(default=False)
    query: Mapped[dict[str, Any]] = mapped_column(JSON)

    person: Mapped[Person] = relationship()
