"""How staff sort the backlog among themselves: tags, who looks at what, second opinions, conflicts, views."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from review.db import insert_first, transaction
from review.errors import Forbidden, Missing, Refused
from review.models.application import Application, Tag
from review.models.desk import Call, Claim, Conflict, View
from review.models.person import Person
from review.reads.filters import TAG_LENGTH, Filters
from review.rules import Verb, may, may_share
from review.services import notices
from review.services.audit import record
from review.services.reviewing import on_the_desk

MOST_TAGS = 20
MOST_VIEWS = 30


def tag(application_id: int, word: str, *, by: Person, now: datetime) -> None:
    """Put a word on an application; one that is there already stays. Raises Refused for no word, or one too many."""
    word = _folded(word)
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.TAG)
        if word in _words(session, application.id):
            return
        if len(_words(session, application.id)) >= MOST_TAGS:
            raise Refused("too-many-tags", field="word")
        session.add(Tag(application_id=application.id, word=word))
        record(session, Verb.TAG, at=now, person=by, application_id=application.id, why=word)


def untag(application_id: int, word: str, *, by: Person, now: datetime) -> None:
    """Take a word off an application again."""
    word = _folded(word)
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.UNTAG)
        if word not in _words(session, application.id):
            return
        session.execute(delete(Tag).where(Tag.application_id == application.id, Tag.word == word))
        record(session, Verb.UNTAG, at=now, person=by, application_id=application.id, why=word)


def _folded(word: str) -> str:
    word = " ".join(word.lower().split())
    if not word or len(word) > TAG_LENGTH or "," in word:
        raise Refused("tag-length", field="word")
    return word


def _words(session: Session, application_id: int) -> set[str]:
    return set(session.scalars(select(Tag.word).where(Tag.application_id == application_id)))


def assign(application_id: int, person_id: int | None, *, by: Person, now: datetime) -> None:
    """Say who is to look at it, or (None) nobody in particular. Whoever it is hears of it.

    Raises Refused for somebody who cannot decide it.
    """
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.ASSIGN)
        if application.assignee_id == person_id:
            return
        person = _colleague(session, application, person_id) if person_id is not None else None
        application.assignee_id = person_id
        if person is not None:
            notices.call(session, [person], application, Call.ASSIGNMENT, by=by, now=now)
        why = person.name if person else ""
        record(session, Verb.ASSIGN, at=now, person=by, application_id=application.id, why=why)


def ask_opinion(application_id: int, person_id: int, *, by: Person, now: datetime) -> None:
    """Ask a colleague for a second opinion. Their next note is the answer. Raises Refused as `assign` does."""
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.ASK_OPINION)
        person = _colleague(session, application, person_id)
        if person.id == by.id:
            raise Refused("own-opinion", field="person")
        notices.call(session, [person], application, Call.OPINION, by=by, now=now)
        record(session, Verb.ASK_OPINION, at=now, person=by, application_id=application.id, why=person.name)


def _colleague(session: Session, application: Application, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None or not person.active or not may(person.role, Verb.NOTE):
        raise Refused("no-such-colleague", field="person")
    if session.get(Conflict, (person.id, application.id)) is not None:
        raise Refused("colleague-in-conflict", field="person")
    return person


def declare_conflict(application_id: int, *, by: Person, now: datetime) -> None:
    """This person is too near to it to judge, and does not see it from now on: a lead brings it back to them."""
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.DECLARE_CONFLICT)
        if not insert_first(session, Conflict(person_id=by.id, application_id=application.id, at=now)):
            return
        session.execute(delete(Claim).where(Claim.person_id == by.id))
        if application.assignee_id == by.id:
            application.assignee_id = None
        notices.drop(session, application.id, by)
        record(session, Verb.DECLARE_CONFLICT, at=now, person=by, application_id=application.id)


def lift_conflict(application_id: int, person_id: int, *, by: Person, now: datetime) -> None:
    """A lead lets somebody else see an application again. Nobody lifts their own."""
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.LIFT_CONFLICT)
        conflict = session.get(Conflict, (person_id, application.id))
        if conflict is None or person_id == by.id:
            raise Missing
        session.delete(conflict)
        name = session.get_one(Person, person_id).name
        record(session, Verb.LIFT_CONFLICT, at=now, person=by, application_id=application.id, why=name)


def keep_view(name: str, query: Mapping[str, str], *, shared: bool, by: Person, now: datetime) -> int:
    """Keep a search of the list under a name; the same name again replaces it. Returns the view's id.

    Raises Forbidden where it is to be shared by somebody who may not, Refused without a name or with too many.
    """
    name = " ".join(name.split())
    if not name or len(name) > View.name.type.length:
        raise Refused("view-name", field="name")
    with transaction() as session:
        if not may(by.role, Verb.NOTE) or (shared and not may_share(by.role)):
            raise Forbidden
        mine = session.scalars(select(View).where(View.person_id == by.id)).all()
        view = next((one for one in mine if one.name.lower() == name.lower()), None)
        if view is None and len(mine) >= MOST_VIEWS:
            raise Refused("too-many-views", field="name")
        view = view or View(person_id=by.id)
        view.name, view.shared = name, shared
        view.query = {"q": Filters.read(query).text}
        session.add(view)
        session.flush()
        record(session, "view-kept", at=now, person=by, why=name)
        return view.id


def drop_view(view_id: int, *, by: Person, now: datetime) -> None:
    """Let go of a view: one's own, or as a lead a shared one."""
    with transaction() as session:
        view = session.get(View, view_id)
        if view is None or not (view.person_id == by.id or view.shared):
            raise Missing
        if view.person_id != by.id and not may_share(by.role):
            raise Forbidden
        session.delete(view)
        record(session, "view-dropped", at=now, person=by, why=view.name)
