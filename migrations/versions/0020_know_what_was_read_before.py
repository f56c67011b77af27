"""what somebody was reading before they went on"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claims", sa.Column("left_id", sa.Integer(), nullable=True))
    op.add_column("claims", sa.Column("left_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("claims", "left_since")
    op.drop_column("claims", "left_id")
