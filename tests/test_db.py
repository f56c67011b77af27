"""The database: times are UTC, a transaction is all or nothing, and no update is lost."""

from __future__ import annotations

import gc
from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, InternalError, ProgrammingError, StatementError

import review.db as db_module
from review.db import WRITE, db, release, transaction
from review.errors import TryLater
from review.models.event import Event
from review.models.outbox import Tick
from review.models.programme import Programme
from tests.factories import NOW
from tests.servers import EMBEDDED_ONLY, STACK_ONLY


def tick_at(at: datetime) -> datetime:
    """A time as it comes back from the database."""
    with transaction() as session:
        session.add(Tick(name="t", slot=1, at=at))
    db.session.expire_all()
    return db.session.get_one(Tick, ("t", 1)).at


def places() -> int:
    return db.session.scalar(text("SELECT places FROM programmes")) or 0


def test_a_time_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="a time without a zone"):
        tick_at(NOW.replace(tzinfo=None))


@pytest.mark.parametrize("hours", [-11, 0, 2, 14])
def test_a_time_comes_back_in_utc_and_is_the_same_moment(app: Flask, hours: int) -> None:
    given = datetime(2026, 3, 1, 0, 30, 15, 123456, tzinfo=timezone(timedelta(hours=hours)))
    back = tick_at(given)
    assert back == given
    assert back.tzinfo is UTC


def test_times_of_different_zones_compare_as_moments(app: Flask) -> None:
    tick_at(NOW.astimezone(timezone(timedelta(hours=9))))
    assert db.session.query(Tick).filter(Tick.at <= NOW).count() == 1
    assert db.session.query(Tick).filter(Tick.at < NOW).count() == 0


def test_no_time_stays_none(app: Flask) -> None:
    assert db.session.query(Programme).one().opens_at is None


def test_transaction_keeps_all(app: Flask) -> None:
    with transaction() as session:
        session.query(Programme).one().places = 7
        session.add(Tick(name="t", slot=1, at=NOW))
    db.session.rollback()
    assert places() == 7
    assert db.session.get(Tick, ("t", 1)) is not None


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_transaction_keeps_nothing_when_anything_fails(app: Flask, error: type[BaseException]) -> None:
    def change_and_fail() -> None:
        with transaction() as session:
            session.query(Programme).one().places = 7
            session.flush()
            raise error

    before = places()
    with pytest.raises(error):
        change_and_fail()
    assert places() == before


def test_a_broken_transaction_does_not_spoil_the_next(app: Flask) -> None:
    tick_at(NOW)
    with pytest.raises(IntegrityError):
        tick_at(NOW)
    with transaction() as session:
        session.query(Programme).one().places = 8
    assert places() == 8


def test_what_was_read_before_is_read_anew_in_a_transaction(app: Flask) -> None:
    row = db.session.query(Programme).one()
    before = row.places

    def elsewhere() -> None:
        with app.app_context(), transaction() as session:
            session.query(Programme).one().places = before + 1

    thread = Thread(target=elsewhere)
    thread.start()
    thread.join()
    with transaction():
        row.places += 1
    assert places() == before + 2


def test_no_update_is_lost_among_threads(app: Flask) -> None:
    with transaction() as session:
        session.query(Programme).one().places = 0
    errors: list[BaseException] = []

    def increment() -> None:
        try:
            with app.app_context():
                for _ in range(50):
                    with transaction() as session:
                        row = session.query(Programme).with_for_update().one()
                        row.places = row.places + 1
                db.session.remove()
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert errors == []
    assert places() == 200


def test_foreign_keys_are_enforced(app: Flask) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), transaction() as session:
        session.add(Event(at=NOW, verb="x", actor="system", application_id=999, data={}))


def test_a_line_of_the_audit_trail_is_never_altered_or_removed(app: Flask) -> None:
    with transaction() as session:
        session.add(Event(at=NOW, verb="x", actor="system", data={}))
    with pytest.raises(RuntimeError, match="audit trail"), transaction() as session:
        session.query(Event).one().why = "rewritten"
    with pytest.raises(RuntimeError, match="audit trail"), transaction() as session:
        session.delete(session.query(Event).one())
    assert db.session.query(Event).one().why == ""


def test_released_connection_is_back_in_the_pool(app: Flask) -> None:
    places()
    assert db.engine.pool.checkedout() == 1  # type: ignore[attr-defined]
    release()
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@STACK_ONLY
def test_a_farewell_of_the_pooler_on_the_heels_of_an_answer_is_a_database_that_does_not_answer(app: Flask) -> None:
    def one_result_too_many(*_arguments: object) -> None:
        raise db.engine.dialect.loaded_dbapi.InternalError("received 2 results from command 'BEGIN'")

    event.listen(db.engine, "do_execute", one_result_too_many)
    try:
        with pytest.raises(TryLater, match="2 results"), transaction() as session:
            session.execute(text("SELECT 1"))
    finally:
        event.remove(db.engine, "do_execute", one_result_too_many)
    assert places() > 0, "another connection takes its place"


@STACK_ONLY
def test_a_transaction_that_has_failed_is_no_lost_database(app: Flask) -> None:
    with pytest.raises(InternalError, match="aborted"):
        _go_on_after_a_failure()


def _go_on_after_a_failure() -> None:
    with transaction() as session:
        with pytest.raises(ProgrammingError):
            session.execute(text("SELECT nothing_of_that_name"))
        session.execute(text("SELECT 1"))


@EMBEDDED_ONLY
def test_writers_of_a_process_take_turns_and_never_keep_one(app: Flask) -> None:
    """However a transaction ends: committed, failed, given back, or forgotten."""
    writers = db_module._writers
    with transaction() as session:
        assert not writers.take(0)
        session.execute(text("SELECT 1"))
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(Event(at=NOW, verb="x", actor="system", application_id=999, data={}))
    db.session.connection(execution_options=WRITE)
    release()
    connection = db.engine.connect().execution_options(**WRITE)
    connection.execute(text("SELECT 1"))
    connection.invalidate()
    del connection
    gc.collect()
    assert writers.take(0)
    writers.give()


@EMBEDDED_ONLY
def test_who_has_waited_long_enough_is_told_to_try_later(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db_module, "PATIENCE", 0.01)
    assert db_module._writers.take(0)
    try:
        with pytest.raises(TryLater, match="others write"), transaction():
            pass
    finally:
        db_module._writers.give()
    with transaction() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1


@EMBEDDED_ONLY
def test_database_writes_ahead_and_waits_for_locks(app: Flask) -> None:
    assert db.session.scalar(text("PRAGMA journal_mode")) == "wal"
    assert db.session.scalar(text("PRAGMA busy_timeout")) == 10000
