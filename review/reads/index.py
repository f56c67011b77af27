"""Applications as the search index holds them. The index is derived: from these it can always be made anew."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import String, and_, cast, literal, select, union_all

from review.db import db, release
from review.folding import lexemes
from review.gateways.documents import Document
from review.gateways.search import Search
from review.models.application import Application, Decision, FeedCheck, Message, Note, Tag
from review.models.letter import Letter
from review.models.programme import Answer, Question
from review.models.show import Show
from review.questions import Kind
from review.rules import BACKLOG

BATCH = 500
NEVER_AGAIN = 2**62
"""The revision under which an application that is no longer there leaves the index."""


@dataclass(frozen=True, slots=True)
class Said:
    """What an application is found by: the name of a place (review/folding.py) -> what stands there."""

    id: int
    language: str
    texts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """What tells these texts from others."""
        whole = json.dumps([self.language, *self.texts.items()])
        return hashlib.sha256(whole.encode()).hexdigest()[:32]


def document(application_id: int) -> tuple[Document | None, int]:
    """One application as it is to be found, and its revision at that moment. None where it is not on the desk."""
    row = db.session.execute(_ROWS.where(Application.id == application_id)).one_or_none()
    if row is None:
        return None, NEVER_AGAIN
    return _documents([row])[0] if row.state in BACKLOG else None, row.revision


def documents() -> Iterator[Document]:
    """Everything that stands on the desk, in order of number; no connection is held between two batches."""
    last = 0
    while rows := db.session.execute(_on_the_desk(_ROWS, last)).all():
        last, found = rows[-1].id, _documents(rows)
        release()
        yield from found


def revisions() -> Iterator[tuple[int, int]]:
    """Number and revision of everything that stands on the desk, in order of number."""
    last, wanted = 0, select(Application.id, Application.revision)
    while rows := db.session.execute(_on_the_desk(wanted, last)).all():
        last = rows[-1].id
        release()
        yield from ((row.id, row.revision) for row in rows)


def indexed(engine: Search) -> Iterator[tuple[int, int]]:
    """Number and revision of everything in the index, in order of number."""
    last = 0
    while rows := engine.revisions(last, BATCH):
        last = rows[-1][0]
        yield from rows


def drifted(ours: Iterable[tuple[int, int]], theirs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What one side lacks or has in another revision: the number, and the index's revision (0 where it lacks it).

    Both come in order of number.
    """
    here, there = ((*row, False) for row in ours), ((*row, True) for row in theirs)
    for number, group in groupby(merge(here, there), key=itemgetter(0)):
        found = list(group)
        if len(found) != 2 or found[0][1] != found[1][1]:
            yield number, max((revision for _number, revision, indexed in found if indexed), default=0)


def said(ids: Sequence[int]) -> list[Said]:
    """What these applications say, and what is said about them, in a few queries however many they are."""
    rows = db.session.execute(_SAID.where(Application.id.in_(ids)).order_by(Application.id)).all()
    notes, messages = _bodies(Note, ids), _bodies(Message, ids)
    return [_said(row, notes[row.id], messages[row.id]) for row in rows]


_SAID = select(
    Application.id,
    Application.show_title,
    Application.name,
    Application.email,
    Application.feed_url,
    Application.links,
    Application.pitch,
    Application.schedule,
    Application.answers_text,
    Application.language,
)


def _said(row: Any, notes: list[str], messages: list[str]) -> Said:
    texts = {
        "title": row.show_title,
        "name": row.name,
        "address": row.email,
        "feed": "\n".join((row.feed_url, *row.links)),
        "pitch": f"{row.pitch}\n{row.schedule}",
        "answers": row.answers_text,
        "notes": "\n".join(notes),
        "said": "\n".join(messages),
    }
    return Said(row.id, row.language, texts)


def _bodies(model: type[Note] | type[Message], ids: Sequence[int]) -> dict[int, list[str]]:
    wanted = select(model.application_id, model.body).where(model.application_id.in_(ids)).order_by(model.id)
    return _grouped(db.session.execute(wanted))


def _grouped(pairs: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for application_id, value in pairs:
        found[application_id].append(value)
    return found


_ROWS = select(
    Application.id,
    Application.revision,
    Application.state,
    Application.programme_id,
    Application.topics,
    Application.language,
    Application.email_key,
    Application.feed_url,
    Application.received_at,
    Application.decided_at,
    Application.snoozed_until,
    Application.due_at,
    Application.reviewer_id,
    Application.assignee_id,
    FeedCheck.failure,
    FeedCheck.host,
    FeedCheck.episode_count,
).outerjoin(FeedCheck, FeedCheck.application_id == Application.id)


def _on_the_desk(statement: Any, after: int) -> Any:
    return statement.where(Application.state.in_(BACKLOG), Application.id > after).order_by(Application.id).limit(BATCH)


def _documents(rows: Sequence[Any]) -> list[Document]:
    """Rows with all that belongs to them, in a few queries however many they are."""
    ids = [row.id for row in rows]
    texts = {one.id: lexemes(one.texts, one.language) for one in said(ids)}
    beside, has = _beside(ids), _grouped(db.session.execute(_having(ids)))
    return [Document(row.id, row.revision, [*texts[row.id]], _fields(row, beside[row.id], has[row.id])) for row in rows]


Beside = dict[str, list[str]]


def _beside(ids: Sequence[int]) -> dict[int, Beside]:
    """What hangs on applications: number -> field -> its values."""
    last = and_(Decision.application_id == Application.id, Decision.number == Application.decision_no)
    choice = Answer.question_id.in_(select(Question.id).where(Question.kind == Kind.CHOICE))
    said = cast(Answer.question_id, String) + ":" + Answer.value
    reasons = cast(Decision.reasons, String)
    rows: Iterable[Any] = db.session.execute(
        union_all(
            select(Tag.application_id, literal("tag"), Tag.word).where(Tag.application_id.in_(ids)),
            select(Answer.application_id, literal("answer"), said).where(Answer.application_id.in_(ids), choice),
            select(Letter.application_id, literal("letter"), cast(Letter.state, String))
            .where(Letter.application_id.in_(ids))
            .distinct(),
            select(Application.id, literal("reason"), reasons)
            .join(Decision, last)
            .where(Application.id.in_(ids), Decision.undone_at.is_(None)),
        )
    )
    found: dict[int, Beside] = defaultdict(lambda: defaultdict(list))
    for application_id, name, value in rows:
        found[application_id][name] += json.loads(value) if name == "reason" else [value]
    return found


def _having(ids: Sequence[int]) -> Any:
    models: dict[str, Any] = {
        "note": Note,
        "tag": Tag,
        "answer": Answer,
        "message": Message,
        "show": Show,
        "letter": Letter,
    }
    there = (
        select(model.application_id, literal(name)).where(model.application_id.in_(ids)).distinct()
        for name, model in models.items()
    )
    return union_all(*there)


def _fields(row: Any, beside: Beside, has: list[str]) -> dict[str, Any]:
    return {
        "state": row.state.value,
        "programme": row.programme_id,
        "language": row.language,
        "person": row.email_key,
        "topic": with_parents(row.topics),
        "feed": feed_state(row.feed_url, row.failure),
        "host": row.host or None,
        "episodes": row.episode_count,
        "reviewer": row.reviewer_id,
        "assigned": row.assignee_id,
        "received": row.received_at,
        "decided": row.decided_at,
        "snoozed": row.snoozed_until,
        "due": row.due_at,
        **{name: beside[name] for name in ("tag", "reason", "letter", "answer")},
        "has": sorted(has),
    }


def facets(ids: Sequence[int]) -> dict[int, str]:
    """What hangs on applications and is counted with them (models/application: `facets`)."""
    feed = select(Application.id, Application.feed_url, FeedCheck.failure, FeedCheck.host)
    feed = feed.outerjoin(FeedCheck, FeedCheck.application_id == Application.id).where(Application.id.in_(ids))
    beside = _beside(ids)
    return {row.id: _facets(row, beside[row.id]) for row in db.session.execute(feed)}


def _facets(row: Any, beside: Beside) -> str:
    values = {
        "feed": [feed_state(row.feed_url, row.failure)],
        "host": [row.host] if row.host else [],
        **{name: sorted(set(beside[name])) for name in ("tag", "reason", "answer")},
    }
    return json.dumps({name: some for name, some in values.items() if some}, separators=(",", ":"))


def with_parents(topics: Iterable[str]) -> list[str]:
    """Topics with those above them: who looks for `Arts` looks for `Arts > Food`, too."""
    return sorted({*topics, *(topic.partition(" > ")[0] for topic in topics)})


def feed_state(url: str, failure: str | None) -> str:
    """How a feed stands: `none` was given, `unread`, `broken` or `good`. `failure` is None before it was read."""
    if not url:
        return "none"
    if failure is None:
        return "unread"
    return "broken" if failure else "good"
