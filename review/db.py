"""The database: `db`, `transaction()` (the only commit in the product) and times as UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, ExceptionContext, MetaData, TypeDecorator, event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session

from review.errors import TryLater
from review.turns import Turns

WRITE = {"greenroom_write": True}
PATIENCE = 10
"""SQLite: for so many seconds a lock is waited for."""
_TURN = "greenroom_turn"
_writers = Turns()
_opening: ContextVar[Callable[[Session], None] | None] = ContextVar("opening", default=None)


class Base(DeclarativeBase):
    """Named constraints, so that migrations can alter them on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


class Moment(TypeDecorator[datetime]):
    """A UTC-aware time. Naive times are refused: they are how hours get lost."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: all of it is committed, or none. The write lock is taken at once on SQLite; on PostgreSQL verbs
    lock the rows they judge by.

    A read transaction that is still open is ended first: upgrading its snapshot would fail or lose updates.
    Raises TryLater when the database does not answer or its disk is full; nothing was changed then.
    """
    session = db.session()
    session.rollback()
    try:
        session.connection(execution_options=WRITE)
        if (first := _opening.get()) is not None:
            _opening.set(None)
            first(session)
        yield session
        session.commit()
    except (OperationalError, PoolTimeout) as error:
        session.rollback()
        raise TryLater(f"the database did not answer: {getattr(error, 'orig', error)}") from error
    except BaseException:
        session.rollback()
        raise


@contextmanager
def opening_with(first: Callable[[Session], None]) -> Iterator[None]:
    """The next transaction in here does this first, and all of it stands or falls together."""
    token = _opening.set(first)
    try:
        yield
    finally:
        _opening.reset(token)


def insert_first(session: Session, row: object) -> bool:
    """Insert a row unless another transaction was first with what must be unique in it; it is waited for.

    False where another one was: look for that row now. The caller's other work stands either way.
    """
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def release() -> None:
    """Give the connection back before something slow is done without it."""
    db.session.remove()


def engine_options(url: str, pool: int) -> dict[str, Any]:
    """How connections are kept: as many as a process does things at once, so that nobody queues inside the pool.

    psycopg: statements it prepares live in one server's session, and a pooler hands every transaction another session.
    """
    # what people wrote stands in parameters, and has no place in a log
    options: dict[str, Any] = {"pool_size": pool, "max_overflow": 0, "pool_timeout": 5, "hide_parameters": True}
    if not url.startswith("sqlite:"):
        options |= {"pool_recycle": 1800, "connect_args": {"prepare_threshold": None, "connect_timeout": 5}}
    return options


def configure(engine: Engine) -> None:
    """Make SQLite keep its promises: WAL, enforced keys, real transactions (pysqlite's own lose updates).

    Any other database is one that can go away: it is to be seen, however that shows.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "handle_error", _on_error)
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    for ending in ("commit", "rollback"):
        event.listen(engine, ending, lambda connection: _end_turn(connection.info))
    for loss in ("reset", "invalidate"):  # given back, or given up, in the midst of one
        event.listen(engine, loss, lambda _connection, record, _why: _end_turn(record.info))


def _on_error(context: ExceptionContext) -> Exception | None:
    """A lost connection, where psycopg tells it as an error of its own.

    pgBouncer's farewell may come on the heels of an answer; psycopg then has one result too many, and no SQLSTATE.
    """
    said = context.original_exception
    if not isinstance(said, context.dialect.loaded_dbapi.InternalError) or getattr(said, "sqlstate", None):
        return None
    context.is_disconnect = True
    return OperationalError(context.statement, None, said, hide_parameters=True)


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", f"busy_timeout={PATIENCE * 1000}", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Any) -> None:
    """SQLite lets in whoever looks in the right moment: of many threads that write, one may wait for ever. So those of
    a process take turns, and only processes contend."""
    if not connection.get_execution_options().get("greenroom_write"):
        connection.exec_driver_sql("BEGIN")
        return
    if not _writers.take(PATIENCE):
        raise OperationalError("BEGIN IMMEDIATE", None, TimeoutError("others write without an end"))
    connection.info[_TURN] = True
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        _end_turn(connection.info)
        raise


def _end_turn(info: dict[Any, Any]) -> None:
    if info.pop(_TURN, False):
        _writers.give()
