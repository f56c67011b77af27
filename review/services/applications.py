"""What applicants do: apply, verify their address, answer, withdraw; and what time does to those who never verify."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from review import letters, outbox, query
from review.db import insert_first, transaction
from review.errors import Gone, Missing, Refused, WrongState
from review.models.application import Application, Message, Programme
from review.models.desk import Conflict
from review.models.event import Actor
from review.models.letter import Letter, LetterState
from review.models.outbox import Kind
from review.models.person import Person, Purpose
from review.podcast.normal import email_key, feed_key
from review.reads import backlog, dossier, links
from review.rules import ASKABLE, State, Verb, after, allowed
from review.services import due, likeness, post
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


def submit(draft: Draft, *, form_key: str, now: datetime) -> int:
    """Take an application in; it waits unverified. The same form sent twice is one application. Returns its id.

    Raises Refused when the rules have changed, or when a form that was sent already comes again with other words.
    """
    with transaction() as session:
        if _sent_before(session, form_key):
            return _same(session, form_key, draft)
        programme = backlog.programme()
        if draft.rules_version != programme.rules_version:
            raise Refused("rules-changed", field="rules")
        application = _application(draft, programme, form_key, now)
        if not insert_first(session, application):
            return _same(session, form_key, draft)
        record(session, Verb.SUBMIT, at=now, actor=Actor.APPLICANT, application_id=application.id)
        letter = letters.received(name=draft.name, show_title=draft.show_title, days=post.VERIFY_DAYS)
        post.post(session, letter, to=application, now=now)
        return application.id


def _sent_before(session: Session, form_key: str) -> bool:
    return session.scalar(select(Application.id).where(Application.form_key == form_key)) is not None


def _same(session: Session, form_key: str, draft: Draft) -> int:
    known = session.scalars(select(Application).where(Application.form_key == form_key)).one()
    if any(getattr(known, column) != value for column, value in _columns(draft).items()):
        raise Refused("form-sent-already")
    return known.id


def _columns(draft: Draft) -> dict[str, Any]:
    """The draft as the columns of its application."""
    return asdict(draft) | {"topics": list(draft.topics), "links": list(draft.links)}


def _application(draft: Draft, programme: Programme, form_key: str, now: datetime) -> Application:
    """Where the programme is closed or full, it is one for the waitlist."""
    has_place = programme.is_open(now) and backlog.places_left(programme) > 0
    application = Application(
        **_columns(draft),
        programme_id=programme.id,
        form_key=form_key,
        state=State.UNVERIFIED,
        email_key=email_key(draft.email),
        for_waitlist=not has_place,
        consented_at=now,
        created_at=now,
    )
    _make_findable(application)
    return application


def _make_findable(application: Application) -> None:
    """Derive what the row is found by from what it says."""
    application.feed_key = feed_key(application.feed_url) if application.feed_url else ""
    application.folded = query.folded(
        application.show_title, application.name, application.email, application.pitch, application.feed_url
    )


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
    session: Session, draft: Draft, *, form_key: str, received_at: datetime, now: datetime
) -> tuple[int, bool]:
    """Put an application that came by another way into the backlog, in the caller's transaction.

    Returns its id, and whether it is new: the same key again is the same application. Nobody has confirmed its address
    here or agreed to rules of ours: `consented_at` is when it was sent to whoever took it in.
    """
    if not _sent_before(session, form_key):
        application = _application(draft, backlog.programme(), form_key, now)
        application.state, application.for_waitlist = after(Verb.VERIFY), False
        application.received_at = application.consented_at = received_at
        if insert_first(session, application):
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


def answer(application_id: int, *, changes: dict[str, object], body: str, now: datetime) -> None:
    """The applicant answers and mends the fields asked for; the application goes back to the backlog.

    Raises WrongState when nothing is being asked, Refused for a field nobody asked for or an answer that says nothing.
    """
    with transaction() as session:
        application = locked(session, application_id)
        _check_settled(application, Verb.ANSWER, now)
        if not set(changes) <= set(application.asked) & set(ASKABLE):
            raise Refused("not-asked")
        before = {field: getattr(application, field) for field in changes}
        changed = _mend(application, changes)
        if not changed and not body:
            raise Refused("empty-answer", field="body")
        application.state, application.asked, application.snoozed_until = after(Verb.ANSWER), [], None
        application.answered_at, application.reminded_at, application.closes_at = now, None, None
        application.version += 1
        due.follow(application, now=now)
        if body:
            session.add(Message(application_id=application.id, at=now, body=body))
        if changed:
            likeness.mark(session, application)
        if "feed_url" in changed:
            queue_feed_check(session, application, now)
        said = {field: before[field] for field in changed}
        record(session, Verb.ANSWER, at=now, actor=Actor.APPLICANT, application_id=application.id, changed=said)


def _check_settled(application: Application, verb: Verb, now: datetime) -> None:
    """Applicants act on what they were told. A decision that can still be undone was not told, and its letter waits."""
    last = dossier.last_decision(application.id)
    if not allowed(application.state, verb) or (last is not None and last.can_be_undone(now)):
        raise WrongState(application.state)


def _mend(application: Application, changes: dict[str, object]) -> list[str]:
    changed = [field for field, value in changes.items() if getattr(application, field) != value]
    for field in changed:
        setattr(application, field, changes[field])
    _make_findable(application)
    return changed


def change_email(application: Application, email: str) -> None:
    """Correct the address in the caller's transaction."""
    application.email, application.email_key = email, email_key(email)
    application.version += 1
    _make_findable(application)


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
            _forget_letters(session, application)
            record(session, Verb.EXPIRE, at=now, actor=Actor.SYSTEM, application_id=application.id)
        return len(rows)


def _forget(application: Application) -> None:
    application.state = after(Verb.EXPIRE)
    application.version += 1
    application.name = application.email = application.email_key = application.show_title = ""
    application.pitch = application.schedule = application.feed_url = application.feed_key = application.folded = ""
    application.links = application.topics = []


def _forget_letters(session: Session, application: Application) -> None:
    # locked: what has just become of one must be seen, for servers that turn letters down name whom they were for
    for letter in session.scalars(select(Letter).where(Letter.application_id == application.id).with_for_update()):
        letter.to_name = letter.to_email = letter.subject = letter.text = letter.html = letter.trouble = ""
        if letter.state in (LetterState.QUEUED, LetterState.SENDING):
            letter.state = LetterState.CANCELLED


def locked(session: Session, application_id: int, *, by: Person | None = None) -> Application:
    """The row, held for the rest of the transaction. Raises Missing; so it is for who has declared a conflict with it.

    `key_share`: rows that only name it, such as an Event, need not wait, and so cannot wait in a circle.
    """
    application = session.get(Application, application_id, with_for_update={"key_share": True}, populate_existing=True)
    if application is None or (by is not None and session.get(Conflict, (by.id, application.id)) is not None):
        raise Missing
    return application
