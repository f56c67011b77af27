"""What time does to applications whose address nobody has confirmed: they expire, with all they say of a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from review.db import transaction
from review.models.application import Application
from review.models.event import Actor
from review.models.letter import Letter, LetterState
from review.rules import State, Verb, after
from review.services import answers, post
from review.services.audit import record


def expire_unverified(*, now: datetime) -> int:
    """Let go of applications that were never verified, and of all they say about a person. Returns how many.

    A link that was sent again counts anew: it works as long as its letter says.
    """
    old = now - timedelta(days=post.VERIFY_DAYS + 1)
    written_since = select(Letter.id).where(Letter.application_id == Application.id, Letter.created_at >= old)
    with transaction() as session:
        rows = session.scalars(
            select(Application)
            .where(Application.state == State.UNVERIFIED, Application.created_at < old, ~written_since.exists())
            .limit(500)
            .with_for_update(skip_locked=True, key_share=True)
        ).all()
        for application in rows:
            _forget(application)
            answers.forget(session, application)
            _forget_letters(session, application)
            record(session, Verb.EXPIRE, at=now, actor=Actor.SYSTEM, application_id=application.id)
        return len(rows)


def _forget(application: Application) -> None:
    application.state = after(Verb.EXPIRE)
    application.version += 1
    application.name = application.email = application.email_key = application.show_title = ""
    application.pitch = application.schedule = application.feed_url = application.feed_key = ""
    application.links = application.topics = []


def _forget_letters(session: Session, application: Application) -> None:
    # locked: what has just become of one must be seen, for servers that turn letters down name whom they were for
    for letter in session.scalars(select(Letter).where(Letter.application_id == application.id).with_for_update()):
        letter.to_name = letter.to_email = letter.subject = letter.text = letter.html = letter.trouble = ""
        if letter.state in (LetterState.QUEUED, LetterState.SENDING):
            letter.state = LetterState.CANCELLED
