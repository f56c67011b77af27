"""what tells that two applications are of the same person or the same show"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "marks",
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_marks_application_id")),
        sa.PrimaryKeyConstraint("application_id", "kind", "key", name=op.f("pk_marks")),
    )
    op.create_index("ix_marks_kind_key", "marks", ["kind", "key"])


def downgrade() -> None:
    op.drop_table("marks")
