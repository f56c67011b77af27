"""One head; models and migrations say the same; every migration goes up and down."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import tomllib
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, inspect, text

from review.db import db
from tests import servers
from tests.conftest import PUBLIC_URL
from tests.servers import STACK_ONLY
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
VERSIONS = ROOT / "migrations" / "versions"
FILES = sorted(VERSIONS.glob("*.py"))


def test_one_head_and_numbered_names(app: Flask) -> None:
    assert len(ScriptDirectory(str(VERSIONS.parent)).get_heads()) == 1
    names = sorted(file.name for file in VERSIONS.glob("*.py"))
    assert all(re.fullmatch(rf"{number:04d}_[a-z0-9_]+\.py", name) for number, name in enumerate(names, 1)), names


def test_models_are_what_the_migrations_make(app: Flask) -> None:
    with db.engine.connect() as connection:
        opts = {"compare_type": True, "include_object": _is_ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, db.metadata) == []


def _is_ours(_object: object, name: str | None, _kind: str, _reflected: bool, _other: object) -> bool:
    """SQLite keeps full-text tables in tables of its own, and models do not speak of what one database alone has."""
    theirs = ("search_index", "search_vocabulary", "ix_search_texts_lexemes", "ix_applications_facets")
    return not (name or "").startswith(theirs)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_migration_holds_nobody_up(app: Flask, tmp_path: Path, file: Path) -> None:
    """squawk knows which statements lock a table that is in use, and how they are written so that they do not."""
    number = file.name[:4]
    module = ScriptDirectory(str(VERSIONS.parent)).get_revision(number).module
    sql = tmp_path / f"{number}.sql"
    with sql.open("w") as out, redirect_stdout(out):
        upgrade(revision=f"{module.down_revision or 'base'}:{number}", sql=True)
    rules = tomllib.loads((ROOT / ".squawk.toml").read_text())["excluded_rules"]
    allowed = ",".join((*rules, *getattr(module, "LINTER_MAY_SAY", ())))
    squawk = Path(sys.executable).with_name("squawk")
    found = subprocess.run([squawk, "-e", allowed, sql], cwd=ROOT, capture_output=True, text=True)
    assert re.search("CREATE|INSERT|ALTER", sql.read_text())
    assert found.returncode == 0, found.stdout


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    downgrade(revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()
    assert len(inspect(db.engine).get_table_names()) > 10


@STACK_ONLY
def test_migration_that_cannot_have_its_lock_gives_way_and_comes_again(app: Flask) -> None:
    """While somebody works on a table, nobody who comes after the migration waits behind it for long."""
    downgrade(revision="0002")
    moved = threading.Event()

    def migrate() -> None:
        with app.app_context():
            upgrade()
        moved.set()

    with servers.straight().begin() as held:
        held.execute(text("LOCK TABLE letters IN ACCESS SHARE MODE"))
        thread = threading.Thread(target=migrate)
        thread.start()
        wait_for(lambda: waiting(held), seconds=10, what="the migration waits for its lock")
        with db.engine.begin() as reader:
            reader.execute(text("SELECT count(*) FROM letters"))  # it gave way within its two seconds
        assert not moved.is_set()
    thread.join(timeout=60)
    assert moved.is_set()


def waiting(connection: Connection) -> bool:
    found = "SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'letters' AND NOT granted"
    return connection.scalar(text(found)) is not None


@STACK_ONLY
def test_two_deploys_at_once_migrate_one_after_the_other(app: Flask, tmp_path: Path) -> None:
    downgrade(revision="base")
    env = (
        os.environ | servers.settings() | {"DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 32, "PUBLIC_URL": PUBLIC_URL}
    )
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    deploys = [subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL) for _ in range(3)]
    assert [deploy.wait(timeout=60) for deploy in deploys] == [0, 0, 0]
    assert len(inspect(db.engine).get_table_names()) > 10
