"""What only the people at the desk see of each other: who reads what, and what they are writing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from review.db import Base, Moment


class Claim(Base):
    """What a person is reading: one application at a time, for as long as they are heard of.

    Of several who read the same one, it is claimed by who has been there longest.
    """

    __tablename__ = "claims"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    since: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    writing: Mapped[bool] = mapped_column(default=False)


class Draft(Base):
    """A note or a letter as far as somebody has typed it. `kind` is `note` or the verb of the letter's decision."""

    __tablename__ = "drafts"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), default="")
    text: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(Moment, index=True)
