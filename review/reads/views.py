"""Searches of the list that are kept under a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from review.db import db
from review.models.desk import View
from review.reads import backlog
from review.reads.filters import Filters
from review.reads.sight import sight


def views(person_id: int) -> list[View]:
    """Those of this person, then those that colleagues share."""
    seen = (View.person_id == person_id) | View.shared
    wanted = select(View).where(seen).options(joinedload(View.person))
    return list(db.session.scalars(wanted.order_by(View.person_id != person_id, func.lower(View.name), View.id)))


def counts(person_id: int, *, now: datetime) -> dict[int, int]:
    """View -> how many applications it shows, in one query; as the database counts them."""
    seen = sight(person_id)
    wanted = {
        view.id: backlog.counted(Filters.read(view.query, reader=person_id), now, seen).scalar_subquery()
        for view in views(person_id)
    }
    if not wanted:
        return {}
    found = db.session.execute(select(*wanted.values())).one()
    return dict(zip(wanted, found, strict=True))
