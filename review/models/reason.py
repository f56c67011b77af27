"""Reasons as admins have written them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from review.db import Base, Moment
from review.models.columns import words
from review.rules import Verb


class Reason(Base):
    """A coded reason that was added, or that is worded otherwise than it comes. Decisions name it by its code for ever.

    `sentences` is what letters say: language -> paragraph, with "" for every language that has none of its own.
    """

    __tablename__ = "reasons"
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    verb: Mapped[Verb] = mapped_column(words(Verb))
    label: Mapped[str] = mapped_column(String(80))
    sentences: Mapped[dict[str, str]] = mapped_column(JSON)
    retired_at: Mapped[datetime | None] = mapped_column(Moment)
