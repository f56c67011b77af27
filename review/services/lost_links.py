"""Private links sent anew to applicants who have lost them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from review import letters
from review.db import transaction
from review.models.application import Application
from review.models.event import Actor
from review.podcast.normal import email_key
from review.rules import State, Verb
from review.services import post
from review.services.audit import record


def resend_links(email: str, *, now: datetime) -> int:
    """Send every application of this address a new link. Returns how many; the page never says, for privacy."""
    with transaction() as session:
        alike = session.scalars(
            select(Application)
            .where(Application.email_key == email_key(email), Application.state != State.EXPIRED)
            .order_by(Application.id.desc())
            # a new link for one that is just being forgotten would keep its address
            .with_for_update(key_share=True)
        )
        # compared here: SQLite's lower() knows ASCII only
        rows = [application for application in alike if application.email.lower() == email.lower()][:10]
        for application in rows:
            post.post(session, _link_letter(application), to=application, now=now)
            record(session, Verb.SEND_LINK, at=now, actor=Actor.APPLICANT, application_id=application.id)
        return len(rows)


def _link_letter(application: Application) -> letters.Letter:
    if application.state is State.UNVERIFIED:
        return letters.received(name=application.name, show_title=application.show_title, days=post.VERIFY_DAYS)
    return letters.status_link(name=application.name, show_title=application.show_title)
