"""Digests by mail: how often each of the staff has one, and sending them."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from review import letters
from review.db import transaction
from review.errors import Refused
from review.models.person import Person, Rhythm
from review.reads import pulse
from review.services import post
from review.services.audit import record


def set_rhythm(rhythm: str, *, by: Person, now: datetime) -> None:
    """Have a digest that often, counted from now. Raises Refused for a rhythm nobody offers."""
    if rhythm not in list(Rhythm):
        raise Refused("digest-rhythm", field="digest")
    with transaction() as session:
        person = session.get_one(Person, by.id, with_for_update={"key_share": True})
        if person.digest != rhythm:
            person.digest, person.digested_at = Rhythm(rhythm), now
            record(session, "digest-chosen", at=now, person=person, why=rhythm)


def send(*, now: datetime) -> int:
    """Send the digests that are due; where there is nothing to say none is sent. Returns how many were."""
    with transaction() as session:
        due = [(Person.digest == rhythm) & (Person.digested_at < _due(rhythm, now)) for rhythm in _SENT]
        wanted = select(Person).where(Person.active, Person.role.is_not(None), or_(*due)).order_by(Person.id)
        people = session.scalars(wanted.with_for_update(skip_locked=True, key_share=True)).all()
        return sum(_send(session, person, now) for person in people)


_SENT = (Rhythm.DAILY, Rhythm.WEEKLY)


def _send(session: Session, person: Person, now: datetime) -> bool:
    numbers = pulse.digest(person, since=person.digested_at or now, now=now)
    person.digested_at = now
    if numbers.is_empty:
        return False
    where = f"{current_app.config['PUBLIC_URL']}/desk"
    daily, choose = person.digest is Rhythm.DAILY, f"{where}/notifications"
    letter = letters.digest(name=person.name, numbers=numbers, daily=daily, where=where, choose=choose)
    post.post(session, letter, to=person, now=now)
    return True


def _due(rhythm: Rhythm, now: datetime) -> datetime:
    """When a digest of this rhythm was last due: at the hour that is set, of today or of Monday, or the time before."""
    settings = current_app.config["GREENROOM"]
    there = now.astimezone(settings.pace.zone)
    at = there.replace(hour=settings.digest_hour, minute=0, second=0, microsecond=0)
    if rhythm is Rhythm.WEEKLY:
        at -= timedelta(days=at.weekday())
    return at if at <= there else at - timedelta(days=1 if rhythm is Rhythm.DAILY else 7)
