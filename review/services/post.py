"""Letters on their way: stored and queued by verbs, given their private links when sent, recorded once sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from review import letters, outbox, tokens
from review.db import db, transaction
from review.errors import TryLater
from review.models.application import Application
from review.models.letter import Letter, LetterState, new_custom_id
from review.models.outbox import Kind
from review.models.person import AccessLink, Person, Purpose
from review.models.show import ExportLink, Show

VERIFY_DAYS = 3
STATUS_DAYS = 180
OWNER_DAYS = 30
EXPORT_DAYS = 14


@dataclass(frozen=True, slots=True)
class Addressed:
    """A letter with its real links, ready for a mail gateway."""

    id: int
    custom_id: str
    to_name: str
    to_email: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A letter that was handed to the mail service without anybody knowing whether it was taken."""

    custom_id: str
    at: datetime


def store(
    session: Session,
    letter: letters.Letter,
    *,
    to: Application | Person,
    now: datetime,
    show: Show | None = None,
    export_link: ExportLink | None = None,
    decision_id: int | None = None,
) -> Letter:
    """Keep a letter as it was rendered, in the caller's transaction. It is not sent before `dispatch`."""
    row = Letter(
        kind=letter.kind,
        application_id=to.id if isinstance(to, Application) else None,
        person_id=to.id if isinstance(to, Person) else None,
        show_id=show.id if show else None,
        export_link_id=export_link.id if export_link else None,
        decision_id=decision_id,
        to_name=to.name,
        to_email=to.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        state=LetterState.QUEUED,
        created_at=now,
    )
    session.add(row)
    session.flush()  # the outbox row needs the letter's id
    return row


def dispatch(session: Session, letter: Letter, *, now: datetime, due_at: datetime | None = None) -> None:
    """Queue a stored letter, held back until `due_at` where its decision can still be undone."""
    outbox.put(
        session,
        Kind.LETTER,
        letter.id,
        now=now,
        due_at=due_at,
        application_id=letter.application_id,
        decision_id=letter.decision_id if due_at else None,
    )


def post(session: Session, letter: letters.Letter, *, to: Application | Person, now: datetime) -> None:
    """Store and queue a letter nobody needs to see first."""
    dispatch(session, store(session, letter, to=to, now=now), now=now)


def attempt(letter_id: int) -> Attempt | None:
    """The attempt whose outcome is unknown, if there was one."""
    row = db.session.get_one(Letter, letter_id)
    if row.state is not LetterState.SENDING or row.custom_id is None or row.attempted_at is None:
        return None
    return Attempt(row.custom_id, row.attempted_at)


def address(letter_id: int, *, now: datetime) -> Addressed | None:
    """Make the letter's private links, put them in, and note that it is being sent before it is.

    None if it was sent or cancelled meanwhile. Raises TryLater for one that is being sent, until the mail service was
    asked for it (`not_found`): two workers may both have seen that nobody had tried.
    """
    with transaction() as session:
        row = session.get_one(Letter, letter_id, with_for_update=True)
        if row.state not in (LetterState.QUEUED, LetterState.SENDING):
            return None
        if row.state is LetterState.SENDING and not row.asked_after:
            raise TryLater("outcome-unknown")
        row.state, row.attempted_at, row.asked_after = LetterState.SENDING, now, 0
        row.custom_id = row.custom_id or new_custom_id()
        links = _links(session, row, now)
        return Addressed(
            row.id,
            row.custom_id,
            row.to_name,
            row.to_email,
            row.subject,
            letters.with_links(row.text, links),
            letters.with_links(row.html, links),
        )


def sent(letter_id: int, message_id: str, *, now: datetime) -> None:
    """Record that the mail service took the letter; its own reports may have come before."""
    with transaction() as session:
        row = session.get_one(Letter, letter_id, with_for_update=True)
        if row.state is LetterState.SENDING:
            row.state = LetterState.SENT
        row.sent_at, row.message_id = row.sent_at or now, message_id


def not_sent(letter_id: int) -> None:
    """Record that the mail service surely did not take the letter."""
    with transaction() as session:
        row = session.get_one(Letter, letter_id, with_for_update=True)
        if row.state is LetterState.SENDING:
            row.state, row.attempted_at = LetterState.QUEUED, None


def not_found(letter_id: int) -> int:
    """Record that the mail service was asked for the letter and has none. Returns how often that was so."""
    with transaction() as session:
        row = session.get_one(Letter, letter_id, with_for_update=True)
        row.asked_after += 1
        return row.asked_after


def verify_token(application: Application, *, expires_at: datetime) -> str:
    """What the applicant's mail carries: signed, so that nothing needs storing before the address is known good."""
    value: list[int | str] = [application.id, application.email, int(expires_at.timestamp())]
    return tokens.sign(_secret(), "verify", value)


def mint(session: Session, purpose: Purpose, to: Application | Person, *, now: datetime) -> str:
    """A new token that opens the status page of an application or the shows of a person."""
    token = tokens.mint(_secret(), purpose)
    days = STATUS_DAYS if purpose is Purpose.STATUS else OWNER_DAYS
    session.add(
        AccessLink(
            purpose=purpose,
            token_hash=tokens.digest(token),
            application_id=to.id if isinstance(to, Application) else None,
            person_id=to.id if isinstance(to, Person) else None,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )
    return token


def _links(session: Session, row: Letter, now: datetime) -> dict[str, str]:
    """A marker is taken for one only where the letter has what it leads to: a show may be called [[show-link]]."""
    base = current_app.config["PUBLIC_URL"]
    found: dict[str, str] = {}
    if letters.VERIFY_LINK in row.text and row.application_id:
        application = session.get_one(Application, row.application_id)
        token = verify_token(application, expires_at=row.created_at + timedelta(days=VERIFY_DAYS))
        found[letters.VERIFY_LINK] = f"{base}/apply/verify/{token}"
    if letters.STATUS_LINK in row.text and row.application_id:
        application = session.get_one(Application, row.application_id)
        found[letters.STATUS_LINK] = f"{base}/apply/{mint(session, Purpose.STATUS, application, now=now)}"
    if letters.SHOW_LINK in row.text and row.person_id:
        person = session.get_one(Person, row.person_id)
        found[letters.SHOW_LINK] = f"{base}/shows/enter/{mint(session, Purpose.OWNER, person, now=now)}"
    if letters.EXPORT_LINK in row.text and row.export_link_id:
        link = session.get_one(ExportLink, row.export_link_id)
        # the same each time: a letter handed over twice must not make the link in the first one useless
        token = tokens.sign(_secret(), "export", [link.id])
        link.token_hash = tokens.digest(token)
        found[letters.EXPORT_LINK] = f"{base}/move/{token}"
    return found


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])
