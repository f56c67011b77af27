"""Claims and drafts: several people at one backlog, none in another's way, and nothing typed is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from review.db import release
from review.errors import Forbidden, Missing, Refused
from review.models.desk import Claim
from review.models.event import Event
from review.models.person import Person
from review.reads import claims as known
from review.rules import DECISIONS, Role, State, Verb
from review.services import claims, decisions, reviewing
from tests.factories import NOW, WINDOW, choice, decided, get, person, received, rows, submitted
from tests.services.at_once import at_once

LATER = NOW + known.LASTS


def reads(id_: int, by: Person, *, now=NOW, writing: bool = False) -> None:  # type: ignore[no-untyped-def]
    claims.renew(id_, writing=writing, by=by, now=now)


def names(id_: int, *, now=NOW) -> list[str]:  # type: ignore[no-untyped-def]
    return [reader.name for reader in known.readers(now, id_)]


def test_first_of_several_readers_has_the_claim(app: Flask) -> None:
    id_, ada, rosa = received(), person(name="Ada"), person(name="Rosa")
    reads(id_, rosa)
    reads(id_, ada, now=NOW + timedelta(seconds=5), writing=True)
    reads(id_, rosa, now=NOW + timedelta(seconds=30))
    assert names(id_) == ["Rosa", "Ada"]
    assert [reader.writing for reader in known.readers(NOW, id_)] == [False, True]
    assert known.held(NOW)[id_].name == "Rosa"


def test_claim_ends_by_itself(app: Flask) -> None:
    id_, ada, rosa = received(), person(name="Ada"), person(name="Rosa")
    reads(id_, rosa)
    assert names(id_, now=LATER) == []
    reads(id_, ada, now=LATER)
    reads(id_, rosa, now=LATER + timedelta(seconds=1))
    assert names(id_, now=LATER) == ["Ada", "Rosa"], "who comes back stands at the end"


def test_reading_another_application_ends_the_claim(app: Flask) -> None:
    one, other, rosa = received(), received(), person(name="Rosa")
    reads(one, rosa)
    reads(other, rosa)
    assert (names(one), names(other)) == ([], ["Rosa"])
    assert len(rows(Claim)) == 1


def test_who_leaves_has_no_claim(app: Flask) -> None:
    id_, rosa = received(), person(name="Rosa")
    reads(id_, rosa)
    claims.release(by=rosa)
    assert names(id_) == []


def test_who_only_looks_claims_nothing(app: Flask) -> None:
    with pytest.raises(Forbidden):
        reads(received(), person(Role.VIEWER))
    with pytest.raises(Forbidden):
        claims.take_next(by=person(Role.VIEWER), now=NOW)


@pytest.mark.parametrize("unknown", [0, 999])
def test_what_is_not_on_the_desk_cannot_be_claimed(app: Flask, unknown: int) -> None:
    for id_ in (unknown, submitted()):
        with pytest.raises(Missing):
            reads(id_, person())


def test_reviewer_does_not_decide_what_a_colleague_has_claimed(app: Flask) -> None:
    id_, first, second = received(), person(), person()
    reads(id_, first)
    with pytest.raises(Refused, match="claimed"):
        decided(id_, Verb.DECLINE, by=second)
    assert get(id_).state is State.SUBMITTED
    decided(id_, Verb.DECLINE, by=first)


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN])
def test_claim_never_stands_in_a_leads_way(app: Flask, role: Role) -> None:
    id_ = received()
    reads(id_, person())
    decided(id_, Verb.DECLINE, by=person(role))
    assert get(id_).state is State.DECLINED


def test_claim_can_be_taken_over_and_the_trail_says_from_whom(app: Flask) -> None:
    id_, first, second = received(), person(name="Ada"), person(name="Rosa")
    reads(id_, first)
    claims.keep_draft(id_, "note", "Half a thought", by=first, now=NOW)
    claims.take_over(id_, by=second, now=NOW)
    reads(id_, first, now=NOW + timedelta(seconds=30))
    assert names(id_) == ["Rosa", "Ada"]
    assert [(event.verb, event.why) for event in rows(Event, person_id=second.id)] == [("claim-taken", "Ada")]
    decided(id_, Verb.DECLINE, by=second)
    kept = known.draft(first.id, id_, "note")
    assert kept
    assert kept.text == "Half a thought"


def test_taking_over_what_nobody_has_leaves_no_line(app: Flask) -> None:
    by = person()
    claims.take_over(received(), by=by, now=NOW)
    assert rows(Event, person_id=by.id) == []


def test_next_one_is_the_oldest_that_is_free(app: Flask) -> None:
    new, old, asleep, asked = (received(now=NOW - timedelta(days=age)) for age in (1, 4, 3, 2))
    reviewing.snooze(asleep, 7, by=person(), now=NOW)
    decided(asked, Verb.ASK)
    ada, rosa, vera = person(), person(), person()
    assert claims.take_next(by=ada, now=NOW) == old
    assert claims.take_next(by=ada, now=NOW) == old, "it is still theirs, and still waits"
    assert claims.take_next(by=rosa, now=NOW) == new
    assert claims.take_next(by=vera, now=NOW) is None
    assert claims.take_next(by=vera, now=LATER) == old


def test_any_number_of_reviewers_at_once_are_given_different_ones(app: Flask) -> None:
    ids = [received(now=NOW - timedelta(minutes=age)) for age in range(12)]
    people = [person() for _ in range(8)]
    given = at_once(app, *(lambda by=by: claims.take_next(by=by, now=NOW) for by in people))
    release()
    assert len({*given}) == len(people)
    assert {*given} <= {*ids}
    assert len(known.held(NOW)) == len(people)


def test_one_person_in_many_windows_claims_one_thing(app: Flask) -> None:
    ids, by = [received() for _ in range(4)], person()
    outcomes = at_once(app, *(lambda id_=id_: reads(id_, by) for id_ in ids))
    assert outcomes == [None] * 4
    assert len(rows(Claim)) == 1


@pytest.mark.parametrize("kind", ["note", *DECISIONS])
def test_draft_is_kept_as_it_was_typed_last(app: Flask, kind: str) -> None:
    id_, by = received(), person()
    for text in ("Dear", "Dear Maren, 🎙\n"):
        claims.keep_draft(id_, kind, text, subject="About it", by=by, now=NOW)
    kept = known.draft(by.id, id_, kind)
    assert kept
    assert (kept.text, kept.subject) == ("Dear Maren, 🎙\n", "About it")
    assert known.draft(person().id, id_, kind) is None
    claims.keep_draft(id_, kind, "  ", by=by, now=NOW)
    assert known.draft(by.id, id_, kind) is None


def test_what_was_typed_before_it_was_sent_and_comes_later_is_no_draft(app: Flask) -> None:
    id_, by = received(), person()
    reviewing.note(id_, "I hear the hiss.", by=by, now=NOW)
    decision = decided(id_, Verb.WAITLIST, by=by)
    claims.keep_draft(id_, "note", "I hear the ", by=by, now=NOW)
    claims.keep_draft(id_, Verb.WAITLIST, "Hello Maren,", by=by, now=NOW)
    assert (known.draft(by.id, id_, "note"), known.draft(by.id, id_, Verb.WAITLIST)) == (None, None)
    claims.keep_draft(id_, "note", "I hear the sea", by=by, now=NOW)
    decisions.undo(decision, by=by, now=NOW)
    claims.keep_draft(id_, Verb.WAITLIST, "Hello Maren,", by=by, now=NOW)
    assert all(known.draft(by.id, id_, kind) for kind in ("note", Verb.WAITLIST))


def test_draft_goes_when_it_was_sent(app: Flask) -> None:
    id_, by = received(), person()
    for kind in ("note", Verb.ASK, Verb.DECLINE):
        claims.keep_draft(id_, kind, "Words", by=by, now=NOW)
    reviewing.note(id_, "Words", by=by, now=NOW)
    decisions.decide(choice(id_, Verb.DECLINE), by=by, now=NOW, undo_window=WINDOW)
    assert [kind for kind in ("note", Verb.ASK, Verb.DECLINE) if known.draft(by.id, id_, kind)] == [Verb.ASK]


@pytest.mark.parametrize(("id_", "kind"), [(999, "note"), (1, "nonsense"), (1, "take")])
def test_draft_of_nothing_is_refused(app: Flask, id_: int, kind: str) -> None:
    received()
    with pytest.raises(Missing):
        claims.keep_draft(id_, kind, "Words", by=person(), now=NOW)


def test_old_drafts_and_ended_claims_are_forgotten(app: Flask) -> None:
    id_, by = received(), person()
    reads(id_, by)
    claims.keep_draft(id_, "note", "Words", by=by, now=NOW)
    assert claims.forget(now=NOW + timedelta(minutes=1)) == 0
    assert len(rows(Claim)) == 1
    assert claims.forget(now=NOW + timedelta(days=31)) == 1
    assert (rows(Claim), known.draft(by.id, id_, "note")) == ([], None)


def test_a_decision_that_arrives_after_the_next_one_was_opened_is_still_who_was_firsts(app: Flask) -> None:
    """The desk goes on at once; the claim of the next application may overtake the decision on the one before."""
    id_, next_, later = received(), received(), received()
    rosa, colleague = person(), person()
    claims.renew(id_, writing=False, by=rosa, now=NOW)
    claims.renew(id_, writing=False, by=colleague, now=NOW + timedelta(seconds=1))
    made = choice(id_, Verb.DECLINE, reasons=("rights",))
    claims.renew(next_, writing=False, by=rosa, now=NOW + timedelta(seconds=2))
    decisions.decide(made, by=rosa, now=NOW + timedelta(seconds=3), undo_window=WINDOW)
    assert get(id_).state is State.DECLINED
    claims.renew(later, writing=False, by=colleague, now=NOW)
    claims.renew(later, writing=False, by=rosa, now=NOW + timedelta(seconds=4))
    claims.renew(next_, writing=False, by=rosa, now=NOW + timedelta(seconds=5))
    with pytest.raises(Refused, match="claimed"):
        decisions.decide(choice(later, Verb.WAITLIST), by=rosa, now=NOW + timedelta(seconds=6), undo_window=WINDOW)


def test_who_left_it_for_good_has_it_no_more(app: Flask) -> None:
    id_, next_ = received(), received()
    rosa, colleague = person(), person()
    claims.renew(id_, writing=False, by=rosa, now=NOW)
    claims.renew(next_, writing=False, by=rosa, now=NOW + timedelta(seconds=1))
    late = NOW + claims.ON_ITS_WAY + timedelta(seconds=2)
    claims.renew(id_, writing=False, by=colleague, now=late)
    with pytest.raises(Refused, match="claimed"):
        decisions.decide(choice(id_, Verb.WAITLIST), by=rosa, now=late, undo_window=WINDOW)
