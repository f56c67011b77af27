"""The backlog: the list, its counts, its filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, or_, select, union_all
from sqlalchemy.orm import contains_eager, joinedload, load_only, selectinload

from review.db import db
from review.gateways.wanted import Order, Place, Question
from review.models.application import Application, FeedCheck, Tag
from review.models.person import Person
from review.query import Hint, Query, Term
from review.reads import finding, scores, searching
from review.reads.filters import DEFAULT, Filters
from review.reads.meaning import Meaning
from review.reads.occurrence import can_be_misspelled
from review.reads.sight import Sight, sight
from review.rules import BACKLOG, WAITING, State

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. `first` and `last` are the places it begins and ends at, where there is more beyond."""

    rows: list[Application]
    total: int
    number: int
    pages: int
    words: tuple[str, ...] = ()
    order: Order = "oldest"
    first: Place | None = None
    last: Place | None = None
    hints: tuple[Hint, ...] = ()
    """What was typed and could not be used."""
    forgiven: bool = False
    """Little was found, so words spelled like those that were typed were sought, too."""
    fallen_back: bool = False
    """The search engine did not answer, so the database did."""
    returned: tuple[Application, ...] = ()
    """What its applicant has answered, for whoever had asked: it stands above the list."""
    hidden: frozenset[int] = frozenset()
    """Those whose applicant the reader is not to know yet."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a reader seeks: as it was typed, and as an engine is asked."""

    query: Query
    question: Question
    forgivable: bool = False
    """Whether there is a word in it that may be misspelled."""

    @property
    def plain(self) -> bool:
        """Whether it is one kind of states and nothing else: an index of the database has that list in its order."""
        return _of_states(self.query)


def _of_states(query: Query) -> bool:
    return isinstance(query.where, Term) and query.where.field == "is"


def sought(filters: Filters, *, now: datetime, seen: Sight | None = None, forgiving: bool = False) -> Sought:
    """What is sought by the filters, as far as their reader may know it: `seen`, or what they may know now."""
    typed, meaning = filters.query(now), Meaning(seen or sight(filters.reader), now, forgiving=forgiving)
    named = meaning.named(filters.text) if not _of_states(typed) else ()
    ranked = bool(typed.words or named)
    order: Order = typed.sort or ("best" if ranked else "oldest")
    where, bonus = meaning.wanted(typed, named), meaning.bonus(typed, named)
    return Sought(typed, Question(where, bonus, order, limit=PAGE_SIZE), any(map(can_be_misspelled, typed.texts)))


def page(filters: Filters, *, now: datetime) -> Page:
    """The applications that pass, 50 a page, and of whom the reader is not to know yet who applied. A page past the end
    shows the last one."""
    what = sought(filters, now=now)
    found = _plain(filters, what) if what.plain else _found(filters, what, now)
    returned = _returned(filters, what, now) if filters.text in ("", DEFAULT) and found.number == 1 else ()
    rows = [row for row in found.rows if row not in returned]
    hidden = scores.hidden([row.id for row in (*rows, *returned)], reader=filters.reader)
    return replace(found, rows=rows, returned=returned, hidden=hidden)


def _found(filters: Filters, what: Sought, now: datetime) -> Page:
    """What whoever answers has found, as the database knows it now."""
    last = searching.DEEPEST // PAGE_SIZE
    known = len(filters.after or filters.before or ()) == _LENGTHS[what.question.order]
    number = max(1, filters.page if known else min(filters.page, last))
    if known:
        asked = replace(what.question, after=filters.after, before=filters.before)
    else:
        asked = replace(what.question, offset=(number - 1) * PAGE_SIZE)
    answer = searching.find(asked)
    if what.forgivable and (more := _forgiving(filters, what, answer.total, now)):
        return replace(_found(filters, more, now), forgiven=True)
    pages = max(1, -(-answer.total // PAGE_SIZE))
    if not answer.ids and answer.total:
        return _found(replace(filters.first(), page=min(pages, last) if number > pages else 1), what, now)
    number = min(number, pages)
    return Page(
        _rows(answer.ids),
        answer.total,
        number,
        pages,
        what.query.words,
        what.question.order,
        answer.places[0] if number > 1 and answer.places else None,
        answer.places[-1] if number < pages and answer.places else None,
        what.query.hints,
        fallen_back=answer.fallen_back,
    )


def _forgiving(filters: Filters, what: Sought, number: int, now: datetime) -> Sought | None:
    """What is sought with typing errors forgiven, where that finds more than so many."""
    more = replace(sought(filters, now=now, forgiving=True), forgivable=False)
    return more if number < FEW and searching.find(replace(more.question, limit=0)).total > number else None


def forgives(filters: Filters, *, now: datetime) -> bool:
    """Whether so little is found that words spelled like those that were typed are sought, too, and more is found."""
    what = sought(filters, now=now)
    if not what.forgivable:
        return False
    number = searching.find(replace(what.question, limit=0)).total
    return _forgiving(filters, what, number, now) is not None


def settled(filters: Filters, *, now: datetime) -> Sought:
    """What the list is of: what is sought, or, where that is little, with typing errors forgiven."""
    return sought(filters, now=now, forgiving=forgives(filters, now=now))


FEW = 5
"""Where less is found, words that are spelled like those that were typed are sought, too."""
_LENGTHS = {"best": 3, "oldest": 2, "newest": 2, "number": 1}


def _rows(ids: Sequence[int]) -> list[Application]:
    known = {row.id: row for row in db.session.scalars(listed(Application.id.in_(ids))).unique()}
    return [known[id_] for id_ in ids if id_ in known]


def _plain(filters: Filters, what: Sought) -> Page:
    """A list of states alone: nothing is sorted, however long it is."""
    asked = what.question
    total = db.session.scalar(finding.count(asked.where)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, filters.page), pages)
    wanted = select(Application.id).where(finding.condition(asked.where))
    wanted = wanted.order_by(Application.received_at, Application.id).limit(PAGE_SIZE)
    if asked.order == "oldest" and what.query.where == Term("is", "waiting") and number <= EARLY:
        wanted = first_of_each(wanted, WAITING, number * PAGE_SIZE)
    if asked.order == "newest":
        wanted = wanted.order_by(None).order_by(Application.received_at.desc(), Application.id.desc())
    rows = _rows(list(db.session.scalars(wanted.offset((number - 1) * PAGE_SIZE))))
    return Page(rows, total, number, pages, order=asked.order, hints=what.query.hints)


EARLY = 10
"""Up to this page a list of several states is put together from each of them."""


def first_of_each(wanted: Select[Any], states: Sequence[State], most: int) -> Select[Any]:
    """What `wanted` finds (ids, oldest first) among the first `most` of each state. An index has each of these in their
    order: so nothing is sorted, however many there are."""
    alone = [wanted.where(Application.state == state).offset(None).limit(most).subquery() for state in states]
    return wanted.where(Application.id.in_(union_all(*(select(one.c.id) for one in alone))))


def _returned(filters: Filters, what: Sought, now: datetime) -> tuple[Application, ...]:
    """Asked by this reader, answered by the applicant, and not decided since."""
    mine = (Application.reviewer_id == filters.reader) & Application.answered_at.is_not(None)
    wanted = listed(mine, finding.condition(what.question.where)).order_by(Application.answered_at, Application.id)
    return tuple(db.session.scalars(wanted.limit(20)).unique()) if filters.reader else ()


def listed(*where: ColumnElement[bool]) -> Select[Any]:
    """Rows as the list shows them."""
    return (
        select(Application)
        .outerjoin(FeedCheck, FeedCheck.application_id == Application.id)
        .where(*where)
        .options(
            load_only(
                Application.name,
                Application.programme_id,
                Application.show_title,
                Application.pitch,
                Application.state,
                Application.received_at,
                Application.feed_url,
                Application.version,
                Application.answered_at,
                Application.due_at,
            ),
            selectinload(Application.tags),
            joinedload(Application.assignee).load_only(Person.name),
            contains_eager(Application.feed_check).load_only(FeedCheck.failure, FeedCheck.artwork_key),
        )
    )


def awake(now: datetime) -> ColumnElement[bool]:
    """Whether an application is not put off."""
    return or_(Application.snoozed_until.is_(None), Application.snoozed_until <= now)


def snoozed(now: datetime) -> int:
    """How many that wait for a decision are put off."""
    put_off = select(func.count()).where(Application.state.in_(WAITING), Application.snoozed_until > now)
    return db.session.scalar(put_off) or 0


def overdue(now: datetime) -> int | None:
    """How many should have been decided by now and are not put off; None where due dates are switched off."""
    if current_app.config["GREENROOM"].due is None:
        return None
    late = (Application.state.in_(WAITING), Application.due_at <= now, awake(now))
    return db.session.scalar(select(func.count()).where(*late)) or 0


def counts() -> dict[State, int]:
    """How many applications stand in each state of the backlog."""
    found = db.session.execute(
        select(Application.state, func.count()).where(Application.state.in_(BACKLOG)).group_by(Application.state)
    )
    return dict.fromkeys(BACKLOG, 0) | {state: number for state, number in found}


def number(filters: Filters, *, now: datetime) -> int:
    """How many applications pass, as the database counts them."""
    return db.session.scalar(counted(filters, now)) or 0


def counted(filters: Filters, now: datetime, seen: Sight | None = None) -> Select[Any]:
    """The query that counts what passes."""
    return finding.count(sought(filters, now=now, seen=seen).question.where)


def tags() -> list[str]:
    """Every word that is on some application of the backlog."""
    return list(db.session.scalars(select(Tag.word).distinct().order_by(Tag.word).limit(500)))
