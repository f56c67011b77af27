"""Decisions at the desk: with their exact letter on a page of their own, or at once and then undone."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from flask import current_app, flash, render_template, request
from flask_babel import gettext as _
from flask_login import current_user

from review.errors import Forbidden, Refused, WrongState
from review.reads import claims, programmes
from review.reads import dossier as files
from review.rules import DECISIONS, Verb, may
from review.services import decisions
from review.services.decisions import Choice
from review.typed import is_number
from review.web.access import ID, staff
from review.web.desk import Page, back_to, can_undo, desk, frame, kept, reversal
from review.web.desk_forms import DecisionForm
from review.web.fields import put_beside
from review.web.forms import Action
from review.web.parts import part
from review.web.refusals import REFUSALS

DECISION = f"any({', '.join(DECISIONS)})"


@desk.route(f"/<{ID}:application_id>/<{DECISION}:verb>", methods=["GET", "POST"])
@staff
def decide(application_id: int, verb: str) -> Page:
    """A decision: first what it will do and the exact letter, then, once, the deed."""
    file, verb = files.brief(application_id, reader=current_user.id), Verb(verb)
    entry = _decision_form(verb, file)
    if not may(current_user.role, verb):
        raise Forbidden
    if file.hides:
        raise Refused("score-first")
    if request.method == "GET" or "fill" in request.form:
        return _letter_page(file, verb, entry, filled=True)
    if "as_written" in request.form:
        _write_letter(file, verb, entry)
    if not entry.validate():
        return _letter_page(file, verb, entry, 400 if entry.csrf_token.errors else 422)
    try:
        _decide(application_id, verb, entry)
    except Refused as refusal:
        if part() == "toasts":
            raise
        put_beside(entry[refusal.field if refusal.field in entry else "text"], REFUSALS[refusal.code])
        return _letter_page(file, verb, entry, 422)
    except WrongState as lost:
        return frame("desk/conflict.html", 409, file=file, selected=application_id, verb=verb, form=entry, lost=lost)
    if part() == "toasts":
        return _undo_toast(application_id)
    return back_to(application_id)


def _undo_toast(application_id: int) -> Page:
    """What was decided, with its undo: all that a page needs that has gone on to the next application."""
    file, now = files.brief(application_id, reader=current_user.id), datetime.now(UTC)
    shown = {"can_undo": can_undo(file), "reversal": reversal(file), "kept": kept()}
    return render_template("desk/_undo.html", file=file, now=now, toast=True, **shown)


def _decision_form(verb: Verb, file: files.Brief) -> DecisionForm:
    entry = DecisionForm()
    entry.reasons.choices = decisions.reasons(verb)
    entry.asked.choices = decisions.askable(file.application.programme_id if verb is Verb.ASK else None)
    alike = files.others(file.application.id, reader=current_user.id) if verb is Verb.DUPLICATE else []
    originals = [other.application for other in alike]
    entry.duplicate_of.choices = [(str(one.id), f"{one.id} · {one.show_title} · {one.name}") for one in originals]
    return entry


def _letter_page(
    file: files.Brief, verb: Verb, entry: DecisionForm, status: int = 200, *, filled: bool = False
) -> Page:
    if filled:
        _write_letter(file, verb, entry)
    begun = None
    if request.method == "GET":
        begun = claims.draft(current_user.id, file.application.id, verb)
        if begun:
            entry.subject.data, entry.text.data = begun.subject, begun.text
        entry.version.data = str(file.application.version)
        entry.form_key.data = secrets.token_urlsafe(24)
    return frame(
        "desk/decide.html",
        status,
        file=file,
        selected=file.application.id,
        verb=verb,
        form=entry,
        begun=begun,
        all_taken=verb is Verb.APPROVE and programmes.places_left(file.application.programme) == 0,
    )


def _write_letter(file: files.Brief, verb: Verb, entry: DecisionForm) -> None:
    """The letter that goes with what was chosen, as nobody has changed it."""
    letter = decisions.preview(
        file.application, verb, reasons=tuple(entry.reasons.data or ()), asked=tuple(entry.asked.data or ())
    )
    entry.subject.data, entry.text.data = letter.subject, letter.text


def _decide(application_id: int, verb: Verb, entry: DecisionForm) -> None:
    original = entry.duplicate_of.data or ""
    choice = Choice(
        application_id=application_id,
        verb=verb,
        version=int(entry.version.data),
        form_key=entry.form_key.data,
        subject=entry.subject.data or "",
        text=entry.text.data or "",
        reasons=tuple(entry.reasons.data or ()),
        asked=tuple(entry.asked.data or ()) if verb is Verb.ASK else (),
        past_places=bool(entry.past_places.data),
        duplicate_of=int(original) if verb is Verb.DUPLICATE and is_number(original) else None,
    )
    window = current_app.config["GREENROOM"].undo_window
    decisions.decide(choice, by=current_user, now=datetime.now(UTC), undo_window=window)


@desk.post(f"/undo/<{ID}:decision_id>")
@staff
def undo(decision_id: int) -> Page:
    """Take a decision back while its letter still waits."""
    Action.check()
    application_id = decisions.undo(decision_id, by=current_user, now=datetime.now(UTC))
    flash(_("Taken back. No letter was sent."), "success")
    return back_to(application_id)
