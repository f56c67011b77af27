"""The pages on which admins make programmes: what each offers, asks and writes, seen as applicants will see it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from review.errors import Forbidden, Refused
from review.questions import code
from review.reads import programmes as known
from review.rules import DECISIONS, Verb, may_configure
from review.services import programmes, questions, wording
from review.web.access import ID, staff
from review.web.asking import asking, hint
from review.web.desk import Page, desk
from review.web.fields import put_beside
from review.web.forms import Action, ApplyForm, Form
from review.web.programme_forms import AUDIENCES, KINDS, ProgrammeForm, QuestionForm, WordingForm
from review.web.refusals import REFUSALS

DECISION = f"any({', '.join(DECISIONS)})"
ONE = f"/programmes/<{ID}:programme_id>"


def _check_role() -> None:
    if not may_configure(current_user.role):
        raise Forbidden


def _back(programme_id: int, anchor: str | None = None) -> Response:
    return redirect(url_for("desk.programme", programme_id=programme_id, _anchor=anchor), 303)


def _status(entry: Form) -> int:
    return 400 if entry.csrf_token.errors else 422


@desk.route("/programmes", methods=["GET", "POST"])
@staff
def all_programmes() -> Page:
    """What people can apply for; and another one."""
    _check_role()
    entry, now = ProgrammeForm(), datetime.now(UTC)
    if request.method == "GET":
        return _all_page(entry)
    if not entry.validate():
        return _all_page(entry, _status(entry))
    try:
        made = programmes.make(entry.terms(), by=current_user, now=now)
    except Refused as refusal:
        put_beside(entry[refusal.field if refusal.field in entry else "name"], REFUSALS[refusal.code])
        return _all_page(entry, 422)
    flash(_("It is made, and offered to nobody yet. Add its questions, look at the form, then offer it."), "success")
    return _back(made)


def _all_page(entry: ProgrammeForm, status: int = 200) -> Page:
    found, now = known.programmes(), datetime.now(UTC)
    left = known.all_places_left(found)
    return render_template("desk/programmes.html", programmes=found, left=left, form=entry, now=now), status


@desk.route(ONE, methods=["GET", "POST"])
@staff
def programme(programme_id: int) -> Page:
    """One programme: what it offers, asks and writes, and what was done to it."""
    _check_role()
    found = known.programme(programme_id)
    if request.method == "GET":
        return _page(found, ProgrammeForm(None, data=_terms(found)))
    entry = ProgrammeForm()
    if not entry.validate():
        return _page(found, entry, _status(entry))
    try:
        programmes.set_terms(programme_id, entry.terms(), by=current_user, now=datetime.now(UTC))
    except Refused as refusal:
        put_beside(entry[refusal.field if refusal.field in entry else "name"], REFUSALS[refusal.code])
        return _page(found, entry, 422)
    flash(_("It is changed. Who applies from now on sees it so."), "success")
    return _back(programme_id)


def _terms(found: Any) -> dict[str, Any]:
    said = {name: getattr(found, name) for name in ("name", "summary", "opens_at", "closes_at", "rules")}
    return said | {"places": str(found.places)}


def _page(found: Any, entry: ProgrammeForm, status: int = 200) -> Page:
    page = render_template(
        "desk/programme.html",
        programme=found,
        form=entry,
        left=known.places_left(found),
        questions=known.questions(found.id),
        retired=known.questions(found.id, retired=True),
        kinds=KINDS,
        audiences=AUDIENCES,
        decisions=DECISIONS,
        history=known.history(found.id),
        now=datetime.now(UTC),
    )
    return page, status


@desk.post(f"{ONE}/offer")
@staff
def offer_programme(programme_id: int) -> Page:
    """Offer it to people, or no longer."""
    Action.check()
    offered = "no_longer" not in request.form
    programmes.offer(programme_id, offered, by=current_user, now=datetime.now(UTC))
    flash(_("People can apply for it now.") if offered else _("Nobody can apply for it any more."), "success")
    return _back(programme_id)


@desk.get(f"{ONE}/preview")
@staff
def preview_programme(programme_id: int) -> Page:
    """The form as applicants see it. It can be filled in, and sends nothing."""
    _check_role()
    found, asked, now = known.programme(programme_id), known.questions(programme_id), datetime.now(UTC)
    entry = asking(ApplyForm, asked)(None, language="en")
    return render_template(
        "desk/programme_preview.html",
        form=entry,
        programme=found,
        questions=[(entry[code(one.id)], hint(one)) for one in asked],
        is_open=found.is_open(now) or found.offered_at is None,
        places=known.places_left(found),
        trouble="",
        now=now,
    )


@desk.route(f"{ONE}/questions/new", methods=["GET", "POST"])
@staff
def new_question(programme_id: int) -> Page:
    """Ask something more."""
    return _question(known.programme(programme_id), None)


@desk.route(f"{ONE}/questions/<{ID}:question_id>", methods=["GET", "POST"])
@staff
def question(programme_id: int, question_id: int) -> Page:
    """Ask a question in other words."""
    return _question(known.programme(programme_id), known.question(programme_id, question_id))


def _question(found: Any, row: Any) -> Page:
    _check_role()
    if request.method == "GET":
        return _question_page(found, row, QuestionForm(None, data=_asked(row) if row else {}))
    entry = QuestionForm()
    if not entry.validate():
        return _question_page(found, row, entry, _status(entry))
    if "look" in request.form:
        return _question_page(found, row, entry)
    try:
        id_ = row.id if row else None
        questions.put_question(found.id, id_, entry.wanted(), by=current_user, now=datetime.now(UTC))
    except Refused as refusal:
        put_beside(entry[refusal.field if refusal.field in entry else "wording"], REFUSALS[refusal.code])
        return _question_page(found, row, entry, 422)
    flash(_("It is asked so from now on. What was answered before keeps the wording it was asked in."), "success")
    return _back(found.id, "questions")


def _asked(row: Any) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in ("wording", "help", "kind", "required", "audience")}
    return said | {"choices": "\n".join(row.choices)}


def _question_page(found: Any, row: Any, entry: QuestionForm, status: int = 200) -> Page:
    shown = None
    if entry.wording.data and not entry.errors:
        looks = SimpleNamespace(id=1, **asdict(entry.wanted()))
        shown = (asking(Form, [looks])(None)[code(1)], hint(looks))
    answered = bool(row and known.answered([row.id]))
    page = render_template(
        "desk/question.html", programme=found, question=row, form=entry, shown=shown, answered=answered
    )
    return page, status


@desk.post(f"{ONE}/questions/<{ID}:question_id>/retire")
@staff
def retire_question(programme_id: int, question_id: int) -> Page:
    """Ask it no longer, or again."""
    Action.check()
    retired = "again" not in request.form
    questions.retire_question(programme_id, question_id, retired, by=current_user, now=datetime.now(UTC))
    return _back(programme_id, "questions")


@desk.post(f"{ONE}/questions/<{ID}:question_id>/up")
@staff
def move_question(programme_id: int, question_id: int) -> Page:
    """Ask it one place earlier."""
    Action.check()
    questions.move_question(programme_id, question_id, by=current_user, now=datetime.now(UTC))
    return _back(programme_id, "questions")


@desk.route(f"{ONE}/letters/<{DECISION}:verb>", methods=["GET", "POST"])
@staff
def programme_letter(programme_id: int, verb: str) -> Page:
    """A letter in the programme's own words, or in ours again."""
    _check_role()
    found, chosen, now = known.programme(programme_id), Verb(verb), datetime.now(UTC)
    entry = WordingForm(data=wording.standing(found.letters, chosen))
    if request.method == "GET":
        return _letter_page(found, chosen, entry)
    if not entry.validate():
        return _letter_page(found, chosen, entry, _status(entry))
    said = ("", "") if "ours" in request.form else (entry.subject.data, entry.text.data)
    if "look" in request.form:
        return _letter_page(found, chosen, entry)
    try:
        wording.word_letter(programme_id, chosen, *said, by=current_user, now=now)
    except Refused as refusal:
        put_beside(entry[refusal.field], REFUSALS[refusal.code])
        return _letter_page(found, chosen, entry, 422)
    flash(_("Letters say it so from now on. Those that are written already stay as they are."), "success")
    return _back(programme_id, "letters")


def _letter_page(found: Any, verb: Verb, entry: WordingForm, status: int = 200) -> Page:
    typed = {"subject": entry.subject.data or "", "text": entry.text.data or ""}
    page = render_template(
        "desk/programme_letter.html",
        programme=found,
        verb=verb,
        form=entry,
        sample=wording.sample(verb, typed, programme=found.name),
        places=wording.PLACES,
    )
    return page, status
