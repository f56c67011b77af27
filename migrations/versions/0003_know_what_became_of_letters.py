"""know what became of letters, which writing of an application is newer, and keep long words of feeds whole

Every new column can be left out by the code that was there before, so both may run at the same time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LINTER_MAY_SAY = ("changing-column-type",)  # from varchar to text PostgreSQL rewrites nothing and checks nothing
POINTER = "fk_letters_replaced_by_id"
LONGER = {
    "shows": {
        "title": 255,
        "link": 2000,
        "language": 20,
        "author": 255,
        "copyright": 255,
        "kind": 20,
        "medium": 20,
        "source_url": 2000,
    },
    "episodes": {"title": 500, "link": 2000, "kind": 20, "image": 2000, "source_url": 2000, "media_type": 100},
}


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    op.create_table(
        "mail_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_reports")),
    )
    op.create_index(op.f("ix_mail_reports_received_at"), "mail_reports", ["received_at"])
    op.add_column("applications", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("outbox", sa.Column("request_id", sa.String(64), server_default="", nullable=False))
    for column in (
        sa.Column("custom_id", sa.String(36), nullable=True),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_after", sa.Integer(), server_default="0", nullable=False),
        sa.Column("trouble", sa.String(500), server_default="", nullable=False),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("let_go_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("letters", column)
    keep_whole(sa.Text())
    point_letters_at_letters()


def keep_whole(kind: sa.types.TypeEngine | None) -> None:
    """On PostgreSQL the longer type needs no rewriting of rows."""
    for table, columns in LONGER.items():
        with op.batch_alter_table(table) as batch:
            for name, length in columns.items():
                short = sa.String(length)
                batch.alter_column(name, existing_type=short if kind else sa.Text(), type_=kind or short)


def point_letters_at_letters() -> None:
    name = op.f(POINTER)
    if on_postgres():  # checked by the next migration, so that nobody waits while it is
        op.create_foreign_key(name, "letters", "letters", ["replaced_by_id"], ["id"], postgresql_not_valid=True)
    else:
        with op.batch_alter_table("letters") as batch:
            batch.create_foreign_key(name, "letters", ["replaced_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("letters") as batch:
        batch.drop_constraint(op.f(POINTER), type_="foreignkey")
        for name in ("let_go_at", "replaced_by_id", "trouble", "asked_after", "attempted_at", "custom_id"):
            batch.drop_column(name)
    keep_whole(None)
    with op.batch_alter_table("outbox") as batch:
        batch.drop_column("request_id")
    with op.batch_alter_table("applications") as batch:
        batch.drop_column("revision")
    op.drop_table("mail_reports")
