"""The audit trail's one pen. Every verb that changes an application or a show writes exactly one line with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from review.models.event import Actor, Event
from review.models.person import Person


def record(
    session: Session,
    verb: str,
    *,
    at: datetime,
    actor: Actor = Actor.STAFF,
    person: Person | None = None,
    application_id: int | None = None,
    show_id: int | None = None,
    why: str = "",
    **data: Any,
) -> None:
    """Add one Event to the caller's transaction: who did what, when and why."""
    session.add(
        Event(
            at=at,
            verb=verb,
            actor=actor,
            person_id=person.id if person else None,
            application_id=application_id,
            show_id=show_id,
            why=why,
            data=data,
        )
    )
