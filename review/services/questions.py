"""What admins have a programme ask: questions of its own, in an order. What was answered stays as it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from review.db import transaction
from review.errors import Missing, Refused
from review.models.person import Person
from review.models.programme import Programme, Question
from review.questions import Audience, Kind
from review.reads import programmes
from review.services.audit import record
from review.services.programmes import locked, put_higher

MOST = 30
MOST_FILES = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question as an admin wants it asked."""

    kind: Kind
    wording: str
    help: str
    required: bool
    choices: tuple[str, ...]
    audience: Audience


def put_question(programme_id: int, question_id: int | None, wanted: Wanted, *, by: Person, now: datetime) -> int:
    """Ask a question, or (with its number) ask it in other words. Returns its number.

    Answers keep the wording they were asked in. What an answer is, and who reads it, stays once anybody has answered:
    they have answered under just that. Raises Forbidden, Missing or Refused.
    """
    _check_question(wanted)
    with transaction() as session:
        programme = locked(session, programme_id, by)
        row = _question(programme, question_id) if question_id is not None else _new(session, programme)
        if row.id and programmes.answered([row.id]) and (row.kind, row.audience) != (wanted.kind, wanted.audience):
            raise Refused("question-answered", field="kind" if row.kind is not wanted.kind else "audience")
        before = {name: getattr(row, name) for name in asdict(wanted)} if row.id else {}
        for name, value in (asdict(wanted) | {"choices": list(wanted.choices)}).items():
            setattr(row, name, value)
        _check_files(programme, row)
        session.add(row)
        session.flush()
        verb = "question-changed" if before else "question-added"
        _form_changed(session, programme, row, verb, by=by, now=now, before=before)
        return row.id


def _check_question(wanted: Wanted) -> None:
    if not wanted.wording or len(wanted.wording) > Question.wording.type.length:
        raise Refused("question-wording", field="wording")
    if len(wanted.help) > Question.help.type.length:
        raise Refused("question-help", field="help")
    if (wanted.kind is Kind.CHOICE) != bool(wanted.choices):
        raise Refused("question-choices", field="choices")


def _new(session: Session, programme: Programme) -> Question:
    if len(programmes.questions(programme.id)) >= MOST:
        raise Refused("too-many-questions")
    last = session.scalar(select(func.max(Question.position)).where(Question.programme_id == programme.id))
    return Question(programme_id=programme.id, position=(last or 0) + 1)


def _question(programme: Programme, question_id: int) -> Question:
    found = programmes.question(programme.id, question_id)
    if found.retired_at is not None:
        raise Missing
    return found


def _check_files(programme: Programme, row: Question) -> None:
    """A form that is sent with its files must not be larger than a page of ours takes."""
    others = [one for one in programmes.questions(programme.id) if one.kind is Kind.FILE and one.id != row.id]
    if row.kind is Kind.FILE and len(others) >= MOST_FILES:
        raise Refused("too-many-files", field="kind")


def retire_question(programme_id: int, question_id: int, retired: bool, *, by: Person, now: datetime) -> None:
    """Ask a question no longer, or again. Its answers stay."""
    with transaction() as session:
        programme = locked(session, programme_id, by)
        row = programmes.question(programme.id, question_id)
        if (row.retired_at is not None) == retired:
            return
        if not retired:
            _check_files(programme, row)
            row.position = _new(session, programme).position
        row.retired_at = now if retired else None
        _form_changed(
            session, programme, row, "question-retired" if retired else "question-restored", by=by, now=now, before={}
        )


def move_question(programme_id: int, question_id: int, *, by: Person, now: datetime) -> None:
    """Ask a question one place earlier."""
    with transaction() as session:
        programme = locked(session, programme_id, by)
        row, order = _question(programme, question_id), programmes.questions(programme.id)
        at = order.index(row)
        if at == 0:
            return
        put_higher(order, at)
        _form_changed(session, programme, row, "question-changed", by=by, now=now, before={"position": at + 1})


def _form_changed(
    session: Session,
    programme: Programme,
    row: Question,
    verb: str,
    *,
    by: Person,
    now: datetime,
    before: Mapping[str, object],
) -> None:
    programme.form_version += 1
    told: dict[str, Any] = {"programme": programme.id, "question": row.id, "before": dict(before)}
    record(session, verb, at=now, person=by, why=row.wording, **told)
