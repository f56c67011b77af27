"""The audit trail's one pen. Every verb that changes an application or a show writes exactly one line with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import update
from sqlalchemy.orm import Session

from review import outbox
from review.models.application import Application
from review.models.event import Actor, Event
from review.models.outbox import Kind
from review.models.person import Person
from review.services import broadcast, findable


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
    """Add one Event to the caller's transaction: who did what, when and why.

    With the Event of an application its revision rises, what it is found by is written anew, and where there is a
    search engine it is to hear of it. Other programs hear of it as they want to.
    """
    event = Event(
        at=at,
        verb=verb,
        actor=actor,
        person_id=person.id if person else None,
        application_id=application_id,
        show_id=show_id,
        why=why,
        data=data,
    )
    session.add(event)
    broadcast.tell(session, event, person)
    if application_id is not None:
        _revise(session, application_id, at)


def _revise(session: Session, application_id: int, now: datetime) -> None:
    session.execute(
        update(Application)
        .where(Application.id == application_id)
        .values(revision=Application.revision + 1)
        .execution_options(synchronize_session=False)
    )
    findable.write(session, [application_id])
    if current_app.config["GREENROOM"].elasticsearch_url:
        outbox.put(session, Kind.SEARCH, application_id, now=now, application_id=application_id)
