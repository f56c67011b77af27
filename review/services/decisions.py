"""What reviewers decide. A decision takes effect at once; its letter and its show wait out the undo window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from review import letters, outbox
from review.db import insert_first, transaction
from review.errors import Forbidden, Missing, Refused, TooLate, WrongState
from review.models.application import Application, Decision
from review.models.event import Event
from review.models.person import Person
from review.models.programme import Programme
from review.questions import code, number
from review.reads import programmes
from review.reads import reasons as coded
from review.rules import ASKABLE, BACKLOG, TRANSITIONS, Verb, after, allowed, may, may_undo
from review.services import before, claims, consequences, due, scoring
from review.services.applications import locked
from review.services.audit import record

LETTERS = {
    Verb.APPROVE: letters.approved,
    Verb.DECLINE: letters.declined,
    Verb.ASK: letters.asked,
    Verb.WAITLIST: letters.waitlisted,
    Verb.DUPLICATE: letters.duplicate,
    Verb.REOPEN: letters.reopened,
    Verb.REVERSE: letters.reversed,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reviewer chose: the verb, what they saw (`version`), why, and the letter as they left it.

    `past_places`: approve although all places are taken.
    """

    application_id: int
    verb: Verb
    version: int
    form_key: str
    subject: str
    text: str
    reasons: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    duplicate_of: int | None = None
    past_places: bool = False


def reasons(verb: Verb) -> list[tuple[str, object]]:
    """The coded reasons of a decision with what the desk calls them."""
    return [(one.code, one.label) for one in coded.offered(verb)]


def askable(programme_id: int | None = None) -> list[tuple[str, object]]:
    """The fields an applicant can be asked to mend, with what they are called; and the questions of a programme."""
    own = programmes.questions(programme_id) if programme_id else []
    return [(name, letters.ASKED_FIELDS[name]) for name in ASKABLE] + [(code(one.id), one.wording) for one in own]


def fields() -> dict[str, object]:
    """Field -> what it is called."""
    return dict(askable())


def preview(
    application: Application, verb: Verb, *, reasons: tuple[str, ...], asked: tuple[str, ...]
) -> letters.Letter:
    """The letter this decision would send. Writes nothing."""
    return written(application, verb, coded.said(verb, reasons, language=application.language), asked=asked)


def written(
    application: Application, verb: Verb, paragraphs: Sequence[str], *, asked: tuple[str, ...]
) -> letters.Letter:
    """The letter of a decision, with paragraphs of one's own, in the words of its programme if that has any."""
    labels = dict(askable(application.programme_id if any(map(number, asked)) else None))
    said: dict[str, Any] = {
        "name": application.name,
        "show_title": application.show_title,
        "reasons": paragraphs,
        "fields": [f"“{labels[name]}”" if number(name) else str(labels[name]) for name in asked if name in labels],
        "programme": application.programme.name,
    }
    if (own := application.programme.letters.get(verb)) is not None:
        return letters.in_own_words(LETTERS[verb].__name__, own["subject"], own["text"], **said)
    return LETTERS[verb](**said)


def pattern(verb: Verb) -> letters.Letter:
    """Our letter of a decision, with places for what is known when it is written."""
    said: dict[str, Any] = {"reasons": ["{reasons}"], "fields": ["{fields}"], "show_title": "{title}"}
    return LETTERS[verb](**said | {"name": "{name}", "programme": "{programme}"})


def decide(choice: Choice, *, by: Person, now: datetime, undo_window: timedelta) -> int:
    """Decide once: state, Event, letter and held-back effects in one transaction. Returns the decision's id.

    The same form sent twice is the same decision. Raises Forbidden, WrongState (somebody was first, or the
    application changed since it was read) or Refused (no such reason, an empty letter, no such duplicate, claimed by a
    colleague).
    """
    with transaction() as session:
        return decide_within(session, choice, by=by, now=now, undo_window=undo_window)


def decide_within(
    session: Session, choice: Choice, *, by: Person, now: datetime, undo_window: timedelta, batch: int | None = None
) -> int:
    """`decide` in the caller's transaction. `batch` is the number of the batch it is part of."""
    application = locked(session, choice.application_id, by=by)
    made = _made_before(session, choice)
    if made is not None:
        return _same(session, made, application)
    if not may(by.role, choice.verb):
        raise Forbidden
    _check_current(session, application, choice)
    scoring.check_judged(session, application, by)
    claims.check(session, application.id, by=by, now=now)
    _check_sense(session, application, choice)
    _check_places(session, application, choice)
    decision = _decision(application, choice, by, now, undo_window)
    if not insert_first(session, decision):
        raise Refused("form-reused")
    _move(application, decision, choice)
    words = letters.rewritten(LETTERS[choice.verb].__name__, choice.subject, choice.text)
    consequences.arrange(session, application, decision, words, now=now)
    claims.drop_draft(session, application.id, choice.verb, by)
    record(
        session,
        choice.verb,
        at=now,
        person=by,
        application_id=application.id,
        why=", ".join(choice.reasons),
        **_told(choice, decision, batch),
    )
    return decision.id


def _told(choice: Choice, decision: Decision, batch: int | None) -> dict[str, Any]:
    """What the Event of a decision holds."""
    told: dict[str, Any] = {"decision": decision.number, "asked": list(choice.asked)}
    return told | {"duplicate_of": choice.duplicate_of} | ({"batch": batch} if batch is not None else {})


def _made_before(session: Session, choice: Choice) -> Decision | None:
    return session.scalar(select(Decision).where(Decision.form_key == choice.form_key))


def _same(session: Session, made: Decision, application: Application) -> int:
    if made.application_id != application.id:
        raise Refused("form-reused")
    if made.undone_at is not None:
        raise _moved(session, application)
    return made.id


def _check_current(session: Session, application: Application, choice: Choice) -> None:
    if application.version != choice.version or not allowed(application.state, choice.verb):
        raise _moved(session, application)


def _moved(session: Session, application: Application) -> WrongState:
    """Who moved the application last, how and when."""
    moved = select(Event).where(Event.application_id == application.id, Event.verb.in_((*TRANSITIONS, Verb.UNDO)))
    last = session.scalar(moved.order_by(Event.id.desc()).limit(1))
    by = last.person.name if last and last.person else ""
    return WrongState(application.state, verb=last.verb if last else "", by=by, at=last.at if last else None)


def _check_sense(session: Session, application: Application, choice: Choice) -> None:
    if not set(choice.reasons) <= {one.code for one in coded.offered(choice.verb)}:
        raise Refused("unknown-reason", field="reasons")
    if not choice.subject.strip():
        raise Refused("letter-without-subject", field="subject")
    if not choice.text.strip():
        raise Refused("empty-letter", field="text")
    if not set(choice.asked) <= set(dict(askable(application.programme_id))):
        raise Refused("unknown-field", field="asked")
    if choice.verb is Verb.DUPLICATE:
        _check_original(session, choice)


def _check_places(session: Session, application: Application, choice: Choice) -> None:
    """Locked: two who approve at once must not both be given the last place."""
    if choice.verb is not Verb.APPROVE or choice.past_places:
        return
    programme = session.get_one(Programme, application.programme_id, with_for_update={"key_share": True})
    if programmes.places_left(programme) == 0:
        raise Refused("no-places-left", field="past_places")


def _check_original(session: Session, choice: Choice) -> None:
    if choice.duplicate_of is None or choice.duplicate_of == choice.application_id:
        raise Refused("no-original", field="duplicate_of")
    # shared: two that are marked as each other's duplicate at once must not both succeed
    original = session.get(Application, choice.duplicate_of, with_for_update={"read": True})
    if original is None or original.state not in BACKLOG:
        raise Refused("no-original", field="duplicate_of")
    if original.duplicate_of_id is not None:
        raise Refused("original-is-duplicate", field="duplicate_of")


def _decision(application: Application, choice: Choice, by: Person, now: datetime, undo_window: timedelta) -> Decision:
    return Decision(
        application_id=application.id,
        number=application.decision_no + 1,
        form_key=choice.form_key,
        verb=choice.verb,
        reasons=list(choice.reasons),
        person_id=by.id,
        at=now,
        undo_until=now + undo_window,
        before=before.remembered(application),
    )


def _move(application: Application, decision: Decision, choice: Choice) -> None:
    application.state = after(choice.verb)
    application.asked = list(choice.asked) if choice.verb is Verb.ASK else []
    application.duplicate_of_id = choice.duplicate_of if choice.verb is Verb.DUPLICATE else None
    application.decided_at = None if choice.verb in (Verb.ASK, Verb.REOPEN) else decision.at
    application.reviewer_id, application.snoozed_until = decision.person_id, None
    application.answered_at = application.reminded_at = application.closes_at = None
    due.follow(application, now=decision.at)
    application.decision_no = decision.number
    application.version += 1


def undo(decision_id: int, *, by: Person, now: datetime) -> int:
    """Take a decision back while its effects still wait. Undoing twice is once. Returns the application's id.

    Raises Missing, Forbidden, WrongState (a later decision stands) or TooLate (an effect has begun).
    """
    with transaction() as session:
        return undo_within(session, decision_id, by=by, now=now)


def undo_within(session: Session, decision_id: int, *, by: Person, now: datetime) -> int:
    """`undo` in the caller's transaction."""
    decision = session.get(Decision, decision_id)
    if decision is None:
        raise Missing
    application = locked(session, decision.application_id, by=by)
    session.refresh(decision)  # somebody may have taken it back while the lock was waited for
    if decision.undone_at is not None:
        return application.id
    _check_undo(session, decision, application, by, now)
    decision.undone_at = now
    before.restore(application, decision.before)
    consequences.take_back(session, application, decision, now=now)
    record(
        session,
        Verb.UNDO,
        at=now,
        person=by,
        application_id=application.id,
        why=decision.verb,
        decision=decision.number,
    )
    return application.id


def _check_undo(session: Session, decision: Decision, application: Application, by: Person, now: datetime) -> None:
    if not may_undo(by.role, own=decision.person_id == by.id):
        raise Forbidden
    if application.decision_no != decision.number or application.state is not after(decision.verb):
        raise WrongState(application.state)
    if not decision.can_be_undone(now) or not outbox.cancel(session, decision.id):
        raise TooLate
