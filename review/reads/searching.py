"""Asking for applications, whoever answers: the search engine where there is one, the database where there is none or
it does not answer, and for what has changed so lately that the engine may not know it yet."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from typing import TypeVar

from flask import current_app
from sqlalchemy import select, union_all

from review import metrics
from review.db import db
from review.errors import TryLater
from review.gateways.search import Search
from review.gateways.wanted import Counts, Every, Facet, Found, Never, OneOf, Place, Question, Wanted
from review.models.outbox import ItemState, Kind, OutboxItem
from review.reads import counting, finding

LAG = timedelta(seconds=5)
"""How long after a write a search of the engine may not see it."""
MOST = 1000
DEEPEST = 10_000
"""Elasticsearch: as far as one may page by number."""
log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Found):
    """What was found. `fallen_back`: the search engine did not answer, so the database did."""

    fallen_back: bool = False


def find(asked: Question) -> Answer:
    """What is wanted, from the engine where there is one; what one has just done is in it."""
    found, fallen_back = _ask(lambda engine: _find(engine, asked), lambda: finding.find(asked))
    return Answer(found.ids, found.places, found.total, fallen_back)


def count(asked: Mapping[str, Facet]) -> Counts:
    """How often each value of each facet occurs."""
    return _ask(lambda engine: _count(engine, asked), lambda: counting.count(asked))[0]


def _ask(of_engine: Callable[[Search], T], of_database: Callable[[], T]) -> tuple[T, bool]:
    engine: Search | None = current_app.extensions["greenroom"].search
    if engine is None:
        return of_database(), False
    try:
        with metrics.SEARCHES.labels("elasticsearch").time():
            return of_engine(engine), False
    except TryLater as error:
        log.warning("search falls back to the database: %s", error)
        metrics.FALLBACKS.inc()
        return of_database(), True


def _find(engine: Search, asked: Question) -> Found:
    lately = _lately()
    if not lately:
        return engine.find(asked)
    if asked.offset:  # which of the two has how many before a page is not known: all before it are fetched
        whole = _find(engine, replace(asked, offset=0, limit=asked.offset + asked.limit))
        return Found(whole.ids[asked.offset :], whole.places[asked.offset :], whole.total)
    here = finding.find(replace(asked, where=Every((OneOf("id", lately), asked.where))))
    db.session.rollback()  # no connection is held while the engine is waited for
    there = engine.find(replace(asked, where=_without(lately, asked.where)))
    return _merged(asked, here, there)


def _merged(asked: Question, here: Found, there: Found) -> Found:
    """Two parts of a page as one, in its order."""
    both = list(merge(_rows(asked, here), _rows(asked, there)))
    kept = both[-asked.limit :] if asked.before else both[: asked.limit]
    return Found([id_ for _key, id_, _place in kept], [at for _key, _id, at in kept], here.total + there.total)


def _rows(asked: Question, found: Found) -> list[tuple[Place, int, Place]]:
    """Rows by what they are sorted by, upwards."""
    signs = {"best": (-1, 1, 1), "newest": (-1, -1)}.get(asked.order, (1, 1, 1))
    keys = (tuple(sign * value for sign, value in zip(signs, at, strict=False)) for at in found.places)
    return list(zip(keys, found.ids, found.places, strict=True))


def _count(engine: Search, asked: Mapping[str, Facet]) -> Counts:
    lately = _lately()
    there = {name: replace(facet, where=_without(lately, facet.where)) for name, facet in asked.items()}
    here = {name: replace(facet, where=Every((OneOf("id", lately), facet.where))) for name, facet in asked.items()}
    ours = counting.count(here) if lately else {name: {} for name in asked}
    db.session.rollback()  # as above
    theirs = engine.count(there)
    return {name: _sum(theirs[name], ours[name], facet.most) for name, facet in asked.items()}


def _sum(one: Mapping[str | int, int], other: Mapping[str | int, int], most: int) -> dict[str | int, int]:
    both = {value: one.get(value, 0) + other.get(value, 0) for value in (*one, *other)}
    return dict(sorted(both.items(), key=lambda pair: (-pair[1], pair[0]))[:most])


def _without(ids: tuple[int, ...], where: Wanted) -> Wanted:
    return Every((where, Never(OneOf("id", ids)))) if ids else where


def _lately() -> tuple[int, ...]:
    """What the engine has not heard of yet, or only just now. The database is asked about these."""
    left = OutboxItem.state.in_((ItemState.WAITING, ItemState.LEASED, ItemState.DEAD))
    fresh = OutboxItem.done_at > datetime.now(UTC) - LAG
    parts = (
        select(OutboxItem.target_id).where(OutboxItem.kind == Kind.SEARCH, one).limit(MOST) for one in (left, fresh)
    )
    found = tuple(sorted(set(db.session.scalars(union_all(*(select(part.subquery()) for part in parts))))))
    db.session.rollback()
    return found
