"""People as pages need them."""

from __future__ import annotations

from review.db import db
from review.models.person import Person


def active(person_id: int) -> Person | None:
    """The signed-in person, unless the account was closed meanwhile."""
    person = db.session.get(Person, person_id)
    return person if person is not None and person.active else None
