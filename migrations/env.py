"""How alembic reaches the database: straight, never through a pooler, one migration run at a time.

Each migration is one transaction. SQLite tables are altered by copying. On PostgreSQL a migration that cannot have its
locks soon gives way to the people who are served meanwhile, and the run tries again.
"""

from __future__ import annotations

import time

from alembic import context
from flask import current_app
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from review.db import WRITE, db

ONE_AT_A_TIME = 7_236_519  # any number, as long as it is always the same one
ATTEMPTS = 6
SETTINGS = ("SET lock_timeout = '2s'", "SET statement_timeout = '60s'")


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as what they are in the database, so that migrations stand on their own."""
    if kind == "type" and type(item).__name__ == "Moment":
        return "sa.DateTime(timezone=True)"
    return False


def run_on(**target: object) -> None:
    options = current_app.extensions["migrate"].configure_args
    context.configure(
        target_metadata=db.metadatas[None],
        transaction_per_migration=True,
        render_item=render_item,
        **target,
        **options,
    )
    with context.begin_transaction():
        if context.is_offline_mode():
            for setting in SETTINGS:
                context.execute(setting)
        context.run_migrations()


def run_on_postgres(url: str) -> None:
    """Two deploys at once take turns. A lock that is not had within two seconds lets those waiting behind it pass."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        for setting in SETTINGS:
            connection.execute(text(setting))
        connection.commit()
        take_turn(connection)
        for attempt in range(ATTEMPTS):
            try:
                run_on(connection=connection)
                return
            except OperationalError as error:
                connection.rollback()
                if getattr(error.orig, "sqlstate", "") != "55P03" or attempt == ATTEMPTS - 1:
                    raise
                time.sleep(0.5 * 2**attempt)


def take_turn(connection: Connection) -> None:
    """Wait for another run to end; the lock is the session's and goes with the connection."""
    for _second in range(300):
        had = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ONE_AT_A_TIME})
        connection.commit()
        if had:
            return
        time.sleep(1)
    raise SystemExit("another migration has been running for five minutes; nothing was done")


def run() -> None:
    settings = current_app.config["GREENROOM"]
    if context.is_offline_mode():
        run_on(dialect_name="postgresql", literal_binds=True, dialect_opts={"paramstyle": "named"})
    elif settings.postgres:
        run_on_postgres(settings.database_direct_url)
    else:
        with db.engine.connect().execution_options(**WRITE) as connection:
            run_on(connection=connection)


run()
