"""Marks by which the same person or the same show is found again: derived from what it says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from review.db import transaction
from review.models.application import Application, Mark
from review.podcast import likeness
from review.podcast.snapshot import Snapshot
from review.rules import BACKLOG

BATCH = 200


def mark(session: Session, application: Application) -> None:
    """Write an application's marks, in the caller's transaction."""
    check = application.feed_check
    seen = Snapshot.from_json(check.snapshot) if check and check.snapshot else None
    found = likeness.marks(
        likeness.Traits(
            email=application.email,
            feed_urls=(application.feed_url, check.url if check and seen else ""),
            guid=seen.guid if seen else "",
            episode_guids=seen.guids if seen else (),
            titles=(application.show_title, seen.title if seen else ""),
            authors=(application.name, seen.author if seen else "", seen.owner_name if seen else ""),
        )
    )
    session.execute(delete(Mark).where(Mark.application_id == application.id))
    session.add_all(Mark(application_id=application.id, kind=kind, key=key) for kind, key in sorted(found))


def mark_unmarked(*, now: datetime) -> int:
    """Mark what stands on the desk without: it came before there were marks. Returns how many."""
    with transaction() as session:
        unmarked = ~select(Mark.key).where(Mark.application_id == Application.id).exists()
        rows = session.scalars(
            select(Application)
            .where(Application.state.in_(BACKLOG), unmarked)
            .order_by(Application.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True, key_share=True)
        ).all()
        for application in rows:
            mark(session, application)
        return len(rows)
