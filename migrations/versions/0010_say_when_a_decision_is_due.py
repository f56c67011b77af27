"""say when a decision is due, and whom we have reminded"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("applications", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("applications", sa.Column("due_left", sa.Integer(), nullable=True))
    op.add_column("applications", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("applications", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("closes_at", "reminded_at", "due_left", "due_at"):
        op.drop_column("applications", column)
