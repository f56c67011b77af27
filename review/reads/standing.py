"""How the product itself stands: what it needs and whether that answers, what waits, what lags behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import case, func, select, text

from review.db import db
from review.errors import GiveUp, TryLater
from review.gateways.broker import Serving
from review.models.application import Application
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem, Tick
from review.rules import BACKLOG

OPEN = (ItemState.WAITING, ItemState.LEASED)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the product needs. `trouble` is empty where it answered, `seconds` is how long that took."""

    name: str
    trouble: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits of one kind of effect. `oldest` is when the one that waits longest was due."""

    kind: Kind
    waiting: int
    dead: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the search index is behind: applications in it and on the desk, and whether it is being asked."""

    indexed: int | None
    on_the_desk: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Status:
    """All that an operator asks first."""

    parts: list[Part]
    queues: dict[str, int]
    workers: list[Serving]
    outbox: list[Depth]
    letters: dict[LetterState, int]
    ticked_at: datetime | None
    lag: Lag | None


def parts() -> list[Part]:
    """What the product needs, each asked in turn; only the database is needed for every page."""
    gateways = current_app.extensions["greenroom"]
    asked: list[tuple[str, Callable[[], object]]] = [("database", _ask_database), ("redis", gateways.broker.ping)]
    if gateways.search is not None:
        asked.append(("search", gateways.search.size))
    asked.append(("storage", lambda: gateways.storage.size("doctor/nothing")))
    return [_ask(name, question) for name, question in asked]


def _ask_database() -> None:
    try:
        db.session.execute(text("SELECT 1"))
    except Exception as error:
        raise TryLater(f"the database does not answer ({type(error).__name__})") from None
    finally:
        db.session.rollback()


def _ask(name: str, question: Callable[[], object]) -> Part:
    began, trouble = time.perf_counter(), ""
    try:
        question()
    except (TryLater, GiveUp) as error:
        trouble = str(error)
    return Part(name, trouble, time.perf_counter() - began)


def outbox() -> list[Depth]:
    """Every kind of effect, whether anything waits or not."""
    found = db.session.execute(
        select(
            OutboxItem.kind,
            func.count(case((OutboxItem.state.in_(OPEN), 1))),
            func.count(case((OutboxItem.state == ItemState.DEAD, 1))),
            func.min(case((OutboxItem.state.in_(OPEN), OutboxItem.due_at))),
        )
        .where(OutboxItem.state.in_((*OPEN, ItemState.DEAD)))
        .group_by(OutboxItem.kind)
    )
    known = {kind: Depth(kind, waiting, dead, oldest) for kind, waiting, dead, oldest in found}
    return [known.get(kind, Depth(kind, 0, 0, None)) for kind in Kind]


def letters() -> dict[LetterState, int]:
    """How many letters stand in each state."""
    found = db.session.execute(select(Letter.state, func.count()).group_by(Letter.state))
    return dict.fromkeys(LetterState, 0) | {state: number for state, number in found}


def status() -> Status:
    """Everything at once; what does not answer is left out, and says so among the parts."""
    broker = current_app.extensions["greenroom"].broker
    seen = Status(
        parts=parts(),
        queues={},
        workers=[],
        outbox=outbox(),
        letters=letters(),
        ticked_at=db.session.scalar(select(func.max(Tick.at))),
        lag=_lag(),
    )
    try:
        seen.queues.update(broker.queues())
        seen.workers.extend(broker.workers())
    except TryLater:
        pass  # the part of that name has said so
    return seen


def _lag() -> Lag | None:
    engine = current_app.extensions["greenroom"].search
    if engine is None:
        return None
    here = db.session.scalar(select(func.count(Application.id)).where(Application.state.in_(BACKLOG))) or 0
    try:
        return Lag(engine.size(), here, engine.is_open)
    except TryLater:
        return Lag(None, here, engine.is_open)
