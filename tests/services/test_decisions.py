"""Decisions: taken once, with one letter, named when somebody was first, and taken back while there is time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from review import outbox
from review.db import db, release, transaction
from review.errors import Forbidden, Missing, Refused, TooLate, WrongState
from review.models.application import Application, Decision, Message
from review.models.event import Event
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.reads import dossier
from review.rules import DECISIONS, REASONS, REVERSALS, TRANSITIONS, Role, State, Verb, after
from review.services import applications, decisions, reviewing
from review.services.decisions import Choice
from tests import servers
from tests.factories import (
    NOW,
    WINDOW,
    choice,
    count,
    decided,
    get,
    lead,
    person,
    programme,
    received,
    rows,
    submitted,
)
from tests.services.at_once import at_once

Drain = Callable[..., int]
SECOND = timedelta(seconds=1)


def decide(made: Choice, *, by: Person | None = None, window: timedelta = WINDOW) -> int:
    return decisions.decide(made, by=by or lead(), now=NOW, undo_window=window)


def ready(verb: Verb) -> tuple[int, dict[str, object]]:
    """An application this verb can be done to, and what else the form would say."""
    lead()  # whose own event is not to be counted
    id_ = received()
    if verb is Verb.REOPEN:
        decided(id_, Verb.DECLINE, now=NOW - timedelta(days=1))
    if verb is Verb.REVERSE:
        decided(id_, Verb.APPROVE, now=NOW - timedelta(days=1))
    more: dict[str, object] = {"reasons": REASONS[verb][:1]}
    if verb is Verb.ASK:
        more["asked"] = ("pitch",)
    if verb is Verb.DUPLICATE:
        more["duplicate_of"] = received(email="other@mail.example")
    return id_, more


def restored(application: Application) -> tuple[object, ...]:
    """What undo has to bring back."""
    return (
        application.state,
        application.asked,
        application.duplicate_of_id,
        application.decided_at,
        application.reviewer_id,
    )


# decide


@pytest.mark.parametrize("verb", DECISIONS)
def test_decision_writes_state_event_letter_and_effect_together(app: Flask, verb: Verb) -> None:
    id_, more = ready(verb)
    by, version, before = lead(), get(id_).version, len(rows(Event))
    decision_id = decided(id_, verb, by=by, **more)
    application = get(id_)
    assert (application.state, application.version, application.reviewer_id) == (after(verb), version + 1, by.id)
    assert application.asked == (["pitch"] if verb is Verb.ASK else [])
    assert application.duplicate_of_id == more.get("duplicate_of")
    assert application.decided_at == (None if verb in (Verb.ASK, Verb.REOPEN) else NOW)
    (event,) = rows(Event)[before:]
    assert (event.verb, event.person_id, event.why) == (verb, by.id, REASONS[verb][0])
    (letter,) = rows(Letter, decision_id=decision_id)
    assert letter.kind == decisions.LETTERS[verb].__name__
    items = rows(OutboxItem, decision_id=decision_id)
    expected = {Verb.APPROVE: [Kind.PROVISION], Verb.REVERSE: [Kind.RETIRE, Kind.LETTER]}
    assert [item.kind for item in items] == expected.get(verb, [Kind.LETTER])
    assert {item.due_at for item in items} == {NOW + WINDOW}


def test_the_letter_shown_is_the_letter_stored(app: Flask) -> None:
    id_ = received()
    shown = decisions.preview(get(id_), Verb.DECLINE, reasons=("commercial",), asked=())
    made = choice(id_, Verb.DECLINE, reasons=("commercial",))
    decide(replace(made, text=shown.text.replace("\n", "\r\n")))
    stored = rows(Letter)[-1]
    assert (stored.subject, stored.text, stored.html) == (shown.subject, shown.text, shown.html)


def test_the_letter_the_reviewer_changed_is_the_letter_stored(app: Flask) -> None:
    id_ = received()
    decide(choice(id_, Verb.DECLINE, subject="Sorry\nMaren", text="No.\r\n\r\nNot <b>yet</b>."))
    stored = rows(Letter)[-1]
    assert (stored.subject, stored.text) == ("Sorry Maren", "No.\n\nNot <b>yet</b>.\n")
    assert "&lt;b&gt;yet" in stored.html


def test_preview_writes_nothing_and_leaves_foreign_reasons_out(app: Flask) -> None:
    id_ = received()
    letter = decisions.preview(get(id_), Verb.DECLINE, reasons=("new-voice", "x"), asked=("state",))
    assert letter == decisions.preview(get(id_), Verb.DECLINE, reasons=(), asked=())
    assert len(rows(Letter)) == 1


def test_question_becomes_a_message_of_the_conversation(app: Flask) -> None:
    id_, more = ready(Verb.ASK)
    made = decided(id_, Verb.ASK, **more)
    (message,) = rows(Message)
    assert (message.decision_id, message.body) == (made, rows(Letter)[-1].text)


def test_desk_lists_reasons_and_fields_with_their_names(app: Flask) -> None:
    for verb in Verb:
        assert [code for code, _ in decisions.reasons(verb)] == list(REASONS.get(verb, ()))
    assert all(str(label) for _, label in decisions.askable())


@pytest.mark.parametrize("state", [s for s in State if s not in (State.UNVERIFIED, State.EXPIRED)], ids=str)
def test_decision_is_possible_only_where_the_table_allows_it(app: Flask, state: State) -> None:
    by = lead()
    for verb in DECISIONS:
        id_, more = ready(Verb.APPROVE) if verb in REVERSALS else ready(verb)
        with transaction():
            get(id_).state = state
        made = replace(choice(id_, verb, asked=more.pop("asked", ())), duplicate_of=more.get("duplicate_of"))  # type: ignore[arg-type]
        if state in TRANSITIONS[verb][0]:
            decide(made, by=by)
            assert get(id_).state is after(verb)
        else:
            with pytest.raises(WrongState):
                decide(made, by=by)
            assert get(id_).state is state
            assert rows(Decision, application_id=id_) == []


def test_an_unconfirmed_application_cannot_be_decided(app: Flask) -> None:
    id_ = submitted()
    with pytest.raises(WrongState):
        decided(id_, Verb.APPROVE)


@pytest.mark.parametrize(
    ("role", "verb"), [(None, Verb.APPROVE), (Role.VIEWER, Verb.DECLINE), (Role.REVIEWER, Verb.REOPEN)], ids=str
)
def test_decision_beyond_the_role_is_forbidden(app: Flask, role: Role | None, verb: Verb) -> None:
    id_, more = ready(verb)
    before = (get(id_).version, len(rows(Event)), len(rows(Letter)))
    with pytest.raises(Forbidden):
        decide(choice(id_, verb, **more), by=person(role))
    assert (get(id_).version, len(rows(Letter))) == (before[0], before[2])


@pytest.mark.parametrize(
    ("verb", "changes", "code"),
    [
        (Verb.DECLINE, {"reasons": ("new-voice",)}, "unknown-reason"),
        (Verb.DECLINE, {"reasons": ("commercial", "made-up")}, "unknown-reason"),
        (Verb.DECLINE, {"subject": " \n "}, "letter-without-subject"),
        (Verb.DECLINE, {"text": " \r\n "}, "empty-letter"),
        (Verb.ASK, {"asked": ("email",)}, "unknown-field"),
        (Verb.DUPLICATE, {"duplicate_of": None}, "no-original"),
        (Verb.DUPLICATE, {"duplicate_of": 999}, "no-original"),
    ],
)
def test_decision_that_makes_no_sense_is_refused(app: Flask, verb: Verb, changes: dict[str, object], code: str) -> None:
    id_ = received()
    made = replace(choice(id_, verb), **changes)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refusal:
        decide(made)
    assert refusal.value.code == code
    assert refusal.value.field
    assert get(id_).state is State.SUBMITTED
    assert rows(Decision) == []


def test_an_application_is_no_duplicate_of_itself_or_of_a_duplicate_or_of_what_nobody_sees(app: Flask) -> None:
    first, second, third, unverified = received(), received(), received(), submitted()
    decided(second, Verb.DUPLICATE, duplicate_of=first)
    for original, code in ((third, "no-original"), (second, "original-is-duplicate"), (unverified, "no-original")):
        with pytest.raises(Refused, match=code):
            decided(third, Verb.DUPLICATE, duplicate_of=original)


def test_decision_on_what_never_was_is_missing(app: Flask) -> None:
    made = choice(received(), Verb.DECLINE)
    with pytest.raises(Missing):
        decide(replace(made, application_id=99))


# somebody was first


def test_stale_decision_is_refused_and_says_who_did_what_and_when(app: Flask) -> None:
    id_ = received()
    mine = choice(id_, Verb.DECLINE)
    decided(id_, Verb.APPROVE, by=person(name="Ada Moreau"))
    with pytest.raises(WrongState) as refusal:
        decide(mine, by=person(name="Linus"))
    said = refusal.value
    assert (said.state, said.verb, said.by, said.at) == (State.APPROVED, Verb.APPROVE, "Ada Moreau", NOW)
    assert [letter.kind for letter in rows(Letter)] == ["received", "approved"]


def test_stale_decision_names_the_decision_and_not_what_was_noted_since(app: Flask) -> None:
    id_ = received()
    mine = choice(id_, Verb.DECLINE)
    decided(id_, Verb.APPROVE, by=person(name="Ada Moreau"))
    reviewing.note(id_, "Lovely.", by=person(name="Nora"), now=NOW + SECOND)
    with pytest.raises(WrongState) as refusal:
        decide(mine)
    assert (refusal.value.verb, refusal.value.by, refusal.value.at) == (Verb.APPROVE, "Ada Moreau", NOW)


def test_stale_decision_after_an_undo_names_the_undo(app: Flask) -> None:
    id_, by = received(), person(name="Ada Moreau")
    mine = choice(id_, Verb.DECLINE)
    decisions.undo(decided(id_, Verb.APPROVE, by=by), by=by, now=NOW + SECOND)
    with pytest.raises(WrongState) as refusal:
        decide(mine)
    assert (refusal.value.verb, refusal.value.by) == (Verb.UNDO, "Ada Moreau")


@pytest.mark.parametrize("act", ["withdraw", "answer", "take"])
def test_decision_on_what_changed_since_it_was_read_is_refused(app: Flask, act: str) -> None:
    id_, other = received(), person(name="Ada Moreau")
    if act == "answer":
        decided(id_, Verb.ASK, asked=("pitch",))
    mine = choice(id_, Verb.DECLINE)
    if act == "withdraw":
        applications.withdraw(id_, why="", now=NOW + WINDOW)
    elif act == "answer":
        applications.answer(id_, changes={"pitch": "New"}, body="", now=NOW + WINDOW)
    else:
        reviewing.take(id_, by=other, now=NOW)
    with pytest.raises(WrongState) as refusal:
        decide(mine)
    assert refusal.value.verb == act
    assert refusal.value.by == ("Ada Moreau" if act == "take" else "")


def test_notes_and_feed_checks_do_not_make_a_decision_stale(app: Flask) -> None:
    id_ = received(feed_url="https://a.example/feed")
    mine, by = choice(id_, Verb.DECLINE), person()
    reviewing.note(id_, "Hm.", by=by, now=NOW)
    reviewing.check_feed(id_, by=by, now=NOW)
    reviewing.feed_checked(id_, {"url": "https://a.example/feed", "failure": "dns"}, now=NOW)
    decide(mine)
    assert get(id_).state is State.DECLINED


@pytest.mark.parametrize("verb", DECISIONS)
def test_double_click_is_one_decision_and_one_letter(app: Flask, verb: Verb) -> None:
    id_, more = ready(verb)
    made, before = choice(id_, verb, **more), (len(rows(Letter)), len(rows(Event)), len(rows(OutboxItem)))
    assert decide(made) == decide(made)
    effects = 2 if verb is Verb.REVERSE else 1
    more_of_each = (before[0] + 1, before[1] + 1, before[2] + effects)
    assert (len(rows(Letter)), len(rows(Event)), len(rows(OutboxItem))) == more_of_each


def test_form_used_on_another_application_is_refused(app: Flask) -> None:
    first, second = received(), received()
    made = choice(first, Verb.DECLINE)
    decide(made)
    with pytest.raises(Refused, match="form-reused"):
        decide(replace(made, application_id=second))
    assert get(second).state is State.SUBMITTED


def test_a_thousand_attempts_at_once_make_one_decision_and_one_letter_each(app: Flask) -> None:
    """Eight reviewers, 125 applications, everyone decides every one of them at the same moment."""
    programme(places=1000)
    people = [person(Role.LEAD).id for _ in range(2)] * 4
    ids = [received(email=f"a{number}@mail.example") for number in range(125)]
    verbs = (Verb.APPROVE, Verb.DECLINE, Verb.WAITLIST, Verb.ASK)
    written = [choice(id_, Verb.DECLINE) for id_ in ids]
    choices = [
        [replace(one, verb=verbs[n % 4], form_key=f"{n}-{one.application_id}") for n in range(8)] for one in written
    ]

    def attempt(number: int, made: Choice) -> int:
        return decide(made, by=db.session.get_one(Person, people[number]))

    release()
    for mine in choices:
        outcomes = at_once(app, *(partial(attempt, number, made) for number, made in enumerate(mine)))
        won = [outcome for outcome in outcomes if isinstance(outcome, int)]
        lost = [outcome for outcome in outcomes if isinstance(outcome, WrongState)]
        assert (len(won), len(lost)) == (1, 7)
        assert all(error.verb and error.at == NOW for error in lost)
    decided_ids = [decision.application_id for decision in rows(Decision)]
    assert sorted(decided_ids) == sorted(ids)
    assert sorted(letter.application_id for letter in rows(Letter) if letter.decision_id) == sorted(ids)
    held_back = [item.application_id for item in rows(OutboxItem) if item.decision_id]
    assert sorted(held_back) == sorted(ids)


# undo


@pytest.mark.parametrize("verb", DECISIONS)
def test_undo_restores_everything_and_cancels_letter_and_effects(app: Flask, drain: Drain, verb: Verb) -> None:
    id_, more = ready(verb)
    before, events = restored(get(id_)), len(rows(Event))
    by = lead()
    decision_id = decided(id_, verb, by=by, **more)
    version = get(id_).version
    assert decisions.undo(decision_id, by=by, now=NOW + SECOND) == id_
    assert restored(get(id_)) == before
    assert get(id_).version == version + 1
    assert [letter.state for letter in rows(Letter, decision_id=decision_id)] == [LetterState.CANCELLED]
    assert {item.state for item in rows(OutboxItem, decision_id=decision_id)} == {ItemState.CANCELLED}
    assert [message for message in rows(Message) if message.decision_id == decision_id] == []
    (done, undone) = rows(Event)[events:]
    assert (done.verb, undone.verb, undone.why) == (verb, Verb.UNDO, verb)
    drain()
    assert {letter.state for letter in rows(Letter, decision_id=decision_id)} == {LetterState.CANCELLED}


def test_undo_of_a_decision_on_a_question_brings_the_question_back(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.ASK, asked=("pitch", "links"), now=NOW - timedelta(days=1))
    before = restored(get(id_))
    assert get(id_).asked == ["pitch", "links"]
    decisions.undo(decided(id_, Verb.DECLINE), by=lead(), now=NOW)
    assert restored(get(id_)) == before
    assert len(rows(Message)) == 1


def test_undo_is_too_late_when_the_window_has_closed(app: Flask) -> None:
    decision_id = decided(received(), Verb.DECLINE)
    with pytest.raises(TooLate):
        decisions.undo(decision_id, by=lead(), now=NOW + WINDOW)
    decisions.undo(decision_id, by=lead(), now=NOW + WINDOW - SECOND)


def test_undo_is_too_late_once_an_effect_has_begun(app: Flask) -> None:
    id_ = received()
    decision_id = decided(id_, Verb.DECLINE)
    with transaction() as session:
        session.query(Decision).one().undo_until = NOW + 2 * WINDOW
    outbox.lease(limit=10, now=NOW + WINDOW, period=WINDOW)
    with pytest.raises(TooLate):
        decisions.undo(decision_id, by=lead(), now=NOW + WINDOW)
    assert get(id_).state is State.DECLINED
    assert rows(Letter)[-1].state is LetterState.QUEUED


def test_without_an_undo_window_nothing_can_be_undone(app: Flask) -> None:
    made = decide(choice(received(), Verb.DECLINE), window=timedelta(0))
    with pytest.raises(TooLate):
        decisions.undo(made, by=lead(), now=NOW)


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.REVIEWER], ids=str)
def test_a_decision_is_undone_by_nobody_else(app: Flask, role: Role | None) -> None:
    decision_id = decided(received(), Verb.DECLINE, by=person())
    with pytest.raises(Forbidden):
        decisions.undo(decision_id, by=person(role), now=NOW)


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN], ids=str)
def test_a_lead_may_undo_a_colleagues_decision(app: Flask, role: Role) -> None:
    id_ = received()
    decisions.undo(decided(id_, Verb.DECLINE, by=person()), by=person(role), now=NOW)
    assert get(id_).state is State.SUBMITTED


def test_undoing_twice_is_once(app: Flask) -> None:
    id_, by = received(), person()
    decision_id = decided(id_, Verb.DECLINE, by=by)
    decisions.undo(decision_id, by=by, now=NOW)
    version = get(id_).version
    assert decisions.undo(decision_id, by=by, now=NOW + 2 * WINDOW) == id_
    assert get(id_).version == version
    assert [event.verb for event in rows(Event)].count(Verb.UNDO) == 1


def test_form_of_a_decision_that_was_undone_decides_nothing_more(app: Flask) -> None:
    id_, by = received(), lead()
    made = choice(id_, Verb.DECLINE)
    decisions.undo(decisions.decide(made, by=by, now=NOW, undo_window=WINDOW), by=by, now=NOW)
    with pytest.raises(WrongState) as lost:
        decisions.decide(made, by=by, now=NOW, undo_window=WINDOW)
    assert lost.value.verb == Verb.UNDO
    assert get(id_).state is State.SUBMITTED


def test_applicant_cannot_act_on_a_decision_that_was_not_told_yet(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.ASK, asked=("pitch",))
    with pytest.raises(WrongState):
        applications.answer(id_, changes={"pitch": "Too early"}, body="", now=NOW)
    with pytest.raises(WrongState):
        applications.withdraw(id_, why="", now=NOW)
    applications.withdraw(id_, why="", now=NOW + WINDOW)
    assert get(id_).state is State.WITHDRAWN


def test_answer_that_says_nothing_is_refused(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.ASK, asked=("pitch",))
    with pytest.raises(Refused, match="empty-answer"):
        applications.answer(id_, changes={"pitch": get(id_).pitch}, body="", now=NOW + WINDOW)
    assert get(id_).state is State.ASKED


def test_undo_of_what_never_was_is_missing(app: Flask) -> None:
    with pytest.raises(Missing):
        decisions.undo(99, by=person(), now=NOW)


def test_undo_of_a_decision_that_no_longer_stands_is_the_wrong_state(app: Flask) -> None:
    id_, by = received(), person()
    first = decided(id_, Verb.ASK, by=by, asked=("pitch",))
    applications.answer(id_, changes={}, body="x", now=NOW + WINDOW)
    with pytest.raises(WrongState):
        decisions.undo(first, by=by, now=NOW)
    second = decided(id_, Verb.WAITLIST, by=by)
    with pytest.raises(WrongState):
        decisions.undo(first, by=by, now=NOW)
    decisions.undo(second, by=by, now=NOW)


@pytest.mark.parametrize("verb", [Verb.DECLINE, Verb.APPROVE])
def test_a_new_decision_after_undo_sends_exactly_one_letter(app: Flask, drain: Drain, verb: Verb) -> None:
    id_, by = received(), person()
    decisions.undo(decided(id_, Verb.APPROVE, by=by), by=by, now=NOW)
    decisions.undo(decided(id_, Verb.DECLINE, by=by), by=by, now=NOW)
    decided(id_, verb, by=by)
    drain()
    of_decisions = [letter for letter in rows(Letter) if letter.decision_id]
    assert [letter.state for letter in of_decisions] == [
        LetterState.CANCELLED,
        LetterState.CANCELLED,
        LetterState.SENT,
    ]
    mails = servers.mailed()
    assert mails == [letter.id for letter in rows(Letter) if letter.state is LetterState.SENT]
    assert [decision.number for decision in rows(Decision)] == [1, 2, 3]


def test_undo_and_the_relay_at_once_agree(app: Flask) -> None:
    """Either the decision is taken back and nothing leaves, or the letter leaves and the decision stands."""
    late, by_id = NOW + WINDOW, lead().id
    for _ in range(15):
        id_ = received()
        decision_id = decided(id_, Verb.DECLINE)
        with transaction() as session:
            session.query(Decision).filter_by(id=decision_id).one().undo_until = late + WINDOW
        undone, leased = at_once(
            app,
            lambda made=decision_id: decisions.undo(made, by=db.session.get_one(Person, by_id), now=late),  # type: ignore[misc]
            lambda: outbox.lease(limit=50, now=late, period=WINDOW),
        )
        (item,) = rows(OutboxItem, decision_id=decision_id)
        if item.id in [held.item_id for held in leased]:
            assert isinstance(undone, TooLate)
            assert get(id_).state is State.DECLINED
        else:
            assert undone == id_
            assert get(id_).state is State.SUBMITTED


# what the applicant is told meanwhile


@pytest.mark.parametrize("verb", [v for v in DECISIONS if v not in REVERSALS])
def test_a_decision_that_can_be_undone_is_not_told_yet(app: Flask, verb: Verb) -> None:
    id_, more = ready(verb)
    decided(id_, verb, **more)
    told = dossier.standing(id_, now=NOW + WINDOW - SECOND)
    assert (told.state, told.asked, told.messages, told.pending) == (State.SUBMITTED, [], [], True)
    told = dossier.standing(id_, now=NOW + WINDOW)
    assert (told.state, told.pending) == (after(verb), False)
    assert bool(told.messages) is (verb is Verb.ASK)


def test_a_question_stays_told_while_a_decision_on_it_can_be_undone(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.ASK, asked=("pitch",), now=NOW - timedelta(days=1))
    decided(id_, Verb.DECLINE)
    told = dossier.standing(id_, now=NOW)
    assert (told.state, told.asked, len(told.messages)) == (State.ASKED, ["pitch"], 1)


def test_an_undone_decision_is_never_told(app: Flask) -> None:
    id_ = received()
    decisions.undo(decided(id_, Verb.DECLINE), by=lead(), now=NOW)
    told = dossier.standing(id_, now=NOW)
    assert (told.state, told.pending) == (State.SUBMITTED, False)
    assert count(State.DECLINED) == 0


def test_approving_past_the_places_is_asked_about(app: Flask) -> None:
    first, id_ = received(), received()
    programme(places=1)
    decided(first, Verb.APPROVE)
    with pytest.raises(Refused, match="no-places-left"):
        decided(id_, Verb.APPROVE)
    assert get(id_).state is State.SUBMITTED
    decided(id_, Verb.APPROVE, past_places=True)
    assert get(id_).state is State.APPROVED


def test_last_place_is_given_once(app: Flask) -> None:
    ids, by = [received() for _ in range(6)], person().id
    programme(places=1)
    choices = [choice(id_, Verb.APPROVE) for id_ in ids]
    outcomes = at_once(app, *(lambda made=made: decide(made, by=db.session.get_one(Person, by)) for made in choices))
    release()
    assert [str(outcome) for outcome in outcomes].count("no-places-left") == 5
    assert count(State.APPROVED) == 1
