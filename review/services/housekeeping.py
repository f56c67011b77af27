"""What the clock needs: claiming a tick, and letting go of rows that have served."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, delete, select, update

from review import outbox
from review.db import db, insert_first, transaction
from review.models.application import Application
from review.models.outbox import ItemState, Kind, OutboxItem, Tick

KEEP_DAYS = 30


def claim_tick(name: str, slot: int, *, now: datetime) -> bool:
    """Whether this process is the first to come for the tick, and so the one to do it."""
    with transaction() as session:
        known = session.get(Tick, (name, slot)) is not None  # asked first: most who come are late
        return not known and insert_first(session, Tick(name=name, slot=slot, at=now))


def check_index(*, now: datetime) -> int:
    """Have the search index compared with the database, where there is one."""
    if not current_app.config["GREENROOM"].elasticsearch_url:
        return 0
    return _have_done(Kind.DRIFT, now)


def sweep_storage(*, now: datetime) -> int:
    """Have unfinished uploads cleared away."""
    return _have_done(Kind.SWEEP, now)


def _have_done(kind: Kind, now: datetime) -> int:
    """Put an effect that is about nothing in particular."""
    with transaction() as session:
        outbox.put(session, kind, 0, now=now)
    return 1


def reindex(drifted: Iterable[tuple[int, int]], *, now: datetime) -> None:
    """Have these applications written to the search index anew, whatever it holds of them.

    `drifted` are numbers with the revision the index has. It takes a higher one only, and one more than that for what
    was deleted there by hand. Those it has refused are set aside: their dead effects name them.
    """
    theirs = dict(drifted)
    with transaction() as session:
        for refused in session.scalars(select(OutboxItem.target_id).where(_refused(theirs))):
            theirs.pop(refused, None)
        rows = session.scalars(
            select(Application).where(Application.id.in_(theirs)).order_by(Application.id).with_for_update()
        )
        for row in rows:
            row.revision = max(row.revision, theirs[row.id]) + 2
        for application_id in theirs:
            outbox.put(session, Kind.SEARCH, application_id, now=now)


def _refused(ids: Collection[int]) -> ColumnElement[bool]:
    dead = (OutboxItem.kind == Kind.SEARCH) & (OutboxItem.state == ItemState.DEAD)
    return dead & OutboxItem.target_id.in_(ids)


def taken(application_id: int, *, now: datetime) -> None:
    """The search index has taken what it once refused: that is no matter any more."""
    if db.session.scalar(select(OutboxItem.id).where(_refused([application_id])).limit(1)) is not None:
        with transaction() as session:
            session.execute(
                update(OutboxItem).where(_refused([application_id])).values(state=ItemState.DONE, done_at=now)
            )


def forget_effects(*, now: datetime) -> int:
    """Remove effects that were done or cancelled a month ago, and old ticks. Dead ones stay. Returns how many."""
    old = now - timedelta(days=KEEP_DAYS)
    with transaction() as session:
        session.execute(delete(Tick).where(Tick.at < old))
        settled = (ItemState.DONE, ItemState.CANCELLED)
        batch = select(OutboxItem.id).where(OutboxItem.state.in_(settled), OutboxItem.created_at < old).limit(5000)
        return len(session.scalars(delete(OutboxItem).where(OutboxItem.id.in_(batch)).returning(OutboxItem.id)).all())
