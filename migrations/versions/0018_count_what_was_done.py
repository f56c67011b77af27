"""count what came and what was done, by the day, without reading every row

On PostgreSQL nothing here is one transaction, so that nobody waits: each step can be taken twice.
"""

from contextlib import nullcontext

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_applications_received": ("applications", ["received_at", "for_waitlist"]),
    "ix_events_verb_at": ("events", ["verb", "at"]),
    "ix_events_looks": ("events", ["application_id", "at"]),
    "ix_letters_created_state": ("letters", ["created_at", "state"]),
}
ONLY = {"ix_events_looks": "actor = 'staff' AND verb <> 'imported'"}


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        for name, (table, columns) in INDEXES.items():
            # one that was given up half-made is there, and of no use
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
            only = sa.text(ONLY[name]) if name in ONLY else None
            op.create_index(
                name, table, columns, postgresql_concurrently=True, postgresql_where=only, sqlite_where=only
            )


def downgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        for name, (table, _columns) in INDEXES.items():
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
