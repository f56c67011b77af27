"""What applications are judged by, what was given, and from whom an applicant's identity is kept until they judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, not_, select
from sqlalchemy.orm import joinedload

from review import scoring
from review.db import db
from review.models.application import Application
from review.models.programme import Programme
from review.models.rubric import Criterion, Score
from review.rules import OPEN


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person gave: criterion -> points."""

    person_id: int
    name: str
    points: Mapping[int, int]
    total: float | None


@dataclass(frozen=True, slots=True)
class Scores:
    """An application's rubric, and every judgement by it. Others' are not seen before one's own is given."""

    criteria: list[Criterion]
    judgements: list[Judgement]
    mine: Judgement | None

    @property
    def complete(self) -> bool:
        """Whether the reader has judged by every criterion there is now."""
        return self.mine is not None and {one.id for one in self.criteria} <= set(self.mine.points)

    @property
    def totals(self) -> list[float]:
        return [one.total for one in self.judgements if one.total is not None]

    @property
    def mean(self) -> float | None:
        return scoring.mean(self.totals)

    @property
    def spread(self) -> float | None:
        return scoring.spread(self.totals)

    @property
    def are_apart(self) -> bool:
        """Whether those who judged are so far apart that they had better talk."""
        return (self.spread or 0) >= scoring.APART


def rubric(programme_id: int) -> list[Criterion]:
    """What a programme is judged by now, in order."""
    wanted = select(Criterion).where(Criterion.programme_id == programme_id, Criterion.retired_at.is_(None))
    return list(db.session.scalars(wanted.order_by(Criterion.position, Criterion.id)))


def scores(application: Application, *, reader: int) -> Scores:
    """Every judgement of an application by the rubric of now, who judged first coming first."""
    criteria = rubric(application.programme_id)
    weights = {one.id: one.weight for one in criteria}
    given: dict[int, dict[int, int]] = {}
    names: dict[int, str] = {}
    wanted = select(Score).where(Score.application_id == application.id).options(joinedload(Score.person))
    for score in db.session.scalars(wanted.order_by(Score.at, Score.person_id)):
        names[score.person_id] = score.person.name
        if score.criterion_id in weights:
            given.setdefault(score.person_id, {})[score.criterion_id] = score.points
    judgements = [Judgement(who, names[who], points, scoring.total(points, weights)) for who, points in given.items()]
    return Scores(criteria, judgements, next((one for one in judgements if one.person_id == reader), None))


def hidden(ids: Collection[int], *, reader: int) -> frozenset[int]:
    """Those of these applications whose applicant is not to be known to this reader yet, in one query."""
    if not ids:
        return frozenset()
    return frozenset(db.session.scalars(select(Application.id).where(Application.id.in_(ids), is_hidden_from(reader))))


def judged_blind(reader: int, *, most: int) -> tuple[int, ...]:
    """What is judged blind and not decided, and this reader has judged in full: they know whose it is."""
    scored = select(Score.application_id).where(Score.person_id == reader)
    blind = select(Programme.id).where(Programme.blind)
    wanted = select(Application.id).where(
        Application.id.in_(scored),
        Application.state.in_(OPEN),
        Application.programme_id.in_(blind),
        not_(is_hidden_from(reader)),
    )
    return tuple(db.session.scalars(wanted.order_by(Application.id.desc()).limit(most)))


def is_hidden_from(reader: int) -> ColumnElement[bool]:
    """Whether an application is to be judged blind, is not decided, and this reader has not judged it in full."""
    judged = (
        select(Score.points)
        .where(Score.criterion_id == Criterion.id, Score.application_id == Application.id, Score.person_id == reader)
        .correlate(Criterion, Application)  # named, for it stands two levels down
    )
    left = (
        select(Criterion.id)
        .where(Criterion.retired_at.is_(None), Criterion.programme_id == Application.programme_id, ~judged.exists())
        .correlate(Application)
    )
    blind = select(Programme.id).where(Programme.id == Application.programme_id, Programme.blind)
    return and_(Application.state.in_(OPEN), blind.exists(), left.exists())
