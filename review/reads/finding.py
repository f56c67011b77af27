"""The database as a search engine: what is wanted as SQL, with the same answers as any other engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from typing import cast as as_type

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    column,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from review.db import db
from review.gateways.wanted import (
    MOST_LIKE,
    Best,
    Every,
    Found,
    InARow,
    Lexeme,
    Near,
    Never,
    OneOf,
    Place,
    Question,
    Some,
    Wanted,
    Within,
    spelled_by,
)
from review.models.application import Application, SearchText
from review.models.columns import quoted
from review.reads import narrowing

Condition = ColumnElement[bool]
INDEX = table("search_index", column("rowid"), column("search_index"))
"""SQLite: the full-text table; migration 0024 makes it."""
VOCABULARY = table("search_vocabulary", column("term"))
"""SQLite: the lexemes there are. PostgreSQL has no such list: there a word is like nothing but itself, and it takes a
search engine to forgive typing errors."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def find(question: Question) -> Found:
    """A page of what is wanted, as the database knows it at this moment."""
    (where,) = spelled_out(question.where)
    question = replace(question, where=where)
    hit = _hits(question)
    keys, descending = _keys(question, hit.c)
    backwards = question.before is not None
    total = select(func.count()).select_from(hit).scalar_subquery()
    wanted = select(hit.c.id, hit.c.received_at, hit.c.weight, total)
    place = question.before or question.after
    if place is not None:
        wanted = wanted.where(_beyond(keys, descending, _values(question, place), backwards=backwards))
    order = [key.desc() if down != backwards else key.asc() for key, down in zip(keys, descending, strict=True)]
    rows = db.session.execute(wanted.order_by(*order).limit(question.limit).offset(question.offset)).all()
    if backwards:
        rows = rows[::-1]
    number = rows[0][3] if rows else db.session.scalar(select(func.count()).select_from(_hits(question))) or 0
    return Found([row.id for row in rows], [_place(question, row) for row in rows], number)


def count(wanted: Wanted) -> Select[Any]:
    """The query that counts what is wanted."""
    return select(func.count(Application.id)).where(condition(wanted))


def _hits(question: Question) -> Any:
    weight: ColumnElement[int] = literal(0)
    if question.order == "best":
        bonus = [case((condition(one), number), else_=0) for number, one in question.bonus]
        weight = sum([*_weights(question.where), *bonus], weight)
    found = select(Application.id, Application.received_at, weight.label("weight"))
    return found.where(condition(question.where)).cte("hit")


def _keys(question: Question, columns: Any) -> tuple[list[ColumnElement[Any]], list[bool]]:
    """What rows are sorted by, and whether downwards."""
    if question.order == "number":
        return [columns.id], [False]
    if question.order == "newest":
        return [columns.received_at, columns.id], [True, True]
    if question.order == "oldest":
        return [columns.received_at, columns.id], [False, False]
    return [columns.weight, columns.received_at, columns.id], [True, False, False]


def _beyond(keys: Sequence[Any], descending: Sequence[bool], values: Sequence[Any], *, backwards: bool) -> Condition:
    """Whether a row comes behind a place; or, backwards, in front of it."""
    steps = []
    for at, (key, down) in enumerate(zip(keys, descending, strict=True)):
        same = [one == value for one, value in zip(keys[:at], values[:at], strict=True)]
        steps.append(and_(*same, key < values[at] if down != backwards else key > values[at]))
    return or_(*steps)


def _values(question: Question, place: Place) -> list[Any]:
    """A place as what it is compared with."""
    if question.order == "number":
        return [place[0]]
    *weight, at, number = place
    return [*weight, EPOCH + timedelta(microseconds=at), number]


def _place(question: Question, row: Any) -> Place:
    if question.order == "number":
        return (row.id,)
    at = (row.received_at - EPOCH) // MICROSECOND
    return (row.weight, at, row.id) if question.order == "best" else (at, row.id)


def condition(wanted: Wanted, key: Any = Application.id) -> Condition:
    """Whether an application is wanted. Where it is about words alone, the index of words is asked once for all.

    `key` is what applications that have words are told by.
    """
    match = _match(wanted)
    if match is not None:
        return _matching(match, key)
    if isinstance(wanted, Every):
        return and_(true(), *_together(wanted.nodes, " AND " if _is_sqlite() else " & ", key))
    if isinstance(wanted, Some):
        return or_(false(), *_together(wanted.nodes, " OR " if _is_sqlite() else " | ", key))
    if isinstance(wanted, Best):
        return condition(Some(tuple(one for _weight, one in wanted.options)), key)
    if isinstance(wanted, Never):
        return not_(condition(wanted.node, key))
    if isinstance(wanted, OneOf):
        return narrowing.one_of(wanted.field, wanted.values) if wanted.values else false()
    return narrowing.within(as_type(Within, wanted))


def _together(nodes: Sequence[Wanted], joined: str, key: Any) -> list[Condition]:
    """The conditions of some nodes; those about words are asked in one question."""
    matches = [(node, _match(node)) for node in nodes]
    words = [match for _node, match in matches if match is not None]
    found = [_matching(joined.join(f"({word})" for word in words), key)] if words else []
    return [*found, *(condition(node, key) for node, match in matches if match is None)]


def _weights(wanted: Wanted, *, must: bool = True) -> list[ColumnElement[int]]:
    """What one that is wanted weighs, part by part. Of what must be so the last option need not be asked for."""
    if isinstance(wanted, Best):
        *heavy, (least, last) = wanted.options
        heavy += [] if must else [(least, last)]
        whens = [(condition(one), weight) for weight, one in heavy]
        return [case(*whens, else_=least if must else 0) if whens else literal(least)]
    if isinstance(wanted, Every):
        return [weight for node in wanted.nodes for weight in _weights(node)]
    if isinstance(wanted, Some):
        return [weight for node in wanted.nodes for weight in _weights_if_so(node)]
    return []


def _weights_if_so(wanted: Wanted) -> list[ColumnElement[int]]:
    """The same of what need not be so: parts of what is not so as a whole weigh nothing."""
    if isinstance(wanted, Best):
        return _weights(wanted, must=False)
    parts = _weights(wanted)
    return [case((condition(wanted), sum(parts, literal(0))), else_=0)] if parts else []


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _matching(match: str, key: Any) -> Condition:
    if _is_sqlite():
        sought = select(INDEX.c.rowid).where(INDEX.c.search_index.op("MATCH")(match))
    else:
        sought = select(SearchText.application_id).where(SearchText.lexemes.op("@@")(cast(match, TSQUERY)))
    found: Condition = key.in_(sought)
    return found


def _match(wanted: Wanted) -> str | None:
    """The condition in the language of the database's index of words; None where it is about something else."""
    if isinstance(wanted, Near):
        return _quoted(wanted.text)
    if isinstance(wanted, Lexeme):
        return _quoted(wanted.text) + ((" *" if _is_sqlite() else ":*") if wanted.begins else "")
    if isinstance(wanted, InARow):
        if _is_sqlite():
            return _quoted(" ".join(wanted.lexemes))
        return "(" + " <-> ".join(map(_quoted, wanted.lexemes)) + ")"
    if isinstance(wanted, Best):
        return _match(Some(tuple(one for _weight, one in wanted.options)))
    if isinstance(wanted, Every | Some) and wanted.nodes:
        parts = [_match(node) for node in wanted.nodes]
        sign = {(Every, True): "AND", (Some, True): "OR", (Every, False): "&", (Some, False): "|"}
        joined = f" {sign[type(wanted), _is_sqlite()]} "
        return None if None in parts else "(" + joined.join(map(str, parts)) + ")"
    return None


def spelled_out(*wanted: Wanted) -> tuple[Wanted, ...]:
    """The same with the lexemes there are in the place of those that may be misspelled."""
    if not _is_sqlite():
        return wanted
    return spelled_by(lambda nears: [*map(_spelled_like, nears)], *wanted)


def _spelled_like(wanted: Near) -> list[str]:
    """The lexemes there are that are like it, the likest first."""
    begin = wanted.text[:2]
    terms = select(VOCABULARY.c.term).where(VOCABULARY.c.term >= begin, VOCABULARY.c.term < begin + "\U0010ffff")
    found = process.extract(
        wanted.text,
        list(db.session.scalars(terms)),
        scorer=OSA.distance,
        processor=None,
        score_cutoff=wanted.edits,
        limit=MOST_LIKE,
    )
    return [term for term, _distance, _at in found]


def _quoted(lexeme: str) -> str:
    if _is_sqlite():
        return '"' + lexeme.replace('"', '""') + '"'
    return quoted(lexeme)
