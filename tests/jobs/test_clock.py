"""The schedule: any number of clocks, each chore once per period."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from jobs import clock
from review.models.outbox import Tick
from review.rules import State
from tests.factories import NOW, get, rows, submitted
from tests.services.at_once import at_once

NAMES = [chore.name for chore in clock.SCHEDULE]


def test_everything_is_done_at_first_and_nothing_again_at_once(app: Flask) -> None:
    assert clock.tick(NOW) == NAMES
    assert clock.tick(NOW + timedelta(seconds=10)) == []


def test_each_chore_comes_round_with_its_period(app: Flask) -> None:
    clock.tick(NOW)
    each = ["lock-feeds", "tell-chats", "send-digests", "check-index", "make-findable", "mark-likeness"]
    assert clock.tick(NOW + timedelta(minutes=5)) == ["tell-chats", "make-findable"]
    assert clock.tick(NOW + timedelta(minutes=10)) == ["give-due-dates", *each]
    hourly = ["remind-applicants", "close-unanswered", "release-untouched"]
    rest = ["give-due-dates", *hourly, *each, "forget-requests"]
    assert clock.tick(NOW + timedelta(hours=1)) == ["expire-unverified", *rest]
    assert clock.tick(NOW + timedelta(days=1)) == NAMES


def test_a_clock_that_stood_still_does_not_catch_up_on_what_was_missed(app: Flask) -> None:
    clock.tick(NOW)
    assert clock.tick(NOW + timedelta(days=9)) == NAMES
    assert clock.tick(NOW + timedelta(days=9)) == []


def test_two_clocks_do_each_chore_once(app: Flask) -> None:
    for hour in range(5):
        now = NOW + timedelta(hours=hour)
        done = at_once(app, *[lambda now=now: clock.tick(now)] * 2)  # type: ignore[misc]
        names = [name for one in done for name in one]
        assert len(names) == len(set(names))
    assert len(rows(Tick)) == sum(
        len({(NOW + timedelta(hours=h)).timestamp() // c.period.total_seconds() for h in range(5)})
        for c in clock.SCHEDULE
    )


def test_the_clock_lets_go_of_who_never_confirmed(app: Flask) -> None:
    id_ = submitted()
    clock.tick(NOW + timedelta(days=5))
    assert get(id_).state is State.EXPIRED
