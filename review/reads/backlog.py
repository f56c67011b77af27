"""The backlog: the list, its counts, its filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.orm import contains_eager, load_only

from review import query
from review.db import db
from review.models.application import Application, FeedCheck, Programme
from review.rules import BACKLOG, WAITING, State

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list. `state` None means all that wait for a decision; `everything` lifts that."""

    state: State | None = None
    everything: bool = False
    text: str = ""
    topic: str = ""
    language: str = ""
    feed: str = ""
    page: int = 1

    @property
    def states(self) -> tuple[State, ...]:
        if self.everything:
            return BACKLOG
        return (self.state,) if self.state else WAITING


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, oldest first."""

    rows: list[Application]
    total: int
    number: int
    pages: int


def page(filters: Filters) -> Page:
    """The applications that pass, oldest first, 50 a page. A page past the end shows the last one."""
    counted = select(func.count(Application.id))
    total = db.session.scalar(_narrowed(_with_checks(counted) if filters.feed else counted, filters)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, filters.page), pages)
    wanted = (
        _narrowed(_with_checks(select(Application)), filters)
        .options(
            load_only(
                Application.name,
                Application.show_title,
                Application.pitch,
                Application.state,
                Application.received_at,
                Application.feed_url,
                Application.version,
            ),
            contains_eager(Application.feed_check).load_only(FeedCheck.failure, FeedCheck.artwork_key),
        )
        .order_by(Application.received_at, Application.id)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return Page(list(db.session.scalars(wanted).unique()), total, number, pages)


def _with_checks(statement: Select[Any]) -> Select[Any]:
    return statement.outerjoin(FeedCheck, FeedCheck.application_id == Application.id)


def _narrowed(statement: Select[Any], filters: Filters) -> Select[Any]:
    statement = statement.where(Application.state.in_(filters.states))
    for word in query.words(filters.text):
        statement = statement.where(Application.folded.contains(word, autoescape=True))
    if filters.topic:
        statement = statement.where(cast(Application.topics, String).contains(f'"{filters.topic}', autoescape=True))
    if filters.language:
        statement = statement.where(Application.language == filters.language)
    return _by_feed(statement, filters.feed)


def _by_feed(statement: Select[Any], feed: str) -> Select[Any]:
    if feed == "none":
        return statement.where(Application.feed_url == "")
    if feed == "good":
        return statement.where(FeedCheck.failure == "")
    if feed == "broken":
        return statement.where(FeedCheck.failure != "")
    return statement


def counts() -> dict[State, int]:
    """How many applications stand in each state of the backlog."""
    found = db.session.execute(
        select(Application.state, func.count()).where(Application.state.in_(BACKLOG)).group_by(Application.state)
    )
    return dict.fromkeys(BACKLOG, 0) | {state: number for state, number in found}


def programme() -> Programme:
    """The one programme people apply to."""
    return db.session.scalars(select(Programme).order_by(Programme.id).limit(1)).one()


def places_left(programme: Programme) -> int:
    """Places nobody has been given yet; never below zero."""
    taken = db.session.scalar(
        select(func.count()).where(Application.programme_id == programme.id, Application.state == State.APPROVED)
    )
    return max(0, programme.places - (taken or 0))
