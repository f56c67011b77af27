"""Who is reading what at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from review.db import db
from review.models.desk import Claim, Draft
from review.models.person import Person

LASTS = timedelta(minutes=5)
"""How long a claim outlives the last sign of its holder. It is renewed while the application is open."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who has an application open."""

    person_id: int
    application_id: int
    name: str
    since: datetime
    writing: bool


def alive(now: datetime) -> ColumnElement[bool]:
    """Whether a claim still counts."""
    return Claim.seen_at > now - LASTS


def readers(now: datetime, application_id: int | None = None) -> list[Reader]:
    """Everybody who is reading, or who is reading this application; who has been there longest comes first."""
    found = (
        select(Claim.person_id, Claim.application_id, Person.name, Claim.since, Claim.writing)
        .join(Person, Person.id == Claim.person_id)
        .where(alive(now))
        .order_by(Claim.since, Claim.person_id)
    )
    if application_id is not None:
        found = found.where(Claim.application_id == application_id)
    return [Reader(*row) for row in db.session.execute(found)]


def held(now: datetime) -> dict[int, Reader]:
    """Application -> who has claimed it."""
    return {reader.application_id: reader for reader in reversed(readers(now))}


def draft(person_id: int, application_id: int, kind: str) -> Draft | None:
    """What this person has begun to write."""
    return db.session.get(Draft, (person_id, application_id, kind))
