"""What people apply for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from review.db import transaction
from review.models.application import Programme
from review.models.event import Actor
from review.services.audit import record


def change(
    *,
    places: int | None,
    opens_at: datetime | None,
    closes_at: datetime | None,
    always_open: bool,
    rules: str | None,
    now: datetime,
) -> None:
    """Set what is given and leave the rest. New rules raise the version that applicants agree to."""
    with transaction() as session:
        row = session.scalars(select(Programme).order_by(Programme.id).limit(1).with_for_update()).one()
        row.places = row.places if places is None else places
        row.opens_at = None if always_open else opens_at or row.opens_at
        row.closes_at = None if always_open else closes_at or row.closes_at
        if rules is not None and rules.strip() != row.rules:
            row.rules, row.rules_version = rules.strip(), row.rules_version + 1
        record(session, "programme-changed", at=now, actor=Actor.SYSTEM, why=row.slug, rules=row.rules_version)
