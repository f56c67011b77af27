"""What people apply for: programmes, the places left in each, what each asks, and what was answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import joinedload

from review import ticking
from review.db import db
from review.errors import Missing
from review.models.application import Application
from review.models.event import Event
from review.models.person import Person
from review.models.programme import Answer, AnswerFile, Programme, Question
from review.questions import Kind, readable
from review.reads import notices, scores
from review.rules import Role, State
from review.typed import is_number

CHANGES = (
    "programme-made",
    "programme-changed",
    "programme-offered",
    "programme-withdrawn",
    "programme-worded",
    "question-added",
    "question-changed",
    "question-retired",
    "question-restored",
    "rubric-changed",
    "criterion-retired",
    "blind-on",
    "blind-off",
)
"""Events that change what a programme is, asks, says or is judged by."""


def programmes() -> list[Programme]:
    """All there are, the oldest first."""
    return list(db.session.scalars(select(Programme).order_by(Programme.id)))


def offered() -> list[Programme]:
    """Those that people can apply for, or join the waitlist of."""
    return [one for one in programmes() if one.offered_at is not None]


def first() -> Programme:
    """The one that is meant where nobody says which: the oldest on offer."""
    return min(programmes(), key=lambda one: (one.offered_at is None, one.id))


def by_slug(slug: str, *, offered: bool = True) -> Programme:
    """The programme at this address, if it is on offer or need not be. Raises Missing."""
    found = db.session.scalar(select(Programme).where(Programme.slug == slug))
    if found is None or (offered and found.offered_at is None):
        raise Missing
    return found


def programme(programme_id: int) -> Programme:
    """Any programme, on offer or not. Raises Missing."""
    found = db.session.get(Programme, programme_id)
    if found is None:
        raise Missing
    return found


def places_left(programme: Programme) -> int:
    """Places nobody has been given yet; never below zero."""
    return all_places_left([programme])[programme.id]


def all_places_left(of: Iterable[Programme]) -> dict[int, int]:
    """Programme -> places nobody has been given yet, in one query."""
    wanted = {one.id: one.places for one in of}
    taken = db.session.execute(
        select(Application.programme_id, func.count())
        .where(Application.programme_id.in_(wanted), Application.state == State.APPROVED)
        .group_by(Application.programme_id)
    )
    gone = {programme_id: number for programme_id, number in taken}
    return {id_: max(0, places - gone.get(id_, 0)) for id_, places in wanted.items()}


@dataclass(frozen=True, slots=True)
class Room:
    """How many of some applications are one programme's, and how many places that has left."""

    programme: Programme
    found: int
    left: int

    @property
    def is_short(self) -> bool:
        return self.left < self.found


def rooms(ids: Collection[int]) -> list[Room]:
    """What room there is for these applications, by programme."""
    wanted = select(Application.programme_id, func.count()).where(Application.id.in_(ids))
    found = {id_: number for id_, number in db.session.execute(wanted.group_by(Application.programme_id))}
    known = [one for one in programmes() if one.id in found]
    left = all_places_left(known)
    return [Room(one, found[one.id], left[one.id]) for one in known]


def questions(programme_id: int, *, retired: bool = False) -> list[Question]:
    """What a programme asks now, in order; or what it asks no longer."""
    gone = Question.retired_at.is_not(None) if retired else Question.retired_at.is_(None)
    wanted = select(Question).where(Question.programme_id == programme_id, gone)
    return list(db.session.scalars(wanted.order_by(Question.position, Question.id)))


def all_questions() -> dict[int, list[Question]]:
    """Programme -> what it asks now, in order."""
    wanted = select(Question).where(Question.retired_at.is_(None)).order_by(Question.position, Question.id)
    found: dict[int, list[Question]] = {}
    for one in db.session.scalars(wanted):
        found.setdefault(one.programme_id, []).append(one)
    return found


def question(programme_id: int, question_id: int) -> Question:
    """One question of a programme, retired or not. Raises Missing."""
    found = db.session.get(Question, question_id)
    if found is None or found.programme_id != programme_id:
        raise Missing
    return found


def narrowed_to(text: str) -> int:
    """The number of the one programme that a search is narrowed to; 0 where it is not to one."""
    said = ticking.chosen(text, "programme")
    same = Programme.slug == said[0] if said else false()
    if said and is_number(said[0]):
        same = or_(same, Programme.id == int(said[0]))
    return (db.session.scalar(select(Programme.id).where(same)) or 0) if len(said) == 1 else 0


def choosable(reader: int) -> list[Question]:
    """Questions whose answers can be chosen among, as far as this reader sees what was chosen, to filter by."""
    wanted = (
        select(Question)
        .join(Question.programme)
        .where(Question.kind == Kind.CHOICE, Question.retired_at.is_(None))
        .order_by(Programme.id, Question.position, Question.id)
        .options(joinedload(Question.programme))
    )
    role = _role(reader)
    return [one for one in db.session.scalars(wanted) if readable(one.audience, role=role, hides=one.programme.blind)]


def answered(question_ids: Collection[int]) -> set[int]:
    """Which of these questions anybody has answered."""
    return set(db.session.scalars(select(Answer.question_id).where(Answer.question_id.in_(question_ids)).distinct()))


def answers(application_id: int) -> list[Answer]:
    """All that was answered, in the order of the form: for the applicant, who knows what they wrote."""
    wanted = (
        select(Answer)
        .join(Answer.question)
        .where(Answer.application_id == application_id)
        .options(joinedload(Answer.question))
        .order_by(Question.position, Question.id)
    )
    return list(db.session.scalars(wanted))


def answers_for(application_id: int, *, reader: int, hides: bool) -> list[Answer]:
    """What was answered, as far as it is for this reader (by number). `hides`: they have yet to judge it."""
    role = _role(reader)
    return [one for one in answers(application_id) if readable(one.question.audience, role=role, hides=hides)]


def all_answers(ids: Collection[int], *, reader: int, blind: Collection[int]) -> dict[int, dict[int, str]]:
    """Application -> question -> what was answered, as far as it is for this reader. `blind` they have yet to judge."""
    wanted = select(Answer.application_id, Answer.question_id, Answer.value, Question.audience)
    rows = db.session.execute(wanted.join(Answer.question).where(Answer.application_id.in_(ids)))
    role, found = _role(reader), dict[int, dict[int, str]]()
    for row in rows:
        if readable(row.audience, role=role, hides=row.application_id in blind):
            found.setdefault(row.application_id, {})[row.question_id] = row.value
    return found


def columns(programme_id: int, *, reader: int) -> list[Question]:
    """The questions whose answers stand in a table, of one programme or (0) of all: those asked now, and those that
    were answered; as far as their answers are for this reader."""
    asked = or_(Question.retired_at.is_(None), select(Answer.id).where(Answer.question_id == Question.id).exists())
    wanted = select(Question).join(Question.programme).where(asked).options(joinedload(Question.programme))
    if programme_id:
        wanted = wanted.where(Question.programme_id == programme_id)
    role, rows = _role(reader), db.session.scalars(wanted.order_by(Programme.id, Question.position, Question.id))
    return [one for one in rows if readable(one.audience, role=role, hides=False)]


def _role(reader: int) -> Role | None:
    person = db.session.get(Person, reader) if reader else None
    return person.role if person else None


def file(application_id: int, answer_id: int) -> tuple[str, bytes]:
    """Name and content of a file that answers a question, for the applicant. Raises Missing."""
    wanted = select(Answer.value, AnswerFile.content).join(AnswerFile, AnswerFile.answer_id == Answer.id)
    row = db.session.execute(
        wanted.where(Answer.id == answer_id, Answer.application_id == application_id)
    ).one_or_none()
    if row is None:
        raise Missing
    return row.value, row.content


def file_for(application_id: int, answer_id: int, *, reader: int) -> tuple[str, bytes]:
    """`file`, for one of the staff. Raises Missing also where it is not for this reader."""
    if notices.hidden(reader, application_id):
        raise Missing
    hides = bool(scores.hidden([application_id], reader=reader))
    if answer_id not in {one.id for one in answers_for(application_id, reader=reader, hides=hides)}:
        raise Missing
    return file(application_id, answer_id)


def history(programme_id: int) -> list[Event]:
    """What was done to a programme, newest first, as far as it is among the last thousand changes to any."""
    wanted = select(Event).where(Event.verb.in_(CHANGES)).options(joinedload(Event.person))
    found = db.session.scalars(wanted.order_by(Event.id.desc()).limit(1000))
    return [one for one in found if one.data.get("programme") == programme_id][:50]
