"""Statistics, against numbers counted by hand; and as many queries for many applications as for none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from review.db import db, transaction
from review.models.letter import Letter, LetterState
from review.reads import stats as figures
from review.reads.stats import Stats, Stretch, Times
from review.rules import Role, State, Verb, allowed, possible
from review.services import ageing, applications, decisions, reviewing
from review.services.audit import record
from tests.factories import NOW, WINDOW, decided, get, lead, person, programme, received, submitted

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = NOW.date()


def stats(days: int = 30, *, now: datetime = NOW) -> Stats:
    db.session.rollback()
    return figures.stats(days, now=now)


def on(found: Stats, back: int) -> tuple[int, int, int]:
    """How many came and were decided so many days ago, and how many were open at the end of that day."""
    one = found.stretches[-1 - back]
    assert one.last == TODAY - back * DAY
    return one.came, one.decided, one.open


class TestDays:
    """What came, what was decided, what was open."""

    def test_nothing_at_all(self, app: Flask) -> None:
        found = stats()
        assert len(found.stretches) == 30
        assert set(found.stretches) == {Stretch(one.first, one.first, 0, 0, 0) for one in found.stretches}
        assert (found.looks.number, found.looks.median, found.looks.most) == (0, None, None)
        assert set(found.looks.spans) == {0}
        assert (found.reasons, found.reviewers, set(found.letters.values())) == ({}, [], {0})
        assert (found.open, found.came, found.decided) == (0, 0, 0)

    def test_a_story_of_four_days(self, app: Flask) -> None:
        """Day 3: three come. Day 2: one is declined, one more comes. Day 1: one is asked, one withdrawn. Today: the
        declined one is reopened and approved, the asked one answers."""
        one, two, three = (received(now=NOW - 3 * DAY) for _ in range(3))
        decided(one, Verb.DECLINE, now=NOW - 2 * DAY)
        received(now=NOW - 2 * DAY)
        decided(two, Verb.ASK, now=NOW - DAY)
        applications.withdraw(three, why="", now=NOW - DAY)
        decided(one, Verb.REOPEN, now=NOW - 2 * HOUR)
        decided(one, Verb.APPROVE, now=NOW - HOUR)
        applications.answer(two, changes={}, body="Here", now=NOW - HOUR)
        found = stats()
        assert [on(found, back) for back in (4, 3, 2, 1, 0)] == [(0, 0, 0), (3, 0, 3), (1, 1, 3), (0, 0, 2), (0, 1, 2)]
        assert (found.came, found.decided, found.open) == (4, 2, 2)

    def test_who_waits_for_a_place_is_not_open(self, app: Flask) -> None:
        """From the backlog to the waitlist, and from there: asked, declined, withdrawn; one joined it at once."""
        asked, declined, withdrawn, answered = (received(now=NOW - 5 * DAY) for _ in range(4))
        for id_ in (asked, declined, withdrawn, answered):
            decided(id_, Verb.WAITLIST, now=NOW - 4 * DAY)
        programme(places=0)
        joined = received(now=NOW - 4 * DAY)
        assert get(joined).state is State.WAITLISTED
        decided(asked, Verb.ASK, now=NOW - 3 * DAY)
        decided(declined, Verb.DECLINE, now=NOW - 3 * DAY)
        applications.withdraw(withdrawn, why="", now=NOW - 3 * DAY)
        applications.withdraw(joined, why="", now=NOW - 2 * DAY)
        decided(answered, Verb.ASK, now=NOW - 2 * DAY)
        applications.withdraw(answered, why="", now=NOW - DAY)
        found = stats()
        opens = [on(found, back) for back in (5, 4, 3, 2, 1, 0)]
        assert opens == [(4, 0, 4), (1, 4, 0), (0, 1, 1), (0, 0, 2), (0, 0, 1), (0, 0, 1)]

    def test_what_was_taken_back_counts_nowhere(self, app: Flask) -> None:
        id_, lead = received(now=NOW - 2 * DAY), person(Role.LEAD)
        for verb in (Verb.DECLINE, Verb.WAITLIST, Verb.ASK, Verb.APPROVE):
            decisions.undo(decided(id_, verb, now=NOW - DAY, by=lead), by=lead, now=NOW - DAY)
        found = stats()
        assert [on(found, back) for back in (2, 1, 0)] == [(1, 0, 1), (0, 0, 1), (0, 0, 1)]
        assert (found.reasons, found.reviewers, found.decisions.number) == ({}, [], 0)
        assert found.letters[LetterState.CANCELLED] == 4

    def test_what_nobody_answered_is_open_no_longer(self, app: Flask, drain: Callable[..., int]) -> None:
        id_ = received(now=NOW - 25 * DAY)
        decided(id_, Verb.ASK, now=NOW - 23 * DAY)
        drain()
        ageing.remind_applicants(now=NOW - 16 * DAY)
        drain()
        ageing.close_unanswered(now=NOW - 2 * DAY)
        found = stats()
        assert [on(found, back)[2] for back in (26, 25, 3, 2, 0)] == [0, 1, 1, 0, 0]
        assert found.decided == 0

    def test_a_reversed_approval_was_decided_once(self, app: Flask) -> None:
        id_ = received(now=NOW - 3 * DAY)
        decided(id_, Verb.APPROVE, now=NOW - 2 * DAY)
        decided(id_, Verb.REVERSE, now=NOW - DAY, reasons=("approved-by-mistake",))
        assert [on(stats(), back) for back in (3, 2, 1, 0)] == [(1, 0, 1), (0, 1, 0), (0, 0, 0), (0, 0, 0)]

    def test_days_are_days_in_utc(self, app: Flask) -> None:
        """Late in the evening of one day and early in the morning of the next, wherever one reads it."""
        midnight = datetime(2024, 11, 20, tzinfo=UTC)
        received(now=midnight - timedelta(microseconds=1))
        received(now=midnight)
        found = stats(now=NOW.astimezone(ZoneInfo("Pacific/Auckland")))
        came = {one.first: one.came for one in found.stretches if one.came}
        assert came == {date(2024, 11, 19): 1, date(2024, 11, 20): 1}

    def test_who_never_confirmed_did_not_come(self, app: Flask) -> None:
        submitted(now=NOW - DAY)
        assert stats().came == 0

    @pytest.mark.parametrize("days", figures.PERIODS)
    def test_a_period_ends_today_and_begins_where_it_should(self, app: Flask, days: int) -> None:
        number, length = figures.PERIODS[days]
        first = TODAY - (number * length - 1) * DAY
        start = datetime.combine(first, datetime.min.time(), UTC)
        outside, inside = received(now=start - timedelta(microseconds=1)), received(now=start)
        found = stats(days)
        assert len(found.stretches) == number
        assert (found.stretches[0].first, found.stretches[-1].last) == (first, TODAY)
        assert all(one.last - one.first == (length - 1) * DAY for one in found.stretches)
        assert all(b.first - a.last == DAY for a, b in zip(found.stretches, found.stretches[1:], strict=False))
        assert (found.came, found.stretches[0].came, found.stretches[0].open) == (1, 1, 2)
        assert outside != inside

    def test_a_week_is_the_sum_of_its_days(self, app: Flask) -> None:
        for back in (0, 3, 6, 7):
            decided(received(now=NOW - back * DAY), Verb.DECLINE, now=NOW - back * DAY)
        received(now=NOW - 8 * DAY)
        *_, before, last = stats(365).stretches
        assert (last.came, last.decided, last.open) == (3, 3, 1)
        assert (before.came, before.decided, before.open) == (2, 1, 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_counting_back_from_today_gives_what_was_counted_on_the_day(app: Flask, data: st.DataObject) -> None:
    """Whatever the rules allow, done in whatever order. What earlier examples left is subtracted."""
    original, known, counted = received(now=NOW - 20 * DAY), [], {}
    left = {one.last: one.open for one in stats().stretches}
    at = NOW - 6 * DAY
    for _day in range(7):
        for minute in range(data.draw(st.integers(0, 5))):
            _do_something(data, known, original, at + minute * timedelta(minutes=1))
        counted[at.date()] = sum(get(id_).state in figures.OPEN for id_ in known)
        at += DAY
    found = {one.last: one.open for one in stats().stretches}
    assert {day: found[day] - left[day] for day in counted} == counted


def _do_something(data: st.DataObject, known: list[int], original: int, at: datetime) -> None:
    """One act on one of the known applications, or a new one."""
    id_ = data.draw(st.sampled_from([0, *known]))
    if not id_:
        programme(places=data.draw(st.sampled_from([0, 1000])))
        known.append(received(now=at))
        return
    state = get(id_).state
    acts = [*possible(Role.ADMIN, state), *(verb for verb in (Verb.WITHDRAW, Verb.ANSWER) if allowed(state, verb))]
    verb = data.draw(st.sampled_from(acts))
    if verb is Verb.WITHDRAW:
        applications.withdraw(id_, why="", now=at)
    elif verb is Verb.ANSWER:
        applications.answer(id_, changes={}, body="Here", now=at)
    else:
        repeats = original if verb is Verb.DUPLICATE else None
        decision = decided(id_, verb, now=at - WINDOW, past_places=True, duplicate_of=repeats)
        if data.draw(st.booleans()):
            decisions.undo(decision, by=lead(), now=at - WINDOW)


class TestTimes:
    """How long things took."""

    def test_the_first_look_is_the_first_thing_a_colleague_does(self, app: Flask) -> None:
        rosa = person()
        for hours in (1, 2, 3, 48):
            id_ = received(now=NOW - 10 * DAY)
            reviewing.feed_checked(id_, {"url": "https://x.example"}, now=NOW - 10 * DAY)  # nobody's look
            with transaction() as session:  # nor is bringing it in
                record(session, "imported", at=NOW - 10 * DAY, person=rosa, application_id=id_)
            reviewing.note(id_, "Hm", by=rosa, now=NOW - 10 * DAY + hours * HOUR)
            reviewing.take(id_, by=rosa, now=NOW - DAY)
        received(now=NOW - DAY)
        assert stats().looks == Times(4, 2 * HOUR, 48 * HOUR, (3, 1, 0, 0, 0, 0))

    def test_a_look_before_the_period_does_not_count_again(self, app: Flask) -> None:
        id_ = received(now=NOW - 40 * DAY)
        reviewing.note(id_, "Hm", by=person(), now=NOW - 35 * DAY)
        reviewing.note(id_, "Hm", by=person(), now=NOW - DAY)
        assert stats().looks.number == 0
        assert stats(90).looks == Times(1, 5 * DAY, 5 * DAY, (0, 0, 1, 0, 0, 0))

    def test_a_decision_takes_until_the_one_that_stands(self, app: Flask) -> None:
        at = NOW - 20 * DAY
        slow, quick, asked, gone = (received(now=at) for _ in range(4))
        decided(quick, Verb.APPROVE, now=at + DAY)
        decided(slow, Verb.DECLINE, now=at + DAY)
        decided(slow, Verb.REOPEN, now=at + 2 * DAY)
        decided(slow, Verb.WAITLIST, now=at + 15 * DAY)
        decided(asked, Verb.ASK, now=at + DAY)
        applications.withdraw(gone, why="", now=at + DAY)
        assert stats().decisions == Times(2, DAY, 15 * DAY, (1, 0, 0, 0, 1, 0))

    @pytest.mark.parametrize(
        ("number", "median", "most"),
        [(1, 1, 1), (2, 1, 2), (3, 2, 3), (9, 5, 9), (10, 5, 9), (11, 6, 10), (20, 10, 18)],
    )
    def test_ranks_are_the_nearest(self, app: Flask, number: int, median: int, most: int) -> None:
        for hours in range(number, 0, -1):
            decided(received(now=NOW - 2 * DAY), Verb.DECLINE, now=NOW - 2 * DAY + hours * HOUR)
        found = stats().decisions
        assert (found.number, found.median, found.most) == (number, median * HOUR, most * HOUR)

    def test_spans_include_their_end(self, app: Flask) -> None:
        second = timedelta(seconds=1)
        for took in (DAY, DAY + second, 3 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 28 * DAY + second):
            decided(received(now=NOW - took), Verb.DECLINE, now=NOW)
        assert stats(90).decisions.spans == (1, 2, 1, 1, 1, 1)


class TestDecisions:
    def test_by_reason_and_by_reviewer(self, app: Flask) -> None:
        rosa, linus = person(name="Rosa Iqbal"), person(Role.LEAD, name="Linus Adeyemi")
        for by, verb, reasons in [
            (rosa, Verb.DECLINE, ("commercial",)),
            (rosa, Verb.DECLINE, ("commercial", "rights")),
            (linus, Verb.DECLINE, ("rights", "commercial")),
            (rosa, Verb.ASK, ("pitch-short",)),
            (rosa, Verb.APPROVE, ()),
        ]:
            decided(received(), verb, by=by, reasons=reasons)
        decided(received(now=NOW - 50 * DAY), Verb.DECLINE, by=linus, now=NOW - 40 * DAY, reasons=("off-programme",))
        found = stats()
        assert found.reasons == {
            (Verb.DECLINE, "commercial"): 3,
            (Verb.DECLINE, "rights"): 2,
            (Verb.ASK, "pitch-short"): 1,
            (Verb.APPROVE, ""): 1,
        }
        assert list(found.reasons)[:2] == [(Verb.DECLINE, "commercial"), (Verb.DECLINE, "rights")]
        assert found.reviewers == [
            ("Rosa Iqbal", {Verb.DECLINE: 2, Verb.ASK: 1, Verb.APPROVE: 1}),
            ("Linus Adeyemi", {Verb.DECLINE: 1}),
        ]

    def test_two_of_one_name_are_two(self, app: Flask) -> None:
        for _ in range(2):
            decided(received(), Verb.DECLINE, by=person(name="Rosa Iqbal"))
        assert [(name, counts.total()) for name, counts in stats().reviewers] == [("Rosa Iqbal", 1)] * 2


def test_letters_by_what_became_of_them(app: Flask) -> None:
    one, two = received(), received()
    decided(one, Verb.DECLINE)
    received(now=NOW - 40 * DAY)
    with transaction() as session:
        for letter in session.scalars(select(Letter).where(Letter.application_id == two)):
            letter.state = LetterState.BOUNCED
    found = stats().letters
    assert list(found) == list(LetterState)
    assert {state: number for state, number in found.items() if number} == {
        LetterState.QUEUED: 2,
        LetterState.BOUNCED: 1,
    }


def test_as_many_queries_for_many_applications(app: Flask, statements: Callable[[Callable[[], Any]], int]) -> None:
    def more(number: int) -> None:
        for turn in range(number):
            at = NOW - (turn % 20) * DAY
            decided(received(now=at), Verb.DECLINE, by=person(), now=at, reasons=("commercial",))

    none = {days: statements(lambda days=days: stats(days)) for days in figures.PERIODS}  # type: ignore[misc]
    more(12)
    assert {days: statements(lambda days=days: stats(days)) for days in none} == none  # type: ignore[misc]
    assert set(none.values()) == {8}
