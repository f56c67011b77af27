"""Applications as the search index holds them. The index is derived: from these it can always be made anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Row, Select, select

from review.db import db, release
from review.gateways.search import Document, Search
from review.models.application import Application, FeedCheck
from review.query import tokens
from review.rules import BACKLOG

BATCH = 500
TEXTS = ("show_title", "name", "email", "pitch", "feed_url", "answers_text")
NEVER_AGAIN = 2**62
"""The revision under which an application that is no longer there leaves the index."""


def document(application_id: int) -> tuple[Document | None, int]:
    """One application as it is to be found, and its revision at that moment. None where it is not on the desk."""
    row = db.session.execute(_rows().where(Application.id == application_id)).one_or_none()
    if row is None:
        return None, NEVER_AGAIN
    return _document(row) if row.state in BACKLOG else None, row.revision


def documents() -> Iterator[Document]:
    """Everything that stands on the desk, in order of number; no connection is held between two batches."""
    last = 0
    while rows := db.session.execute(_on_the_desk(_rows(), last)).all():
        last = rows[-1].id
        release()
        yield from map(_document, rows)


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


def _rows() -> Select[Any]:
    return select(
        Application.id,
        Application.revision,
        Application.state,
        *(getattr(Application, name) for name in TEXTS),
        Application.programme_id,
        Application.topics,
        Application.language,
        Application.received_at,
        FeedCheck.failure,
    ).outerjoin(FeedCheck, FeedCheck.application_id == Application.id)


def _on_the_desk(statement: Any, after: int) -> Any:
    return statement.where(Application.state.in_(BACKLOG), Application.id > after).order_by(Application.id).limit(BATCH)


def _document(row: Row[Any]) -> Document:
    return Document(
        id=row.id,
        revision=row.revision,
        text={name: " ".join(tokens(getattr(row, name))) for name in TEXTS},
        filters={
            "state": row.state.value,
            "programme": str(row.programme_id),
            "topics": _with_parents(row.topics),
            "language": row.language,
            "feed": feed_state(row.feed_url, row.failure),
        },
        received_at=row.received_at,
    )


def _with_parents(topics: list[str]) -> list[str]:
    """Who looks for `Arts` looks for `Arts > Food`, too."""
    return sorted({*topics, *(topic.partition(" > ")[0] for topic in topics)})


def feed_state(url: str, failure: str | None) -> str:
    """How a feed stands: `none` was given, `unread`, `broken` or `good`. `failure` is None before it was read."""
    if not url:
        return "none"
    if failure is None:
        return "unread"
    return "broken" if failure else "good"
