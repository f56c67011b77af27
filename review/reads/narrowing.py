"""What narrows a search, field by field, as SQL: each value as the database knows it at this moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, not_, or_, select
from sqlalchemy.orm import aliased

from review.gateways.wanted import Bound, Value, Within
from review.models.application import Application, Decision, FeedCheck, Message, Note, Tag
from review.models.letter import Letter
from review.models.programme import Answer
from review.models.show import Show
from review.rules import BACKLOG, State

Condition = ColumnElement[bool]
Values = Sequence[Value]
UNSEEN = tuple(state for state in State if state not in BACKLOG)


def one_of(field: str, values: Values) -> Condition:
    """Whether a field of an application has one of these values."""
    return _ONE_OF[field](values)


def within(wanted: Within) -> Condition:
    """Whether a field of an application has a value, and one between the bounds."""
    column = _SPANS[wanted.field]
    bounds = _bounds(column, wanted.least, wanted.end)
    if column.table is FeedCheck.__table__:
        return Application.id.in_(select(FeedCheck.application_id).where(bounds))
    return bounds


def _bounds(column: Any, least: Bound | None, end: Bound | None) -> Condition:
    bounds = [column.is_not(None)]  # said, for nothing is neither here nor there: what is ruled out must be so or not
    if least is not None:
        bounds.append(column >= least)
    if end is not None:
        bounds.append(column < end)
    return and_(*bounds)


def _known(column: Any) -> Callable[[Values], Condition]:
    """Whether a column that may be empty has one of some values; said so that it is so or not, as above."""
    return lambda values: and_(column.is_not(None), column.in_(values))


def _state(values: Values) -> Condition:
    if set(values) == set(BACKLOG):
        # all of them by what they are not: their order is then taken from an index, and nothing is sorted
        return Application.state.not_in(UNSEEN)
    return Application.state.in_([State(str(value)) for value in values])


def _topic(values: Values) -> Condition:
    """Whoever looks for `Arts` looks for `Arts > Food`, too: it ends with the quotation mark or goes on."""
    topics = cast(Application.topics, String)
    above = [str(value) for value in values if str(value).partition(" > ")[0] not in values or " > " not in str(value)]
    ends = (topics.contains(f'"{value}{end}', autoescape=True) for value in above for end in ('"', " > "))
    return or_(*ends)


def _feed(values: Values) -> Condition:
    failed, read = FeedCheck.failure != "", select(FeedCheck.application_id)
    states = {
        "none": Application.feed_url == "",
        "unread": and_(Application.feed_url != "", Application.id.not_in(read)),
        "good": and_(Application.feed_url != "", Application.id.in_(read.where(not_(failed)))),
        "broken": and_(Application.feed_url != "", Application.id.in_(read.where(failed))),
    }
    return or_(*(states[str(value)] for value in values))


def _host(values: Values) -> Condition:
    return Application.id.in_(select(FeedCheck.application_id).where(FeedCheck.host.in_(values)))


def _tag(values: Values) -> Condition:
    return Application.id.in_(select(Tag.application_id).where(Tag.word.in_(values)))


def _reason(values: Values) -> Condition:
    """Why it was decided as it is: by the last decision, unless that was taken back."""
    given = or_(*(cast(Decision.reasons, String).contains(f'"{value}"', autoescape=True) for value in values))
    decided = aliased(Application)
    last = and_(decided.id == Decision.application_id, decided.decision_no == Decision.number)
    return Application.id.in_(select(decided.id).join(Decision, last).where(Decision.undone_at.is_(None), given))


def _has(values: Values) -> Condition:
    rows = {"note": Note, "tag": Tag, "answer": Answer, "message": Message, "show": Show, "letter": Letter}
    return or_(*(Application.id.in_(_theirs(rows[str(value)])) for value in values))


def _theirs(model: Any) -> Any:
    return select(model.application_id).where(model.application_id.is_not(None))


def _letter(values: Values) -> Condition:
    return Application.id.in_(_theirs(Letter).where(Letter.state.in_(values)))


def _answer(values: Values) -> Condition:
    parts = [str(value).partition(":") for value in values]
    chosen = or_(*(and_(Answer.question_id == int(number), Answer.value == text) for number, _colon, text in parts))
    return Application.id.in_(select(Answer.application_id).where(chosen))


_ONE_OF: Mapping[str, Callable[[Values], Condition]] = {
    "id": Application.id.in_,
    "state": _state,
    "programme": Application.programme_id.in_,
    "language": Application.language.in_,
    "person": Application.email_key.in_,
    "topic": _topic,
    "feed": _feed,
    "host": _host,
    "tag": _tag,
    "reason": _reason,
    "reviewer": _known(Application.reviewer_id),
    "assigned": _known(Application.assignee_id),
    "has": _has,
    "letter": _letter,
    "answer": _answer,
}
_SPANS: Mapping[str, Any] = {
    "id": Application.id,
    "received": Application.received_at,
    "decided": Application.decided_at,
    "snoozed": Application.snoozed_until,
    "due": Application.due_at,
    "reviewer": Application.reviewer_id,
    "assigned": Application.assignee_id,
    "episodes": FeedCheck.episode_count,
}
FIELDS = frozenset((*_ONE_OF, *_SPANS))
