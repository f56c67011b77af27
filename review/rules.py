"""The rules of the review, pure: states, the transition table, who may do what. No database, no Flask, no clock."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where an application stands."""

    UNVERIFIED = "unverified"
    EXPIRED = "expired"
    SUBMITTED = "submitted"
    IN_REVIEW = "in-review"
    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"
    WAITLISTED = "waitlisted"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"


class Verb(StrEnum):
    """What can be done to an application."""

    SUBMIT = "submit"
    VERIFY = "verify"
    JOIN_WAITLIST = "join-waitlist"
    EXPIRE = "expire"
    TAKE = "take"
    APPROVE = "approve"
    DECLINE = "decline"
    ASK = "ask"
    WAITLIST = "waitlist"
    DUPLICATE = "duplicate"
    REOPEN = "reopen"
    REVERSE = "reverse"
    UNDO = "undo"
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    NOTE = "note"
    CHECK_FEED = "check-feed"
    SEND_LINK = "send-link"
    SNOOZE = "snooze"
    WAKE = "wake"
    SCORE = "score"
    TAG = "tag"
    UNTAG = "untag"
    ASSIGN = "assign"
    ASK_OPINION = "ask-opinion"
    DECLARE_CONFLICT = "declare-conflict"
    LIFT_CONFLICT = "lift-conflict"
    REMIND = "remind"
    CLOSE = "close"
    RELEASE = "release"


class Role(StrEnum):
    """What a member of staff may do; people without a role are podcasters."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    LEAD = "lead"
    ADMIN = "admin"


WAITING = (State.SUBMITTED, State.IN_REVIEW)
OPEN = (*WAITING, State.ASKED, State.WAITLISTED)
CLOSED = (State.APPROVED, State.DECLINED, State.WITHDRAWN, State.DUPLICATE)
BACKLOG = (*OPEN, *CLOSED)
"""States that stand on the desk; unverified and expired ones never do."""

TRANSITIONS: dict[Verb, tuple[tuple[State, ...], State]] = {
    Verb.VERIFY: ((State.UNVERIFIED,), State.SUBMITTED),
    Verb.JOIN_WAITLIST: ((State.UNVERIFIED,), State.WAITLISTED),
    Verb.EXPIRE: ((State.UNVERIFIED,), State.EXPIRED),
    Verb.TAKE: ((State.SUBMITTED,), State.IN_REVIEW),
    Verb.APPROVE: ((*WAITING, State.ASKED, State.WAITLISTED), State.APPROVED),
    Verb.DECLINE: ((*WAITING, State.ASKED, State.WAITLISTED), State.DECLINED),
    Verb.ASK: ((*WAITING, State.WAITLISTED), State.ASKED),
    Verb.WAITLIST: ((*WAITING, State.ASKED), State.WAITLISTED),
    Verb.DUPLICATE: ((*WAITING, State.ASKED, State.WAITLISTED), State.DUPLICATE),
    Verb.REOPEN: ((State.DECLINED, State.WITHDRAWN, State.DUPLICATE), State.SUBMITTED),
    Verb.REVERSE: ((State.APPROVED,), State.DECLINED),
    Verb.ANSWER: ((State.ASKED,), State.SUBMITTED),
    Verb.WITHDRAW: (OPEN, State.WITHDRAWN),
    Verb.CLOSE: ((State.ASKED,), State.WITHDRAWN),
    Verb.RELEASE: ((State.IN_REVIEW,), State.SUBMITTED),
}
"""verb -> (states it may start from, the state it ends in). An approved show is on the air: reversing ends that.
Who never answers is not turned down: the application ends as if they had taken it back."""

DECISIONS = (Verb.APPROVE, Verb.DECLINE, Verb.ASK, Verb.WAITLIST, Verb.DUPLICATE, Verb.REOPEN, Verb.REVERSE)
"""The verbs that write a letter a reviewer sees first, and that wait out the undo window."""

IN_BULK = (Verb.APPROVE, Verb.DECLINE, Verb.ASK, Verb.WAITLIST)
"""Decisions that can be taken for many applications at once: each needs to know nothing but its own application."""

_RANK = {Role.VIEWER: 0, Role.REVIEWER: 1, Role.LEAD: 2, Role.ADMIN: 3}
_NEEDS = {Verb.REOPEN: Role.LEAD, Verb.REVERSE: Role.LEAD, Verb.LIFT_CONFLICT: Role.LEAD}

REASONS: dict[Verb, tuple[str, ...]] = {
    Verb.APPROVE: ("fits-community", "new-voice"),
    Verb.DECLINE: ("commercial", "not-started", "feed-broken", "rights", "off-programme", "incomplete"),
    Verb.ASK: ("feed-unreachable", "pitch-short", "rights-question", "schedule-question", "ownership"),
    Verb.WAITLIST: ("places-full", "next-round"),
    Verb.DUPLICATE: ("same-show", "same-person"),
    Verb.REOPEN: ("new-information", "our-mistake"),
    Verb.REVERSE: ("approved-by-mistake", "rights-claimed", "rules-broken"),
}
"""Coded reasons per decision; their sentences stand in letters.py."""

SNOOZES = (1, 3, 7, 14)
"""For how many days an application can be put off."""

ASKABLE = ("show_title", "pitch", "links", "schedule", "feed_url")
"""The fields a reviewer may ask an applicant to mend."""


def allowed(state: State, verb: Verb) -> bool:
    """Whether `verb` may start from `state`."""
    return state in TRANSITIONS[verb][0]


def after(verb: Verb) -> State:
    """The state `verb` ends in."""
    return TRANSITIONS[verb][1]


def may(role: Role | None, verb: Verb) -> bool:
    """Whether a person of this role may do `verb` on the desk at all."""
    return role is not None and _RANK[role] >= _RANK[_NEEDS.get(verb, Role.REVIEWER)]


def may_operate(role: Role | None) -> bool:
    """Whether a person of this role may look behind the scenes: queues, workers, servers."""
    return role is Role.ADMIN


def may_configure(role: Role | None) -> bool:
    """Whether a person of this role may change what applications are judged by, and what programmes say."""
    return role is Role.ADMIN


def may_read_apart(role: Role | None) -> bool:
    """Whether a person of this role reads what applicants answered for leads alone."""
    return role in (Role.LEAD, Role.ADMIN)


def may_share(role: Role | None) -> bool:
    """Whether a person of this role may put a view in front of all colleagues."""
    return role in (Role.LEAD, Role.ADMIN)


REVERSALS = (Verb.REOPEN, Verb.REVERSE)
"""What takes a decision back once its undo window has closed, with a letter of its own."""


def may_decide_in_bulk(role: Role | None) -> bool:
    """Whether a person of this role may decide many applications at once, and take them back."""
    return role in (Role.LEAD, Role.ADMIN)


def may_export(role: Role | None) -> bool:
    """Whether a person of this role may take what applicants wrote out of the product, or bring it in."""
    return role in (Role.LEAD, Role.ADMIN)


def may_undo(role: Role | None, *, own: bool) -> bool:
    """Whether a person of this role may take a decision back: reviewers their own, leads and admins anybody's."""
    return may(role, Verb.UNDO) and (own or role is not Role.REVIEWER)


def possible(role: Role | None, state: State) -> tuple[Verb, ...]:
    """The decisions this person may take from this state, in the order the desk shows them."""
    return tuple(verb for verb in DECISIONS if allowed(state, verb) and may(role, verb))
