"""What time does: due dates run and stand still, questions are repeated once and then let go, claims end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from jobs import clock
from review.db import transaction
from review.errors import WrongState
from review.models.application import Application, Decision
from review.models.event import Actor, Event
from review.models.letter import Letter, LetterState
from review.pace import Pace, hours
from review.rules import Role, State, Verb
from review.services import ageing, applications, before, claims, decisions, delivery, reviewing
from tests.factories import NOW, choice, decided, get, person, received, rows, submitted, verify_token
from tests.outside import configure
from tests.services.at_once import at_once

Drain = Callable[..., int]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
STEPS = (ageing.give_due_dates, ageing.remind_applicants, ageing.close_unanswered, ageing.release_untouched)
ASKED = {"reasons": ("pitch-short",), "asked": ("pitch",)}


def alter(id_: int, **columns: Any) -> None:
    with transaction() as session:
        session.execute(update(Application).where(Application.id == id_).values(**columns))


def letters(id_: int, kind: str) -> list[Letter]:
    return [letter for letter in rows(Letter, application_id=id_) if letter.kind == kind]


def done(id_: int, verb: Verb) -> list[Event]:
    return [event for event in rows(Event, application_id=id_) if event.verb == verb]


def dates(id_: int) -> tuple[datetime | None, int | None]:
    row = get(id_)
    return row.due_at, row.due_left


@pytest.fixture
def asked(app: Flask, drain: Drain) -> int:
    """Asked at NOW, and every letter has arrived."""
    id_ = received(now=NOW - DAY)
    decided(id_, Verb.ASK, **ASKED)
    drain()
    return id_


class TestTheClock:
    """When a decision is due."""

    def test_it_starts_when_an_application_comes_to_the_desk(self, app: Flask) -> None:
        id_ = submitted()
        assert dates(id_) == (None, None)
        assert dates(received()) == (NOW + WEEK, None)

    def test_it_does_not_start_for_the_waitlist(self, app: Flask) -> None:
        id_ = submitted()
        alter(id_, for_waitlist=True)
        applications.verify(verify_token(id_), now=NOW)
        assert (get(id_).state, *dates(id_)) == (State.WAITLISTED, None, None)

    def test_it_stands_still_while_the_applicant_is_asked(self, app: Flask) -> None:
        id_ = received()
        decided(id_, Verb.ASK, now=NOW + DAY)
        assert dates(id_) == (None, 6 * DAY.total_seconds())
        applications.answer(id_, changes={}, body="Here", now=NOW + 30 * DAY)
        assert dates(id_) == (NOW + 36 * DAY, None)

    def test_one_that_was_late_already_is_late_again_at_once(self, app: Flask) -> None:
        id_ = received()
        decided(id_, Verb.ASK, now=NOW + 9 * DAY)
        applications.answer(id_, changes={}, body="Here", now=NOW + 12 * DAY)
        assert dates(id_) == (NOW + 12 * DAY, None)

    def test_it_keeps_to_the_hours_of_business(self, app: Flask) -> None:
        configure(app, pace=Pace(hours("mon-fri 09:00-17:00")), due=12 * HOUR)
        id_ = received(now=datetime(2024, 11, 29, 15, tzinfo=UTC))  # a Friday
        assert dates(id_) == (datetime(2024, 12, 3, 11, tzinfo=UTC), None)
        decided(id_, Verb.ASK, now=datetime(2024, 12, 1, 12, tzinfo=UTC))
        assert dates(id_) == (None, 10 * 3600)
        applications.answer(id_, changes={}, body="Here", now=datetime(2024, 12, 7, 1, tzinfo=UTC))
        assert dates(id_) == (datetime(2024, 12, 10, 11, tzinfo=UTC), None)

    @pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DECLINE, Verb.WAITLIST])
    def test_a_decision_ends_it_and_undo_brings_it_back(self, app: Flask, verb: Verb) -> None:
        id_ = received()
        decision = decided(id_, verb, now=NOW + HOUR)
        assert dates(id_) == (None, None)
        decisions.undo(decision, by=person(Role.LEAD), now=NOW + HOUR)
        assert dates(id_) == (NOW + WEEK, None)

    def test_undoing_a_question_brings_back_the_very_date(self, app: Flask) -> None:
        id_ = received()
        decisions.undo(decided(id_, Verb.ASK, now=NOW + HOUR), by=person(Role.LEAD), now=NOW + HOUR)
        assert dates(id_) == (NOW + WEEK, None)

    def test_undoing_a_decision_on_one_that_is_asked_stops_it_again(self, app: Flask) -> None:
        id_ = received()
        decided(id_, Verb.ASK, now=NOW)
        decisions.undo(decided(id_, Verb.DECLINE, now=NOW + HOUR), by=person(Role.LEAD), now=NOW + HOUR)
        assert dates(id_) == (None, WEEK.total_seconds())

    def test_it_starts_anew_when_it_is_reopened(self, app: Flask) -> None:
        id_ = received()
        applications.withdraw(id_, why="", now=NOW + DAY)
        assert dates(id_) == (None, None)
        decided(id_, Verb.REOPEN, now=NOW + 20 * DAY)
        assert dates(id_) == (NOW + 27 * DAY, None)

    def test_it_runs_on_while_somebody_reviews(self, app: Flask) -> None:
        id_ = received()
        reviewing.take(id_, by=person(), now=NOW + DAY)
        assert dates(id_) == (NOW + WEEK, None)

    def test_a_decision_made_by_an_older_release_can_be_undone(self, app: Flask) -> None:
        id_ = received()
        decision_id = decided(id_, Verb.DECLINE)
        with transaction() as session:
            decision = session.get_one(Decision, decision_id)
            decision.before = {name: value for name, value in decision.before.items() if name not in before.MOMENTS}
        decisions.undo(decision_id, by=person(Role.LEAD), now=NOW)
        assert (get(id_).state, *dates(id_)) == (State.SUBMITTED, None, None)


class TestDueDatesForThoseWithout:
    def test_they_count_from_when_they_came(self, app: Flask) -> None:
        configure(app, due=None)
        waiting, taken, closed = received(), received(), received()
        reviewing.take(taken, by=person(), now=NOW)
        applications.withdraw(closed, why="", now=NOW)
        answered = received()
        decided(answered, Verb.ASK, now=NOW)
        applications.answer(answered, changes={}, body="Here", now=NOW + 3 * DAY)
        imported = received()
        with transaction() as session:
            session.execute(Event.__table__.delete().where(Event.application_id == imported))
        assert {dates(id_) for id_ in (waiting, taken, closed, answered, imported)} == {(None, None)}
        configure(app, due=WEEK)
        assert ageing.give_due_dates(now=NOW + 30 * DAY) == 4
        found = {id_: dates(id_)[0] for id_ in (waiting, taken, closed, answered, imported)}
        assert found == {
            waiting: NOW + WEEK,
            taken: NOW + WEEK,
            closed: None,
            answered: NOW + 10 * DAY,
            imported: NOW + WEEK,
        }
        assert ageing.give_due_dates(now=NOW + 30 * DAY) == 0

    def test_a_few_at_a_time(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        configure(app, due=None)
        for _ in range(3):
            received()
        configure(app, due=WEEK)
        monkeypatch.setattr(ageing, "MOST", 2)
        assert [ageing.give_due_dates(now=NOW) for _ in range(3)] == [2, 1, 0]


class TestReminder:
    def test_who_does_not_answer_is_reminded_once(self, asked: int) -> None:
        assert ageing.remind_applicants(now=NOW + WEEK - HOUR) == 0
        version = get(asked).version
        assert [ageing.remind_applicants(now=NOW + WEEK + day * DAY) for day in range(3)] == [1, 0, 0]
        row = get(asked)
        assert (row.state, row.version) == (State.ASKED, version)
        assert (row.reminded_at, row.closes_at) == (NOW + WEEK, NOW + 3 * WEEK)
        (letter,) = letters(asked, "reminder")
        assert "within 14 days" in letter.text
        (event,) = done(asked, Verb.REMIND)
        assert (event.actor, event.at) == (Actor.SYSTEM, NOW + WEEK)

    def test_it_threatens_nothing_where_nothing_is_closed(self, app: Flask, asked: int) -> None:
        configure(app, close_after=None)
        assert ageing.remind_applicants(now=NOW + WEEK) == 1
        assert "we close" not in letters(asked, "reminder")[0].text
        assert get(asked).closes_at is None

    def test_who_is_asked_again_can_be_reminded_again(self, asked: int, drain: Drain) -> None:
        ageing.remind_applicants(now=NOW + WEEK)
        applications.answer(asked, changes={}, body="Here", now=NOW + 8 * DAY)
        assert (get(asked).reminded_at, get(asked).closes_at) == (None, None)
        decided(asked, Verb.ASK, now=NOW + 9 * DAY, **ASKED)
        drain()
        assert ageing.remind_applicants(now=NOW + 15 * DAY) == 0
        assert ageing.remind_applicants(now=NOW + 16 * DAY) == 1

    def test_a_question_that_was_taken_back_does_not_count(self, app: Flask, drain: Drain) -> None:
        id_ = received(now=NOW - DAY)
        decided(id_, Verb.ASK, now=NOW)
        drain()
        decisions.undo(decided(id_, Verb.DECLINE, now=NOW + DAY), by=person(Role.LEAD), now=NOW + DAY)
        assert get(id_).state is State.ASKED
        assert ageing.remind_applicants(now=NOW + WEEK) == 1

    def test_undoing_a_decision_remembers_the_reminder(self, asked: int) -> None:
        ageing.remind_applicants(now=NOW + WEEK)
        decisions.undo(decided(asked, Verb.DECLINE, now=NOW + 8 * DAY), by=person(Role.LEAD), now=NOW + 8 * DAY)
        assert ageing.remind_applicants(now=NOW + 9 * DAY) == 0
        assert get(asked).closes_at == NOW + 3 * WEEK

    def test_nobody_is_reminded_of_what_has_not_arrived(self, asked: int) -> None:
        letter = letters(asked, "asked")[0].id
        for state in (LetterState.QUEUED, LetterState.SENDING, LetterState.BLOCKED, LetterState.BOUNCED):
            _state(letter, state)
            assert ageing.remind_applicants(now=NOW + WEEK) == 0
        delivery.let_go(letter, by=person(), now=NOW + WEEK)
        assert ageing.remind_applicants(now=NOW + WEEK) == 1

    def test_who_was_put_off_is_left_in_peace(self, asked: int) -> None:
        reviewing.snooze(asked, 14, by=person(), now=NOW)
        assert ageing.remind_applicants(now=NOW + WEEK) == 0
        assert ageing.remind_applicants(now=NOW + 14 * DAY) == 1


def _state(letter_id: int, state: LetterState) -> None:
    with transaction() as session:
        session.get_one(Letter, letter_id).state = state


class TestClosing:
    def test_an_application_is_closed_when_it_was_said_it_would_be(self, asked: int, drain: Drain) -> None:
        assert ageing.close_unanswered(now=NOW + 90 * DAY) == 0, "nobody was told yet"
        ageing.remind_applicants(now=NOW + WEEK)
        drain()
        assert ageing.close_unanswered(now=NOW + 3 * WEEK - HOUR) == 0
        version = get(asked).version
        assert [ageing.close_unanswered(now=NOW + 3 * WEEK + day * DAY) for day in range(2)] == [1, 0]
        row = get(asked)
        assert (row.state, row.decided_at, row.asked) == (State.WITHDRAWN, NOW + 3 * WEEK, [])
        assert (row.version, row.closes_at, *dates(asked)) == (version + 1, None, None, None)
        (letter,) = letters(asked, "closed")
        assert "This is not a no" in letter.text
        (event,) = done(asked, Verb.CLOSE)
        assert event.actor is Actor.SYSTEM

    def test_a_promise_holds_whatever_is_set_afterwards(self, app: Flask, asked: int, drain: Drain) -> None:
        ageing.remind_applicants(now=NOW + WEEK)
        drain()
        configure(app, close_after=DAY)
        assert ageing.close_unanswered(now=NOW + 3 * WEEK - HOUR) == 0
        assert ageing.close_unanswered(now=NOW + 3 * WEEK) == 1

    def test_an_answer_comes_in_time(self, asked: int, drain: Drain) -> None:
        ageing.remind_applicants(now=NOW + WEEK)
        drain()
        applications.answer(asked, changes={}, body="Sorry!", now=NOW + 20 * DAY)
        assert ageing.close_unanswered(now=NOW + 3 * WEEK) == 0
        assert get(asked).state is State.SUBMITTED

    def test_nothing_is_closed_whose_reminder_has_not_arrived(self, asked: int) -> None:
        ageing.remind_applicants(now=NOW + WEEK)
        assert ageing.close_unanswered(now=NOW + 3 * WEEK) == 0
        _state(letters(asked, "reminder")[0].id, LetterState.BOUNCED)
        assert ageing.close_unanswered(now=NOW + 3 * WEEK) == 0

    def test_a_lead_opens_it_again(self, asked: int, drain: Drain) -> None:
        _closed(asked, drain)
        with pytest.raises(WrongState):
            applications.answer(asked, changes={}, body="Late", now=NOW + 22 * DAY)
        decided(asked, Verb.REOPEN, now=NOW + 22 * DAY, reasons=("new-information",))
        row = get(asked)
        assert (row.state, row.decided_at, row.reminded_at) == (State.SUBMITTED, None, None)
        assert row.due_at == NOW + 29 * DAY

    def test_who_decides_meanwhile_is_told_what_happened(self, asked: int, drain: Drain) -> None:
        made = choice(asked, Verb.APPROVE)
        _closed(asked, drain)
        with pytest.raises(WrongState) as lost:
            decisions.decide(made, by=person(), now=NOW + 22 * DAY, undo_window=HOUR)
        assert (lost.value.verb, lost.value.by) == (Verb.CLOSE, "")


def _closed(id_: int, drain: Drain) -> None:
    ageing.remind_applicants(now=NOW + WEEK)
    drain()
    assert ageing.close_unanswered(now=NOW + 3 * WEEK) == 1


class TestRelease:
    @pytest.fixture
    def taken(self, app: Flask) -> int:
        id_ = received()
        reviewing.take(id_, by=person(name="Rosa Iqbal"), now=NOW)
        return id_

    def test_what_lies_untouched_goes_back_to_all(self, taken: int) -> None:
        assert ageing.release_untouched(now=NOW + 3 * DAY - HOUR) == 0
        version = get(taken).version
        assert [ageing.release_untouched(now=NOW + 3 * DAY) for _ in range(2)] == [1, 0]
        row = get(taken)
        assert (row.state, row.reviewer_id, row.version) == (State.SUBMITTED, None, version + 1)
        assert row.due_at == NOW + WEEK
        (event,) = done(taken, Verb.RELEASE)
        assert (event.actor, event.why) == (Actor.SYSTEM, "Rosa Iqbal")
        reviewing.take(taken, by=person(), now=NOW + 4 * DAY)

    @pytest.mark.parametrize(
        "touch",
        [
            lambda id_, by: reviewing.note(id_, "Hm", by=by, now=NOW + DAY),
            lambda id_, by: claims.renew(id_, writing=False, by=by, now=NOW + DAY),
            lambda id_, by: claims.keep_draft(id_, "note", "Half a", by=by, now=NOW + DAY),
        ],
        ids=["note", "reading", "draft"],
    )
    def test_a_sign_of_life_counts(self, taken: int, touch: Callable[..., None]) -> None:
        touch(taken, person())
        assert ageing.release_untouched(now=NOW + 4 * DAY - HOUR) == 0
        assert ageing.release_untouched(now=NOW + 4 * DAY) == 1

    def test_what_greenroom_does_itself_is_none(self, taken: int) -> None:
        reviewing.feed_checked(taken, {"url": "https://x.example/feed"}, now=NOW + 2 * DAY)
        assert ageing.release_untouched(now=NOW + 3 * DAY) == 1

    def test_what_is_put_off_stays_with_whoever_did(self, taken: int) -> None:
        reviewing.snooze(taken, 7, by=person(), now=NOW)
        assert ageing.release_untouched(now=NOW + 6 * DAY) == 0
        assert ageing.release_untouched(now=NOW + 7 * DAY) == 1


class TestTheSwitches:
    def test_switched_off_nothing_happens(self, app: Flask, drain: Drain) -> None:
        configure(app, due=None, remind_after=None, close_after=None, release_after=None)
        asked, taken = received(), received()
        decided(asked, Verb.ASK)
        reviewing.take(taken, by=person(), now=NOW)
        drain()
        before = len(rows(Event)), len(rows(Letter))
        assert [step(now=NOW + 300 * DAY) for step in STEPS] == [0, 0, 0, 0]
        assert (len(rows(Event)), len(rows(Letter))) == before
        assert {dates(asked), dates(taken)} == {(None, None)}

    def test_reminders_without_an_end(self, app: Flask, asked: int, drain: Drain) -> None:
        configure(app, close_after=None)
        ageing.remind_applicants(now=NOW + WEEK)
        drain()
        assert ageing.close_unanswered(now=NOW + 300 * DAY) == 0
        configure(app, close_after=DAY)
        assert ageing.close_unanswered(now=NOW + 300 * DAY) == 0, "nobody told them"

    def test_a_clock_that_is_switched_off_ends_with_the_next_step(self, app: Flask) -> None:
        id_ = received()
        configure(app, due=None)
        decided(id_, Verb.ASK, now=NOW + DAY)
        applications.answer(id_, changes={}, body="Here", now=NOW + 2 * DAY)
        assert dates(id_) == (None, None)


class TestTwoClocks:
    def test_each_step_is_taken_once(self, app: Flask, drain: Drain) -> None:
        """Both have found the same rows before either has locked one."""
        ids = [received(now=NOW - DAY) for _ in range(4)]
        for id_ in ids:
            decided(id_, Verb.ASK, **ASKED)
        drain()
        assert sum(at_once(app, *[lambda: ageing.remind_applicants(now=NOW + WEEK)] * 2)) == 4
        drain()
        assert sum(at_once(app, *[lambda: ageing.close_unanswered(now=NOW + 3 * WEEK)] * 2)) == 4
        for id_ in ids:
            assert [len(letters(id_, kind)) for kind in ("reminder", "closed")] == [1, 1]
            assert [len(done(id_, verb)) for verb in (Verb.REMIND, Verb.CLOSE)] == [1, 1]

    def test_an_answer_that_comes_at_the_same_moment_is_not_lost(self, app: Flask, drain: Drain) -> None:
        for _ in range(5):
            id_ = received(now=NOW - DAY)
            decided(id_, Verb.ASK, **ASKED)
            drain()
            ageing.remind_applicants(now=NOW + WEEK)
            drain()
            closed, answered = at_once(
                app,
                lambda: ageing.close_unanswered(now=NOW + 3 * WEEK),
                lambda id_=id_: applications.answer(id_, changes={}, body="Here", now=NOW + 3 * WEEK),  # type: ignore[misc]
            )
            assert (closed, answered) == (0, None) or (closed == 1 and isinstance(answered, WrongState))
            assert get(id_).state is (State.WITHDRAWN if closed else State.SUBMITTED)

    def test_the_schedule_does_all_of_it(self, app: Flask, asked: int, drain: Drain) -> None:
        clock.tick(NOW + WEEK)
        drain()
        clock.tick(NOW + 3 * WEEK)
        assert get(asked).state is State.WITHDRAWN
