"""`flask doctor`: every part that is configured is asked something real, and what is wrong is said in words."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from review.config import Settings
from review.db import engine_options
from review.errors import GiveUp, TryLater
from review.gateways.broker import SKEW


@dataclass(frozen=True, slots=True)
class Finding:
    """What was asked, whether all is well, and what was seen."""

    part: str
    well: bool
    said: str


def examine() -> Iterator[Finding]:
    """Ask each part in turn. A part that hangs costs some seconds, never more than its own timeout."""
    settings: Settings = current_app.config["GREENROOM"]
    gateways = current_app.extensions["greenroom"]
    yield _ask("database", lambda: _database(settings))
    if settings.postgres:
        yield _ask("direct database", lambda: _direct(settings))
    yield _ask("redis", gateways.broker.check)
    if gateways.search is not None:
        yield _ask("search", gateways.search.check)
    yield _ask("storage", gateways.storage.check)
    if settings.bucket is not None:
        yield _ask("feeds", _feeds)
    yield _ask("mail", gateways.mail.check)


def _ask(part: str, question: Callable[[], str]) -> Finding:
    try:
        return Finding(part, True, question())
    except (TryLater, GiveUp) as error:
        return Finding(part, False, str(error))
    except SQLAlchemyError as error:
        return Finding(part, False, str(getattr(error, "orig", error)).partition("\n")[0])


def _database(settings: Settings) -> str:
    """As the product reaches it: migrated, on time, and through a pooler in the one mode that works."""
    with _connection(settings.database_url) as connection:
        _check_migrated(connection)
        if not settings.postgres:
            return f"SQLite {connection.scalar(text('SELECT sqlite_version()'))}, migrated"
        _check_clock(connection)
        _check_statements(connection)
        version = connection.scalar(text("SHOW server_version"))
        connection.rollback()
        if not _is_pooled(connection):
            return f"PostgreSQL {version}, migrated, no pooler in between"
        _check_mode(settings, connection)
        return f"PostgreSQL {version}, migrated, through a pooler in transaction mode"


def _direct(settings: Settings) -> str:
    """As migrations reach it: past every pooler."""
    with _connection(settings.database_direct_url) as connection:
        if _is_pooled(connection):
            raise GiveUp("DATABASE_DIRECT_URL leads through a pooler; migrations need the server itself")
        return "straight to the server"


def _connection(url: str) -> Connection:
    arguments = engine_options(url, 1).get("connect_args", {})
    return create_engine(url, poolclass=NullPool, connect_args=arguments).connect()


def _check_migrated(connection: Connection) -> None:
    wanted = ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
    found = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    if found != wanted:
        raise GiveUp(
            f"migrations are at {found or 'none'} and should be at {wanted}: run `flask --app wsgi db upgrade`"
        )


def _check_clock(connection: Connection) -> None:
    theirs = connection.scalar(text("SELECT now()"))
    skew = abs((datetime.now(UTC) - theirs).total_seconds()) if theirs else 0
    if skew > SKEW:
        raise GiveUp(f"the database's clock and this machine's differ by {skew:.0f} s; leases would run out too soon")


def _check_statements(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    if driver is None or driver.prepare_threshold is not None:
        raise GiveUp("prepared statements are on; through a pooler they fail as soon as something is committed")


def _is_pooled(connection: Connection) -> bool:
    """Whether the server that greeted is another than the one that works: a pooler greets with a number of its own."""
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - the connection is open
    return bool(driver.info.backend_pid != _served_by(connection))


def _served_by(connection: Connection) -> int:
    number = connection.scalar(text("SELECT pg_backend_pid()"))
    connection.rollback()
    return number or 0


def _check_mode(settings: Settings, connection: Connection) -> None:
    """In transaction mode two idle clients share one server connection; in session mode each keeps its own."""
    mine = _served_by(connection)
    for _attempt in range(10):
        with _connection(settings.database_url) as other:
            if _served_by(other) == mine or _served_by(connection) != mine:
                return
    raise GiveUp("the pooler works in session mode: set pool_mode = transaction, or connections run out")


def _feeds() -> str:
    """What lies in the bucket is what listeners get."""
    gateways, settings = current_app.extensions["greenroom"], current_app.config["GREENROOM"]
    key, data = f"feeds/doctor-{secrets.token_hex(4)}/probe.xml", secrets.token_hex(16).encode()
    gateways.storage.put(key, [data])
    try:
        fetched = gateways.fetcher.fetch(f"{settings.feeds_url}/{key}", max_bytes=1024)
    finally:
        gateways.storage.delete(key)
    if fetched.body != data:
        raise GiveUp(f"{settings.feeds_url} answers with something else than what lies in the bucket")
    return f"{settings.feeds_url} serves what lies in the bucket"
