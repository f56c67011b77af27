"""Programmes, what each of them asks, and what was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.columns import words
from review.questions import Audience, Kind


class Programme(Base):
    """What people apply for: places, dates, rules. No dates means always open; one that is not offered takes nothing.

    `letters` holds the letters it words itself: verb -> {"subject": ..., "text": ...}. `form_version` rises with every
    change of its questions, so that nobody answers a form that has changed meanwhile.
    """

    __tablename__ = "programmes"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(String(500), default="", server_default="")
    places: Mapped[int]
    opens_at: Mapped[datetime | None] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    offered_at: Mapped[datetime | None] = mapped_column(Moment)
    rules: Mapped[str] = mapped_column(Text)
    rules_version: Mapped[int] = mapped_column(default=1)
    form_version: Mapped[int] = mapped_column(default=1, server_default="1")
    letters: Mapped[dict[str, dict[str, str]]] = mapped_column(JSON, default=dict, server_default="{}")
    blind: Mapped[bool] = mapped_column(default=False, server_default=false())

    def is_open(self, now: datetime) -> bool:
        """Whether it is offered, and `now` lies between the open and close dates."""
        begun = self.offered_at is not None and (self.opens_at is None or self.opens_at <= now)
        return begun and (self.closes_at is None or now < self.closes_at)


class Question(Base):
    """One question of a programme's form. One that is asked no longer is retired: its answers stay."""

    __tablename__ = "questions"
    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    position: Mapped[int]
    kind: Mapped[Kind] = mapped_column(words(Kind))
    wording: Mapped[str] = mapped_column(String(300))
    help: Mapped[str] = mapped_column(String(500), default="")
    required: Mapped[bool] = mapped_column(default=False)
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    audience: Mapped[Audience] = mapped_column(words(Audience))
    retired_at: Mapped[datetime | None] = mapped_column(Moment)

    programme: Mapped[Programme] = relationship()


class Answer(Base):
    """What an applicant answered, and the wording they were asked in. Of a file `value` is its name."""

    __tablename__ = "answers"
    __table_args__ = (UniqueConstraint("application_id", "question_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    wording: Mapped[str] = mapped_column(String(300))
    value: Mapped[str] = mapped_column(Text)

    question: Mapped[Question] = relationship()


class AnswerFile(Base):
    """What is in a file that answers a question. It is kept here and nowhere else: it comes, stays and goes with its
    answer, and no address of the storage leads to it."""

    __tablename__ = "answer_files"
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
