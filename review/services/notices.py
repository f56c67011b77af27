"""One person calls another to an application: a line on their page, and a letter to them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from review import letters
from review.db import transaction
from review.models.application import Application
from review.models.desk import Call, Conflict, Notice
from review.models.person import Person
from review.reads import people
from review.services import post

_HANDLE = re.compile(r"(?<![\w.+@-])@([\w+.-]*[\w+-])")


def mentioned(text: str) -> list[Person]:
    """The colleagues a note calls: `@` and what stands before the @ of their address, whatever its case."""
    handles = {handle.lower() for handle in _HANDLE.findall(text)}
    return [person for person in people.staff() if people.handle(person) in handles] if handles else []


def call(
    session: Session, who: Iterable[Person], application: Application, why: Call, *, by: Person, now: datetime
) -> None:
    """Call these people in the caller's transaction: not oneself, nor who must not see the application.

    Who is called already for the same reason, and has not looked yet, is not called twice.
    """
    conflicted = set(session.scalars(select(Conflict.person_id).where(Conflict.application_id == application.id)))
    still = (Notice.application_id == application.id) & (Notice.call == why) & Notice.seen_at.is_(None)
    called = set(session.scalars(select(Notice.person_id).where(still)))
    for person in who:
        if person.id == by.id or person.id in conflicted | called:
            continue
        session.add(Notice(person_id=person.id, application_id=application.id, by_id=by.id, call=why, at=now))
        where = f"{current_app.config['PUBLIC_URL']}/desk/{application.id}"
        letter = letters.called(name=person.name, by=by.name, why=why, show_title=application.show_title, where=where)
        post.post(session, letter, to=person, now=now)


def see(session: Session, application_id: int, *, by: Person, now: datetime) -> None:
    """This person reads the application, in the caller's transaction. An opinion is owed until it is given."""
    session.execute(
        update(Notice)
        .where(
            Notice.person_id == by.id,
            Notice.application_id == application_id,
            Notice.seen_at.is_(None),
            Notice.call != Call.OPINION,
        )
        .values(seen_at=now)
    )


def give_opinion(session: Session, application: Application, *, by: Person, now: datetime) -> None:
    """A note of this person is the opinion they were asked for, in the caller's transaction: who asked hears of it."""
    owed = session.scalars(
        select(Notice)
        .where(
            Notice.person_id == by.id,
            Notice.application_id == application.id,
            Notice.call == Call.OPINION,
            Notice.seen_at.is_(None),
        )
        .with_for_update()
    ).all()
    for notice in owed:
        notice.seen_at = now
        call(session, [notice.by], application, Call.OPINION_GIVEN, by=by, now=now)


def drop(session: Session, application_id: int, person: Person) -> None:
    """This person is called to the application no longer, in the caller's transaction."""
    session.execute(delete(Notice).where(Notice.person_id == person.id, Notice.application_id == application_id))


def clear(*, by: Person, now: datetime) -> int:
    """This person has looked at everything they were called to; opinions they owe stay. Returns how many."""
    with transaction() as session:
        seen = update(Notice).where(Notice.person_id == by.id, Notice.seen_at.is_(None), Notice.call != Call.OPINION)
        return len(session.execute(seen.values(seen_at=now).returning(Notice.id)).all())
