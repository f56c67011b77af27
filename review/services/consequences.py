"""What a decision brings about: its letter, and effects that wait until it cannot be undone any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from review import letters, outbox
from review.models.application import Application, Decision, Message
from review.models.letter import Letter, LetterState
from review.models.outbox import Kind
from review.rules import Verb
from review.services import post

SHOWS = {Verb.APPROVE: Kind.PROVISION, Verb.REVERSE: Kind.RETIRE}
"""What becomes of the show."""


def arrange(
    session: Session, application: Application, decision: Decision, words: letters.Letter, *, now: datetime
) -> None:
    """Store the letter and put what is to happen, in the caller's transaction."""
    letter = post.store(session, words, to=application, now=now, decision_id=decision.id)
    if decision.verb is Verb.ASK:
        session.add(
            Message(
                application_id=application.id,
                person_id=decision.person_id,
                decision_id=decision.id,
                at=now,
                body=words.text,
            )
        )
    if decision.verb in SHOWS:
        outbox.put(
            session,
            SHOWS[decision.verb],
            application.id,
            now=now,
            due_at=decision.undo_until,
            application_id=application.id,
            decision_id=decision.id,
        )
    if decision.verb is not Verb.APPROVE:  # the welcome letter leaves when the show is on the air
        post.dispatch(session, letter, now=now, due_at=decision.undo_until)


def take_back(session: Session, application: Application, decision: Decision, *, now: datetime) -> None:
    """Nothing of it was told or done: its effects are cancelled already. In the caller's transaction."""
    for letter in session.scalars(select(Letter).where(Letter.decision_id == decision.id)):
        letter.state = LetterState.CANCELLED
    for message in session.scalars(select(Message).where(Message.decision_id == decision.id)):
        session.delete(message)
    if decision.verb is Verb.REVERSE:  # what was left to do may have found no approval meanwhile
        outbox.put(session, Kind.PROVISION, application.id, now=now, application_id=application.id)
