"""What a private link opens. Reading only: following a link changes nothing, mail scanners do it too."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from sqlalchemy import select

from review import tokens
from review.db import db
from review.errors import Gone, Missing
from review.models.person import AccessLink, Person, Purpose
from review.models.show import ExportLink


def unverified(token: str, *, now: datetime) -> int:
    """The id of the application a signed verify link speaks of. Raises Missing if altered, Gone if expired."""
    value = tokens.unsign(_secret(), "verify", token)
    if value is None:
        raise Missing
    if int(value[2]) < now.timestamp():
        raise Gone
    return int(value[0])


def status(token: str, *, now: datetime) -> int:
    """The id of the application whose status page this token opens. Raises Missing or Gone."""
    link = _access(Purpose.STATUS, token, now)
    if link.application_id is None:
        raise Missing
    return link.application_id


def owner(token: str, *, now: datetime) -> Person:
    """The podcaster this token signs in. Raises Missing or Gone."""
    link = _access(Purpose.OWNER, token, now)
    person = db.session.get(Person, link.person_id)
    if person is None or not person.active:
        raise Gone
    return person


def export(token: str, *, now: datetime) -> ExportLink:
    """The export link behind a token. Raises Missing, or Gone when it was revoked or has expired."""
    if tokens.unsign(_secret(), "export", token) is None:
        raise Missing
    link = db.session.scalar(select(ExportLink).where(ExportLink.token_hash == tokens.digest(token)))
    if link is None or link.revoked_at is not None or link.expires_at <= now:
        raise Gone
    return link


def _access(purpose: Purpose, token: str, now: datetime) -> AccessLink:
    if not tokens.genuine(_secret(), purpose, token):
        raise Missing
    link = db.session.scalar(
        select(AccessLink).where(AccessLink.token_hash == tokens.digest(token), AccessLink.purpose == purpose)
    )
    if link is None or link.expires_at <= now:
        raise Gone
    return link


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])
