"""Answers to a programme's own questions: checked against the form as it stands, written with their application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from review import questions
from review.errors import Refused
from review.models.application import Application
from review.models.programme import Answer, AnswerFile, Question
from review.questions import FILE_BYTES, Audience, Kind, Unfit, code


@dataclass(frozen=True, slots=True)
class Given:
    """What was given for one question; of a file its name, and what is in it."""

    text: str
    content: bytes = b""


Checked = Sequence[tuple[Question, Given]]


def check(asked: Iterable[Question], given: Mapping[int, Given]) -> Checked:
    """What was answered, as it is to be kept: a question with nothing to it is left out.

    Raises Refused, with the question's code for its field: for nothing where something is required, for what does not
    fit, for an answer nobody asked for.
    """
    known = {one.id: one for one in asked}
    if not set(given) <= set(known):
        raise Refused("unknown-question")
    fitting = [(one, _fit(one, given.get(one.id, Given("")))) for one in known.values()]
    return [(one, answer) for one, answer in fitting if answer.text]


def _fit(question: Question, given: Given) -> Given:
    try:
        text = questions.fit(question.kind, given.text, question.choices)
    except Unfit as unfit:
        raise Refused(unfit.code, field=code(question.id)) from unfit
    if question.required and not text:
        raise Refused("answer-missing", field=code(question.id))
    if question.kind is Kind.FILE and text and not 0 < len(given.content) <= FILE_BYTES:
        raise Refused("answer-file-size" if given.content else "answer-file-empty", field=code(question.id))
    return Given(text, given.content if question.kind is Kind.FILE else b"")


def write(session: Session, application: Application, checked: Checked) -> None:
    """Keep the answers of a new application."""
    for question, given in checked:
        _put(session, application.id, question, given)


def mend(session: Session, application: Application, checked: Checked) -> dict[str, str]:
    """Put new answers in the place of old ones. Returns those that changed: the question's code -> what it said.

    A file that is not given anew stays.
    """
    rows = {
        one.question_id: one for one in session.scalars(select(Answer).where(Answer.application_id == application.id))
    }
    said: dict[str, str] = {}
    for question, given in checked:
        row = rows.get(question.id)
        before = row.value if row else ""
        if given.text == before and not given.content:
            continue
        if row is not None:
            _forget(session, [row.id])
        _put(session, application.id, question, given)
        said[code(question.id)] = before
    session.flush()
    return said


def _put(session: Session, application_id: int, question: Question, given: Given) -> None:
    row = Answer(application_id=application_id, question_id=question.id, wording=question.wording, value=given.text)
    session.add(row)
    if given.content:
        session.flush()  # its content names it
        session.add(AnswerFile(answer_id=row.id, content=given.content))


def forget(session: Session, application: Application) -> None:
    """Let go of all that was answered."""
    _forget(session, session.scalars(select(Answer.id).where(Answer.application_id == application.id)).all())
    application.answers_text = ""


def _forget(session: Session, ids: Sequence[int]) -> None:
    session.execute(delete(AnswerFile).where(AnswerFile.answer_id.in_(ids)))
    session.execute(delete(Answer).where(Answer.id.in_(ids)))


def text(pairs: Iterable[tuple[Question, str]]) -> str:
    """What an application is found by of its answers: those that everybody at the desk may read."""
    return "\n".join(value for question, value in pairs if question.audience is Audience.DESK)


def text_of(session: Session, application: Application) -> str:
    """`text` of the answers that are kept."""
    wanted = select(Question, Answer.value).join(Answer, Answer.question_id == Question.id)
    rows = session.execute(wanted.where(Answer.application_id == application.id).order_by(Question.position))
    return text((question, value) for question, value in rows)


def same(session: Session, application_id: int, checked: Checked) -> bool:
    """Whether just this was answered before. Of a file the content counts too."""
    wanted = (
        select(Answer.question_id, Answer.value, AnswerFile.content)
        .outerjoin(AnswerFile, AnswerFile.answer_id == Answer.id)
        .where(Answer.application_id == application_id)
    )
    before = {row.question_id: (row.value, row.content or b"") for row in session.execute(wanted)}
    return before == {question.id: (given.text, given.content) for question, given in checked}
