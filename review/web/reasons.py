"""The page where admins word the reasons."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from review.errors import Forbidden, Refused
from review.reads import reasons as known
from review.rules import DECISIONS, Verb, may_configure
from review.services import reasons
from review.web.access import staff
from review.web.desk import Page, desk
from review.web.desk_forms import ReasonForm
from review.web.forms import Action, languages
from review.web.refusals import REFUSALS

DECISION = f"any({', '.join(DECISIONS)})"


@desk.get("/reasons")
@staff
def all_reasons() -> Page:
    """Every reason by its decision."""
    return _page()


def _page(wrong: ReasonForm | None = None, about: str = "", status: int = 200) -> Page:
    """The page; with a form that came back with faults, `about` a reason's code or a decision."""
    if not may_configure(current_user.role):
        raise Forbidden
    page = render_template(
        "desk/reasons.html",
        groups=known.reasons(),
        languages=languages(),
        wrong=wrong,
        about=about,
    )
    return page, status


@desk.post(f"/reasons/add/<{DECISION}:verb>")
@staff
def add_reason(verb: str) -> Page:
    """Add a reason to a decision."""
    entry = ReasonForm()
    if not entry.validate():
        return _page(entry, verb, 400 if entry.csrf_token.errors else 422)
    now = datetime.now(UTC)
    try:
        reasons.add_reason(Verb(verb), entry.label_.data, entry.sentence.data, by=current_user, now=now)
    except Refused as refusal:
        return _refused(entry, refusal, verb)
    flash(_("The reason is offered from now on."), "success")
    return _back()


@desk.post("/reasons/<code>")
@staff
def word_reason(code: str) -> Page:
    """Word a reason anew."""
    entry = ReasonForm()
    if not entry.validate():
        return _page(entry, code, 400 if entry.csrf_token.errors else 422)
    written = {"language": entry.language.data or "", "by": current_user, "now": datetime.now(UTC)}
    try:
        reasons.word_reason(code, entry.label_.data, entry.sentence.data, **written)
    except Refused as refusal:
        return _refused(entry, refusal, code)
    flash(_("Letters say it so from now on. Those that are written already stay as they are."), "success")
    return _back()


@desk.post("/reasons/<code>/retire")
@staff
def retire_reason(code: str) -> Page:
    """Offer a reason no longer, or again."""
    Action.check()
    reasons.retire_reason(code, "again" not in request.form, by=current_user, now=datetime.now(UTC))
    return _back()


def _refused(entry: ReasonForm, refusal: Refused, about: str) -> Page:
    beside = entry.label_ if refusal.field == "label" else entry.sentence
    beside.errors = [*beside.errors, REFUSALS[refusal.code]]
    return _page(entry, about, 422)


def _back() -> Response:
    return redirect(url_for("desk.all_reasons"), 303)
