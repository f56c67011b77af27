"""People as pages need them."""

from __future__ import annotations

from sqlalchemy import select

from review.db import db
from review.models.person import Person
from review.rules import Verb, may


def active(person_id: int) -> Person | None:
    """The signed-in person, unless the account was closed meanwhile."""
    person = db.session.get(Person, person_id)
    return person if person is not None and person.active else None


def staff() -> list[Person]:
    """Who works at the desk and may say something there, by name."""
    found = select(Person).where(Person.role.is_not(None), Person.active).order_by(Person.name, Person.id)
    return [person for person in db.session.scalars(found) if may(person.role, Verb.NOTE)]


def handle(person: Person) -> str:
    """How colleagues call a person in a note, after an @: what stands before the @ of their address."""
    return person.email.rpartition("@")[0].lower()
