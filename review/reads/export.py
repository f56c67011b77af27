"""Applications as rows of a table, for as many as there are: a batch at a time, no connection held between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from review.db import db, release
from review.models.application import Application, Decision
from review.reads import programmes, scores
from review.reads.index import feed_state
from review.reads.notices import hidden_from
from review.rules import BACKLOG, State, Verb

BATCH = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One application, with the decision that stands. Who applied is left out of what the reader is to judge blind."""

    id: int
    state: State
    is_blind: bool
    name: str
    email: str
    show_title: str
    pitch: str
    topics: tuple[str, ...]
    language: str
    links: tuple[str, ...]
    schedule: str
    feed_url: str
    feed: str
    failure: str
    episodes: int | None
    tags: tuple[str, ...]
    assignee: str
    received_at: datetime | None
    snoozed_until: datetime | None
    verb: Verb | None
    reasons: tuple[str, ...]
    decided_by: str
    decided_at: datetime | None
    programme: str
    answers: Mapping[int, str]
    """Question -> what was answered, as far as it is for the reader. Of a file its name."""


def rows(ids: Sequence[int], *, reader: int) -> Iterator[Row]:
    """These applications in this order, as they are when their batch comes, less those no longer on the desk."""
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        found = _batch(batch, reader)
        release()
        yield from (found[id_] for id_ in batch if id_ in found)


def _batch(ids: Sequence[int], reader: int) -> dict[int, Row]:
    wanted = (
        select(Application)
        .where(Application.id.in_(ids), Application.state.in_(BACKLOG), Application.id.not_in(hidden_from(reader)))
        .options(*(joinedload(getattr(Application, name)) for name in ("feed_check", "assignee", "programme")))
        .options(selectinload(Application.tags))
    )
    standing, blind = _decisions(ids), scores.hidden(ids, reader=reader)
    said = programmes.all_answers(ids, reader=reader, blind=blind)
    return {
        one.id: _row(one, standing.get(one.id), one.id in blind, said.get(one.id, {}))
        for one in db.session.scalars(wanted)
    }


def _decisions(ids: Sequence[int]) -> dict[int, Decision]:
    """The last decision of each that was not taken back."""
    wanted = (
        select(Decision)
        .where(Decision.application_id.in_(ids), Decision.undone_at.is_(None))
        .options(joinedload(Decision.person))
        .order_by(Decision.application_id, Decision.number)
    )
    return {decision.application_id: decision for decision in db.session.scalars(wanted)}


def _row(one: Application, decision: Decision | None, blind: bool, answers: Mapping[int, str]) -> Row:
    check = one.feed_check
    return Row(
        id=one.id,
        state=one.state,
        is_blind=blind,
        name="" if blind else one.name,
        email="" if blind else one.email,
        show_title=one.show_title,
        pitch=one.pitch,
        topics=tuple(one.topics),
        language=one.language,
        links=() if blind else tuple(one.links),
        schedule=one.schedule,
        feed_url="" if blind else one.feed_url,
        feed=feed_state(one.feed_url, check.failure if check else None),
        failure=check.failure if check else "",
        episodes=(check.snapshot or {}).get("episode_count") if check else None,
        tags=tuple(tag.word for tag in one.tags),
        assignee=one.assignee.name if one.assignee else "",
        received_at=one.received_at,
        snoozed_until=one.snoozed_until,
        verb=decision.verb if decision else None,
        reasons=tuple(decision.reasons) if decision else (),
        decided_by=decision.person.name if decision else "",
        decided_at=decision.at if decision else None,
        programme=one.programme.name,
        answers=answers,
    )
