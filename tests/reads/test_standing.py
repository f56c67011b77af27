"""What the product says of itself: what answers, what waits, what lags."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from jobs import clock
from review import outbox
from review.db import transaction
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.reads import standing
from review.rules import Verb
from tests.factories import NOW, decided, received, rows, submitted
from tests.outside import AWAY, Engine
from tests.outside import put as put_outside
from tests.servers import EMBEDDED_ONLY
from tests.web.stage import lose_database

SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def outside(app: Flask) -> Callable[..., None]:
    """Put something in the place of a gateway. Redis is away."""
    put_outside(app, broker=AWAY)
    return partial(put_outside, app)


def put(kind: Kind, *, state: ItemState = ItemState.WAITING, due: timedelta = timedelta(0)) -> None:
    with transaction() as session:
        session.add(OutboxItem(kind=kind, target_id=1, state=state, due_at=NOW + due, created_at=NOW))


def depth(kind: Kind) -> standing.Depth:
    return next(depth for depth in standing.outbox() if depth.kind is kind)


def test_parts_that_answer_have_no_trouble(outside: Callable[..., None]) -> None:
    outside(search=Engine(3))
    found = {part.name: part for part in standing.parts()}
    assert list(found) == ["database", "redis", "search", "storage"]
    assert [found[name].trouble for name in ("database", "search", "storage")] == ["", "", ""]
    assert all(0 <= part.seconds < 10 for part in found.values())


def test_part_that_does_not_answer_says_so(outside: Callable[..., None]) -> None:
    outside(search=Engine(None, trouble="no answer"))
    troubles = {part.name: part.trouble for part in standing.parts()}
    assert troubles["redis"] == "Redis does not answer (ConnectionError)"
    assert troubles["search"] == "no answer"


def test_search_is_no_part_where_the_database_is_searched(outside: Callable[..., None]) -> None:
    assert [part.name for part in standing.parts()] == ["database", "redis", "storage"]
    assert standing.status().lag is None


def test_every_kind_of_effect_is_counted(app: Flask) -> None:
    assert [depth.kind for depth in standing.outbox()] == list(Kind)
    assert {(depth.waiting, depth.dead, depth.oldest) for depth in standing.outbox()} == {(0, 0, None)}
    put(Kind.LETTER, due=timedelta(minutes=2))
    put(Kind.LETTER, state=ItemState.LEASED, due=timedelta(minutes=1))
    for state in (ItemState.DONE, ItemState.CANCELLED, ItemState.DEAD):
        put(Kind.LETTER, state=state)
    put(Kind.SWEEP, state=ItemState.DEAD)
    assert depth(Kind.LETTER) == standing.Depth(Kind.LETTER, 2, 1, NOW + timedelta(minutes=1))
    assert depth(Kind.SWEEP) == standing.Depth(Kind.SWEEP, 0, 1, None)
    assert depth(Kind.FEED) == standing.Depth(Kind.FEED, 0, 0, None)


def test_letters_are_counted_by_state(app: Flask) -> None:
    assert standing.letters() == dict.fromkeys(LetterState, 0)
    for _ in range(3):
        submitted()
    with transaction() as session:
        session.get_one(Letter, 1).state = LetterState.BOUNCED
    counted = standing.letters()
    assert list(counted) == list(LetterState)
    assert (counted[LetterState.QUEUED], counted[LetterState.BOUNCED]) == (2, 1)


def test_status_without_redis_shows_the_rest(outside: Callable[..., None]) -> None:
    decided(received(), Verb.DECLINE)
    seen = standing.status()
    assert (seen.queues, seen.workers, seen.ticked_at) == ({}, [], None)
    assert sum(depth.waiting for depth in seen.outbox) == len(rows(OutboxItem))
    clock.tick(NOW)
    clock.tick(NOW + timedelta(seconds=10))
    assert standing.status().ticked_at == NOW


def test_lag_tells_what_is_indexed_and_what_should_be(outside: Callable[..., None]) -> None:
    for _ in range(3):
        received()
    submitted()
    outside(search=Engine(2))
    assert standing.status().lag == standing.Lag(indexed=2, on_the_desk=3, paused=False)
    outside(search=Engine(None, is_open=True))
    assert standing.status().lag == standing.Lag(indexed=None, on_the_desk=3, paused=True)


def test_leased_effects_still_wait(app: Flask) -> None:
    submitted()
    outbox.lease(limit=1, now=SOON, period=timedelta(minutes=1))
    assert depth(Kind.LETTER) == standing.Depth(Kind.LETTER, 1, 0, SOON + timedelta(minutes=1))


@EMBEDDED_ONLY
def test_lost_database_is_a_part_that_does_not_answer(app: Flask, outside: Callable[..., None]) -> None:
    lose_database()
    (app.config["GREENROOM"].data_dir / "greenroom.db").mkdir()
    database = standing.parts()[0]
    assert database.trouble == "the database does not answer (OperationalError)"
