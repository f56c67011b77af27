"""The small verbs of the desk, and the one line each of them leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from review import outbox
from review.errors import Forbidden, Missing, Refused, WrongState
from review.models.application import Decision, FeedCheck, Note
from review.models.event import Actor, Event
from review.models.letter import Letter
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.programme import Programme
from review.podcast.feed import Feed
from review.podcast.reader import Reading
from review.podcast.snapshot import take
from review.rules import Role, State, Verb
from review.services import applications, decisions, lost_links, programmes, reviewing
from tests.factories import NOW, WINDOW, decided, get, lead, person, received, rows, submitted

FEED = "https://a.example/feed"
DESK = {
    "take": lambda id_, by: reviewing.take(id_, by=by, now=NOW),
    "note": lambda id_, by: reviewing.note(id_, "Hm.", by=by, now=NOW),
    "check_feed": lambda id_, by: reviewing.check_feed(id_, by=by, now=NOW),
    "send_link": lambda id_, by: reviewing.send_link(id_, by=by, now=NOW),
    "snooze": lambda id_, by: reviewing.snooze(id_, 3, by=by, now=NOW),
}


def test_take_shows_who_is_reading(app: Flask) -> None:
    id_, by = received(), person()
    version = get(id_).version
    reviewing.take(id_, by=by, now=NOW)
    application = get(id_)
    assert (application.state, application.reviewer_id, application.version) == (State.IN_REVIEW, by.id, version + 1)


def test_taking_twice_is_once(app: Flask) -> None:
    id_, by = received(), person()
    reviewing.take(id_, by=by, now=NOW)
    version = get(id_).version
    reviewing.take(id_, by=by, now=NOW)
    assert get(id_).version == version
    assert [event.verb for event in rows(Event)].count(Verb.TAKE) == 1


def test_taking_what_a_colleague_has_names_the_colleague(app: Flask) -> None:
    id_ = received()
    reviewing.take(id_, by=person(name="Ada Moreau"), now=NOW)
    with pytest.raises(WrongState) as refusal:
        reviewing.take(id_, by=person(), now=NOW)
    assert refusal.value.by == "Ada Moreau"


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.ASK, Verb.WAITLIST])
def test_taking_what_does_not_wait_is_the_wrong_state(app: Flask, verb: Verb) -> None:
    id_ = received()
    decided(id_, verb)
    with pytest.raises(WrongState):
        reviewing.take(id_, by=person(), now=NOW)


@pytest.mark.parametrize("verb", DESK)
@pytest.mark.parametrize("role", [None, Role.VIEWER], ids=str)
def test_desk_verbs_are_forbidden_to_who_only_looks(app: Flask, verb: str, role: Role | None) -> None:
    id_, by = received(feed_url=FEED), person(role)
    before = len(rows(Event)), len(rows(OutboxItem)), get(id_).version
    with pytest.raises(Forbidden):
        DESK[verb](id_, by)
    assert (len(rows(Event)), len(rows(OutboxItem)), get(id_).version) == before


@pytest.mark.parametrize("verb", DESK)
def test_desk_verbs_need_an_application(app: Flask, verb: str) -> None:
    with pytest.raises(Missing):
        DESK[verb](99, person())


def test_note_is_kept_trimmed(app: Flask) -> None:
    id_, by = received(), person()
    reviewing.note(id_, "  Warm voice. \n", by=by, now=NOW)
    assert [(note.body, note.person_id) for note in rows(Note)] == [("Warm voice.", by.id)]


@pytest.mark.parametrize("body", ["", " \n\t ", "x" * 5001], ids=["empty", "blank", "long"])
def test_note_that_says_nothing_or_too_much_is_refused(app: Flask, body: str) -> None:
    id_ = received()
    with pytest.raises(Refused, match="note-length"):
        reviewing.note(id_, body, by=person(), now=NOW)
    assert rows(Note) == []


def test_feed_is_read_again_when_asked(app: Flask) -> None:
    id_ = received(feed_url=FEED)
    reviewing.check_feed(id_, by=person(), now=NOW)
    assert [item.kind for item in rows(OutboxItem)].count(Kind.FEED_CHECK) == 2


def test_feed_that_is_not_there_cannot_be_read(app: Flask) -> None:
    with pytest.raises(Refused, match="no-feed"):
        reviewing.check_feed(received(), by=person(), now=NOW)


def test_what_a_feed_looks_like_replaces_what_it_looked_like(app: Flask) -> None:
    id_ = received(feed_url=FEED)
    shot = take(Reading(Feed(), (), 0), url=FEED, now=NOW).to_json()
    seen = {"url": FEED, "snapshot": shot, "artwork_key": "k", "artwork_width": 9, "artwork_height": 9}
    reviewing.feed_checked(id_, seen, now=NOW)
    reviewing.feed_checked(id_, {"url": FEED, "failure": "dns"}, now=NOW + timedelta(days=1))
    (check,) = rows(FeedCheck)
    assert (check.failure, check.snapshot, check.artwork_key, check.artwork_width) == ("dns", None, "", None)
    assert check.checked_at == NOW + timedelta(days=1)


def test_link_is_sent_again_from_the_desk(app: Flask) -> None:
    id_ = received()
    reviewing.send_link(id_, by=person(), now=NOW)
    assert [letter.kind for letter in rows(Letter)] == ["received", "status_link"]


def test_link_of_an_unconfirmed_application_is_not_sent_from_the_desk(app: Flask) -> None:
    with pytest.raises(Missing):
        reviewing.send_link(submitted(), by=person(), now=NOW)


def dead() -> int:
    received(feed_url=FEED)
    (held, *_) = outbox.lease(limit=1, now=NOW, period=timedelta(minutes=1))
    outbox.start(held, now=NOW, period=timedelta(minutes=1))
    outbox.dead(held, "no", now=NOW)
    return held.item_id


def test_dead_effect_is_brought_back_with_the_whole_ladder_before_it(app: Flask) -> None:
    item_id = dead()
    reviewing.retry(item_id, by=person(), now=NOW + timedelta(days=1))
    item = rows(OutboxItem, id=item_id)[0]
    assert (item.state, item.attempts, item.done_at) == (ItemState.WAITING, 0, None)
    assert item.due_at == NOW + timedelta(days=1)
    assert rows(Event)[-1].verb == "retry"


def test_only_dead_effects_can_be_brought_back_and_only_once(app: Flask) -> None:
    item_id, by = dead(), person()
    reviewing.retry(item_id, by=by, now=NOW)
    for other in (item_id, *(item.id for item in rows(OutboxItem)), 99):
        with pytest.raises(Missing):
            reviewing.retry(other, by=by, now=NOW)


def test_dead_effect_is_not_brought_back_by_who_only_looks(app: Flask) -> None:
    item_id = dead()
    with pytest.raises(Forbidden):
        reviewing.retry(item_id, by=person(Role.VIEWER), now=NOW)


def test_every_verb_that_touches_an_application_leaves_exactly_one_line(app: Flask) -> None:
    by, other = lead(), received(email="other@mail.example")
    id_ = received(feed_url=FEED)

    def decide(verb: Verb, **more: object) -> None:
        decided(id_, verb, by=by, **more)

    def undo() -> None:
        decisions.undo(rows(Decision)[-1].id, by=by, now=NOW)

    acts = [
        (Verb.TAKE, lambda: reviewing.take(id_, by=by, now=NOW)),
        (Verb.NOTE, lambda: reviewing.note(id_, "x", by=by, now=NOW)),
        (Verb.CHECK_FEED, lambda: reviewing.check_feed(id_, by=by, now=NOW)),
        ("feed-checked", lambda: reviewing.feed_checked(id_, {"url": FEED}, now=NOW)),
        (Verb.SEND_LINK, lambda: reviewing.send_link(id_, by=by, now=NOW)),
        (Verb.SEND_LINK, lambda: lost_links.resend_links("maren@mail.example", now=NOW)),
        (Verb.ASK, lambda: decide(Verb.ASK, asked=("pitch",))),
        (Verb.ANSWER, lambda: applications.answer(id_, changes={"pitch": "x"}, body="y", now=NOW + WINDOW)),
        (Verb.WAITLIST, lambda: decide(Verb.WAITLIST)),
        (Verb.UNDO, undo),
        (Verb.DUPLICATE, lambda: decide(Verb.DUPLICATE, duplicate_of=other)),
        (Verb.REOPEN, lambda: decide(Verb.REOPEN)),
        (Verb.DECLINE, lambda: decide(Verb.DECLINE)),
        (Verb.REOPEN, lambda: decide(Verb.REOPEN)),
        (Verb.WITHDRAW, lambda: applications.withdraw(id_, why="", now=NOW + WINDOW)),
        (Verb.REOPEN, lambda: decide(Verb.REOPEN)),
        (Verb.APPROVE, lambda: decide(Verb.APPROVE)),
    ]
    for verb, act in acts:
        before = len(rows(Event))
        act()
        added = rows(Event)[before:]
        assert [(event.verb, event.application_id) for event in added] == [(verb, id_)]
        assert added[0].at in (NOW, NOW + WINDOW)
        assert (added[0].person_id is not None) is (added[0].actor is Actor.STAFF)


def test_new_rules_get_a_new_version_and_the_same_rules_do_not(app: Flask) -> None:
    keep = {"slug": None, "places": None, "opens_at": None, "closes_at": None, "always_open": False, "rules": None}
    programmes.change(**keep | {"rules": " One rule. \n"}, now=NOW)
    programmes.change(**keep | {"rules": "One rule."}, now=NOW)
    (programme,) = rows(Programme)
    assert (programme.rules, programme.rules_version, programme.places) == ("One rule.", 2, 40)


def test_places_and_dates_are_set_and_the_rest_is_left(app: Flask) -> None:
    week = timedelta(days=7)
    keep = {"slug": None, "places": None, "opens_at": None, "closes_at": None, "always_open": False, "rules": None}
    programmes.change(**keep | {"places": 0, "opens_at": NOW, "closes_at": NOW + week}, now=NOW)
    programmes.change(**keep | {"closes_at": NOW + 2 * week}, now=NOW)
    (programme,) = rows(Programme)
    assert (programme.places, programme.opens_at, programme.closes_at) == (0, NOW, NOW + 2 * week)
    assert programme.is_open(NOW)
    assert not programme.is_open(NOW + 2 * week)
    programmes.change(**keep | {"always_open": True}, now=NOW)
    assert rows(Programme)[0].is_open(NOW - week)
    assert [event.verb for event in rows(Event)] == ["programme-changed"] * 3


def test_snoozed_application_comes_back_by_itself(app: Flask) -> None:
    id_, by = received(), person()
    reviewing.snooze(id_, 3, by=by, now=NOW)
    assert get(id_).snoozed_until == NOW + timedelta(days=3)
    assert [(event.verb, event.why) for event in rows(Event, person_id=by.id)] == [(Verb.SNOOZE, "3")]


def test_snoozed_application_can_be_woken(app: Flask) -> None:
    id_, by = received(), person()
    reviewing.snooze(id_, 3, by=by, now=NOW)
    reviewing.snooze(id_, 0, by=by, now=NOW)
    assert get(id_).snoozed_until is None
    assert [event.verb for event in rows(Event, person_id=by.id)] == [Verb.SNOOZE, Verb.WAKE]


@pytest.mark.parametrize("days", [-1, 2, 365])
def test_snoozing_has_its_days(app: Flask, days: int) -> None:
    with pytest.raises(Refused, match="snooze-days"):
        reviewing.snooze(received(), days, by=person(), now=NOW)


def test_what_is_decided_cannot_be_snoozed(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.DECLINE)
    with pytest.raises(WrongState):
        reviewing.snooze(id_, 1, by=person(), now=NOW)


@pytest.mark.parametrize("verb", [Verb.ASK, Verb.WAITLIST, Verb.DECLINE])
def test_deciding_ends_a_snooze(app: Flask, verb: Verb) -> None:
    id_ = received()
    reviewing.snooze(id_, 7, by=person(), now=NOW)
    decided(id_, verb)
    assert get(id_).snoozed_until is None


def test_applicants_answer_ends_a_snooze(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.ASK, asked=("schedule",))
    reviewing.snooze(id_, 7, by=person(), now=NOW)
    applications.answer(id_, changes={"schedule": "weekly"}, body="", now=NOW + WINDOW)
    assert get(id_).snoozed_until is None
