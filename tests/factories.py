"""Rows for tests, made by the product's own verbs wherever there is one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from sqlalchemy import select

from review.db import Base, db, transaction
from review.models.application import Application
from review.models.person import Person
from review.models.programme import Programme
from review.reads import programmes
from review.reads.filters import Filters
from review.rules import Role, State, Verb
from review.services import applications, decisions, people, post
from review.services.answers import Given
from review.services.applications import Draft, Filled
from review.services.decisions import Choice

T = TypeVar("T", bound=Base)
NOW = datetime(2024, 11, 26, 12, 0, tzinfo=UTC)
WINDOW = timedelta(seconds=20)
DRAFT = Draft(
    name="Maren Oduya",
    email="maren@mail.example",
    show_title="Harbour Kitchen",
    pitch="Cooks from the port district tell how a dish came across the sea with them.",
    topics=("Arts > Food",),
    language="en",
    links=(),
    schedule="every other Thursday",
    feed_url="",
    rules_version=1,
)


def seeking(text: str = "", *, page: int = 1, reader: int = 0, **narrowing: Any) -> Filters:
    """What narrows the list, one by one as addresses say it; `everything`, `snoozed` and `overdue` are states."""
    states = {"everything": "all", "snoozed": "snoozed", "overdue": "overdue"}
    state = next((word for name, word in states.items() if narrowing.pop(name, False)), narrowing.pop("state", ""))
    said = {name: str(value) for name, value in narrowing.items()}
    return replace(Filters.read({"q": text, "state": str(state), **said}, reader=reader), page=page)


def submitted(*, now: datetime = NOW, **changes: Any) -> int:
    """An application whose address is not verified yet; returns its id."""
    answers, to = changes.pop("answers", {}), changes.pop("programme_id", None)
    draft = replace(DRAFT, **changes)
    return applications.submit(draft, filled(answers, to=to), form_key=secrets.token_hex(8), now=now)


def filled(answers: Mapping[int, Given] = MappingProxyType({}), *, to: int | None = None) -> Filled:
    """The rest of the form of a programme (the first one), as it stands now: question -> answer."""
    row = programmes.programme(to) if to else programmes.first()
    return Filled(row.id, row.form_version, answers)


def received(*, now: datetime = NOW, **changes: Any) -> int:
    """An application in the backlog; returns its id."""
    id_ = submitted(now=now, **changes)
    applications.verify(verify_token(id_), now=now)
    return id_


def verify_token(application_id: int) -> str:
    """The token in the applicant's first letter."""
    application = get(application_id)
    return post.verify_token(application, expires_at=application.created_at + timedelta(days=post.VERIFY_DAYS))


def get(application_id: int) -> Application:
    """The row as it is now."""
    db.session.expire_all()
    return db.session.get_one(Application, application_id)


def person(role: Role | None = Role.REVIEWER, *, name: str = "Rosa Iqbal", email: str = "") -> Person:
    """A member of staff with the password `correct horse`, or (no role) a podcaster."""
    email = email or f"{secrets.token_hex(4)}@staff.example"
    if role is not None:
        people.invite(email, name=name, role=role, password="correct horse", now=NOW)
    else:
        with transaction() as session:
            session.add(Person(email=email, name=name, created_at=NOW))
    return db.session.scalars(select(Person).where(Person.email == email)).one()


def choice(application_id: int, verb: Verb, **changes: Any) -> Choice:
    """A decision as the form would send it for the application as it is now."""
    application = get(application_id)
    reasons = changes.pop("reasons", ())
    asked = changes.pop("asked", ())
    letter = decisions.preview(application, verb, reasons=reasons, asked=asked)
    made = Choice(
        application_id=application_id,
        verb=verb,
        version=application.version,
        form_key=secrets.token_urlsafe(16),
        subject=letter.subject,
        text=letter.text,
        reasons=reasons,
        asked=asked,
    )
    return replace(made, **changes)


def decided(application_id: int, verb: Verb, *, by: Person | None = None, now: datetime = NOW, **changes: Any) -> int:
    """Take a decision; returns its id."""
    made = choice(application_id, verb, **changes)
    return decisions.decide(made, by=by or lead(), now=now, undo_window=WINDOW)


def lead() -> Person:
    """Some lead, made where there is none: hashing a password for each decision takes its time."""
    return db.session.scalar(select(Person).where(Person.role == Role.LEAD).limit(1)) or person(Role.LEAD)


def programme(**changes: Any) -> None:
    """Alter the first programme."""
    with transaction() as session:
        row = session.get_one(Programme, programmes.first().id)
        for name, value in changes.items():
            setattr(row, name, value)


def count(state: State) -> int:
    """How many applications stand in a state."""
    return len(db.session.scalars(select(Application.id).where(Application.state == state)).all())


def rows(table: type[T], **where: Any) -> list[T]:
    """The rows of a table as they are now, oldest first."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(table).filter_by(**where).order_by(*table.__table__.primary_key)))
