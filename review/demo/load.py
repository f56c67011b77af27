"""Writes the demo in bulk: the rows the verbs would have written, with no mail sent and no feed fetched."""

from __future__ import annotations

import os
import secrets
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from flask import current_app
from markupsafe import escape
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from review import letters
from review.config import Settings
from review.db import Base, db, transaction
from review.demo import feeds
from review.demo.recipe import Recipe, recipes
from review.gateways.storage import Storage
from review.models.application import Application, Decision, FeedCheck, Message, Note
from review.models.event import Actor, Event
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.programme import Programme
from review.podcast import reader, snapshot
from review.podcast.normal import email_key, feed_key
from review.rules import Role, State, Verb
from review.services import decisions, findable, people

Rows = dict[type[Base], list[dict[str, Any]]]
BATCH = 2000
STAFF = {
    Role.VIEWER: ("viewer@greenroom.example", "Vera Lund"),
    Role.REVIEWER: ("reviewer@greenroom.example", "Rosa Iqbal"),
    Role.LEAD: ("lead@greenroom.example", "Linus Adeyemi"),
    Role.ADMIN: ("admin@greenroom.example", "Ada Moreau"),
}
DECIDED = {
    State.APPROVED: Verb.APPROVE,
    State.DECLINED: Verb.DECLINE,
    State.ASKED: Verb.ASK,
    State.WAITLISTED: Verb.WAITLIST,
    State.DUPLICATE: Verb.DUPLICATE,
}


def once(settings: Settings) -> str:
    """Load the demo into an empty database, and no second time. Returns the demo reviewer's sign-in, ready to print."""
    note = settings.data_dir / "demo-sign-in.txt"
    if db.session.scalar(select(Person.id).limit(1)) is None:
        password = secrets.token_urlsafe(9)
        with open(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{STAFF[Role.REVIEWER][0]}  {password}\n")
        load(34, seed=1, password=password, now=datetime.now(UTC))
    return note.read_text().strip() if note.exists() else "with the account you made"


def load(count: int, *, seed: int, password: str, now: datetime) -> int:
    """Add `count` applications of every state and difficulty, and the demo's staff. Returns how many were added."""
    now = now.replace(microsecond=0)
    storage: Storage = current_app.extensions["greenroom"].storage
    base = current_app.config["PUBLIC_URL"]
    for key, data in feeds.objects(base, now):
        storage.put(key, [data])
    for role, (email, name) in STAFF.items():
        people.invite(email, name=name, role=role, password=password, now=now)
    with transaction() as session:
        scribe = _Scribe(session, base, now)
        todo = recipes(count, seed=seed, now=now)
        while batch := list(islice(todo, BATCH)):
            scribe.write(batch)
        _count_on(session)
    return count


def _count_on(session: Session) -> None:
    """PostgreSQL numbers rows from sequences, and these have not seen the numbers given here."""
    if session.get_bind().dialect.name == "postgresql":
        for table in (Application, Decision, Letter):
            last = select(func.coalesce(func.max(table.id), 1)).scalar_subquery()
            session.execute(select(func.setval(func.pg_get_serial_sequence(table.__tablename__, "id"), last)))


class _Scribe:
    """Turns recipes into rows, with ids of its own counting so that thousands go in one statement."""

    def __init__(self, session: Session, base: str, now: datetime) -> None:
        self.session, self.base, self.now = session, base, now
        self.programme = session.scalars(select(Programme).order_by(Programme.id).limit(1)).one()
        self.staff = {
            person.role: person.id for person in session.scalars(select(Person).where(Person.role.is_not(None)))
        }
        self.first = (session.scalar(select(func.max(Application.id))) or 0) + 1
        self.decision_id = session.scalar(select(func.max(Decision.id))) or 0
        self.letter_id = session.scalar(select(func.max(Letter.id))) or 0
        self.run = secrets.token_hex(4)

    def write(self, batch: list[Recipe]) -> None:
        """Insert all that belongs to these applications."""
        rows: Rows = defaultdict(list)
        for recipe in batch:
            self._one(recipe, rows)
        for table in (Application, FeedCheck, Decision, Letter, Message, Note, Event, OutboxItem):
            if rows[table]:
                self.session.execute(insert(table), rows[table])
        findable.write(self.session, [self.first + recipe.number for recipe in batch])

    def _one(self, recipe: Recipe, rows: Rows) -> None:
        case, id_ = recipe.case, self.first + recipe.number
        rows[Application].append(self._application(recipe, id_))
        self._event(rows, id_, recipe.received_at, Verb.SUBMIT, Actor.APPLICANT)
        if case.state is State.UNVERIFIED:
            return
        self._event(rows, id_, recipe.received_at + timedelta(minutes=4), Verb.VERIFY, Actor.APPLICANT)
        if case.feed:
            rows[FeedCheck].append(self._feed_check(id_, case.feed, recipe.received_at + timedelta(minutes=5)))
        if case.state is State.IN_REVIEW:
            self._event(rows, id_, self._decided_at(recipe), Verb.TAKE, Actor.STAFF)
            rows[Note].append(self._note(id_, recipe))
        elif case.state is State.WITHDRAWN:
            self._event(rows, id_, self._decided_at(recipe), Verb.WITHDRAW, Actor.APPLICANT)
        elif case.state in DECIDED:
            self._decision(recipe, id_, rows)

    def _application(self, recipe: Recipe, id_: int) -> dict[str, Any]:
        case, feed_url = recipe.case, feeds.url(self.base, recipe.case.feed) if recipe.case.feed else ""
        verified = case.state is not State.UNVERIFIED
        decided = case.state in DECIDED
        closed = (decided and case.state is not State.ASKED) or case.state is State.WITHDRAWN
        return {
            "id": id_,
            "programme_id": self.programme.id,
            "form_key": f"demo-{self.run}-{id_}",
            "version": 3 if decided else 2,
            "state": case.state,
            "name": case.name,
            "email": recipe.email,
            "email_key": email_key(recipe.email),
            "show_title": case.title,
            "pitch": case.pitch,
            "topics": [case.topic],
            "language": case.language,
            "links": [f"https://shows.example/{id_}"] if recipe.number % 3 == 0 else [],
            "schedule": case.schedule,
            "feed_url": feed_url,
            "feed_key": feed_key(feed_url) if feed_url else "",
            "rules_version": self.programme.rules_version,
            "consented_at": recipe.received_at,
            "created_at": recipe.received_at,
            "received_at": recipe.received_at + timedelta(minutes=4) if verified else None,
            "decided_at": self._decided_at(recipe) if closed else None,
            "decision_no": 1 if decided else 0,
            "reviewer_id": self.staff[Role.REVIEWER] if decided or case.state is State.IN_REVIEW else None,
            "duplicate_of_id": self.first + recipe.original
            if case.state is State.DUPLICATE and recipe.original is not None
            else None,
            "asked": ["pitch"] if case.state is State.ASKED else [],
        }

    def _decided_at(self, recipe: Recipe) -> datetime:
        return recipe.received_at + (self.now - recipe.received_at) / 2

    def _feed_check(self, id_: int, feed: str, at: datetime) -> dict[str, Any]:
        return {"application_id": id_, "checked_at": at, **_looked(feed, self.base, self.now)}

    def _note(self, id_: int, recipe: Recipe) -> dict[str, Any]:
        body = "Listened to the first ten minutes. Warm, well recorded. What does the second half do?"
        return {
            "application_id": id_,
            "person_id": self.staff[Role.LEAD],
            "at": self._decided_at(recipe) + timedelta(minutes=20),
            "body": body,
        }

    def _decision(self, recipe: Recipe, id_: int, rows: Rows) -> None:
        case, at = recipe.case, self._decided_at(recipe)
        verb = DECIDED[case.state]
        self.decision_id, self.letter_id = self.decision_id + 1, self.letter_id + 1
        of = {"application_id": id_, "decision_id": self.decision_id}
        rows[Decision].append(self._decision_row(id_, verb, case.reason, at))
        letter = self._letter_row(recipe, verb, at) | of
        rows[Letter].append(letter)
        if verb is Verb.ASK:
            rows[Message].append(of | {"person_id": self.staff[Role.REVIEWER], "at": at, "body": letter["text"]})
        if verb is Verb.APPROVE:
            effect = {"kind": Kind.PROVISION, "target_id": id_, "state": ItemState.WAITING}
            rows[OutboxItem].append(of | effect | {"due_at": self.now, "created_at": at})
        self._event(rows, id_, at, verb, Actor.STAFF, why=case.reason)

    def _decision_row(self, id_: int, verb: Verb, reason: str, at: datetime) -> dict[str, Any]:
        nothing: dict[str, Any] = {"asked": [], "duplicate_of_id": None, "decided_at": None, "reviewer_id": None}
        return {
            "id": self.decision_id,
            "application_id": id_,
            "number": 1,
            "form_key": f"demo-{self.run}-{id_}",
            "verb": verb,
            "reasons": [reason],
            "person_id": self.staff[Role.REVIEWER],
            "at": at,
            "undo_until": at,
            "undone_at": None,
            "before": {"state": State.SUBMITTED, **nothing},
        }

    def _letter_row(self, recipe: Recipe, verb: Verb, at: datetime) -> dict[str, Any]:
        name, title = recipe.case.name, recipe.case.title
        letter = _letter(verb, recipe.case.reason, self.programme.name)
        sent = verb is not Verb.APPROVE  # a welcome letter is sent by provisioning, which is still to come
        return {
            "id": self.letter_id,
            "kind": letter.kind,
            "to_name": name,
            "to_email": recipe.email,
            "subject": _named(letter.subject, name, title)[: letters.SUBJECT_LIMIT],
            "text": _named(letter.text, name, title),
            "html": _named(letter.html, str(escape(name)), str(escape(title))),
            "state": LetterState.SENT if sent else LetterState.QUEUED,
            "created_at": at,
            "sent_at": at + timedelta(seconds=21) if sent else None,
        }

    def _event(self, rows: Rows, id_: int, at: datetime, verb: Verb, actor: Actor, why: str = "") -> None:
        person = self.staff[Role.REVIEWER] if actor is Actor.STAFF else None
        rows[Event].append(
            {
                "at": at,
                "application_id": id_,
                "show_id": None,
                "actor": actor,
                "person_id": person,
                "verb": verb,
                "why": why,
                "data": {},
            }
        )


@cache
def _letter(verb: Verb, reason: str, programme: str) -> letters.Letter:
    """One letter per decision and reason, names to be put in: rendering a hundred thousand takes minutes."""
    fields = ["pitch"] if verb is Verb.ASK else []
    return decisions.LETTERS[verb](
        name="\ue000", show_title="\ue001", reasons=[reason], fields=fields, programme=programme
    )


def _named(text: str, name: str, title: str) -> str:
    return text.replace("\ue000", name).replace("\ue001", title)


@cache
def _looked(feed: str, base: str, now: datetime) -> dict[str, Any]:
    """What reading this feed gives, without asking the network."""
    url = feeds.url(base, feed)
    unknown = {"artwork_key": "", "artwork_width": None, "artwork_height": None}
    nothing = {"url": url, "failure": "", "failure_detail": "", "snapshot": None, "host": "", "episode_count": None}
    nothing |= unknown
    if feed == "unreachable":
        return {**nothing, "failure": "dns"}
    if feed == "lost":
        return {**nothing, "failure": "not-found"}
    if feed == "unreadable":
        return {**nothing, "failure": "html-page"}
    reading = reader.read(feeds.document(feed, base, now))
    seen = snapshot.take(reading, url=url, now=now).to_json()
    told = {"snapshot": seen, "host": seen["host"], "episode_count": seen["episode_count"]}
    return {**nothing, **told, "artwork_key": feeds.thumbnail_key(feed), **feeds.ARTWORK}
