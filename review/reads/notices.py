"""What a person is called to by their colleagues."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from review.db import db
from review.models.desk import Call, Conflict, Notice
from review.models.person import Person

T = TypeVar("T")
LAST = 100


def waiting(person_id: int) -> int:
    """How many calls a person has not looked at, or not answered."""
    return db.session.scalar(_of(select(func.count(Notice.id)), person_id).where(Notice.seen_at.is_(None))) or 0


def calls(person_id: int) -> list[Notice]:
    """The newest calls, those that wait first."""
    wanted = _of(select(Notice), person_id).order_by(Notice.seen_at.is_not(None), Notice.id.desc()).limit(LAST)
    return list(db.session.scalars(wanted.options(joinedload(Notice.by), joinedload(Notice.application))))


def owed(application_id: int) -> list[Notice]:
    """Second opinions that were asked for on an application and are not given yet."""
    wanted = select(Notice).where(
        Notice.application_id == application_id, Notice.call == Call.OPINION, Notice.seen_at.is_(None)
    )
    return list(
        db.session.scalars(wanted.options(joinedload(Notice.by), joinedload(Notice.person)).order_by(Notice.id))
    )


def _of(statement: Select[T], person_id: int) -> Select[T]:
    return statement.where(Notice.person_id == person_id)


def in_conflict(application_id: int) -> list[Person]:
    """Who has declared a conflict with an application."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Conflict, Conflict.person_id == Person.id)
            .where(Conflict.application_id == application_id)
            .order_by(Person.name)
        )
    )


def hidden_from(person_id: int) -> Select[Any]:
    """The numbers of what a person must not see."""
    return select(Conflict.application_id).where(Conflict.person_id == person_id)


def hidden(person_id: int, application_id: int) -> bool:
    """Whether a person has declared a conflict with it, and so must not see it."""
    return db.session.get(Conflict, (person_id, application_id)) is not None
