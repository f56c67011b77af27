"""The doctor asks every part something real, and says in words what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url, text

from review.db import db, transaction
from review.doctor import Finding, examine
from review.errors import GiveUp, TryLater
from review.gateways.broker import Broker
from stack.database import PgBouncer
from stack.server import free_ports, reachable
from tests.outside import configure, put
from tests.servers import EMBEDDED_ONLY, NAME, STACK_ONLY, running, settings
from tests.web.stage import lose_database


@dataclass
class Part:
    """A gateway that is well, or says what is wrong."""

    trouble: Exception | None = None

    def check(self) -> str:
        if self.trouble:
            raise self.trouble
        return "all is well"


@pytest.fixture(autouse=True)
def _near_bucket(near_bucket: None) -> None:
    """The doctor fetches what it has put into the bucket."""


def finding(part: str) -> Finding:
    (found,) = [found for found in examine() if found.part == part]
    return found


def assert_ill(part: str, said: str) -> None:
    found = finding(part)
    assert not found.well
    assert said in found.said
    assert "\n" not in found.said


@EMBEDDED_ONLY
def test_embedded_product_has_four_parts(app: Flask) -> None:
    put(app, broker=Part())
    found = list(examine())
    assert [one.part for one in found] == ["database", "redis", "storage", "mail"]
    assert all(one.well and one.said for one in found)
    assert found[0].said.startswith("SQLite 3.")
    assert found[0].said.endswith(", migrated")


@STACK_ONLY
def test_busy_host_has_more(app: Flask) -> None:
    found = list(examine())
    assert [one.part for one in found] == ["database", "direct database", "redis", "storage", "feeds", "mail"]
    assert [one for one in found if not one.well] == []


def test_doctor_leaves_nothing_behind(app: Flask) -> None:
    put(app, broker=Part())
    before = app.extensions["greenroom"].storage.list("")
    list(examine())
    assert app.extensions["greenroom"].storage.list("") == before


def test_part_that_is_ill_does_not_hide_the_others(app: Flask) -> None:
    put(app, broker=Part(TryLater("no answer")), mail=Part(GiveUp("never")), search=Part(TryLater("no index")))
    wrong = {one.part: one.said for one in examine() if not one.well}
    assert wrong == {"redis": "no answer", "search": "no index", "mail": "never"}


def test_search_is_asked_where_there_is_one(app: Flask) -> None:
    put(app, search=Part())
    assert finding("search") == Finding("search", True, "all is well")


def test_redis_that_is_away_is_named(app: Flask) -> None:
    put(app, broker=Broker("unix:///nowhere/valkey.sock"))
    assert_ill("redis", "Redis does not answer (ConnectionError)")


@pytest.mark.parametrize(("at", "named"), [("0001", "0001"), (None, "none")])
def test_database_that_is_not_migrated_says_what_to_do(app: Flask, at: str | None, named: str) -> None:
    with transaction() as session:
        (head,) = session.scalars(text("SELECT version_num FROM alembic_version"))
        session.execute(text("DELETE FROM alembic_version"))
        if at:
            session.execute(text("INSERT INTO alembic_version VALUES (:at)"), {"at": at})
    assert_ill("database", f"migrations are at {named} and should be at {head}: run `flask --app wsgi db upgrade`")
    with transaction() as session:
        session.execute(text("DELETE FROM alembic_version"))
        session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": head})
    assert finding("database").well


@EMBEDDED_ONLY
def test_database_that_cannot_be_opened_is_named(app: Flask) -> None:
    lose_database()
    (app.config["GREENROOM"].data_dir / "greenroom.db").mkdir()
    assert_ill("database", "unable to open database file")


@EMBEDDED_ONLY
def test_database_that_is_none_is_named(app: Flask) -> None:
    lose_database()
    (app.config["GREENROOM"].data_dir / "greenroom.db").write_bytes(b"no database at all, but long enough" * 99)
    assert_ill("database", "file is not a database")


@EMBEDDED_ONLY
@pytest.mark.parametrize(("folder", "part"), [("objects", "storage"), ("mail", "mail")])
def test_folder_that_cannot_be_written_is_named(app: Flask, folder: str, part: str) -> None:
    (app.config["GREENROOM"].data_dir / folder).write_text("a file where the folder should be")
    assert not finding(part).well
    assert finding(part).said


def test_doctor_holds_no_connection(app: Flask) -> None:
    db.session.remove()
    list(examine())
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


# PostgreSQL behind a pooler


class SessionPooler(PgBouncer):
    """pgBouncer as Debian sets it up: a client keeps its server connection as long as it is connected."""

    def prepare(self) -> None:
        super().prepare()
        ini = self.folder / "pgbouncer.ini"
        ini.write_text(ini.read_text().replace("pool_mode = transaction", "pool_mode = session"))


@dataclass
class Postgres:
    """The running PostgreSQL, as far as a pooler needs to know it."""

    port: int
    password: str

    def admin(self, statement: str, *values: object) -> list[Any]:
        with psycopg.connect(running()["admin_url"], autocommit=True) as connection:  # type: ignore[index]
            return connection.execute(statement, values).fetchall()


@pytest.fixture
def session_pooler(tmp_path: Path) -> Iterator[PgBouncer]:
    direct = make_url(settings()["DATABASE_DIRECT_URL"])
    server: Any = Postgres(direct.port or 0, direct.password or "")
    made = SessionPooler(reachable(tmp_path) / "pooler", free_ports(1)[0], server)
    made.start()
    try:
        made.wait_ready()
        yield made
    finally:
        made.stop()


def with_urls(app: Flask, **urls: str) -> None:
    configure(app, **{name: url.replace("postgresql:", "postgresql+psycopg:") for name, url in urls.items()})


@STACK_ONLY
def test_pooler_in_transaction_mode_is_well_however_busy_it_is(app: Flask) -> None:
    for _ in range(5):
        found = finding("database")
        assert found.well, found.said
        assert re.fullmatch(r"PostgreSQL 1\d.*, migrated, through a pooler in transaction mode", found.said)
    assert finding("direct database") == Finding("direct database", True, "straight to the server")


@STACK_ONLY
def test_pooler_in_session_mode_is_found_out(app: Flask, session_pooler: PgBouncer) -> None:
    with_urls(app, database_url=session_pooler.url(NAME))
    assert_ill("database", "the pooler works in session mode: set pool_mode = transaction")


@STACK_ONLY
def test_migrations_through_a_pooler_are_found_out(app: Flask) -> None:
    with_urls(app, database_direct_url=settings()["DATABASE_URL"])
    assert_ill("direct database", "leads through a pooler")


@STACK_ONLY
def test_no_pooler_is_said_and_no_fault(app: Flask) -> None:
    with_urls(app, database_url=settings()["DATABASE_DIRECT_URL"])
    assert finding("database").said.endswith("no pooler in between")


@STACK_ONLY
def test_prepared_statements_are_found_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review.doctor.engine_options", lambda *_: {"connect_args": {"prepare_threshold": 5}})
    assert_ill("database", "prepared statements are on")


@STACK_ONLY
def test_wrong_password_is_said_without_the_password(app: Flask) -> None:
    wrong = make_url(settings()["DATABASE_URL"]).set(password="swordfish-99").render_as_string(hide_password=False)
    with_urls(app, database_url=wrong)
    found = finding("database")
    assert not found.well
    assert "swordfish" not in found.said
