"""find what is overdue

On PostgreSQL nothing here is one transaction, so that nobody waits: each step can be taken twice.
"""

from contextlib import nullcontext

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
INDEX = "ix_applications_state_due"


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        # one that was given up half-made is there, and of no use
        op.drop_index(INDEX, "applications", postgresql_concurrently=True, if_exists=True)
        op.create_index(INDEX, "applications", ["state", "due_at"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        op.drop_index(INDEX, "applications", postgresql_concurrently=True, if_exists=True)
