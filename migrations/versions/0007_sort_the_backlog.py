"""tags, assignment, conflicts, calls to colleagues, views that are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
ASSIGNEE = "fk_applications_assignee_id"


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("applications", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    assign()
    op.create_table(
        "tags",
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("word", sa.String(40), nullable=False),
        key("tags", "application_id", "applications"),
        sa.PrimaryKeyConstraint("application_id", "word", name=op.f("pk_tags")),
    )
    op.create_index(op.f("ix_tags_word"), "tags", ["word"])
    op.create_table(
        "conflicts",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        key("conflicts", "person_id", "people"),
        key("conflicts", "application_id", "applications"),
        sa.PrimaryKeyConstraint("person_id", "application_id", name=op.f("pk_conflicts")),
    )
    op.create_index(op.f("ix_conflicts_application_id"), "conflicts", ["application_id"])
    call_people()
    op.create_table(
        "views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        key("views", "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_views_person_id_name")),
    )


def assign() -> None:
    if on_postgres():  # the key is checked, and the index made, by the next migration, so that nobody waits
        op.add_column("applications", sa.Column("assignee_id", sa.Integer(), nullable=True))
        name = op.f(ASSIGNEE)
        op.create_foreign_key(name, "applications", "people", ["assignee_id"], ["id"], postgresql_not_valid=True)
    else:  # SQLite: a key comes with its column, and the table need not be copied
        op.execute(
            f"ALTER TABLE applications ADD COLUMN assignee_id INTEGER CONSTRAINT {ASSIGNEE} REFERENCES people (id)"
        )


def call_people() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        key("notices", "person_id", "people"),
        key("notices", "application_id", "applications"),
        key("notices", "by_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    for column in ("person_id", "application_id"):
        op.create_index(op.f(f"ix_notices_{column}"), "notices", [column])


def downgrade() -> None:
    for table in ("views", "notices", "conflicts", "tags"):
        op.drop_table(table)
    op.drop_column("applications", "assignee_id")
    op.drop_column("applications", "answered_at")
