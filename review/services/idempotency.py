"""Requests that may come again. What one did and the key it came under are written in one transaction: once, or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from review.db import db, insert_first, opening_with, transaction
from review.errors import Refused, Repeated
from review.models.api import IdempotencyKey
from review.models.person import Person

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered."""

    status: int
    body: str


def given(key: str, digest: str, *, by: Person) -> Given | None:
    """What this person's request of that key was answered; None where it never came.

    Raises Refused where another request came under the key, and Repeated for one that was carried out and has no
    answer: it is being written at this moment, or its process died between the two.
    """
    known = db.session.scalar(_known(key, by.id))
    db.session.rollback()
    if known is None:
        return None
    if known.digest != digest:
        raise Refused("key-reused", field="Idempotency-Key")
    if known.status is None:
        raise Repeated
    return Given(known.status, known.answer or "")


@contextmanager
def once(key: str, digest: str, *, by: Person, now: datetime) -> Iterator[None]:
    """The verb called in here is carried out unless one was under that key. Raises Repeated, and nothing is changed."""
    person_id = by.id

    def claim(session: Session) -> None:
        if not insert_first(session, IdempotencyKey(person_id=person_id, key=key, digest=digest, created_at=now)):
            raise Repeated

    with opening_with(claim):
        yield


def keep(key: str, answer: Given, *, by: Person) -> None:
    """Keep what was answered, to be given again."""
    person_id = by.id
    with transaction() as session:
        row = session.scalars(_known(key, person_id)).one()
        row.status, row.answer = answer.status, answer.body


def _known(key: str, person_id: int) -> Select[IdempotencyKey]:
    return select(IdempotencyKey).where(IdempotencyKey.person_id == person_id, IdempotencyKey.key == key)


def forget(*, now: datetime) -> int:
    """Remove keys of yesterday. Returns how many."""
    with transaction() as session:
        old = delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT)
        return len(session.scalars(old.returning(IdempotencyKey.id)).all())
