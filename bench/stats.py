"""How long the statistics take with many applications over a year: on SQLite, or on an empty DATABASE_URL.

The page is asked for through the application itself, without a network; a figure means something only beside those of
the same machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from os import environ
from unittest.mock import patch

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import select, text

from review.app import create_app
from review.config import load as settings
from review.db import db
from review.demo import load, recipe
from review.models.person import Person
from review.reads.stats import PERIODS
from review.rules import Role

COUNT, TIMES = 100_000, 7


def fill(app: Flask, count: int) -> int:
    """The demo's applications, over a year instead of ten days. Returns the number of somebody who may look."""
    upgrade()
    if db.session.scalar(select(Person.id).limit(1)) is not None:
        sys.exit("DATABASE_URL: an empty database is needed")
    with patch.object(recipe, "DAYS", 365):
        load.load(count, seed=1, password="a password of the bench", now=datetime.now(UTC))  # noqa: S106
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))
    return db.session.scalars(select(Person.id).where(Person.role == Role.VIEWER)).one()


def measure(app: Flask, reader: int, days: int) -> list[float]:
    """Milliseconds of each of several visits, after one that warms up."""
    client, took = app.test_client(), []
    with client.session_transaction() as session:
        session["_user_id"] = str(reader)
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        assert client.get(f"/desk/stats?days={days}").status_code == 200  # noqa: S101
        took.append((time.perf_counter() - began) * 1000)
    return took[1:]


def main() -> None:
    """Fill, measure, tell."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory(prefix="greenroom-") as folder:
        app = create_app(settings(environ | {"DATA_DIR": folder}))
        with app.app_context():
            print(f"{count} applications on {db.engine.dialect.name} ...", flush=True)
            reader = fill(app, count)
            db.session.remove()
        for days in PERIODS:
            took = measure(app, reader, days)
            print(f"{days:4} days: median {statistics.median(took):4.0f} ms, slowest {max(took):4.0f} ms", flush=True)


if __name__ == "__main__":
    main()
