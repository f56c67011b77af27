"""How the review goes: what came, what was decided, how fast. A fixed number of queries; days are days in UTC."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, select

from review.db import db
from review.models.application import Application, Decision
from review.models.event import A_LOOK, Event
from review.models.letter import Letter, LetterState
from review.models.person import Person
from review.reads.times import Day, Seconds
from review.rules import State, Verb

Query = Select[*tuple[Any, ...]]

PERIODS = {30: (30, 1), 90: (90, 1), 365: (52, 7)}
"""About how many days one can look back -> how many stretches of how many days these are."""

SETTLES = {
    Verb.APPROVE: State.APPROVED,
    Verb.DECLINE: State.DECLINED,
    Verb.WAITLIST: State.WAITLISTED,
    Verb.DUPLICATE: State.DUPLICATE,
}
"""The decisions that take an application out of the backlog, and where to."""

OPEN = (State.SUBMITTED, State.IN_REVIEW, State.ASKED)
"""The backlog, as it is counted here: a decision is still to come."""

DAY = 86_400
SPANS = (DAY, 3 * DAY, 7 * DAY, 14 * DAY, 28 * DAY)
"""How long things take is counted up to each of these numbers of seconds, and beyond."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day, or several: how many came and were decided in it, and how many were open at its end."""

    first: date
    last: date
    came: int
    decided: int
    open: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took: half of all cases no longer than `median`, nine in ten no longer than `most`.

    `spans` counts those up to each of SPANS, and those beyond.
    """

    number: int
    median: timedelta | None
    most: timedelta | None
    spans: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stats:
    """Everything of one period. Decisions that were taken back count nowhere."""

    stretches: list[Stretch]
    looks: Times
    decisions: Times
    reasons: dict[tuple[Verb, str], int]
    reviewers: list[tuple[str, Counter[Verb]]]
    letters: dict[LetterState, int]

    @property
    def open(self) -> int:
        """How many are open now."""
        return self.stretches[-1].open

    @property
    def came(self) -> int:
        return sum(one.came for one in self.stretches)

    @property
    def decided(self) -> int:
        return sum(one.decided for one in self.stretches)


def stats(days: int, *, now: datetime) -> Stats:
    """The last so many days, today among them. `days` is one of PERIODS."""
    today, (number, length) = now.astimezone(UTC).date(), PERIODS[days]
    start = datetime.combine(today - timedelta(days=number * length - 1), time(), UTC)
    reasons, reviewers = _decisions(start)
    return Stats(
        stretches=_stretches(start.date(), today, length, *_moves(start)),
        looks=_times(_first_looks(start)),
        decisions=_times(_settled(start)),
        reasons=reasons,
        reviewers=reviewers,
        letters=_letters(start),
    )


def _moves(start: datetime) -> tuple[Counter[date], Counter[date], Counter[date]]:
    """Day -> how many came, how many were settled, and by how many the backlog grew."""
    came, settled, grew = Counter[date](), Counter[date](), Counter[date]()
    for day, to_waitlist, number in db.session.execute(_arrivals(start)):
        came[day] += number
        grew[day] += 0 if to_waitlist else number
    for day, verb, from_waitlist, number in db.session.execute(_decided(start)):
        if verb in SETTLES:
            settled[day] += number
        if verb in SETTLES and not from_waitlist:
            grew[day] -= number
        elif verb is Verb.REOPEN or (verb is Verb.ASK and from_waitlist):
            grew[day] += number
    for day, number in db.session.execute(_gone(start)):
        grew[day] -= number
    return came, settled, grew


def _stretches(
    first: date, last: date, length: int, came: Counter[date], settled: Counter[date], grew: Counter[date]
) -> list[Stretch]:
    """From today back: how many are open now is known, and so how many were before."""
    at_end = db.session.scalar(select(func.count()).where(Application.state.in_(OPEN))) or 0
    found, end = [], last
    while end >= first:
        days = [end - timedelta(days=back) for back in reversed(range(length))]
        found.append(Stretch(days[0], end, _sum(came, days), _sum(settled, days), at_end))
        at_end, end = at_end - _sum(grew, days), days[0] - timedelta(days=1)
    return found[::-1]


def _sum(counted: Counter[date], days: list[date]) -> int:
    return sum(counted[day] for day in days)


def _arrivals(start: datetime) -> Query:
    day = Day(Application.received_at)
    counted = select(day, Application.for_waitlist, func.count()).where(Application.received_at >= start)
    return counted.group_by(day, Application.for_waitlist)


def _decided(start: datetime) -> Query:
    day, from_waitlist = Day(Decision.at), Decision.before["state"].as_string() == State.WAITLISTED
    return _standing(select(day, Decision.verb, from_waitlist, func.count()), start).group_by(
        day, Decision.verb, from_waitlist
    )


def _standing(statement: Query, start: datetime) -> Query:
    """Of decisions only those that were not taken back."""
    return statement.where(Decision.at >= start, Decision.undone_at.is_(None))


def _gone(start: datetime) -> Query:
    """Withdrawn by their applicants or closed for want of an answer; not those that waited for a place."""
    day = Day(Event.at)
    last = (
        select(Decision.verb)
        .where(Decision.application_id == Event.application_id, Decision.undone_at.is_(None), Decision.at <= Event.at)
        .order_by(Decision.number.desc())
        .limit(1)
        .correlate(Event)
        .scalar_subquery()
    )
    joined = case((Application.for_waitlist, Verb.WAITLIST.value), else_="")
    return (
        select(day, func.count())
        .join(Application, Application.id == Event.application_id)
        .where(Event.verb.in_((Verb.WITHDRAW, Verb.CLOSE)), Event.at >= start)
        .where(func.coalesce(cast(last, String), joined) != Verb.WAITLIST.value)
        .group_by(day)
    )


def _first_looks(start: datetime) -> Query:
    """From coming to the desk to the first thing a member of staff did with it."""
    first = func.min(Event.at)
    looked = (
        select(Event.application_id, first.label("at"))
        .where(A_LOOK, Event.application_id.is_not(None))
        .group_by(Event.application_id)
        .having(first >= start)
        .subquery()
    )
    took = select(Seconds(Application.received_at, looked.c.at).label("took"))
    return took.join(looked, looked.c.application_id == Application.id).where(Application.received_at.is_not(None))


def _settled(start: datetime) -> Query:
    """From coming to the desk to the decision that stands."""
    took = select(Seconds(Application.received_at, Application.decided_at).label("took"))
    return took.where(Application.decided_at >= start, Application.state.in_(SETTLES.values()))


def _times(durations: Query) -> Times:
    took = durations.subquery().c.took
    ranked = select(took, func.row_number().over(order_by=took).label("rank"), func.count().over().label("all")).cte()
    rank, all_ = ranked.c.rank, ranked.c.all

    def at(tenths: int) -> ColumnElement[int]:
        """The smallest of which so many tenths of all are no greater: the nearest rank."""
        here = (rank * 10 >= all_ * tenths) & ((rank - 1) * 10 < all_ * tenths)
        return func.max(case((here, ranked.c.took)))

    up_to = [func.count(case((ranked.c.took <= span, 1))) for span in SPANS]
    number, median, most, *counted = db.session.execute(select(func.count(), at(5), at(9), *up_to)).one()
    steps = [0, *counted, number]
    return Times(
        number=number,
        median=None if median is None else timedelta(seconds=median),
        most=None if most is None else timedelta(seconds=most),
        spans=tuple(after - before for before, after in zip(steps, steps[1:], strict=False)),
    )


def _decisions(start: datetime) -> tuple[dict[tuple[Verb, str], int], list[tuple[str, Counter[Verb]]]]:
    """How often each was taken, for which reason and by whom."""
    given = cast(Decision.reasons, String)
    counted = select(Person.id, Person.name, Decision.verb, given, func.count()).join(Decision.person)
    reasons, reviewers = Counter[tuple[Verb, str]](), defaultdict[tuple[int, str], Counter[Verb]](Counter)
    for id_, name, verb, text, number in db.session.execute(
        _standing(counted, start).group_by(Person.id, Person.name, Decision.verb, given)
    ):
        reviewers[id_, name][verb] += number
        for code in json.loads(text) or [""]:
            reasons[verb, code] += number
    busiest = sorted(reviewers.items(), key=lambda item: (-item[1].total(), item[0]))
    return dict(reasons.most_common()), [(name, counts) for (_id, name), counts in busiest]


def _letters(start: datetime) -> dict[LetterState, int]:
    counted = select(Letter.state, func.count()).where(Letter.created_at >= start).group_by(Letter.state)
    return dict.fromkeys(LetterState, 0) | {state: number for state, number in db.session.execute(counted)}
