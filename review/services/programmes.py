"""What admins do to what people apply for: programmes, what they offer and to whom."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from typing import Any

from slugify import slugify
from sqlalchemy import select
from sqlalchemy.orm import Session

from review.db import transaction
from review.errors import Forbidden, Missing, Refused
from review.models.event import Actor
from review.models.person import Person
from review.models.programme import Programme
from review.reads import programmes
from review.rules import may_configure
from review.services.audit import record

MOST = 30
MOST_PLACES = 1_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a programme offers, and under which rules."""

    name: str
    summary: str
    places: int
    opens_at: datetime | None
    closes_at: datetime | None
    rules: str


def make(terms: Terms, *, by: Person, now: datetime) -> int:
    """Make a programme. It is offered to nobody until `offer`. Returns its id. Raises Forbidden or Refused."""
    _check_terms(terms)
    with transaction() as session:
        _check_role(by)
        if len(programmes.programmes()) >= MOST:
            raise Refused("too-many-programmes")
        row = Programme(slug=_slug(session, terms.name), rules_version=1, form_version=1, letters={})
        _put(row, terms)
        session.add(row)
        session.flush()
        record(session, "programme-made", at=now, person=by, why=row.name, programme=row.id)
        return row.id


def set_terms(programme_id: int, terms: Terms, *, by: Person, now: datetime) -> None:
    """Change what a programme offers. Other rules raise the version that applicants agree to.

    What it said before stands in the Event. Raises Forbidden, Missing or Refused.
    """
    _check_terms(terms)
    with transaction() as session:
        row = locked(session, programme_id, by)
        _change(session, row, terms, person=by, actor=Actor.STAFF, now=now)


def change(
    *,
    slug: str | None,
    places: int | None,
    opens_at: datetime | None,
    closes_at: datetime | None,
    always_open: bool,
    rules: str | None,
    now: datetime,
) -> None:
    """`set_terms` of an operator, who sets what is given and leaves the rest. No `slug` means the first programme.

    Raises Missing or Refused.
    """
    with transaction() as session:
        row = programmes.first() if slug is None else programmes.by_slug(slug, offered=False)
        session.refresh(row, with_for_update={"key_share": True})
        terms = Terms(
            name=row.name,
            summary=row.summary,
            places=row.places if places is None else places,
            opens_at=None if always_open else opens_at or row.opens_at,
            closes_at=None if always_open else closes_at or row.closes_at,
            rules=row.rules if rules is None else rules.strip(),
        )
        _check_terms(terms)
        _change(session, row, terms, person=None, actor=Actor.SYSTEM, now=now)


def _change(
    session: Session, row: Programme, terms: Terms, *, person: Person | None, actor: Actor, now: datetime
) -> None:
    before = {name: getattr(row, name) for name in asdict(terms)}
    changed = {name: _plain(value) for name, value in before.items() if value != getattr(terms, name)}
    if not changed:
        return
    _put(row, terms)
    row.rules_version += "rules" in changed
    record(
        session, "programme-changed", at=now, actor=actor, person=person, why=row.name, programme=row.id, before=changed
    )


def _put(row: Programme, terms: Terms) -> None:
    for name, value in asdict(terms).items():
        setattr(row, name, value)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _check_terms(terms: Terms) -> None:
    if not terms.name or len(terms.name) > Programme.name.type.length:
        raise Refused("programme-name", field="name")
    if len(terms.summary) > Programme.summary.type.length:
        raise Refused("programme-summary", field="summary")
    if not 0 <= terms.places <= MOST_PLACES:
        raise Refused("programme-places", field="places")
    if terms.opens_at and terms.closes_at and terms.opens_at >= terms.closes_at:
        raise Refused("programme-dates", field="closes_at")
    if not terms.rules:
        raise Refused("programme-rules", field="rules")


def _slug(session: Session, name: str) -> str:
    base = slugify(name, max_length=50, word_boundary=True) or "programme"
    taken = set(session.scalars(select(Programme.slug).where(Programme.slug.startswith(base, autoescape=True))))
    return next(one for number in count(1) if (one := base if number == 1 else f"{base}-{number}") not in taken)


def offer(programme_id: int, offered: bool, *, by: Person, now: datetime) -> None:
    """Offer a programme to people, or no longer. What was applied for goes on as before."""
    with transaction() as session:
        row = locked(session, programme_id, by)
        if (row.offered_at is not None) == offered:
            return
        row.offered_at = now if offered else None
        verb = "programme-offered" if offered else "programme-withdrawn"
        record(session, verb, at=now, person=by, why=row.name, programme=row.id)


def _check_role(by: Person) -> None:
    if not may_configure(by.role):
        raise Forbidden


def locked(session: Session, programme_id: int, by: Person) -> Programme:
    """The programme, held: two who change it at once come one after the other."""
    _check_role(by)
    row = session.get(Programme, programme_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise Missing
    return row


def put_higher(order: list[Any], at: int) -> None:
    """Let what stands at a place, not the first, change with the one before it; each row's `position` says it."""
    order[at - 1 : at + 1] = [order[at], order[at - 1]]
    for position, row in enumerate(order):
        row.position = position
