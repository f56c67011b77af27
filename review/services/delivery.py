"""What the mail service reports of letters, and what staff do about one that came back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import idna
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from review import outbox
from review.db import transaction
from review.errors import Forbidden, GiveUp, Missing, Refused
from review.models.application import Application
from review.models.event import Actor
from review.models.letter import REPORTED, RETURNED, Letter, LetterState, MailReport
from review.models.outbox import Kind
from review.models.person import Person
from review.models.show import Show
from review.rules import Verb, may
from review.services import applications, likeness, post
from review.services.audit import record

EVENTS = {
    "sent": LetterState.SENT,
    "open": LetterState.OPENED,
    "click": LetterState.OPENED,
    "blocked": LetterState.BLOCKED,
    "bounce": LetterState.BOUNCED,
    "spam": LetterState.SPAM,
}
"""Mailjet: the events it posts. Who unsubscribes from letters nobody subscribed to has opened one: no state of ours."""

KEEP_DAYS = 30


@dataclass(frozen=True, slots=True)
class Report:
    """One event: what became of which letter, and what was said of it."""

    custom_id: str
    email: str
    state: LetterState
    message_id: str
    trouble: str


def report(body: bytes, *, now: datetime) -> None:
    """Keep what the mail service posted as it came; a job reads it."""
    with transaction() as session:
        row = MailReport(received_at=now, body=body)
        session.add(row)
        session.flush()  # the effect needs its id
        outbox.put(session, Kind.MAIL_REPORT, row.id, now=now)


def apply(report_id: int, *, now: datetime) -> None:
    """Note on each letter the most telling thing reported of it. Twice, or in another order, it comes to the same.

    A report is a hint: it counts only for a letter of ours that went to that very address. Raises GiveUp for a body
    that is no JSON.
    """
    with transaction() as session:
        row = session.get(MailReport, report_id)
        # in one order, so that two reports of the same letters do not wait in a circle
        for found in sorted(_reports(row) if row else (), key=lambda found: found.custom_id):
            letter = session.scalar(select(Letter).where(Letter.custom_id == found.custom_id).with_for_update())
            if letter is not None and _plain(letter.to_email) == _plain(found.email):
                _note(session, letter, found, now)


def _reports(row: MailReport) -> Iterator[Report]:
    """Mailjet: one object, or an array of them where events are grouped."""
    try:
        parsed = json.loads(row.body)
    except (ValueError, RecursionError) as error:
        raise GiveUp("report-unreadable") from error
    for event in parsed if isinstance(parsed, list) else [parsed]:
        state = EVENTS.get(_text(event, "event")) if isinstance(event, dict) else None
        if state is not None and not _will_be_tried_again(event):
            yield Report(
                custom_id=_text(event, "CustomID"),
                email=_text(event, "email")[:320],
                state=state,
                message_id=_text(event, "MessageID")[:200],
                trouble=": ".join(filter(None, (_text(event, "error"), _text(event, "comment"))))[:500],
            )


def _will_be_tried_again(event: dict[str, Any]) -> bool:
    """Mailjet: a server that greylists wants to be asked again, and is."""
    return event.get("error") == "greylisted" and not event.get("hard_bounce")


def _plain(email: str) -> str:
    """An address as it travels: lower case, its domain in ASCII."""
    local, _at, domain = email.lower().rpartition("@")
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return email.lower()


def _text(event: dict[str, Any], name: str) -> str:
    """A value as a line of text; null bytes and half characters have no place in a database."""
    value = event.get(name)
    whole = str(value).encode(errors="replace").decode() if isinstance(value, str | int) else ""
    return " ".join(whole.replace("\0", " ").split())


def _note(session: Session, letter: Letter, found: Report, now: datetime) -> None:
    """Of two reports of one state the one that comes later in the alphabet stays, for times cannot be trusted."""
    known = (REPORTED.index(letter.state), letter.trouble) if letter.state in REPORTED else (-1, "")
    if letter.state is LetterState.CANCELLED or (REPORTED.index(found.state), found.trouble) <= known:
        return
    is_news = letter.state is not found.state
    letter.state, letter.trouble = found.state, found.trouble
    letter.sent_at = letter.sent_at or letter.attempted_at or now
    letter.message_id = letter.message_id or found.message_id
    if is_news and found.state in (*RETURNED, LetterState.SPAM):
        record(
            session,
            "letter-returned",
            at=now,
            actor=Actor.SYSTEM,
            application_id=letter.application_id,
            show_id=letter.show_id,
            why=found.state,
            letter=letter.id,
        )


def send_again(letter_id: int, email: str, *, by: Person, now: datetime) -> int:
    """Correct the applicant's address and send a letter that came back once more. Returns the application's id.

    Sending it again twice is once. Raises Missing unless it came back, Forbidden, or Refused for an address that is a
    colleague's.
    """
    with transaction() as session:
        letter, application_id = _came_back(session, letter_id, by)
        if letter.replaced_by_id is None:
            show = _show(session, application_id)
            application = applications.locked(session, application_id, by=by)
            owner = _readdress(session, application, show, email, now)
            letter.replaced_by_id = _copy(session, letter, email, owner, now).id
            record(
                session,
                "letter-sent-again",
                at=now,
                person=by,
                application_id=application.id,
                letter=letter.id,
            )
        return application_id


def let_go(letter_id: int, *, by: Person, now: datetime) -> int:
    """Leave a letter that came back at that: no better address is known. Returns the application's id.

    It can still be sent again. Raises Missing unless it came back, or Forbidden.
    """
    with transaction() as session:
        letter, application_id = _came_back(session, letter_id, by)
        if letter.came_back:
            letter.let_go_at = now
            record(session, "letter-let-go", at=now, person=by, application_id=application_id, letter=letter.id)
        return application_id


def _came_back(session: Session, letter_id: int, by: Person) -> tuple[Letter, int]:
    """A letter that came back, held for the rest of the transaction, and the application it is about."""
    letter = session.get(Letter, letter_id, with_for_update=True, populate_existing=True)
    application_id = _application_of(session, letter) if letter else None
    if letter is None or application_id is None or letter.state not in RETURNED:
        raise Missing
    if not may(by.role, Verb.SEND_LINK):
        raise Forbidden
    return letter, application_id


def _application_of(session: Session, letter: Letter) -> int | None:
    if letter.application_id is not None or letter.show_id is None:
        return letter.application_id
    return session.scalars(select(Show.application_id).where(Show.id == letter.show_id)).one()


def _show(session: Session, application_id: int) -> Show | None:
    """The show an application has become, held before the application is: verbs of shows come to both in that order."""
    return session.scalar(select(Show).where(Show.application_id == application_id).with_for_update(key_share=True))


def _readdress(
    session: Session, application: Application, show: Show | None, email: str, now: datetime
) -> Person | None:
    """Give the application, and the show it has become, to the address. Returns the show's owner, if there is one."""
    owner = _person_at(session, email.lower(), show)
    applications.change_email(application, email)
    likeness.mark(session, application)
    if show is None or owner is None:
        return None
    show.owner_id = owner.id
    outbox.put(session, Kind.FEED, show.id, now=now, application_id=application.id)  # it names its owner
    return owner


def _person_at(session: Session, email: str, show: Show | None) -> Person | None:
    """Whose address it is; where it is nobody's, the show's owner is given it."""
    person = session.scalar(select(Person).where(Person.email == email)) or (show.owner if show else None)
    if person is not None and person.role is not None:
        raise Refused("staff-address", field="email")
    if person is None or person.email == email:
        return person
    try:
        with session.begin_nested():
            person.email = email
    except IntegrityError:  # somebody else has just been given it
        return _person_at(session, email, show)
    return person


def _copy(session: Session, letter: Letter, email: str, owner: Person | None, now: datetime) -> Letter:
    """The same words once more; a new letter, so that what became of the old one stays known."""
    again = Letter(
        kind=letter.kind,
        application_id=letter.application_id,
        show_id=letter.show_id,
        person_id=owner.id if owner and letter.person_id else letter.person_id,
        export_link_id=letter.export_link_id,
        to_name=letter.to_name,
        to_email=email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        state=LetterState.QUEUED,
        created_at=now,
    )
    session.add(again)
    session.flush()  # the outbox row needs its id
    post.dispatch(session, again, now=now)
    return again


def forget_reports(*, now: datetime) -> int:
    """Remove what the mail service posted a month ago. Returns how many."""
    with transaction() as session:
        gone = delete(MailReport).where(MailReport.received_at < now - timedelta(days=KEEP_DAYS))
        return len(session.scalars(gone.returning(MailReport.id)).all())
