"""Taking what applicants wrote out of the product leaves a line that says who did, when, how many and which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

from review.db import transaction
from review.errors import Forbidden
from review.models.person import Person
from review.rules import may_export
from review.services.audit import record


def note(filters: Mapping[str, str], *, rows: int, fallen_back: bool, by: Person, now: datetime) -> None:
    """Note that somebody takes a table away, before they have it. Raises Forbidden.

    `filters` as in the list's address; `fallen_back` where the database found what the search engine was to find.
    """
    with transaction() as session:
        if not may_export(by.role):
            raise Forbidden
        record(
            session,
            "exported",
            at=now,
            person=by,
            why=urlencode(filters),
            rows=rows,
            filters=dict(filters),
            fallen_back=fallen_back,
        )
