"""What applications are found by, and counted by: derived from all that they say and all that is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from review.db import transaction
from review.folding import lexemes
from review.models.application import Application, SearchText
from review.reads import index
from review.rules import BACKLOG

BATCH = 500


def write(session: Session, ids: Sequence[int]) -> None:
    """Bring what these applications are found and counted by up to date, in the caller's transaction."""
    session.flush()
    _write_facets(session, ids)
    said = {one.id: one for one in index.said(ids)}
    known = dict(
        session.execute(
            select(SearchText.application_id, SearchText.digest).where(SearchText.application_id.in_(ids))
        ).all()
    )
    rows = [
        {"application_id": one.id, "digest": one.digest, "lexemes": [*lexemes(one.texts, one.language)]}
        for one in said.values()
        if known.get(one.id) != one.digest
    ]
    if rows:
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        put = insert(SearchText)
        new = {"digest": put.excluded.digest, "lexemes": put.excluded.lexemes}
        session.execute(put.on_conflict_do_update(index_elements=["application_id"], set_=new), rows)


def _write_facets(session: Session, ids: Sequence[int]) -> None:
    facets = index.facets(ids)
    known = session.execute(select(Application.id, Application.facets).where(Application.id.in_(ids)))
    table: Any = Application.__table__  # of rows, not of objects: none of these are in the session for it
    rows = [{"number": id_, "now": facets[id_]} for id_, before in known if facets[id_] != before]
    if rows:
        new = update(table).where(table.c.id == bindparam("number")).values(facets=bindparam("now"))
        session.execute(new, rows)


def write_missing(*, now: datetime) -> int:
    """Make findable what stands on the desk and came before there was an index of words. Returns how many."""
    with transaction() as session:
        known = select(SearchText.application_id)
        missing = select(Application.id).where(Application.state.in_(BACKLOG), Application.id.not_in(known))
        first = missing.order_by(Application.id.desc()).limit(BATCH)
        ids = session.scalars(first.with_for_update(skip_locked=True, key_share=True)).all()
        write(session, ids)
        return len(ids)


def write_all_missing(*, now: datetime) -> int:
    """The same until none is missing, a transaction for each batch. Returns how many."""
    number = 0
    while done := write_missing(now=now):
        number += done
    return number
