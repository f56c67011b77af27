"""What programs of admins may set: reasons, what applications are judged by, programmes with their questions and
letters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from review.errors import Missing, Refused
from review.questions import Kind, Unfit
from review.questions import choices as fitting
from review.reads import programmes as known
from review.reads import reasons as coded
from review.reads import scores
from review.rules import DECISIONS, Verb, may_configure
from review.services import programmes, questions, reasons, scoring, wording
from review.services.api_tokens import Caller
from review.services.programmes import Terms
from review.services.questions import Wanted
from review.web.access import ID
from review.web.api import outcomes, terms
from review.web.api.reading import programme
from review.web.api.router import operation

ONE = f"/programmes/<{ID}:programme_id>"
CRITERION = f"{ONE}/criteria/<{ID}:criterion_id>"
QUESTION = f"{ONE}/questions/<{ID}:question_id>"


def _decision(verb: str) -> Verb:
    if verb not in DECISIONS:
        raise Missing
    return Verb(verb)


@operation("GET", "/reasons/all", answer=outcomes.AllReasons, may=may_configure)
def list_all_reasons(caller: Caller) -> outcomes.AllReasons:
    """Every reason with what letters say for it. Admins may."""
    return _reasons()


def _reasons() -> outcomes.AllReasons:
    return outcomes.AllReasons.model_validate({"items": [one for group in coded.reasons().values() for one in group]})


@operation("POST", "/reasons", body=terms.NewReasonBody, answer=outcomes.AllReasons)
def add_reason(caller: Caller, body: terms.NewReasonBody) -> outcomes.AllReasons:
    """Add a reason to a decision."""
    reasons.add_reason(Verb(body.verb), body.label, body.sentence, by=caller.person, now=datetime.now(UTC))
    return _reasons()


@operation("POST", "/reasons/<code>/word", body=terms.WordedBody, answer=outcomes.AllReasons)
def word_reason(caller: Caller, code: str, body: terms.WordedBody) -> outcomes.AllReasons:
    """Word a reason anew. Letters that are written already stay as they are."""
    said: dict[str, Any] = {"language": body.language, "by": caller.person, "now": datetime.now(UTC)}
    reasons.word_reason(code, body.label, body.sentence, **said)
    return _reasons()


@operation("POST", "/reasons/<code>/retire", body=terms.RetiredBody, answer=outcomes.AllReasons)
def retire_reason(caller: Caller, code: str, body: terms.RetiredBody) -> outcomes.AllReasons:
    """Offer a reason no longer, or again."""
    reasons.retire_reason(code, body.retired, by=caller.person, now=datetime.now(UTC))
    return _reasons()


@operation("GET", f"{ONE}/rubric", answer=outcomes.Rubric)
def read_rubric(caller: Caller, programme_id: int) -> outcomes.Rubric:
    """What a programme is judged by."""
    return _rubric(programme_id)


def _rubric(programme_id: int) -> outcomes.Rubric:
    blind = known.programme(programme_id).blind
    return outcomes.Rubric.model_validate({"blind": blind, "criteria": scores.rubric(programme_id)})


@operation("POST", f"{ONE}/criteria", body=terms.CriterionBody, answer=outcomes.Rubric)
def add_criterion(caller: Caller, programme_id: int, body: terms.CriterionBody) -> outcomes.Rubric:
    """Judge by one thing more."""
    return _put_criterion(caller, programme_id, None, body)


@operation("POST", CRITERION, body=terms.CriterionBody, answer=outcomes.Rubric)
def change_criterion(
    caller: Caller, programme_id: int, criterion_id: int, body: terms.CriterionBody
) -> outcomes.Rubric:
    """Change one thing applications are judged by. What was given for it stays."""
    return _put_criterion(caller, programme_id, criterion_id, body)


def _put_criterion(
    caller: Caller, programme_id: int, criterion_id: int | None, body: terms.CriterionBody
) -> outcomes.Rubric:
    said: dict[str, Any] = {"weight": body.weight, "by": caller.person, "now": datetime.now(UTC)}
    scoring.put_criterion(programme_id, criterion_id, body.name, body.guidance, **said)
    return _rubric(programme_id)


@operation("POST", f"{CRITERION}/retire", answer=outcomes.Rubric)
def retire_criterion(caller: Caller, programme_id: int, criterion_id: int) -> outcomes.Rubric:
    """Judge by it no longer. What was given for it stays, and counts no longer."""
    scoring.retire_criterion(programme_id, criterion_id, by=caller.person, now=datetime.now(UTC))
    return _rubric(programme_id)


@operation("POST", f"{CRITERION}/up", answer=outcomes.Rubric)
def move_criterion(caller: Caller, programme_id: int, criterion_id: int) -> outcomes.Rubric:
    """Put it one place higher."""
    scoring.move_criterion(programme_id, criterion_id, by=caller.person, now=datetime.now(UTC))
    return _rubric(programme_id)


@operation("POST", f"{ONE}/blind", body=terms.BlindBody, answer=outcomes.Rubric)
def set_blind(caller: Caller, programme_id: int, body: terms.BlindBody) -> outcomes.Rubric:
    """Judge blind, or openly again."""
    scoring.set_blind(programme_id, body.blind, by=caller.person, now=datetime.now(UTC))
    return _rubric(programme_id)


@operation("POST", "/programmes", body=terms.ProgrammeBody, answer=outcomes.Programme)
def make_programme(caller: Caller, body: terms.ProgrammeBody) -> outcomes.Programme:
    """Make a programme. It is offered to nobody until that is said."""
    return programme(programmes.make(_terms(body), by=caller.person, now=datetime.now(UTC)))


@operation("POST", ONE, body=terms.ProgrammeBody, answer=outcomes.Programme)
def change_programme(caller: Caller, programme_id: int, body: terms.ProgrammeBody) -> outcomes.Programme:
    """Change what a programme offers. Other rules are a new version of them."""
    programmes.set_terms(programme_id, _terms(body), by=caller.person, now=datetime.now(UTC))
    return programme(programme_id)


def _terms(body: terms.ProgrammeBody) -> Terms:
    return Terms(body.name, body.summary, body.places, body.opens_at, body.closes_at, body.rules)


@operation("POST", f"{ONE}/offer", body=terms.OfferedBody, answer=outcomes.Programme)
def offer_programme(caller: Caller, programme_id: int, body: terms.OfferedBody) -> outcomes.Programme:
    """Offer it to people, or no longer."""
    programmes.offer(programme_id, body.offered, by=caller.person, now=datetime.now(UTC))
    return programme(programme_id)


@operation("POST", f"{ONE}/questions", body=terms.QuestionBody, answer=outcomes.Programme)
def add_question(caller: Caller, programme_id: int, body: terms.QuestionBody) -> outcomes.Programme:
    """Ask something more."""
    questions.put_question(programme_id, None, _wanted(body), by=caller.person, now=datetime.now(UTC))
    return programme(programme_id)


@operation("POST", QUESTION, body=terms.QuestionBody, answer=outcomes.Programme)
def change_question(
    caller: Caller, programme_id: int, question_id: int, body: terms.QuestionBody
) -> outcomes.Programme:
    """Ask a question in other words. Answers keep the wording they were asked in."""
    questions.put_question(programme_id, question_id, _wanted(body), by=caller.person, now=datetime.now(UTC))
    return programme(programme_id)


def _wanted(body: terms.QuestionBody) -> Wanted:
    try:
        choices = fitting("\n".join(body.choices)) if body.kind is Kind.CHOICE or body.choices else []
    except Unfit as unfit:
        raise Refused(unfit.code, field="choices") from unfit
    return Wanted(body.kind, body.wording, body.help, body.required, tuple(choices), body.audience)


@operation("POST", f"{QUESTION}/retire", body=terms.RetiredBody, answer=outcomes.Programme)
def retire_question(caller: Caller, programme_id: int, question_id: int, body: terms.RetiredBody) -> outcomes.Programme:
    """Ask it no longer, or again."""
    questions.retire_question(programme_id, question_id, body.retired, by=caller.person, now=datetime.now(UTC))
    return programme(programme_id)


@operation("POST", f"{QUESTION}/up", answer=outcomes.Programme)
def move_question(caller: Caller, programme_id: int, question_id: int) -> outcomes.Programme:
    """Ask it one place earlier."""
    questions.move_question(programme_id, question_id, by=caller.person, now=datetime.now(UTC))
    return programme(programme_id)


@operation("GET", f"{ONE}/letters/<verb>", answer=outcomes.Wording, may=may_configure)
def read_wording(caller: Caller, programme_id: int, verb: str) -> outcomes.Wording:
    """A programme's letter of a decision, as it is before anything is filled in. Admins may."""
    return _wording(programme_id, _decision(verb))


def _wording(programme_id: int, verb: Verb) -> outcomes.Wording:
    own = known.programme(programme_id).letters
    return outcomes.Wording(verb=verb, own=verb in own, **wording.standing(own, verb))


@operation("POST", f"{ONE}/letters/<verb>/word", body=terms.WordingBody, answer=outcomes.Wording)
def word_letter(caller: Caller, programme_id: int, verb: str, body: terms.WordingBody) -> outcomes.Wording:
    """Word a programme's letter, or leave it to us again."""
    wording.word_letter(programme_id, _decision(verb), body.subject, body.text, by=caller.person, now=datetime.now(UTC))
    return _wording(programme_id, _decision(verb))
