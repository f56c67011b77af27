"""An application and all that is said about it: decisions, notes, messages, the feed as it was read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.columns import Lexemes, words
from review.models.person import Person
from review.models.programme import Answer, Programme
from review.podcast.likeness import Kind
from review.rules import State, Verb


class Application(Base):
    """One request for a place.

    `version` rises with every change a decision must not overlook, `revision` with every Event: it tells the search
    index which of two writings is the newer one. `due_at` is when a decision is due. While the applicant is asked that
    clock stands still, and `due_left` are the seconds of working time it then has left. `reminded_at` is when the
    applicant was reminded of the question, `closes_at` until when they were told they can answer; the former stays with
    one that was closed because no answer came. One that was brought in from elsewhere has agreed to version 0 of the
    rules: to none of ours; its address was never confirmed here. `answers_text` are those of its answers that everybody
    at the desk may read: it can be found by them. `folded` is read by nothing but a release before this one, which may
    still run while hosts are upgraded one after the other.
    """

    __tablename__ = "applications"
    __table_args__ = (
        Index("ix_applications_state_received", "state", "received_at", "id"),
        Index("ix_applications_state_due", "state", "due_at"),
        Index("ix_applications_received", "received_at", "for_waitlist"),
        Index("ix_applications_reviewer_answered", "reviewer_id", "answered_at"),
        Index("ix_applications_state_snoozed", "state", "snoozed_until"),
        Index("ix_applications_language_state", "language", "state"),
        Index("ix_applications_programme_state", "programme_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    state: Mapped[State] = mapped_column(words(State))
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), index=True)
    show_title: Mapped[str] = mapped_column(String(200))
    pitch: Mapped[str] = mapped_column(Text)
    topics: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(20))
    links: Mapped[list[str]] = mapped_column(JSON)
    schedule: Mapped[str] = mapped_column(String(500))
    feed_url: Mapped[str] = mapped_column(String(2000), default="")
    feed_key: Mapped[str] = mapped_column(String(2000), default="", index=True)
    for_waitlist: Mapped[bool] = mapped_column(default=False)
    rules_version: Mapped[int]
    consented_at: Mapped[datetime] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decision_no: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    due_left: Mapped[int | None]
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("applications.id"))
    snoozed_until: Mapped[datetime | None] = mapped_column(Moment)
    asked: Mapped[list[str]] = mapped_column(JSON, default=list)
    folded: Mapped[str] = mapped_column(Text, default="", server_default="")
    answers_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    facets: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What is counted of it and stands elsewhere, as JSON: field -> values. Derived; reads/index says of what."""

    programme: Mapped[Programme] = relationship()
    reviewer: Mapped[Person | None] = relationship(foreign_keys=[reviewer_id])
    assignee: Mapped[Person | None] = relationship(foreign_keys=[assignee_id])
    feed_check: Mapped[FeedCheck | None] = relationship(back_populates="application")
    tags: Mapped[list[Tag]] = relationship(order_by="Tag.word", viewonly=True)
    answers: Mapped[list[Answer]] = relationship(viewonly=True)


class SearchText(Base):
    """What an application is found by: the lexemes of review/folding.py, in their order. `digest` is that of the texts
    they were made of. On SQLite triggers keep the full-text table `search_index` true to it; on PostgreSQL the column
    has an index of its own."""

    __tablename__ = "search_texts"
    application_id: Mapped[int] = mapped_column(
        ForeignKey("applications.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str] = mapped_column(String(32))
    lexemes: Mapped[list[str]] = mapped_column(Lexemes)


class Tag(Base):
    """A word that staff have put on an application."""

    __tablename__ = "tags"
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class Mark(Base):
    """Something by which the same person or the same show is known again; see podcast/likeness."""

    __tablename__ = "marks"
    __table_args__ = (Index("ix_marks_kind_key", "kind", "key"),)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True, autoincrement=False)
    kind: Mapped[Kind] = mapped_column(words(Kind), primary_key=True)
    key: Mapped[str] = mapped_column(String(32), primary_key=True)


class FeedCheck(Base):
    """What the feed an applicant gave looked like when it was last read. `host` and `episode_count` are those of the
    snapshot."""

    __tablename__ = "feed_checks"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    checked_at: Mapped[datetime] = mapped_column(Moment)
    url: Mapped[str] = mapped_column(String(2000))
    failure: Mapped[str] = mapped_column(String(60), default="")
    failure_detail: Mapped[str] = mapped_column(String(500), default="")
    snapshot: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    host: Mapped[str] = mapped_column(String(255), default="", server_default="", index=True)
    episode_count: Mapped[int | None] = mapped_column(index=True)
    artwork_key: Mapped[str] = mapped_column(String(200), default="")
    artwork_width: Mapped[int | None]
    artwork_height: Mapped[int | None]

    application: Mapped[Application] = relationship(back_populates="feed_check")


class Decision(Base):
    """One decision. The unique number per application is why a decision makes at most one letter."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("application_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    number: Mapped[int]
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    verb: Mapped[Verb] = mapped_column(words(Verb))
    reasons: Mapped[list[str]] = mapped_column(JSON)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    undo_until: Mapped[datetime] = mapped_column(Moment)
    undone_at: Mapped[datetime | None] = mapped_column(Moment)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)

    person: Mapped[Person] = relationship()

    def can_be_undone(self, now: datetime) -> bool:
        """Whether its effects still wait, so that it can be taken back and has not been told to the applicant."""
        return self.undone_at is None and now < self.undo_until


class Note(Base):
    """What staff say among themselves. No page or letter of an applicant shows it."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    body: Mapped[str] = mapped_column(Text)

    person: Mapped[Person] = relationship()


class Message(Base):
    """One turn of the conversation with the applicant: a person of staff wrote it, or (no person) the applicant."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    body: Mapped[str] = mapped_column(Text)

    person: Mapped[Person | None] = relationship()
