"""What applicants do: apply, verify their address, answer, withdraw; and what time does to those who never verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from review import letters, outbox
from review.db import insert_first, transaction
from review.errors import Gone, Missing, Refused, WrongState
from review.models.application import Application, Message
from review.models.desk import Conflict
from review.models.event import Actor
from review.models.outbox import Kind
from review.models.person import Person, Purpose
from review.models.programme import Programme, Question
from review.podcast.normal import email_key, feed_key
from review.questions import code
from review.reads import dossier, links, programmes
from review.rules import State, Verb, after, allowed
from review.services import answers, due, likeness, post
from review.services.answers import Given
from review.services.audit import record


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form holds, checked for form but not for sense. Version 0 of the rules: none of ours were agreed to."""

    name: str
    email: str
    show_title: str
    pitch: str
    topics: tuple[str, ...]
    language: str
    links: tuple[str, ...]
    schedule: str
    feed_url: str
    rules_version: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What the form of a programme holds beside the draft: question -> answer, to the form as it stood at a version."""

    programme_id: int
    form_version: int
    answers: Mapping[int, Given] = field(default_factory=dict)


def submit(draft: Draft, filled: Filled, *, form_key: str, now: datetime) -> int:
    """Take an application in; it waits unverified. The same form sent twice is one application. Returns its id.

    Raises Refused when the programme is not on offer, when its rules or its questions have changed, when an answer does
    not fit, or when a form that was sent already comes again with other words.
    """
    with transaction() as session:
        programme = programmes.programme(filled.programme_id)
        asked = programmes.questions(programme.id)
        if _sent_before(session, form_key):
            return _same(session, form_key, draft, asked, filled)
        _check_form(programme, draft, filled)
        checked = answers.check(asked, filled.answers)
        application = _application(draft, programme, checked, form_key, now)
        if not insert_first(session, application):
            return _same(session, form_key, draft, asked, filled)
        answers.write(session, application, checked)
        record(session, Verb.SUBMIT, at=now, actor=Actor.APPLICANT, application_id=application.id)
        letter = letters.received(name=draft.name, show_title=draft.show_title, days=post.VERIFY_DAYS)
        post.post(session, letter, to=application, now=now)
        return application.id


def _check_form(programme: Programme, draft: Draft, filled: Filled) -> None:
    if programme.offered_at is None:
        raise Refused("programme-withdrawn")
    if draft.rules_version != programme.rules_version:
        raise Refused("rules-changed", field="rules")
    if filled.form_version != programme.form_version:
        raise Refused("form-changed")


def _sent_before(session: Session, form_key: str) -> bool:
    return session.scalar(select(Application.id).where(Application.form_key == form_key)) is not None


def _same(session: Session, form_key: str, draft: Draft, asked: Sequence[Question], filled: Filled) -> int:
    known = session.scalars(select(Application).where(Application.form_key == form_key)).one()
    alike = all(getattr(known, column) == value for column, value in _columns(draft).items())
    with suppress(Refused):  # its questions may have changed meanwhile
        if alike and answers.same(session, known.id, answers.check(asked, filled.answers)):
            return known.id
    raise Refused("form-sent-already")


def _columns(draft: Draft) -> dict[str, Any]:
    """The draft as the columns of its application."""
    return asdict(draft) | {"topics": list(draft.topics), "links": list(draft.links)}


def _application(
    draft: Draft, programme: Programme, checked: answers.Checked, form_key: str, now: datetime
) -> Application:
    """Where the programme is closed or full, it is one for the waitlist."""
    has_place = programme.is_open(now) and programmes.places_left(programme) > 0
    return Application(
        **_columns(draft),
        programme_id=programme.id,
        form_key=form_key,
        state=State.UNVERIFIED,
        email_key=email_key(draft.email),
        feed_key=_feed_key(draft.feed_url),
        for_waitlist=not has_place,
        consented_at=now,
        created_at=now,
        answers_text=answers.text((question, given.text) for question, given in checked),
    )


def _feed_key(url: str) -> str:
    return feed_key(url) if url else ""


def verify(token: str, *, now: datetime) -> str:
    """The applicant's address is good: the application enters the backlog. Returns a token for its status page.

    Pressing the button again only opens the page again. Raises Missing or Gone.
    """
    application_id = links.unverified(token, now=now)
    with transaction() as session:
        application = locked(session, application_id)
        if application.state is State.EXPIRED:
            raise Gone
        if application.state is State.UNVERIFIED:
            _enter_backlog(session, application, now)
        return post.mint(session, Purpose.STATUS, application, now=now)


def _enter_backlog(session: Session, application: Application, now: datetime) -> None:
    verb = Verb.JOIN_WAITLIST if application.for_waitlist else Verb.VERIFY
    application.state, application.received_at = after(verb), now
    application.version += 1
    _take_up(session, application, now)
    record(session, verb, at=now, actor=Actor.APPLICANT, application_id=application.id)


def bring_in(
    session: Session, draft: Draft, filled: Filled, *, form_key: str, received_at: datetime, now: datetime
) -> tuple[int, bool]:
    """Put an application that came by another way into the backlog, in the caller's transaction. What it leaves
    unanswered was asked by another form.

    Returns its id, and whether it is new: the same key again is the same application. Nobody has confirmed its address
    here or agreed to rules of ours: `consented_at` is when it was sent to whoever took it in.
    """
    if not _sent_before(session, form_key):
        programme = programmes.programme(filled.programme_id)
        asked = [one for one in programmes.questions(programme.id) if one.id in filled.answers]
        checked = answers.check(asked, filled.answers)
        application = _application(draft, programme, checked, form_key, now)
        application.state, application.for_waitlist = after(Verb.VERIFY), False
        application.received_at = application.consented_at = received_at
        if insert_first(session, application):
            answers.write(session, application, checked)
            _take_up(session, application, now)
            return application.id, True
    return session.scalars(select(Application.id).where(Application.form_key == form_key)).one(), False


def _take_up(session: Session, application: Application, now: datetime) -> None:
    """It is in the backlog: its clock starts, it is compared with the others, its feed is to be read."""
    due.follow(application, now=now)
    likeness.mark(session, application)
    queue_feed_check(session, application, now)


def queue_feed_check(session: Session, application: Application, now: datetime) -> None:
    """Have the feed read, if there is one."""
    if application.feed_url:
        outbox.put(session, Kind.FEED_CHECK, application.id, now=now, application_id=application.id)


def answer(
    application_id: int,
    *,
    changes: Mapping[str, object],
    given: Mapping[int, Given] = MappingProxyType({}),
    body: str,
    now: datetime,
) -> None:
    """The applicant answers, and mends the fields and the answers asked for; the application goes back to the backlog.

    Raises WrongState when nothing is being asked, Refused for a field nobody asked for, for one that does not fit, or
    for an answer that says nothing.
    """
    with transaction() as session:
        application = locked(session, application_id)
        _check_settled(application, Verb.ANSWER, now)
        if not {*changes, *map(code, given)} <= set(application.asked):
            raise Refused("not-asked")
        said = _mend(session, application, changes, given)
        if not said and not body:
            raise Refused("empty-answer", field="body")
        application.state, application.asked, application.snoozed_until = after(Verb.ANSWER), [], None
        application.answered_at, application.reminded_at, application.closes_at = now, None, None
        application.version += 1
        due.follow(application, now=now)
        if body:
            session.add(Message(application_id=application.id, at=now, body=body))
        if said:
            likeness.mark(session, application)
        if "feed_url" in said:
            queue_feed_check(session, application, now)
        record(session, Verb.ANSWER, at=now, actor=Actor.APPLICANT, application_id=application.id, changed=said)


def _check_settled(application: Application, verb: Verb, now: datetime) -> None:
    """Applicants act on what they were told. A decision that can still be undone was not told, and its letter waits."""
    last = dossier.last_decision(application.id)
    if not allowed(application.state, verb) or (last is not None and last.can_be_undone(now)):
        raise WrongState(application.state)


def _mend(
    session: Session, application: Application, changes: Mapping[str, object], given: Mapping[int, Given]
) -> dict[str, Any]:
    """Write what has changed. Returns it: the field's name, or the question's code -> what it said before."""
    said = {field: getattr(application, field) for field, value in changes.items()}
    said = {field: before for field, before in said.items() if before != changes[field]}
    for name in said:
        setattr(application, name, changes[name])
    if given:
        asked = [one for one in programmes.questions(application.programme_id) if one.id in given]
        said |= answers.mend(session, application, answers.check(asked, given))
        application.answers_text = answers.text_of(session, application)
    application.feed_key = _feed_key(application.feed_url)
    return said


def change_email(application: Application, email: str) -> None:
    """Correct the address in the caller's transaction."""
    application.email, application.email_key = email, email_key(email)
    application.version += 1


def withdraw(application_id: int, *, why: str, now: datetime) -> None:
    """The applicant takes the application back. Withdrawing twice is once.

    Raises WrongState once it is decided, and while a decision can still be undone.
    """
    with transaction() as session:
        application = locked(session, application_id)
        if application.state is State.WITHDRAWN:
            return
        _check_settled(application, Verb.WITHDRAW, now)
        application.state, application.decided_at, application.asked = after(Verb.WITHDRAW), now, []
        application.reminded_at = application.closes_at = None
        application.version += 1
        due.follow(application, now=now)
        record(session, Verb.WITHDRAW, at=now, actor=Actor.APPLICANT, application_id=application.id, why=why)


def locked(session: Session, application_id: int, *, by: Person | None = None) -> Application:
    """The row, held for the rest of the transaction. Raises Missing; so it is for who has declared a conflict with it.

    `key_share`: rows that only name it, such as an Event, need not wait, and so cannot wait in a circle.
    """
    application = session.get(Application, application_id, with_for_update={"key_share": True}, populate_existing=True)
    if application is None or (by is not None and session.get(Conflict, (by.id, application.id)) is not None):
        raise Missing
    return application
