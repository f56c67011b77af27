"""Judging by points: what one person gives an application, and the rubric that admins edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from review import scoring
from review.db import transaction
from review.errors import Missing, Refused
from review.models.application import Application
from review.models.person import Person
from review.models.programme import Programme
from review.models.rubric import Criterion, Score
from review.reads import scores
from review.rules import OPEN, Verb
from review.services import programmes
from review.services.audit import record
from review.services.reviewing import on_the_desk

MOST_CRITERIA = 12
GUIDANCE_LENGTH = 500


def score(application_id: int, points: Mapping[int, int], *, by: Person, now: datetime) -> None:
    """Give an application points for every criterion of its programme; judging again replaces what was given.

    Raises Refused where one is missing or is none, or where the application is decided.
    """
    with transaction() as session:
        application = on_the_desk(session, application_id, by, Verb.SCORE)
        criteria = scores.rubric(application.programme_id)
        if application.state not in OPEN:
            raise Refused("score-decided")
        if not criteria or set(points) != {one.id for one in criteria}:
            raise Refused("score-incomplete", field="points")
        if not set(points.values()) <= set(scoring.POINTS):
            raise Refused("score-points", field="points")
        for criterion_id, given in points.items():
            key = (application.id, by.id, criterion_id)
            row = session.get(Score, key) or Score(
                application_id=application.id, person_id=by.id, criterion_id=criterion_id
            )
            row.points, row.at = given, now
            session.add(row)
        total = scoring.total(points, {one.id: one.weight for one in criteria})
        record(session, Verb.SCORE, at=now, person=by, application_id=application.id, why=f"{total:.1f}")


def check_judged(session: Session, application: Application, by: Person) -> None:
    """Raises Refused for who has not judged yet what is judged blind: they have not even seen whose it is."""
    if session.scalar(select(Application.id).where(Application.id == application.id, scores.is_hidden_from(by.id))):
        raise Refused("score-first")


def put_criterion(
    programme_id: int,
    criterion_id: int | None,
    name: str,
    guidance: Sequence[str],
    *,
    weight: int,
    by: Person,
    now: datetime,
) -> int:
    """Add a criterion to the rubric of a programme, or (with its number) change one. Returns its number.

    What was given for it stays. Raises Forbidden, Missing, or Refused for no name, no such weight, or too many.
    """
    name = " ".join(name.split())
    if not name or len(name) > Criterion.name.type.length:
        raise Refused("criterion-name", field="name")
    if weight not in scoring.WEIGHTS:
        raise Refused("criterion-weight", field="weight")
    with transaction() as session:
        programme = programmes.locked(session, programme_id, by)
        criterion = (
            _criterion(session, criterion_id, programme) if criterion_id is not None else _new(session, programme)
        )
        criterion.name, criterion.weight = name, weight
        criterion.guidance = [text.strip()[:GUIDANCE_LENGTH] for text in guidance][: len(scoring.POINTS)]
        session.add(criterion)
        session.flush()
        told: dict[str, Any] = {"programme": programme.id, "criterion": criterion.id, "weight": weight}
        record(session, "rubric-changed", at=now, person=by, why=name, **told)
        return criterion.id


def retire_criterion(programme_id: int, criterion_id: int, *, by: Person, now: datetime) -> None:
    """Take a criterion out of the rubric. What was given for it stays, and counts no longer."""
    with transaction() as session:
        programme = programmes.locked(session, programme_id, by)
        criterion = _criterion(session, criterion_id, programme)
        criterion.retired_at = now
        told: dict[str, Any] = {"programme": programme.id, "criterion": criterion.id}
        record(session, "criterion-retired", at=now, person=by, why=criterion.name, **told)


def move_criterion(programme_id: int, criterion_id: int, *, by: Person, now: datetime) -> None:
    """Put a criterion one place higher."""
    with transaction() as session:
        programme = programmes.locked(session, programme_id, by)
        criterion, order = _criterion(session, criterion_id, programme), scores.rubric(programme.id)
        at = order.index(criterion)
        if at == 0:
            return
        programmes.put_higher(order, at)
        told: dict[str, Any] = {"programme": programme.id, "criterion": criterion.id, "position": at}
        record(session, "rubric-changed", at=now, person=by, why=criterion.name, **told)


def set_blind(programme_id: int, blind: bool, *, by: Person, now: datetime) -> None:
    """Hide from each reviewer whose an application is until they have judged it, or no longer."""
    with transaction() as session:
        programme = programmes.locked(session, programme_id, by)
        if blind and not scores.rubric(programme.id):
            raise Refused("blind-without-rubric", field="blind")
        if programme.blind != blind:
            programme.blind = blind
            verb = "blind-on" if blind else "blind-off"
            record(session, verb, at=now, person=by, why=programme.name, programme=programme.id)


def _criterion(session: Session, criterion_id: int, programme: Programme) -> Criterion:
    criterion = session.get(Criterion, criterion_id)
    if criterion is None or criterion.retired_at is not None or criterion.programme_id != programme.id:
        raise Missing
    return criterion


def _new(session: Session, programme: Programme) -> Criterion:
    current = scores.rubric(programme.id)
    if len(current) >= MOST_CRITERIA:
        raise Refused("too-many-criteria")
    last = session.scalar(select(func.max(Criterion.position)).where(Criterion.programme_id == programme.id))
    return Criterion(programme_id=programme.id, position=(last or 0) + 1)
