"""How alembic reaches the database. Each migration is one transaction; SQLite tables are altered by copying."""

from alembic import context
from flask import current_app

from review.db import WRITE, db


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as what they are in the database, so that migrations stand on their own."""
    if kind == "type" and type(item).__name__ == "Moment":
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Migrate over the app's own engine."""
    with db.engine.connect().execution_options(**WRITE) as connection:
        options = current_app.extensions["migrate"].configure_args
        context.configure(
            connection=connection,
            target_metadata=db.metadatas[None],
            transaction_per_migration=True,
            render_item=render_item,
            **options,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
