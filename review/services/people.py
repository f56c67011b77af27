"""Staff and owners: invite, sign in, send a podcaster's link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select

from review import letters
from review.db import db, insert_first, transaction
from review.errors import Refused
from review.models.event import Actor
from review.models.person import AccessLink, Person
from review.models.show import Show
from review.rules import Role
from review.services import post
from review.services.audit import record

_hasher = PasswordHasher()
PASSWORD_LENGTH = 10


def invite(email: str, *, name: str, role: Role, password: str, now: datetime) -> int:
    """Add a member of staff, or give a known person a new role and password. Returns the person's id."""
    if len(password) < PASSWORD_LENGTH:
        raise Refused("password-short", field="password")
    with transaction() as session:
        known = select(Person).where(Person.email == email.lower())
        if session.scalar(known) is None:
            insert_first(session, Person(email=email.lower(), name=name, created_at=now))
        person = session.scalars(known).one()
        person.name, person.role, person.active = name, role, True
        person.password_hash = _hasher.hash(password)
        record(session, "staff-invited", at=now, actor=Actor.SYSTEM, why=role, invited=person.id)
        return person.id


def set_keys(person_id: int, keys: Mapping[str, str], *, off: bool, now: datetime) -> None:
    """Give the desk's actions other keys, or switch keys off. Raises Refused unless each key is one sign and used once.

    An action without a key has the empty string.
    """
    given = [key for key in keys.values() if key]
    if any(len(key) != 1 or key.isspace() for key in given) or len({key.casefold() for key in given}) < len(given):
        raise Refused("keys", field="keys")
    with transaction() as session:
        person = session.get_one(Person, person_id, with_for_update={"key_share": True})
        person.keys = {"off": off, "keys": dict(keys)}
        record(session, "keys-changed", at=now, person=person)


def check_password(email: str, password: str) -> Person | None:
    """The member of staff whose address and password these are. Takes as long for an unknown address."""
    person = db.session.scalar(select(Person).where(Person.email == email.strip().lower()))
    known = person is not None and person.password_hash is not None and person.active and person.is_staff
    try:
        _hasher.verify(person.password_hash if known and person and person.password_hash else _decoy(), password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return person if known else None


@cache
def _decoy() -> str:
    return _hasher.hash("no one has this password")


def send_owner_link(email: str, *, now: datetime) -> None:
    """Mail a podcaster a way in. The page says the same whether the address is known or not."""
    with transaction() as session:
        person = session.scalar(
            select(Person).join(Show, Show.owner_id == Person.id).where(Person.email == email.strip().lower()).limit(1)
        )
        if person is not None and person.active:
            post.post(session, letters.owner_link(name=person.name), to=person, now=now)
            record(session, "owner-link-sent", at=now, actor=Actor.OWNER, person=person)


def forget_links(*, now: datetime) -> int:
    """Remove links that have been of no use for a month. Returns how many."""
    with transaction() as session:
        gone = session.execute(
            delete(AccessLink).where(AccessLink.expires_at < now - timedelta(days=30)).returning(AccessLink.id)
        )
        return len(gone.all())
