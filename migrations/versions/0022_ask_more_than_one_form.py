"""several programmes, each with its own words, questions and letters"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for column in (
        sa.Column("summary", sa.String(500), nullable=False, server_default=""),
        sa.Column("offered_at", moment, nullable=True),
        sa.Column("form_version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("letters", sa.JSON(), nullable=False, server_default=sa.text("'{}'")),
    ):
        op.add_column("programmes", column)
    op.execute(sa.text("UPDATE programmes SET offered_at = CURRENT_TIMESTAMP"))
    op.add_column("applications", sa.Column("answers_text", sa.Text(), nullable=False, server_default=""))
    _questions(moment)
    _answers()
    _imports()


def _imports() -> None:
    name = op.f("fk_imports_programme_id")
    if op.get_context().dialect.name == "postgresql":  # checked by nobody: what is there has none
        op.add_column("imports", sa.Column("programme_id", sa.Integer(), nullable=True))
        op.create_foreign_key(name, "imports", "programmes", ["programme_id"], ["id"], postgresql_not_valid=True)
    else:  # SQLite: a key comes with its column
        op.execute(f"ALTER TABLE imports ADD COLUMN programme_id INTEGER CONSTRAINT {name} REFERENCES programmes (id)")


def _questions(moment: sa.DateTime) -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("wording", sa.String(300), nullable=False),
        sa.Column("help", sa.String(500), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("retired_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        _key("questions", "programme_id", "programmes"),
    )
    op.create_index(op.f("ix_questions_programme_id"), "questions", ["programme_id"])


def _answers() -> None:
    op.create_table(
        "answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("wording", sa.String(300), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers")),
        sa.UniqueConstraint("application_id", "question_id", name=op.f("uq_answers_application_id_question_id")),
        _key("answers", "application_id", "applications"),
        _key("answers", "question_id", "questions"),
    )
    op.create_index(op.f("ix_answers_question_id"), "answers", ["question_id"])
    op.create_table(
        "answer_files",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer_files")),
        _key("answer_files", "answer_id", "answers"),
    )


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def downgrade() -> None:
    for table in ("answer_files", "answers", "questions"):
        op.drop_table(table)
    op.drop_column("imports", "programme_id")
    op.drop_column("applications", "answers_text")
    for column in ("letters", "form_version", "offered_at", "summary"):
        op.drop_column("programmes", column)
