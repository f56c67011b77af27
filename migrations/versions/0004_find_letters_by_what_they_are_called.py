"""find letters by what the mail service calls them, and by their state

On PostgreSQL nothing here is one transaction, so that nobody waits: each step can be taken twice.
"""

from contextlib import nullcontext

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = {"ix_letters_custom_id": ("custom_id", True), "ix_letters_state": ("state", False)}


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        if on_postgres():
            op.execute("ALTER TABLE letters VALIDATE CONSTRAINT fk_letters_replaced_by_id")
        for name, (column, unique) in INDEXES.items():
            # one that was given up half-made is there, and of no use
            op.drop_index(name, "letters", postgresql_concurrently=True, if_exists=True)
            op.create_index(name, "letters", [column], unique=unique, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        for name in INDEXES:
            op.drop_index(name, "letters", postgresql_concurrently=True, if_exists=True)
