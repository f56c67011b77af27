"""What tests of pages start from: letters that have come, shows on the air, a form filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import event, func, select

from review.db import Base, db, transaction
from review.gateways.mail import Message
from review.models.application import Application
from review.models.person import Person, Purpose
from review.models.show import Episode, ExportLink, Show, Slug
from review.rules import Verb
from review.services import moves, post
from tests import servers
from tests.factories import NOW, decided, get, person, received

APPLICATION: dict[str, Any] = {
    "name": "Maren Oduya",
    "email": "maren@mail.example",
    "show_title": "Harbour Kitchen",
    "pitch": "Cooks from the port district tell how a dish came across the sea with them.",
    "topics": ["Arts > Food", "Society & Culture"],
    "language": "fi",
    "schedule": "every other Thursday",
    "links": "https://harbour.example/\r\nhttps://social.example/@harbour",
    "has_show": "y",
    "feed_url": "https://harbour.example/feed.xml",
    "consent_rules": "y",
    "consent_data": "y",
}
"""The form as a person fills it in."""


def moment(at: datetime) -> str:
    """A time as pages show it to somebody in UTC."""
    return f"{at.day} {at:%b %Y, %H:%M}"


def rows(table: type[Base]) -> int:
    """How many rows a table has now."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def mail() -> list[Message]:
    """Every letter that was sent, oldest first."""
    return servers.mails()


def link(letter: Message, start: str) -> str:
    """The path of the private link in a letter."""
    found = re.search(rf"https?://[^/\s]+({start}[^\s]+)", letter.text)
    assert found, letter.text
    return found[1]


def status_token(application_id: int, *, now: datetime = NOW) -> str:
    """A token that opens an application's status page."""
    with transaction() as session:
        return post.mint(session, Purpose.STATUS, session.get_one(Application, application_id), now=now)


def owner_token(owner: Person, *, now: datetime = NOW) -> str:
    """A token that signs a podcaster in."""
    with transaction() as session:
        return post.mint(session, Purpose.OWNER, session.get_one(Person, owner.id), now=now)


def on_air(drain: Callable[..., int], **changes: Any) -> Show:
    """A show that was applied for, approved and provisioned."""
    id_ = received(now=NOW - timedelta(days=2), **changes)
    decided(id_, Verb.APPROVE, now=NOW - timedelta(hours=2))
    drain()
    return db.session.scalars(select(Show).where(Show.application_id == get(id_).id)).one()


def listed(number: int) -> None:
    """So many shows that nobody provisioned; enough for a list."""
    for _ in range(number):
        application = get(received())
        id_, slug, owner = application.id, f"show-{application.id}", person(role=None).id
        with transaction() as session:
            session.add(Slug(slug=slug, application_id=id_, reserved_at=NOW))
            session.flush()
            session.add(_show(id_, slug, owner))


def _show(application_id: int, slug: str, owner_id: int) -> Show:
    return Show(
        application_id=application_id,
        slug=slug,
        owner_id=owner_id,
        guid=f"guid-{slug}",
        title=slug,
        description="",
        language="en",
        categories=["Arts"],
        author="Maren",
        created_at=NOW,
    )


def episode(show: Show, title: str, data: bytes | None = b"sound", **columns: Any) -> Episode:
    """An episode; without `data` its file is still at the old host."""
    row = Episode(
        show_id=show.id,
        guid=title,
        title=title,
        description="",
        published_at=NOW - timedelta(days=3),
        source_url=f"https://old.example/{len(title)}.mp3",
        media_type="audio/mpeg",
    )
    for name, value in columns.items():
        setattr(row, name, value)
    slug = show.slug
    with transaction() as session:
        session.add(row)
        session.flush()
        if data is not None:
            stored = current_app.extensions["greenroom"].storage.put(f"media/{slug}/{row.id}.mp3", [data])
            row.media_key, row.media_bytes, row.media_sha256 = stored.key, stored.size, stored.sha256
    return row


def export_path(show: Show, by: Person, drain: Callable[..., int], *, now: datetime = NOW) -> str:
    """The path of an export link that was mailed to the owner."""
    moves.make_link(show.slug, by=by, now=now)
    drain()
    return link(next(letter for letter in reversed(mail()) if "/move/" in letter.text), "/move/")


def export_link() -> ExportLink:
    """The newest export link."""
    db.session.rollback()
    return db.session.scalars(select(ExportLink).order_by(ExportLink.id.desc()).limit(1)).one()


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements that are executed meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def lose_database() -> None:
    """It is gone from the disk."""
    db.engine.dispose()
    for file in current_app.config["GREENROOM"].data_dir.glob("greenroom.db*"):
        file.unlink()
