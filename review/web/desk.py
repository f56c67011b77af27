"""The desk: the backlog, one application beside it, and the decision with its exact letter."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from review.errors import Forbidden, Refused, WrongState
from review.podcast.categories import CATEGORIES
from review.reads import backlog as lists
from review.reads import dossier as files
from review.reads import effects
from review.rules import BACKLOG, DECISIONS, State, Verb, allowed, may, may_undo, possible
from review.services import decisions, delivery, reviewing
from review.services.decisions import Choice
from review.web.access import ID, staff
from review.web.fields import is_number, put_beside
from review.web.forms import Action, AddressForm, DecisionForm, NoteForm, languages
from review.web.words import REFUSALS

desk = Blueprint("desk", __name__, url_prefix="/desk")
Page = tuple[str, int] | str | Response
DECISION = f"any({', '.join(DECISIONS)})"


def _back_to(application_id: int, *, anchor: str | None = None) -> Response:
    """The application, with the list as it was."""
    return redirect(url_for("desk.application", application_id=application_id, _anchor=anchor, **_kept()), 303)


def _kept() -> dict[str, Any]:
    """What of the address leads back to the list as it was; anything else could mean something to url_for."""
    return {k: v for k, v in request.args.items() if k in ("state", "q", "topic", "language", "feed", "page") and v}


def _filters() -> lists.Filters:
    """The filters in the address; whatever makes no sense there is left out."""
    asked = request.args
    state = asked.get("state", "")
    number = asked.get("page", "")
    return lists.Filters(
        state=State(state) if state in BACKLOG else None,
        everything=state == "all",
        text=asked.get("q", "").strip()[:400],
        topic=asked.get("topic", "")[:100],
        language=asked.get("language", "")[:20],
        feed=asked.get("feed", "")[:10],
        page=int(number) if is_number(number) else 1,
    )


def _frame(template: str, status: int = 200, **context: Any) -> Page:
    """The page with the list beside whatever is read or decided."""
    filters = _filters()
    page = render_template(
        template,
        filters=filters,
        page=lists.page(filters),
        counts=lists.counts(),
        languages=languages(),
        topics=list(CATEGORIES),
        kept=_kept(),
        now=datetime.now(UTC),
        **context,
    )
    return page, status


@desk.get("")
@staff
def backlog() -> Page:
    """The backlog, oldest first."""
    return _frame("desk/backlog.html", selected=None)


@desk.get(f"/<{ID}:application_id>")
@staff
def application(application_id: int) -> Page:
    """One application beside the list."""
    return _reading(application_id, NoteForm())


def _reading(
    application_id: int, note_form: NoteForm, status: int = 200, *, email_form: AddressForm | None = None
) -> Page:
    file = files.dossier(application_id)
    role = current_user.role
    email_form = email_form or AddressForm(None, email=file.application.email)
    return _frame(
        "desk/application.html",
        status,
        file=file,
        selected=application_id,
        note_form=note_form,
        email_form=email_form,
        possible=possible(role, file.application.state),
        can_take=may(role, Verb.TAKE) and allowed(file.application.state, Verb.TAKE),
        can_act=may(role, Verb.NOTE),
        can_undo=file.decision is not None and may_undo(role, own=file.decision.person_id == current_user.id),
    )


@desk.route(f"/<{ID}:application_id>/<{DECISION}:verb>", methods=["GET", "POST"])
@staff
def decide(application_id: int, verb: str) -> Page:
    """A decision: first what it will do and the exact letter, then, once, the deed."""
    file, entry, verb = files.dossier(application_id), _decision_form(Verb(verb)), Verb(verb)
    if not may(current_user.role, verb):
        raise Forbidden
    _offer_originals(entry, file)
    if request.method == "GET" or "fill" in request.form:
        return _letter_page(file, verb, entry, filled=True)
    if not entry.validate():
        return _letter_page(file, verb, entry, 400 if entry.csrf_token.errors else 422)
    try:
        _decide(application_id, verb, entry)
    except Refused as refusal:
        put_beside(entry[refusal.field if refusal.field in entry else "text"], REFUSALS[refusal.code])
        return _letter_page(file, verb, entry, 422)
    except WrongState as lost:
        return _frame("desk/conflict.html", 409, file=file, selected=application_id, verb=verb, form=entry, lost=lost)
    return _back_to(application_id)


def _decision_form(verb: Verb) -> DecisionForm:
    entry = DecisionForm()
    entry.reasons.choices = decisions.reasons(verb)
    entry.asked.choices = decisions.askable()
    return entry


def _offer_originals(entry: DecisionForm, file: files.Dossier) -> None:
    entry.duplicate_of.choices = [
        (str(other.id), f"{other.id} · {other.show_title} · {other.name}") for other in file.others
    ]


def _letter_page(
    file: files.Dossier, verb: Verb, entry: DecisionForm, status: int = 200, *, filled: bool = False
) -> Page:
    if filled:
        letter = decisions.preview(
            file.application, verb, reasons=tuple(entry.reasons.data or ()), asked=tuple(entry.asked.data or ())
        )
        entry.subject.data, entry.text.data = letter.subject, letter.text
    if request.method == "GET":
        entry.version.data = str(file.application.version)
        entry.form_key.data = secrets.token_urlsafe(24)
    return _frame("desk/decide.html", status, file=file, selected=file.application.id, verb=verb, form=entry)


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
    return _back_to(application_id)


@desk.post(f"/<{ID}:application_id>/take")
@staff
def take(application_id: int) -> Page:
    """Start reviewing."""
    Action.check()
    reviewing.take(application_id, by=current_user, now=datetime.now(UTC))
    return _back_to(application_id)


@desk.post(f"/<{ID}:application_id>/notes")
@staff
def note(application_id: int) -> Page:
    """Leave a note for colleagues."""
    entry = NoteForm()
    if not may(current_user.role, Verb.NOTE):
        raise Forbidden
    if not entry.validate():
        return _reading(application_id, entry, 400 if entry.csrf_token.errors else 422)
    reviewing.note(application_id, entry.body.data, by=current_user, now=datetime.now(UTC))
    return _back_to(application_id, anchor="notes")


@desk.post(f"/<{ID}:application_id>/check-feed")
@staff
def check_feed(application_id: int) -> Page:
    """Have the feed read again."""
    Action.check()
    reviewing.check_feed(application_id, by=current_user, now=datetime.now(UTC))
    flash(_("The feed is being read again."), "info")
    return _back_to(application_id)


@desk.post(f"/<{ID}:application_id>/send-link")
@staff
def send_link(application_id: int) -> Page:
    """Send the applicant a new link."""
    Action.check()
    reviewing.send_link(application_id, by=current_user, now=datetime.now(UTC))
    flash(_("A new link is on its way to the applicant."), "info")
    return _back_to(application_id)


@desk.post(f"/<{ID}:application_id>/letters/<{ID}:letter_id>/again")
@staff
def send_again(application_id: int, letter_id: int) -> Page:
    """Correct the address and send a letter that came back once more."""
    entry = AddressForm()
    if not entry.validate():
        return _reading(application_id, NoteForm(), 400 if entry.csrf_token.errors else 422, email_form=entry)
    try:
        delivery.send_again(letter_id, entry.email.data, by=current_user, now=datetime.now(UTC))
    except Refused as refusal:
        put_beside(entry.email, REFUSALS[refusal.code])
        return _reading(application_id, NoteForm(), 422, email_form=entry)
    flash(_("The address is corrected and the letter is on its way again."), "success")
    return _back_to(application_id)


@desk.post(f"/<{ID}:application_id>/letters/<{ID}:letter_id>/let-go")
@staff
def let_go(application_id: int, letter_id: int) -> Page:
    """Leave a letter that came back at that."""
    Action.check()
    delivery.let_go(letter_id, by=current_user, now=datetime.now(UTC))
    flash(_("Left at that. The letter stays among the application's letters, with what became of it."), "info")
    return _back_to(application_id)


@desk.get(f"/<{ID}:application_id>/progress")
@staff
def progress(application_id: int) -> str:
    """The parts of the page that change by themselves: the feed being read, the show being put on the air."""
    file, can_act = files.dossier(application_id), may(current_user.role, Verb.CHECK_FEED)
    return render_template("desk/_progress.html", file=file, can_act=can_act, now=datetime.now(UTC))


@desk.get("/outbox")
@staff
def outbox() -> str:
    """Effects that failed for good, and those still to come."""
    can_act = may(current_user.role, Verb.NOTE)
    return render_template("desk/outbox.html", effects=effects.effects(), can_act=can_act)


@desk.post(f"/outbox/<{ID}:item_id>/retry")
@staff
def retry(item_id: int) -> Page:
    """Bring a dead effect back."""
    Action.check()
    reviewing.retry(item_id, by=current_user, now=datetime.now(UTC))
    flash(_("It will be tried again at once."), "success")
    return redirect(url_for("desk.outbox"), 303)
