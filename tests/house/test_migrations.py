"""One head; models and migrations say the same; every migration goes up and down."""

from __future__ import annotations

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from review.db import db

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_one_head_and_numbered_names(app: Flask) -> None:
    assert len(ScriptDirectory(str(VERSIONS.parent)).get_heads()) == 1
    names = sorted(file.name for file in VERSIONS.glob("*.py"))
    assert all(re.fullmatch(rf"{number:04d}_[a-z0-9_]+\.py", name) for number, name in enumerate(names, 1)), names


def test_models_are_what_the_migrations_make(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    downgrade(revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()
    assert len(inspect(db.engine).get_table_names()) > 10
