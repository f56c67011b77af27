"""digests by mail, and chats that are told how the desk stands"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("digest", sa.String(20), nullable=False, server_default="off"))
    op.add_column("people", sa.Column("digested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("webhooks", sa.Column("alerts", sa.JSON(), nullable=True))
    op.add_column("webhooks", sa.Column("said", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column("webhooks", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("looked_at", "said", "alerts"):
        op.drop_column("webhooks", column)
    op.drop_column("people", "digested_at")
    op.drop_column("people", "digest")
