"""One decision for many: pinned, done once each, stopped and taken back as one, whoever dies or comes between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from jobs import clock, deliver
from review import outbox
from review.db import db, transaction
from review.errors import Forbidden, Missing, Refused, TooLate
from review.models.application import Decision
from review.models.batch import Batch, BatchItem, Fate, Stage
from review.models.event import Event
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.reads import bulk as batches
from review.reads import dossier
from review.rules import Role, State, Verb
from review.services import applications, bulk, bulk_work, claims, decisions, people, reviewing, scoring, sorting
from review.services.bulk import Plan
from tests import servers
from tests.factories import NOW, count, decided, get, person, programme, received, rows
from tests.services.at_once import at_once
from tests.web.stage import counted

WINDOW = timedelta(minutes=10)
LATER = NOW + timedelta(hours=1)
DECLINE = Plan(Verb.DECLINE, reasons=("commercial",))


@pytest.fixture
def lead(app: Flask) -> Person:
    return person(Role.LEAD, name="Linus Adeyemi")


@pytest.fixture
def ids(app: Flask) -> list[int]:
    """Five that wait."""
    return [received(show_title=f"Show {number}", email=f"a{number}@mail.example") for number in range(5)]


def prepared(ids: list[int], lead: Person, plan: Plan = DECLINE, *, now: datetime = NOW) -> int:
    return bulk.prepare(ids, plan, filters={"q": "show"}, by=lead, now=now)


def begun(ids: list[int], lead: Person, plan: Plan = DECLINE) -> int:
    id_ = prepared(ids, lead, plan)
    bulk.run(id_, by=lead, now=NOW)
    return id_


def steps(batch_id: int, most: int = 999, *, now: datetime = NOW) -> None:
    """Go on with a batch until it has ended, or for so many steps."""
    for _ in range(most):
        if not bulk_work.step(batch_id, now=now, undo_window=WINDOW):
            return


def done(ids: list[int], lead: Person, plan: Plan = DECLINE) -> int:
    id_ = begun(ids, lead, plan)
    steps(id_)
    return id_


def fates(batch_id: int) -> list[tuple[Fate, str]]:
    return [(item.fate, item.code) for item in rows(BatchItem, batch_id=batch_id)]


def stage(batch_id: int) -> Stage:
    return rows(Batch, id=batch_id)[0].stage


def letters_due() -> set[datetime]:
    """When the letters of decisions leave."""
    return {item.due_at for item in rows(OutboxItem, kind=Kind.LETTER) if item.decision_id and item.state == "waiting"}


class TestPreparing:
    def test_it_pins_each_with_its_letter_and_decides_nothing(self, lead: Person, ids: list[int]) -> None:
        plan = Plan(Verb.DECLINE, ("commercial", "rights"), note="We had 300 applications this week.")
        items = rows(BatchItem, batch_id=prepared(ids, lead, plan))
        assert [(item.application_id, item.version) for item in items] == [(id_, get(id_).version) for id_ in ids]
        for number, item in enumerate(items):
            assert f"Show {number}" in item.text
            assert item.text.index("advertising") < item.text.index("rights") < item.text.index("300 applications")
        assert count(State.SUBMITTED) == 5
        assert rows(Decision) == []

    def test_letter_that_was_shown_is_the_one_that_is_kept(self, lead: Person, ids: list[int]) -> None:
        id_ = prepared(ids, lead)
        shown = [(item.subject, item.text) for item in rows(BatchItem, batch_id=id_)]
        bulk.run(id_, by=lead, now=NOW)
        steps(id_)
        assert [(letter.subject, letter.text) for letter in rows(Letter, kind="declined")] == shown

    @pytest.mark.parametrize(
        ("plan", "code"),
        [
            (Plan(Verb.DECLINE, reasons=("new-voice",)), "unknown-reason"),
            (Plan(Verb.DECLINE, asked=("pitch",)), "unknown-field"),
            (Plan(Verb.ASK, asked=("email",)), "unknown-field"),
            (Plan(Verb.DECLINE, note="x" * 5001), "bulk-note"),
        ],
    )
    def test_what_no_decision_could_hold_is_refused(self, lead: Person, ids: list[int], plan: Plan, code: str) -> None:
        with pytest.raises(Refused, match=code):
            prepared(ids, lead, plan)

    def test_none_and_too_many_are_refused(self, lead: Person) -> None:
        with pytest.raises(Refused, match="bulk-none"):
            prepared([], lead)
        with pytest.raises(Refused, match="bulk-too-many"):
            prepared(list(range(1001)), lead)

    @pytest.mark.parametrize("verb", [Verb.DUPLICATE, Verb.REOPEN, Verb.NOTE])
    def test_only_some_decisions_can_be_taken_for_many(self, lead: Person, ids: list[int], verb: Verb) -> None:
        with pytest.raises(Missing):
            prepared(ids, lead, Plan(verb))

    def test_it_says_what_would_stand_in_the_way_of_each(self, lead: Person, ids: list[int]) -> None:
        approved, changed, held, left, free = ids
        decided(approved, Verb.APPROVE)
        id_ = prepared(ids, lead)
        reviewing.take(changed, by=person(), now=NOW)
        claims.renew(held, writing=False, by=person(name="Rosa Iqbal"), now=NOW)
        bulk.leave_out(id_, left, True, by=lead)
        look = batches.look(batches.batch(id_), reader=lead.id, now=NOW)
        assert (look.ready, look.obstacles) == (1, {"state": 1, "moved": 1, "claimed": 1, "left-out": 1})
        assert [line.application.id for line in look.lines] == [free, approved, changed, held, left]
        assert [line.obstacle.detail for line in look.lines if line.obstacle] == [
            {"state": "approved"},
            {"state": "in-review", "by": ""},
            {"by": "Rosa Iqbal"},
            {},
        ]

    def test_places_are_counted_before_they_are_given(self, lead: Person, ids: list[int]) -> None:
        programme(places=2)
        look = batches.look(batches.batch(prepared(ids, lead, Plan(Verb.APPROVE))), reader=lead.id, now=NOW)
        assert (look.ready, look.obstacles) == (2, {"no-places-left": 3})
        past = prepared(ids, lead, Plan(Verb.APPROVE, past_places=True))
        assert batches.look(batches.batch(past), reader=lead.id, now=NOW).ready == 5

    def test_one_can_be_left_out_and_taken_in_again(self, lead: Person, ids: list[int]) -> None:
        id_ = prepared(ids, lead)
        bulk.leave_out(id_, ids[0], True, by=lead)
        bulk.leave_out(id_, ids[1], True, by=lead)
        bulk.leave_out(id_, ids[1], False, by=lead)
        bulk.run(id_, by=lead, now=NOW)
        steps(id_)
        assert fates(id_) == [(Fate.SKIPPED, "left-out"), *[(Fate.DECIDED, "")] * 4]
        with pytest.raises(Missing):
            bulk.leave_out(id_, 999, True, by=lead)

    def test_it_can_be_discarded_until_it_begins(self, lead: Person, ids: list[int]) -> None:
        id_ = prepared(ids, lead)
        bulk.discard(id_, by=lead)
        assert (rows(Batch), rows(BatchItem)) == ([], [])
        with pytest.raises(Refused, match="bulk-begun"):
            bulk.discard(begun(ids, lead), by=lead)


class TestDoing:
    @pytest.mark.parametrize(
        ("plan", "state"),
        [
            (DECLINE, State.DECLINED),
            (Plan(Verb.WAITLIST, ("places-full",)), State.WAITLISTED),
            (Plan(Verb.ASK, ("rights-question",), ("pitch",)), State.ASKED),
            (Plan(Verb.APPROVE), State.APPROVED),
        ],
    )
    def test_each_is_decided_as_if_by_itself(self, lead: Person, ids: list[int], plan: Plan, state: State) -> None:
        id_ = done(ids, lead, plan)
        assert fates(id_) == [(Fate.DECIDED, "")] * 5
        assert count(state) == 5
        for item in rows(BatchItem, batch_id=id_):
            (decision,) = rows(Decision, application_id=item.application_id)
            assert (decision.id, decision.verb, decision.person_id) == (item.decision_id, plan.verb, lead.id)
            (event,) = [event for event in rows(Event, application_id=item.application_id) if event.verb == plan.verb]
            assert (event.data["batch"], event.why) == (id_, ", ".join(plan.reasons))
        assert get(ids[0]).asked == list(plan.asked)

    def test_all_letters_leave_together_when_its_undo_window_closes(self, lead: Person, ids: list[int]) -> None:
        id_ = begun(ids, lead)
        steps(id_, 4)
        assert min(letters_due()) > NOW + timedelta(days=29)
        steps(id_, now=LATER)
        assert letters_due() == {LATER + WINDOW}
        assert {decision.undo_until for decision in rows(Decision)} == {LATER + WINDOW}
        assert rows(Batch)[0].undo_until == LATER + WINDOW

    def test_begun_twice_is_once(self, lead: Person, ids: list[int]) -> None:
        id_ = prepared(ids, lead)
        for _ in range(2):
            bulk.run(id_, by=lead, now=NOW)
        assert len(rows(OutboxItem, kind=Kind.BULK)) == 1
        steps(id_)
        bulk.run(id_, by=lead, now=NOW)
        steps(id_)
        assert len(rows(Decision)) == 5

    def test_what_was_decided_or_changed_meanwhile_is_left_alone(self, lead: Person, ids: list[int]) -> None:
        id_ = prepared(ids, lead)
        rosa = person(Role.LEAD, name="Rosa Iqbal")
        decided(ids[0], Verb.APPROVE, by=rosa)
        reviewing.take(ids[1], by=rosa, now=NOW)
        applications.withdraw(ids[2], why="", now=NOW)
        bulk.run(id_, by=lead, now=NOW)
        steps(id_)
        assert fates(id_) == [*[(Fate.SKIPPED, "moved")] * 3, *[(Fate.DECIDED, "")] * 2]
        details = [item.detail for item in rows(BatchItem, batch_id=id_)]
        assert details[:3] == [
            {"state": "approved", "by": "Rosa Iqbal"},
            {"state": "in-review", "by": "Rosa Iqbal"},
            {"state": "withdrawn", "by": ""},
        ]
        assert get(ids[0]).state is State.APPROVED

    def test_what_a_colleague_reads_is_not_torn_from_them(self, lead: Person, ids: list[int]) -> None:
        claims.renew(ids[0], writing=True, by=person(name="Rosa Iqbal"), now=NOW)
        claims.renew(ids[1], writing=True, by=lead, now=NOW)
        id_ = done(ids, lead)
        assert fates(id_)[:2] == [(Fate.SKIPPED, "claimed"), (Fate.DECIDED, "")]
        assert rows(BatchItem, batch_id=id_)[0].detail == {"by": "Rosa Iqbal"}

    def test_places_are_given_until_there_are_none(self, lead: Person, ids: list[int]) -> None:
        programme(places=2)
        assert fates(done(ids, lead, Plan(Verb.APPROVE))) == [
            *[(Fate.DECIDED, "")] * 2,
            *[(Fate.SKIPPED, "no-places-left")] * 3,
        ]
        assert count(State.APPROVED) == 2
        assert {fate for fate, _code in fates(done(ids[2:], lead, Plan(Verb.APPROVE, past_places=True)))} == {
            Fate.DECIDED
        }

    def test_who_is_to_be_judged_blind_is_not_decided(self, lead: Person, ids: list[int]) -> None:
        admin = person(Role.ADMIN)
        scoring.put_criterion(1, None, "Voice", [""] * 5, weight=1, by=admin, now=NOW)
        scoring.set_blind(1, True, by=admin, now=NOW)
        id_ = prepared(ids, lead)
        assert {item.text for item in rows(BatchItem, batch_id=id_)} == {""}
        bulk.run(id_, by=lead, now=NOW)
        steps(id_)
        assert fates(id_) == [(Fate.SKIPPED, "score-first")] * 5

    def test_conflict_that_was_declared_meanwhile_counts(self, lead: Person, ids: list[int]) -> None:
        id_ = begun(ids, lead)
        sorting.declare_conflict(ids[0], by=lead, now=NOW)
        steps(id_)
        assert fates(id_)[0] == (Fate.SKIPPED, "gone")
        assert ids[0] not in [line.application.id for line in self.look(id_, lead).lines]

    @staticmethod
    def look(batch_id: int, lead: Person) -> batches.Look:
        return batches.look(batches.batch(batch_id), reader=lead.id, now=NOW)

    def test_role_that_was_taken_away_meanwhile_counts(self, lead: Person, ids: list[int]) -> None:
        id_ = begun(ids, lead)
        steps(id_, 2)
        people.invite(lead.email, name=lead.name, role=Role.REVIEWER, password="correct horse", now=NOW)
        steps(id_)
        assert fates(id_) == [*[(Fate.DECIDED, "")] * 2, *[(Fate.SKIPPED, "forbidden")] * 3]

    def test_one_that_fails_as_nobody_thought_does_not_hold_up_the_others(
        self, lead: Person, ids: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = decisions.decide_within

        def failing(session: object, choice: decisions.Choice, **more: object) -> int:
            if choice.application_id == ids[1]:
                raise ZeroDivisionError
            return real(session, choice, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(decisions, "decide_within", failing)
        id_ = done(ids, lead)
        assert fates(id_)[:3] == [(Fate.DECIDED, ""), (Fate.FAILED, "broken"), (Fate.DECIDED, "")]
        assert stage(id_) is Stage.DONE

    def test_nothing_decided_leaves_nothing_to_take_back(self, lead: Person, ids: list[int]) -> None:
        for id_ in ids:
            decided(id_, Verb.DECLINE)
        batch = done(ids, lead)
        assert (stage(batch), rows(Batch)[0].undo_until) == (Stage.DONE, None)
        with pytest.raises(TooLate):
            bulk.undo(batch, by=lead, now=NOW)


class TestTogether:
    """Several at once, and workers that die."""

    def test_two_workers_decide_each_once(self, app: Flask, lead: Person, ids: list[int]) -> None:
        id_ = begun(ids, lead)
        assert at_once(app, *[lambda: steps(id_)] * 3) == [None] * 3
        assert fates(id_) == [(Fate.DECIDED, "")] * 5
        assert len(rows(Decision)) == len(rows(Letter, kind="declined")) == 5

    def test_two_leads_whose_batches_overlap_decide_each_once(self, app: Flask, lead: Person, ids: list[int]) -> None:
        first = begun(ids[:4], lead)
        second = begun(ids[1:], person(Role.LEAD, name="Ada Okafor"), Plan(Verb.WAITLIST))
        assert at_once(app, lambda: steps(first), lambda: steps(second)) == [None, None]
        assert len(rows(Decision)) == 5
        both = Counter(fates(first)) + Counter(fates(second))
        assert both == {(Fate.DECIDED, ""): 5, (Fate.SKIPPED, "moved"): 3}

    def test_worker_that_dies_leaves_the_rest_to_the_next(
        self, lead: Person, ids: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        id_ = begun(ids, lead)
        held = outbox.lease(limit=1, now=NOW, period=timedelta(minutes=1), kinds=[Kind.BULK])[0]
        real, left = bulk_work.step, [2]

        def dying(batch_id: int, **more: object) -> bool:
            left[0] -= 1
            if left[0] < 0:
                raise SystemExit("killed")
            return real(batch_id, **more)  # type: ignore[arg-type]

        with monkeypatch.context() as patched:
            patched.setattr(bulk_work, "step", dying)
            with pytest.raises(SystemExit):
                deliver.work(held)
        assert fates(id_) == [*[(Fate.DECIDED, "")] * 2, *[(Fate.WAITING, "")] * 3]
        again = outbox.lease(limit=9, now=datetime.now(UTC) + timedelta(days=1), period=WINDOW, kinds=[Kind.BULK])
        deliver.work(again[0])
        assert fates(id_) == [(Fate.DECIDED, "")] * 5
        assert len(rows(Decision)) == 5
        assert stage(id_) is Stage.DONE

    def test_taking_back_while_it_runs_stops_the_rest(self, app: Flask, lead: Person, ids: list[int]) -> None:
        id_ = begun(ids, lead)
        steps(id_, 2)
        assert at_once(app, lambda: steps(id_), lambda: bulk.undo(id_, by=lead, now=NOW)).count(None) == 2
        steps(id_)
        assert {fate for fate, _code in fates(id_)} <= {Fate.UNDONE, Fate.SKIPPED}
        assert count(State.SUBMITTED) == 5
        assert stage(id_) is Stage.UNDONE
        assert letters_due() == set()


class TestTakingBack:
    def test_all_is_as_it_was_and_no_letter_leaves(
        self, lead: Person, ids: list[int], drain: Callable[..., int]
    ) -> None:
        id_ = done(ids, lead)
        bulk.undo(id_, by=lead, now=NOW)
        assert stage(id_) is Stage.UNDOING
        steps(id_)
        assert fates(id_) == [(Fate.UNDONE, "")] * 5
        assert count(State.SUBMITTED) == 5
        assert {letter.state for letter in rows(Letter, kind="declined")} == {LetterState.CANCELLED}
        assert [event.verb for event in rows(Event, application_id=ids[0])][-2:] == ["decline", "undo"]
        drain()
        assert {letter.kind for letter in rows(Letter) if letter.state is LetterState.SENT} == {"received"}

    def test_letters_are_held_from_the_moment_it_is_asked(self, lead: Person, ids: list[int]) -> None:
        id_ = done(ids, lead)
        last = rows(Batch)[0].undo_until - timedelta(seconds=1)
        bulk.undo(id_, by=lead, now=last)
        assert min(letters_due()) > last + WINDOW
        steps(id_, now=last + timedelta(minutes=5))
        assert fates(id_) == [(Fate.UNDONE, "")] * 5

    def test_too_late_is_too_late(self, lead: Person, ids: list[int]) -> None:
        id_ = done(ids, lead)
        with pytest.raises(TooLate):
            bulk.undo(id_, by=lead, now=rows(Batch)[0].undo_until)
        assert fates(id_) == [(Fate.DECIDED, "")] * 5

    def test_what_others_have_decided_since_is_left_alone_and_said(self, lead: Person, ids: list[int]) -> None:
        id_ = done(ids, lead)
        decided(ids[0], Verb.REOPEN, by=person(Role.LEAD))
        decisions.undo(rows(Decision, application_id=ids[1])[0].id, by=lead, now=NOW)
        bulk.undo(id_, by=lead, now=NOW)
        steps(id_, now=LATER)
        assert fates(id_) == [(Fate.KEPT, "moved"), *[(Fate.UNDONE, "")] * 4]
        first = rows(Decision, application_id=ids[0])[0]
        assert (first.undone_at, first.undo_until) == (None, LATER), "its letter is not held for ever"
        assert [item.due_at for item in rows(OutboxItem, decision_id=first.id)] == [LATER]

    def test_letter_that_has_left_is_not_taken_back(self, lead: Person, ids: list[int]) -> None:
        id_ = done(ids, lead)
        with transaction() as session:
            session.get_one(
                OutboxItem, rows(OutboxItem, application_id=ids[0], kind=Kind.LETTER)[-1].id
            ).state = ItemState.LEASED
        bulk.undo(id_, by=lead, now=NOW)
        steps(id_)
        assert fates(id_)[:2] == [(Fate.KEPT, "too-late"), (Fate.UNDONE, "")]

    def test_pressed_twice_is_once(self, lead: Person, ids: list[int]) -> None:
        id_ = done(ids, lead)
        for _ in range(2):
            bulk.undo(id_, by=lead, now=NOW)
        assert len(rows(OutboxItem, kind=Kind.BULK)) == 2
        steps(id_)
        bulk.undo(id_, by=lead, now=NOW)
        assert [event.verb for event in rows(Event) if event.verb.startswith("bulk")] == ["bulk-started", "bulk-undone"]

    def test_nothing_that_did_not_begin_is_taken_back(self, lead: Person, ids: list[int]) -> None:
        with pytest.raises(Refused, match="bulk-begun"):
            bulk.undo(prepared(ids, lead), by=lead, now=NOW)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_leads_decide_many_at_once(lead: Person, ids: list[int], role: Role) -> None:
    id_, running, who = prepared(ids, lead), begun(ids, lead), person(role)
    for act in (
        lambda: prepared(ids, who),
        lambda: bulk.run(id_, by=who, now=NOW),
        lambda: bulk.discard(id_, by=who),
        lambda: bulk.leave_out(id_, ids[0], True, by=who),
        lambda: bulk.undo(running, by=who, now=NOW),
    ):
        with pytest.raises(Forbidden):
            act()


def test_who_has_looked_at_it_goes_on_with_it_and_any_lead_takes_it_back(lead: Person, ids: list[int]) -> None:
    other = person(Role.ADMIN)
    id_ = prepared(ids, lead)
    with pytest.raises(Forbidden):
        bulk.run(id_, by=other, now=NOW)
    bulk.run(id_, by=lead, now=NOW)
    steps(id_)
    bulk.undo(id_, by=other, now=NOW)
    steps(id_)
    assert {event.person_id for event in rows(Event, verb="undo")} == {other.id}


def test_batch_that_is_not_there_is_missing(lead: Person) -> None:
    for act in (lambda: bulk.run(99, by=lead, now=NOW), lambda: batches.batch(99)):
        with pytest.raises(Missing):
            act()


def test_effect_does_the_whole_of_it(lead: Person, ids: list[int], drain: Callable[..., int]) -> None:
    id_ = begun(ids, lead)
    drain(NOW)
    assert stage(id_) is Stage.DONE
    assert (rows(Batch)[0].undo_until - rows(Batch)[0].ended_at) == timedelta(minutes=10)
    drain()
    sent = [letter.id for letter in rows(Letter, kind="declined") if letter.state is LetterState.SENT]
    assert len(sent) == 5
    assert set(sent) <= set(servers.mailed())


def test_clock_lets_go_of_what_nobody_went_on_with_and_of_old_letters(lead: Person, ids: list[int]) -> None:
    unused, old = prepared(ids, lead), done(ids, lead)
    clock.tick(NOW + timedelta(days=3))
    assert [batch.id for batch in rows(Batch)] == [old]
    assert {item.batch_id for item in rows(BatchItem)} == {old}
    assert all(item.text for item in rows(BatchItem))
    clock.tick(NOW + timedelta(days=31))
    assert [(item.subject, item.text) for item in rows(BatchItem)] == [("", "")] * 5
    assert unused != old


def test_looking_asks_the_same_of_the_database_however_many_there_are(lead: Person, ids: list[int]) -> None:
    def asked(batch_id: int) -> int:
        db.session.expire_all()
        found = batches.batch(batch_id)
        with counted() as statements:
            batches.look(found, reader=lead.id, now=NOW)
        return len(statements)

    assert asked(prepared(ids[:1], lead)) == asked(prepared(ids, lead))
    assert asked(done(ids[:1], lead)) == asked(done(ids, lead))


def test_applicant_has_not_been_told_while_the_batch_can_be_undone(lead: Person, ids: list[int]) -> None:
    done(ids, lead)
    assert get(ids[0]).state is State.DECLINED
    assert dossier.standing(ids[0], now=NOW).state is State.SUBMITTED
    assert dossier.standing(ids[0], now=NOW + WINDOW).state is State.DECLINED
