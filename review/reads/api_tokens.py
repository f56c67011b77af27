"""Tokens of programs as their people see them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from review.db import db
from review.models.api import ApiToken
from review.models.person import Person
from review.rules import may_configure


def tokens(person: Person) -> list[ApiToken]:
    """Their own, and for an admin everybody's, newest first. What has ended is among them for a month."""
    wanted = select(ApiToken).options(joinedload(ApiToken.person)).order_by(ApiToken.id.desc()).limit(500)
    if not may_configure(person.role):
        wanted = wanted.where(ApiToken.person_id == person.id)
    return list(db.session.scalars(wanted))
