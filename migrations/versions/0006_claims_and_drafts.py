"""who reads which application, and what is being written about it"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_claims_application_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_claims_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_claims")),
    )
    op.create_index(op.f("ix_claims_application_id"), "claims", ["application_id"])
    op.create_table(
        "drafts",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], name=op.f("fk_drafts_application_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_drafts_person_id")),
        sa.PrimaryKeyConstraint("person_id", "application_id", "kind", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_saved_at"), "drafts", ["saved_at"])


def downgrade() -> None:
    op.drop_table("drafts")
    op.drop_table("claims")
