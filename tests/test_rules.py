"""The rules of the review: the whole table of transitions, every role, every reason."""

from __future__ import annotations

from itertools import product

import pytest

from review import letters
from review.rules import (
    ASKABLE,
    BACKLOG,
    CLOSED,
    DECISIONS,
    IN_BULK,
    OPEN,
    REASONS,
    TRANSITIONS,
    WAITING,
    Role,
    State,
    Verb,
    after,
    allowed,
    may,
    may_decide_in_bulk,
    may_export,
    may_share,
    may_undo,
    possible,
)

S, V = State, Verb
TABLE = {
    V.VERIFY: ("unverified", S.SUBMITTED),
    V.JOIN_WAITLIST: ("unverified", S.WAITLISTED),
    V.EXPIRE: ("unverified", S.EXPIRED),
    V.TAKE: ("submitted", S.IN_REVIEW),
    V.APPROVE: ("submitted in-review asked waitlisted", S.APPROVED),
    V.DECLINE: ("submitted in-review asked waitlisted", S.DECLINED),
    V.ASK: ("submitted in-review waitlisted", S.ASKED),
    V.WAITLIST: ("submitted in-review asked", S.WAITLISTED),
    V.DUPLICATE: ("submitted in-review asked waitlisted", S.DUPLICATE),
    V.REOPEN: ("declined withdrawn duplicate", S.SUBMITTED),
    V.REVERSE: ("approved", S.DECLINED),
    V.ANSWER: ("asked", S.SUBMITTED),
    V.WITHDRAW: ("submitted in-review asked waitlisted", S.WITHDRAWN),
    V.CLOSE: ("asked", S.WITHDRAWN),
    V.RELEASE: ("in-review", S.SUBMITTED),
}
"""Written out a second time on purpose: a slip in the product's own table must not pass unseen."""


@pytest.mark.parametrize(("verb", "state"), list(product(TABLE, State)), ids=str)
def test_transition_starts_only_where_the_table_says(verb: Verb, state: State) -> None:
    assert allowed(state, verb) is (state in TABLE[verb][0].split())


@pytest.mark.parametrize("verb", TABLE, ids=str)
def test_transition_ends_where_the_table_says(verb: Verb) -> None:
    assert after(verb) is TABLE[verb][1]


def test_table_has_no_other_verbs() -> None:
    assert set(TRANSITIONS) == set(TABLE)


def test_verbs_that_move_nothing_have_no_transition() -> None:
    said_or_sorted = {V.NOTE, V.SCORE, V.TAG, V.UNTAG, V.ASSIGN, V.ASK_OPINION, V.DECLARE_CONFLICT, V.LIFT_CONFLICT}
    others = {V.SUBMIT, V.UNDO, V.CHECK_FEED, V.SEND_LINK, V.SNOOZE, V.WAKE, V.REMIND}
    assert set(Verb) - set(TRANSITIONS) == said_or_sorted | others


@pytest.mark.parametrize("verb", TABLE, ids=str)
def test_no_verb_leads_back_to_where_it_started(verb: Verb) -> None:
    assert not allowed(after(verb), verb)


def test_every_state_can_be_reached_from_the_first() -> None:
    reached = {S.UNVERIFIED}
    for _ in State:
        reached |= {after(verb) for verb in TABLE if any(allowed(state, verb) for state in reached)}
    assert reached == set(State)


def test_states_of_the_desk_are_all_but_the_unconfirmed() -> None:
    assert set(BACKLOG) == set(State) - {S.UNVERIFIED, S.EXPIRED}
    assert set(OPEN).isdisjoint(CLOSED)
    assert set(WAITING) < set(OPEN)


@pytest.mark.parametrize(("role", "verb"), list(product((None, *Role), Verb)), ids=str)
def test_may_asks_for_the_role_the_verb_needs(role: Role | None, verb: Verb) -> None:
    leads = dict.fromkeys((V.REOPEN, V.REVERSE, V.LIFT_CONFLICT), (Role.LEAD, Role.ADMIN))
    enough = leads.get(verb, (Role.REVIEWER, Role.LEAD, Role.ADMIN))
    assert may(role, verb) is (role in enough)


@pytest.mark.parametrize(("role", "state"), list(product((None, *Role), State)), ids=str)
def test_possible_decisions_are_allowed_and_permitted(role: Role | None, state: State) -> None:
    assert possible(role, state) == tuple(v for v in DECISIONS if state in TABLE[v][0].split() and may(role, v))


def test_an_approved_show_can_only_be_reversed_and_by_leads() -> None:
    assert possible(Role.REVIEWER, S.APPROVED) == ()
    assert possible(Role.LEAD, S.APPROVED) == (V.REVERSE,)


def test_every_decision_has_reasons_and_nothing_else_has() -> None:
    assert set(REASONS) == set(DECISIONS)
    assert all(REASONS.values())


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    codes = [code for group in REASONS.values() for code in group]
    assert sorted(codes) == sorted(letters.REASONS)
    assert all(str(label) and str(sentence) for label, sentence in letters.REASONS.values())


def test_every_field_that_can_be_asked_for_has_a_name() -> None:
    assert set(ASKABLE) == set(letters.ASKED_FIELDS)


@pytest.mark.parametrize("role", [None, *Role])
def test_leads_put_views_before_everybody(role: Role | None) -> None:
    assert may_share(role) is (role in (Role.LEAD, Role.ADMIN))


@pytest.mark.parametrize("role", [None, *Role])
def test_leads_decide_many_at_once(role: Role | None) -> None:
    assert may_decide_in_bulk(role) is (role in (Role.LEAD, Role.ADMIN))


def test_many_are_decided_only_as_reviewers_may_decide_one() -> None:
    assert set(IN_BULK) < set(DECISIONS)
    assert all(may(Role.REVIEWER, verb) for verb in IN_BULK)
    assert {V.DUPLICATE, V.REOPEN}.isdisjoint(IN_BULK)


@pytest.mark.parametrize("role", [None, *Role])
def test_leads_take_tables_away_and_bring_them_in(role: Role | None) -> None:
    assert may_export(role) is (role in (Role.LEAD, Role.ADMIN))


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("own", [True, False])
def test_reviewers_undo_their_own_decisions_and_leads_anybodys(role: Role | None, own: bool) -> None:
    expected = role in (Role.LEAD, Role.ADMIN) or (role is Role.REVIEWER and own)
    assert may_undo(role, own=own) is expected
