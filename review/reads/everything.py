"""All that a search finds, beyond the page a list shows: for what is done with every application of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from review import metrics
from review.db import db
from review.errors import TryLater
from review.gateways.search import Search
from review.models.application import Application
from review.reads import backlog
from review.reads.filters import Filters

BATCH = 1000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Everything:
    """The numbers of what was found, in their order. `fallen_back` as on a page of the list."""

    ids: list[int]
    fallen_back: bool = False


def everything(filters: Filters, *, now: datetime, most: int | None = None) -> Everything:
    """What the list finds on all its pages together, or the first `most` of it.

    Numbers only, and batch by batch in their order: whatever arrives or is decided meanwhile, none comes twice.
    """
    engine = backlog.engine(filters)
    if engine is not None:
        try:
            return Everything(list(islice(_from_engine(engine, filters), most)))
        except TryLater as error:
            log.warning("search falls back to the database: %s", error)
            metrics.FALLBACKS.inc()
    return Everything(list(islice(_from_database(filters, now), most)), engine is not None)


def _from_engine(engine: Search, filters: Filters) -> Iterator[int]:
    db.session.rollback()  # no connection is held while the engine is waited for
    last = 0
    while ids := engine.find(*backlog.asked(filters), limit=BATCH, after=last).ids:
        yield from ids
        last = ids[-1]


def _from_database(filters: Filters, now: datetime) -> Iterator[int]:
    wanted = backlog.narrow(backlog.with_checks(select(Application.id)), filters, now)
    wanted, last = wanted.order_by(Application.id).limit(BATCH), 0
    while ids := list(db.session.scalars(wanted.where(Application.id > last))):
        db.session.rollback()  # nor between two batches
        yield from ids
        last = ids[-1]
