"""find and count what narrows the list without reading all of it

On PostgreSQL nothing here is one transaction, so that nobody waits: each step can be taken twice.
"""

from contextlib import nullcontext

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None
INDICES = {
    "ix_applications_reviewer_answered": ["reviewer_id", "answered_at"],
    "ix_applications_state_snoozed": ["state", "snoozed_until"],
    "ix_applications_language_state": ["language", "state"],
    "ix_applications_programme_state": ["programme_id", "state"],
}


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        for name, columns in INDICES.items():
            # one that was given up half-made is there, and of no use
            op.drop_index(name, "applications", postgresql_concurrently=True, if_exists=True)
            op.create_index(name, "applications", columns, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        for name in INDICES:
            op.drop_index(name, "applications", postgresql_concurrently=True, if_exists=True)
