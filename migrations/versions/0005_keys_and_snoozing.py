"""keys of one's own, and applications that are put off for a while"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("keys", sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    op.add_column("applications", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("applications", "snoozed_until")
    op.drop_column("people", "keys")
