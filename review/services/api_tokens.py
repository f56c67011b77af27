"""Tokens by which a program acts for a person: made, revoked, shown at the door. Only their digests are kept."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select, update

from review import tokens
from review.db import db, transaction
from review.errors import Forbidden, Missing, Refused, TryLater
from review.models.api import ApiToken
from review.models.person import Person
from review.rules import may_configure
from review.services.audit import record

PREFIX = "grt_"
"""What every token begins with, so that one that lies where it should not is known for what it is."""

SCOPES = ("read", "write")
"""What a token may be given: to look, and to do what its person's role allows."""

DAYS = (7, 30, 90, 365)
"""For how long a token can be made."""

MOST_TOKENS = 20
COARSE = timedelta(minutes=1)
KEEP_DAYS = 30


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a token acts for, and how far it goes."""

    token_id: int
    person: Person
    scopes: frozenset[str]


def make(name: str, scopes: Collection[str], *, days: int, by: Person, now: datetime) -> str:
    """Make a token for oneself. Returns it: this is the one time that anybody sees it.

    Raises Forbidden for who is not staff; Refused without a name or scope, for a life nobody offers, or with too many.
    """
    name = " ".join(name.split())
    if not by.is_staff:
        raise Forbidden
    if not name or len(name) > ApiToken.name.type.length:
        raise Refused("token-name", field="name")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise Refused("token-scopes", field="scopes")
    if days not in DAYS:
        raise Refused("token-days", field="days")
    token = PREFIX + secrets.token_urlsafe(32)
    with transaction() as session:
        session.get_one(Person, by.id, with_for_update={"key_share": True})  # two at once must not both be the last
        alive = select(func.count(ApiToken.id)).where(
            ApiToken.person_id == by.id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
        )
        if (session.scalar(alive) or 0) >= MOST_TOKENS:
            raise Refused("too-many-tokens", field="name")
        session.add(
            ApiToken(
                person_id=by.id,
                name=name,
                token_hash=tokens.digest(token),
                scopes=[scope for scope in SCOPES if scope in scopes],
                created_at=now,
                expires_at=now + timedelta(days=days),
            )
        )
        record(session, "token-made", at=now, person=by, why=name)
    return token


def revoke(token_id: int, *, by: Person, now: datetime) -> None:
    """End a token before its time: one's own, or as an admin anybody's. Revoking twice is once. Raises Missing."""
    with transaction() as session:
        token = session.get(ApiToken, token_id, with_for_update=True)
        if token is None or not (token.person_id == by.id or may_configure(by.role)):
            raise Missing
        if token.revoked_at is None:
            token.revoked_at = now
            record(session, "token-revoked", at=now, person=by, why=token.name, of=token.person_id)


def caller(token: str, *, now: datetime) -> Caller | None:
    """Who the token acts for; None where it opens nothing: unknown, revoked, expired, or its person is no longer staff.

    That it was used is noted once a minute at most, and not at all while the database has better things to do.
    """
    known = db.session.scalar(select(ApiToken).where(ApiToken.token_hash == tokens.digest(token)))
    if known is None or not known.works(now) or not known.person.active or not known.person.is_staff:
        return None
    if known.last_used_at is None or known.last_used_at <= now - COARSE:
        _note_use(known.id, now)
    return Caller(known.id, known.person, frozenset(known.scopes))


def _note_use(token_id: int, now: datetime) -> None:
    """Whoever of several comes first: the others find it noted."""
    long_ago = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - COARSE)
    with suppress(TryLater), transaction() as session:
        session.execute(update(ApiToken).where(ApiToken.id == token_id, long_ago).values(last_used_at=now))


def forget(*, now: datetime) -> int:
    """Remove tokens that have opened nothing for a month. Returns how many."""
    old = now - timedelta(days=KEEP_DAYS)
    with transaction() as session:
        ended = or_(ApiToken.expires_at < old, ApiToken.revoked_at < old)
        return len(session.scalars(delete(ApiToken).where(ended).returning(ApiToken.id)).all())
