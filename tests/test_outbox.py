"""The pipe between verbs and jobs: leases, fences, the ladder of delays, and what can still be called back."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from review import outbox
from review.db import db, transaction
from review.models.outbox import ItemState, Kind, OutboxItem
from review.outbox import LADDER, Lease, Work
from review.rules import Verb
from tests import factories
from tests.factories import NOW

PERIOD = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


def put(target: int = 1, *, kind: Kind = Kind.LETTER, now: datetime = NOW, due_at: datetime | None = None) -> None:
    with transaction() as session:
        outbox.put(session, kind, target, now=now, due_at=due_at)


def lease(now: datetime = NOW, limit: int = 10) -> list[Lease]:
    return outbox.lease(limit=limit, now=now, period=PERIOD)


def leased(now: datetime = NOW) -> Lease:
    (held,) = lease(now)
    return held


def start(held: Lease, now: datetime = NOW) -> Work | None:
    return outbox.start(held, now=now, period=PERIOD)


def rows() -> list[OutboxItem]:
    db.session.rollback()
    return list(db.session.scalars(select(OutboxItem).order_by(OutboxItem.id)))


def row() -> OutboxItem:
    (only,) = rows()
    return only


def test_effect_is_leased_started_and_done(app: Flask) -> None:
    put(7)
    held = leased()
    assert start(held) == Work(Kind.LETTER, 7, "")
    assert (row().attempts, row().state) == (1, ItemState.LEASED)
    outbox.done(held, now=NOW + SECOND)
    assert (row().state, row().done_at, row().error) == (ItemState.DONE, NOW + SECOND, "")
    assert lease(NOW + timedelta(days=999)) == []


def test_effect_of_a_failed_transaction_never_happens(app: Flask) -> None:
    def put_and_fail() -> None:
        with transaction() as session:
            outbox.put(session, Kind.LETTER, 1, now=NOW)
            raise ValueError

    with suppress(ValueError):
        put_and_fail()
    assert lease() == []


def test_effect_held_back_is_not_leased_before_its_time(app: Flask) -> None:
    put(due_at=NOW + PERIOD)
    assert lease(NOW + PERIOD - SECOND) == []
    assert len(lease(NOW + PERIOD)) == 1


def test_leased_effect_is_not_leased_again_while_its_lease_lasts(app: Flask) -> None:
    put()
    leased()
    assert lease(NOW + PERIOD - SECOND) == []


def test_a_lease_that_ran_out_is_given_again_under_a_new_number(app: Flask) -> None:
    put()
    first = leased()
    second = leased(NOW + PERIOD)
    assert second == Lease(first.item_id, first.number + 1)
    assert start(first) is None
    assert start(second) is not None


def test_lease_gives_the_longest_due_first_and_no_more_than_asked(app: Flask) -> None:
    for target in (1, 2, 3):
        put(target, due_at=NOW - target * SECOND)
    first = lease(limit=2)
    assert [work.target_id for work in map(start, first) if work] == [3, 2]
    assert [work.target_id for work in map(start, lease()) if work] == [1]


def test_looking_for_what_is_due_takes_no_write_lock(app: Flask) -> None:
    put(1, kind=Kind.MEDIA)
    put(2, kind=Kind.LETTER, now=NOW + SECOND)
    with transaction(), app.app_context():  # a second session, while the first holds the lock
        assert outbox.due(NOW - SECOND) == set()
        assert outbox.due(NOW) == {Kind.MEDIA}
        assert outbox.due(NOW + SECOND) == {Kind.MEDIA, Kind.LETTER}


@pytest.mark.parametrize("settle", ["done", "dead", "later", "renew"])
def test_an_old_lease_number_settles_nothing(app: Flask, settle: str) -> None:
    put()
    old = leased()
    start(old)
    new = leased(NOW + PERIOD)
    call = getattr(outbox, settle)
    more = {"renew": {"period": timedelta(days=1)}}.get(settle, {})
    before = {column.name: getattr(row(), column.name) for column in OutboxItem.__table__.columns}
    call(*((old, "late") if settle in ("dead", "later") else (old,)), now=NOW + PERIOD, **more)
    assert {column.name: getattr(row(), column.name) for column in OutboxItem.__table__.columns} == before
    assert start(new, NOW + PERIOD) is not None


@pytest.mark.parametrize("settle", ["done", "dead", "later", "renew", "start", "release"])
def test_a_settled_effect_stays_settled(app: Flask, settle: str) -> None:
    put()
    held = leased()
    start(held)
    outbox.done(held, now=NOW)
    if settle == "release":
        outbox.release([held], now=NOW)
    elif settle in ("renew", "start"):
        getattr(outbox, settle)(held, now=NOW, period=PERIOD)
    else:
        getattr(outbox, settle)(*((held,) if settle == "done" else (held, "late")), now=NOW + SECOND)
    assert (row().state, row().attempts, row().error) == (ItemState.DONE, 1, "")


def test_renewed_lease_lasts_on(app: Flask) -> None:
    put()
    held = leased()
    start(held)
    outbox.renew(held, now=NOW + PERIOD - SECOND, period=PERIOD)
    assert lease(NOW + PERIOD + SECOND) == []
    assert len(lease(NOW + 2 * PERIOD)) == 1


def test_starting_begins_the_period_anew(app: Flask) -> None:
    put()
    start(leased(), NOW + PERIOD - SECOND)
    assert lease(NOW + PERIOD + SECOND) == []


def test_released_lease_is_waiting_again_and_its_number_is_spent(app: Flask) -> None:
    put()
    held = leased()
    outbox.release([held], now=NOW + SECOND)
    assert (row().state, row().attempts) == (ItemState.WAITING, 0)
    assert start(held) is None
    assert leased(NOW + SECOND).number == held.number + 1


def test_failed_effect_climbs_the_ladder_and_then_is_dead(app: Flask) -> None:
    put()
    at = NOW
    for delay in LADDER:
        held = leased(at)
        start(held, at)
        outbox.later(held, "no answer", now=at)
        assert (row().state, row().error) == (ItemState.WAITING, "no answer")
        assert lease(at + delay - SECOND) == []
        at += delay
    held = leased(at)
    start(held, at)
    outbox.later(held, "still no answer", now=at)
    assert (row().state, row().error, row().done_at) == (ItemState.DEAD, "still no answer", at)
    assert row().attempts == len(LADDER) + 1
    assert lease(at + timedelta(days=999)) == []


def test_an_error_is_forgotten_when_the_effect_succeeds(app: Flask) -> None:
    put()
    held = leased()
    start(held)
    outbox.later(held, "no answer", now=NOW)
    held = leased(NOW + LADDER[0])
    start(held)
    outbox.done(held, now=NOW)
    assert row().error == ""


def test_dead_effect_keeps_its_reason_within_500_characters(app: Flask) -> None:
    put()
    held = leased()
    start(held)
    outbox.dead(held, "x" * 900, now=NOW)
    assert (row().state, row().error, row().done_at) == (ItemState.DEAD, "x" * 500, NOW)


def test_feed_that_waits_is_not_queued_twice(app: Flask) -> None:
    put(kind=Kind.FEED)
    put(kind=Kind.FEED)
    put(2, kind=Kind.FEED)
    assert [item.target_id for item in rows()] == [1, 2]


def test_feed_that_is_being_published_is_queued_again(app: Flask) -> None:
    put(kind=Kind.FEED)
    leased()
    put(kind=Kind.FEED)
    assert [item.state for item in rows()] == [ItemState.LEASED, ItemState.WAITING]


def test_feed_that_waits_long_is_published_as_soon_as_the_next_change_asks(app: Flask) -> None:
    put(kind=Kind.FEED, due_at=NOW + timedelta(days=1))
    put(kind=Kind.FEED)
    assert row().due_at == NOW
    put(kind=Kind.FEED, due_at=NOW + SECOND)
    assert row().due_at == NOW


def test_other_effects_may_wait_twice(app: Flask) -> None:
    put(kind=Kind.FEED_CHECK)
    put(kind=Kind.FEED_CHECK)
    assert len(rows()) == 2


def decision() -> int:
    """A decision with three effects of its own."""
    made = factories.decided(factories.received(), Verb.DECLINE)
    with transaction() as session:
        for target in (101, 102):
            outbox.put(session, Kind.MEDIA, target, now=NOW, due_at=NOW + PERIOD, decision_id=made)
    return made


def cancel(decision_id: int) -> bool:
    with transaction() as session:
        return outbox.cancel(session, decision_id)


def states(decision_id: int) -> set[ItemState]:
    return {item.state for item in rows() if item.decision_id == decision_id}


def test_cancelled_effects_never_happen(app: Flask) -> None:
    made = decision()
    others = [item.id for item in rows() if item.decision_id != made]
    assert cancel(made)
    assert states(made) == {ItemState.CANCELLED}
    assert sorted(held.item_id for held in lease(NOW + timedelta(days=999))) == others


def test_cancelling_twice_is_once(app: Flask) -> None:
    made = decision()
    assert cancel(made)
    assert cancel(made)


@pytest.mark.parametrize("how_far", ["leased", "done", "dead"])
def test_nothing_is_cancelled_once_one_effect_has_begun(app: Flask, how_far: str) -> None:
    made = decision()
    at = NOW + factories.WINDOW
    held = next(h for h in lease(at) if db.session.get_one(OutboxItem, h.item_id).decision_id == made)
    if how_far != "leased":
        start(held, at)
        getattr(outbox, how_far)(*((held,) if how_far == "done" else (held, "no")), now=at)
    assert not cancel(made)
    assert states(made) == {ItemState.WAITING, ItemState(how_far)}


def test_two_relays_never_get_the_same_effect(app: Flask) -> None:
    with transaction() as session:
        for target in range(120):
            outbox.put(session, Kind.LETTER, target, now=NOW)
    barrier, got, errors = Barrier(4), [], []

    def relay() -> None:
        try:
            with app.app_context():
                barrier.wait(timeout=10)
                while held := lease(limit=7):
                    got.extend(held)
                db.session.remove()
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=relay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(got) == 120
    assert len({held.item_id for held in got}) == 120
    assert {held.number for held in got} == {1}


def test_two_workers_with_one_lease_number_and_a_newer_one_do_the_work_once(app: Flask) -> None:
    """The id of a lease that ran out may still lie in the queue when the new one comes."""
    put()
    old, new = leased(), leased(NOW + PERIOD)
    started = [start(held, NOW + PERIOD) for held in (old, new)]
    assert [work is not None for work in started] == [False, True]


def test_effect_that_kills_every_worker_is_dead_in_the_end(app: Flask) -> None:
    put()
    now = NOW
    for _ in range(len(outbox.LADDER) + 1):
        (held,) = outbox.lease(limit=1, now=now, period=PERIOD)
        assert outbox.start(held, now=now, period=PERIOD) is not None
        now += PERIOD  # the worker was killed: nobody settles the lease
    (held,) = outbox.lease(limit=1, now=now, period=PERIOD)
    assert outbox.start(held, now=now, period=PERIOD) is None
    assert outbox.lease(limit=1, now=now + PERIOD, period=PERIOD) == []


def test_only_the_kinds_asked_for_are_leased(app: Flask) -> None:
    put(1, kind=Kind.MEDIA)
    put(2, kind=Kind.LETTER, now=NOW + SECOND)
    (first,) = outbox.lease(limit=9, now=NOW + SECOND, period=PERIOD, kinds={Kind.LETTER, Kind.FEED})
    assert start(first, NOW + SECOND) == Work(Kind.LETTER, 2, "")
    (other,) = outbox.lease(limit=9, now=NOW + SECOND, period=PERIOD)
    assert start(other, NOW + SECOND) == Work(Kind.MEDIA, 1, "")
