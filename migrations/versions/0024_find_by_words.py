"""keep what an application is found by in an index of words, and the feed's host and length where they can be counted

On PostgreSQL the indices on a table in use are built while it is used: each step can be taken twice.
"""

import string
from contextlib import nullcontext

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None
INDICES = {
    "ix_feed_checks_host": ("feed_checks", ["host"]),
    "ix_feed_checks_episode_count": ("feed_checks", ["episode_count"]),
    "ix_outbox_kind_done": ("outbox", ["kind", "done_at"]),
}
COUNTED = ("state", "language", "programme_id", "reviewer_id", "assignee_id", "topics", "facets")
BESIDE = ("received_at", "snoozed_until", "due_at", "decided_at", "email_key", "feed_url")
"""SQLite counts what a list can be narrowed to by reading nothing but an index of these."""
SIGNS = string.punctuation.replace("'", "''")
INDEX_OF_WORDS = f"""
CREATE VIRTUAL TABLE search_index USING fts5(
    lexemes, content='search_texts', content_rowid='application_id', prefix='2 3 4',
    tokenize='{f"ascii tokenchars '{SIGNS}'".replace("'", "''")}'
)
"""
VOCABULARY = "CREATE VIRTUAL TABLE search_vocabulary USING fts5vocab(search_index, row)"
ADD = "INSERT INTO search_index(rowid, lexemes) VALUES (new.application_id, new.lexemes);"
TAKE = "INSERT INTO search_index(search_index, rowid, lexemes) VALUES ('delete', old.application_id, old.lexemes);"
TRIGGERS = {"insert": ADD, "delete": TAKE, "update": TAKE + ADD}


def on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    lexemes = TSVECTOR() if on_postgres() else sa.Text()
    op.create_table(
        "search_texts",
        sa.Column("application_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("lexemes", lexemes, nullable=False),
        sa.PrimaryKeyConstraint("application_id", name="pk_search_texts"),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name="fk_search_texts_application_id_applications",
            ondelete="CASCADE",
        ),
    )
    if on_postgres():
        op.create_index("ix_search_texts_lexemes", "search_texts", ["lexemes"], postgresql_using="gin")
        op.alter_column("applications", "folded", server_default="")
        seen = "host = left(coalesce(snapshot->>'host', ''), 255), episode_count = (snapshot->>'episode_count')::int"
    else:
        op.execute(sa.text(INDEX_OF_WORDS.replace(":", r"\:")))
        op.execute(VOCABULARY)
        for event, does in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER search_texts_{event} AFTER {event} ON search_texts BEGIN {does} END")
        host, episodes = (f"json_extract(snapshot, '$.{name}')" for name in ("host", "episode_count"))
        seen = f"host = substr(coalesce({host}, ''), 1, 255), episode_count = {episodes}"
    op.add_column("applications", sa.Column("facets", sa.Text(), nullable=False, server_default=""))
    if not on_postgres():
        op.create_index("ix_applications_facets", "applications", [*COUNTED, *BESIDE])
    op.add_column("feed_checks", sa.Column("host", sa.String(255), nullable=False, server_default=""))
    op.add_column("feed_checks", sa.Column("episode_count", sa.Integer(), nullable=True))
    op.execute(f"UPDATE feed_checks SET {seen.replace(':', chr(92) + ':')} WHERE snapshot IS NOT NULL")  # noqa: S608 - no words of anybody's
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        for name, (table, columns) in INDICES.items():
            # one that was given up half-made is there, and of no use
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
            op.create_index(name, table, columns, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block() if on_postgres() else nullcontext():
        for name, (table, _columns) in INDICES.items():
            op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
    if not on_postgres():
        op.drop_index("ix_applications_facets", "applications")
    op.drop_column("applications", "facets")
    op.drop_column("feed_checks", "episode_count")
    op.drop_column("feed_checks", "host")
    if not on_postgres():
        op.execute("DROP TABLE search_vocabulary")
        op.execute("DROP TABLE search_index")
    op.drop_table("search_texts")
