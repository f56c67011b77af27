"""The backlog: the list, its counts, its filters."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, String, and_, cast, false, func, not_, or_, select, union_all
from sqlalchemy.orm import contains_eager, joinedload, load_only, selectinload

from review import metrics, query
from review.db import db
from review.errors import TryLater
from review.gateways.search import Search
from review.models.application import Application, FeedCheck, Tag
from review.models.person import Person
from review.models.programme import Answer
from review.reads import notices, programmes, scores
from review.reads.filters import Filters
from review.rules import BACKLOG, WAITING, State

PAGE_SIZE = 50
MAX_TOKENS = 40
UNSEEN = tuple(state for state in State if state not in BACKLOG)
EARLY = 10
"""Up to this page a list of several states is put together from each of them."""
DEEPEST = 10_000
"""Elasticsearch: as far as one may page by number."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, oldest first."""

    rows: list[Application]
    total: int
    number: int
    pages: int
    words: tuple[str, ...] = ()
    fallen_back: bool = False
    """The search engine did not answer, so the database did."""
    returned: tuple[Application, ...] = ()
    """What its applicant has answered, for whoever had asked: it stands above the list."""
    hidden: frozenset[int] = frozenset()
    """Those whose applicant the reader is not to know yet."""


def page(filters: Filters, *, now: datetime) -> Page:
    """`_found`, and of whom the reader is not to know yet who applied."""
    found = _found(filters, now)
    ids = [row.id for row in (*found.rows, *found.returned)]
    return replace(found, hidden=scores.hidden(ids, reader=filters.reader))


def _found(filters: Filters, now: datetime) -> Page:
    """The applications that pass, oldest first, 50 a page. A page past the end shows the last one.

    Words are the search engine's business where there is one. While it does not answer, the database does.
    """
    search = engine(filters)
    if search is None:
        return _from_database(filters, now)
    try:
        with metrics.SEARCHES.labels("elasticsearch").time():
            return _from_engine(search, filters)
    except TryLater as error:
        log.warning("search falls back to the database: %s", error)
        metrics.FALLBACKS.inc()
        return replace(_from_database(filters, now), fallen_back=True)


def engine(filters: Filters) -> Search | None:
    """The search engine, where words are sought and nothing narrows them that the database alone knows."""
    found: Search | None = current_app.extensions["greenroom"].search
    if found is None or not query.words(filters.text):
        return None
    told = filters.tag or filters.assigned or filters.answer or (filters.reader and scores.any_blind())
    only_here = filters.snoozed or filters.overdue or told or _has_conflicts(filters.reader)
    return None if only_here else found


def asked(filters: Filters) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """What the engine is asked: words, and what narrows them."""
    narrowing: dict[str, list[str]] = {"state": [state.value for state in filters.states]}
    narrowing |= {
        name: [value]
        for name, value in (("topics", filters.topic), ("language", filters.language), ("feed", filters.feed))
        if value
    }
    if filters.programme:
        narrowing["programme"] = [str(filters.programme)]
    return query.tokens(" ".join(query.words(filters.text)))[:MAX_TOKENS], narrowing


def _from_engine(engine: Search, filters: Filters) -> Page:
    """What the engine found, as the database knows it now."""
    db.session.rollback()  # no connection is held while the engine is waited for
    last = DEEPEST // PAGE_SIZE
    number = min(max(1, filters.page), last)
    found = engine.find(*asked(filters), limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    pages = min(max(1, -(-found.total // PAGE_SIZE)), last)
    if number > pages:
        return _from_engine(engine, replace(filters, page=pages))
    known = {row.id: row for row in db.session.scalars(listed(Application.id.in_(found.ids))).unique()}
    rows = [known[id_] for id_ in found.ids if id_ in known]
    return Page(rows, found.total, number, pages, query.words(filters.text))


def _from_database(filters: Filters, now: datetime) -> Page:
    total, at, ids = _numbers(filters, now)
    pages = max(1, -(-total // PAGE_SIZE))
    known = {row.id: row for row in db.session.scalars(listed(Application.id.in_(ids))).unique()}
    rows = [known[id_] for id_ in ids if id_ in known]
    returned = _returned(filters, now) if at == 1 and _is_first_view(filters) else ()
    rows = [row for row in rows if row not in returned]
    return Page(rows, total, at, pages, query.words(filters.text), returned=returned)


def _numbers(filters: Filters, now: datetime) -> tuple[int, int, list[int]]:
    """How many pass, which page is shown, and who stands on it. Where words or filters narrow the list it is gone
    through once for all of this."""
    wanted = narrow(with_checks(select(Application.id)), filters, now).order_by(Application.received_at, Application.id)
    page = wanted.limit(PAGE_SIZE)
    if filters.narrowed and filters.page == 1:
        found = db.session.execute(page.add_columns(func.count().over())).all()
        return (found[0][1] if found else 0), 1, [row.id for row in found]
    total = number(filters, now=now)
    at = min(max(1, filters.page), max(1, -(-total // PAGE_SIZE)))
    if filters.states is WAITING and at <= EARLY:
        page = first_of_each(page, WAITING, at * PAGE_SIZE)
    return total, at, list(db.session.scalars(page.offset((at - 1) * PAGE_SIZE)))


def first_of_each(wanted: Select[Any], states: Sequence[State], most: int) -> Select[Any]:
    """What `wanted` finds (ids, oldest first) among the first `most` of each state. An index has each of these in their
    order: so nothing is sorted, however many there are."""
    alone = [wanted.where(Application.state == state).offset(None).limit(most).subquery() for state in states]
    return wanted.where(Application.id.in_(union_all(*(select(one.c.id) for one in alone))))


def _is_first_view(filters: Filters) -> bool:
    return not (filters.state or filters.everything or filters.snoozed or filters.overdue or filters.narrowed)


def _returned(filters: Filters, now: datetime) -> tuple[Application, ...]:
    """Asked by this reader, answered by the applicant, and not decided since."""
    mine = (Application.reviewer_id == filters.reader) & Application.answered_at.is_not(None)
    wanted = narrow(listed(mine), filters, now).order_by(Application.answered_at, Application.id).limit(20)
    return tuple(db.session.scalars(wanted).unique()) if filters.reader else ()


def _has_conflicts(reader: int) -> bool:
    return bool(reader) and db.session.scalar(select(notices.hidden_from(reader).exists())) or False


def listed(*where: ColumnElement[bool]) -> Select[Any]:
    """Rows as the list shows them."""
    return (
        with_checks(select(Application))
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


def with_checks(statement: Select[Any]) -> Select[Any]:
    """The statement, with what was seen of each feed beside its application."""
    return statement.outerjoin(FeedCheck, FeedCheck.application_id == Application.id)


def narrow(statement: Select[Any], filters: Filters, now: datetime) -> Select[Any]:
    """Only what passes. Where the feed narrows, the statement must know its checks (`with_checks`)."""
    # all of them by what they are not: their order is then taken from an index, and nothing is sorted
    whole = Application.state.not_in(UNSEEN) if filters.everything else Application.state.in_(filters.states)
    statement = statement.where(whole)
    topic, language = filters.topic.replace("\0", ""), filters.language.replace("\0", "")  # no text has a NUL in it
    if filters.snoozed:
        statement = statement.where(Application.snoozed_until > now)
    elif filters.overdue:
        statement = statement.where(Application.due_at <= now, awake(now))
    elif filters.state is None and not filters.everything and not filters.text:
        statement = statement.where(awake(now))
    words = query.words(filters.text)
    statement = statement.where(*(Application.folded.contains(word, autoescape=True) for word in words))
    if words and filters.reader:
        openly = and_(*map(_said_openly, words))
        statement = statement.where(or_(not_(scores.is_hidden_from(filters.reader)), openly))
    if topic:
        statement = statement.where(cast(Application.topics, String).contains(f'"{topic}', autoescape=True))
    if language:
        statement = statement.where(Application.language == language)
    return _by_people(_by_programme(_by_feed(statement, filters.feed), filters), filters)


def _said_openly(word: str) -> ColumnElement[bool]:
    """Whether a word stands where it tells nobody whose an application is."""
    shown = (Application.show_title, Application.pitch)
    return or_(*(func.lower(column).contains(word, autoescape=True) for column in shown))


def _by_programme(statement: Select[Any], filters: Filters) -> Select[Any]:
    """What is applied for, and what was answered to its questions. Who may not read an answer finds nothing by it."""
    if filters.programme:
        statement = statement.where(Application.programme_id == filters.programme)
    if filters.answer:
        said = select(Answer.application_id).where(
            Answer.question_id == filters.question, Answer.value == filters.chosen
        )
        readable = filters.question in {one.id for one in programmes.choosable(filters.reader)}
        statement = statement.where(Application.id.in_(said) if readable else false())
    return statement


def _by_people(statement: Select[Any], filters: Filters) -> Select[Any]:
    """What staff have said of it: their tags, who is to look at it, who must not."""
    if filters.tag:
        tagged = select(Tag.application_id).where(Tag.word == filters.tag.replace("\0", ""))
        statement = statement.where(Application.id.in_(tagged))
    if filters.assigned == "nobody":
        statement = statement.where(Application.assignee_id.is_(None))
    elif filters.assigned:
        whose = filters.reader if filters.assigned == "me" else int(filters.assigned)
        statement = statement.where(Application.assignee_id == whose)
    if filters.reader:
        statement = statement.where(Application.id.not_in(notices.hidden_from(filters.reader)))
    return statement


def _by_feed(statement: Select[Any], feed: str) -> Select[Any]:
    if feed == "none":
        return statement.where(Application.feed_url == "")
    if feed == "good":
        return statement.where(FeedCheck.failure == "")
    if feed == "broken":
        return statement.where(FeedCheck.failure != "")
    return statement


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


def counted(filters: Filters, now: datetime) -> Select[Any]:
    """The query that counts what passes."""
    wanted = select(func.count(Application.id))
    return narrow(with_checks(wanted) if filters.feed else wanted, filters, now)


def tags() -> list[str]:
    """Every word that is on some application of the backlog."""
    return list(db.session.scalars(select(Tag.word).distinct().order_by(Tag.word).limit(500)))
