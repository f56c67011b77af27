"""find what is assigned to somebody

On PostgreSQL nothing here is one transaction, so that nobody waits: each step can be taken twice.
"""

from contextlib import nullcontext

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
INDEX = "ix_applications_assignee_id"


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        if on_postgres():
            op.execute("ALTER TABLE applications VALIDATE CONSTRAINT fk_applications_assignee_id")
        # one that was given up half-made is there, and of no use
        op.drop_index(INDEX, "applications", postgresql_concurrently=True, if_exists=True)
        op.create_index(INDEX, "applications", ["assignee_id"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        op.drop_index(INDEX, "applications", postgresql_concurrently=True, if_exists=True)
