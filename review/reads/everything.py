"""All that a search finds, beyond the page a list shows: for what is done with every application of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from review.db import db
from review.gateways.wanted import Question
from review.reads import backlog, searching
from review.reads.filters import Filters

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Everything:
    """The numbers of what was found, in their order. `fallen_back` as on a page of the list."""

    ids: list[int]
    fallen_back: bool = False


def everything(filters: Filters, *, now: datetime, most: int | None = None) -> Everything:
    """What the list finds on all its pages together, or the first `most` of it.

    Numbers only, and batch by batch in their order: whatever arrives or is decided meanwhile, none comes twice.
    """
    asked = replace(backlog.settled(filters, now=now).question, order="number", bonus=(), limit=BATCH)
    batches = list(islice(_batches(asked), most and -(-most // BATCH)))
    ids = [id_ for answer in batches for id_ in answer.ids]
    return Everything(ids[:most], any(answer.fallen_back for answer in batches))


def _batches(asked: Question) -> Iterator[searching.Answer]:
    while (answer := searching.find(asked)).ids:
        db.session.rollback()  # no connection is held between two batches
        yield answer
        asked = replace(asked, after=answer.places[-1])
