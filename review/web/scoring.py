"""Judging by points: the form beside an application, and the rubric that admins edit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from review.errors import Forbidden, Refused
from review.reads import programmes, scores
from review.rules import may_configure
from review.scoring import POINTS
from review.services import scoring
from review.typed import is_number
from review.web.access import ID, staff
from review.web.desk import Page, back_to, desk
from review.web.desk_forms import CriterionForm
from review.web.forms import Action
from review.web.refusals import REFUSALS


@desk.post(f"/<{ID}:application_id>/score")
@staff
def score(application_id: int) -> Page:
    """Give it points."""
    Action.check()
    given = {
        int(name.removeprefix("points-")): int(value)
        for name, value in request.form.items()
        if is_number(name.removeprefix("points-")) and is_number(value)
    }
    scoring.score(application_id, given, by=current_user, now=datetime.now(UTC))
    flash(_("Your points are kept."), "success")
    return back_to(application_id, anchor="scores")


@desk.get("/rubric")
@staff
def rubric() -> Page:
    """What applications are judged by."""
    return _rubric()


def _rubric(wrong: CriterionForm | None = None, about: int | None = None, status: int = 200) -> Page:
    """The page; where a form came back with faults, that one as it was typed, `about` a criterion or a new one."""
    if not may_configure(current_user.role):
        raise Forbidden
    programme, others = _programme(), programmes.programmes()
    criteria = scores.rubric(programme.id)
    forms = {one.id: _form(one.id, one.name, one.weight, one.guidance) for one in criteria}
    new = _form(None, "", 1, [])
    if wrong is not None and about in forms:
        forms[about] = wrong
    elif wrong is not None:
        new = wrong
    page = render_template(
        "desk/rubric.html",
        programme=programme,
        programmes=others,
        criteria=criteria,
        forms=forms,
        new=new,
        points=POINTS,
        about=about,
    )
    return page, status


def _programme() -> Any:
    """Whose rubric it is: the one the address names, or the first. Raises Missing."""
    wanted = request.args.get("programme", "")
    return programmes.programme(int(wanted)) if is_number(wanted) else programmes.first()


def _back(programme_id: int) -> Response:
    return redirect(url_for("desk.rubric", programme=programme_id), 303)


def _form(criterion_id: int | None, name: str, weight: int, guidance: list[str]) -> CriterionForm:
    texts = {f"guidance_{at}": text for at, text in zip(POINTS, guidance, strict=False)}
    return CriterionForm(None, prefix=f"criterion-{criterion_id or 'new'}-", name=name, weight=str(weight), **texts)


@desk.post("/rubric")
@staff
def add_criterion() -> Page:
    """Add to what applications are judged by."""
    return _put(None)


@desk.post(f"/rubric/<{ID}:criterion_id>")
@staff
def change_criterion(criterion_id: int) -> Page:
    """Change one thing applications are judged by."""
    return _put(criterion_id)


def _put(criterion_id: int | None) -> Page:
    Action.check()
    entry, id_ = CriterionForm(prefix=f"criterion-{criterion_id or 'new'}-"), _programme().id
    weight = int(entry.weight.data) if is_number(entry.weight.data) else 0
    if not entry.validate():
        return _rubric(entry, criterion_id, 422)
    try:
        scoring.put_criterion(
            id_, criterion_id, entry.name.data, entry.guidance(), weight=weight, by=current_user, now=datetime.now(UTC)
        )
    except Refused as refusal:
        entry.name.errors = [*entry.name.errors, REFUSALS[refusal.code]]
        return _rubric(entry, criterion_id, 422)
    flash(_("The rubric is changed. What was given so far counts by the weights of now."), "success")
    return _back(id_)


@desk.post(f"/rubric/<{ID}:criterion_id>/retire")
@staff
def retire_criterion(criterion_id: int) -> Page:
    """Judge by it no longer."""
    Action.check()
    id_ = _programme().id
    scoring.retire_criterion(id_, criterion_id, by=current_user, now=datetime.now(UTC))
    return _back(id_)


@desk.post(f"/rubric/<{ID}:criterion_id>/up")
@staff
def move_criterion(criterion_id: int) -> Page:
    """Put it one place higher."""
    Action.check()
    id_ = _programme().id
    scoring.move_criterion(id_, criterion_id, by=current_user, now=datetime.now(UTC))
    return _back(id_)


@desk.post("/rubric/blind")
@staff
def set_blind() -> Page:
    """Judge blind, or openly again."""
    Action.check()
    id_ = _programme().id
    scoring.set_blind(id_, "blind" in request.form, by=current_user, now=datetime.now(UTC))
    return _back(id_)
