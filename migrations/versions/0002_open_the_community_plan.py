"""open the community plan"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RULES = """\
The community plan is a free place for podcasts made by and for a community.

1. The show is yours, and you hold the rights to everything in it, music included.
2. It earns nothing or next to nothing: no paid advertising, no paywall.
3. It hurts nobody: no hate, no harassment, nothing unlawful.
4. You publish at least once in half a year; write to us if you need a pause.
5. You may leave at any time and take everything with you: episodes, feed and listeners.
6. We may end a place that breaks these rules, and give you thirty days to move."""

programmes = sa.table(
    "programmes",
    sa.column("slug", sa.String),
    sa.column("name", sa.String),
    sa.column("places", sa.Integer),
    sa.column("rules", sa.Text),
    sa.column("rules_version", sa.Integer),
)


def upgrade() -> None:
    plan = {"slug": "community-plan", "name": "Community plan", "places": 40, "rules": RULES, "rules_version": 1}
    op.bulk_insert(programmes, [plan])


def downgrade() -> None:
    op.execute(programmes.delete().where(programmes.c.slug == "community-plan"))
