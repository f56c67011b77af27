"""The desk: the backlog, one application beside it, and the decision with its exact letter."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from review.errors import Forbidden, Missing, Refused
from review.reads import ageing, claims, notices, programmes, views
from review.reads import backlog as lists
from review.reads import dossier as files
from review.reads import people as people_now
from review.reads.filters import IN_ADDRESS, Filters
from review.rules import (
    IN_BULK,
    OPEN,
    REVERSALS,
    SNOOZES,
    Verb,
    allowed,
    may,
    may_configure,
    may_decide_in_bulk,
    may_export,
    may_share,
    may_undo,
    possible,
)
from review.services import decisions, delivery, people, reviewing
from review.web import keys
from review.web.access import ID, staff
from review.web.desk_forms import AddressForm, KeysForm, NoteForm
from review.web.fields import put_beside
from review.web.files import handed_out
from review.web.forms import Action
from review.web.lately import remember
from review.web.parts import is_boosted, layout, part
from review.web.refusals import REFUSALS

desk = Blueprint("desk", __name__, url_prefix="/desk")
Page = tuple[str, int] | str | Response


def back_to(application_id: int, *, anchor: str | None = None) -> Response:
    """The application, with the list as it was."""
    return redirect(url_for("desk.application", application_id=application_id, _anchor=anchor, **kept()), 303)


def kept() -> dict[str, Any]:
    """What of the address leads back to the list as it was; anything else could mean something to url_for."""
    return {"q": filters().text or None} | {k: v for k in IN_ADDRESS if k != "q" and (v := request.args.get(k))}


def filters() -> Filters:
    """What the address narrows the list to, for whoever looks; days are those of their own zone."""
    return Filters.read(request.args, reader=current_user.id, zone=get_timezone())


def frame(template: str, status: int = 200, **context: Any) -> Page:
    """The page with the list beside whatever is read or decided; or the one part of it that is asked for."""
    now, whole = datetime.now(UTC), "desk/_desk.html"
    context |= {"kept": kept(), "now": now, "layout": layout(whole)}
    if context["layout"] != whole:
        return render_template(template, **context), status
    sought = filters()
    remember(sought)
    page = render_template(
        "desk/_list.html" if part() == "listing" else template,
        filters=sought,
        page=lists.page(sought, now=now),
        views=[(one, Filters.read(one.query).text) for one in views.views(current_user.id)],
        counts=lists.counts(),
        snoozed=lists.snoozed(now),
        overdue=lists.overdue(now),
        held=claims.held(now),
        **_programmes(),
        boosted=part() == "listing" and is_boosted(),
        may_note=may(current_user.role, Verb.NOTE),
        may_share=may_share(current_user.role),
        may_configure=may_configure(current_user.role),
        may_export=may_export(current_user.role),
        in_bulk=IN_BULK if may_decide_in_bulk(current_user.role) else (),
        **context,
    )
    return page, status


def _programmes() -> dict[str, Any]:
    """What can be applied for, and how many places are left in each."""
    known = programmes.programmes()
    return {
        "programmes": known,
        "places": programmes.all_places_left(known),
    }


@desk.get("")
@staff
def backlog() -> Page:
    """The backlog, oldest first."""
    return frame("desk/backlog.html", selected=None)


@desk.get(f"/<{ID}:application_id>")
@staff
def application(application_id: int) -> Page:
    """One application beside the list."""
    begun = claims.draft(current_user.id, application_id, "note")
    return reading(application_id, NoteForm(None, body=begun.text) if begun else NoteForm())


def reading(
    application_id: int, note_form: NoteForm, status: int = 200, *, email_form: AddressForm | None = None
) -> Page:
    file = files.dossier(application_id, reader=current_user.id)
    role = current_user.role
    email_form = email_form or AddressForm(None, email=file.application.email)
    return frame(
        "desk/application.html",
        status,
        file=file,
        outlook=ageing.outlook(file, now=datetime.now(UTC)),
        selected=application_id,
        note_form=note_form,
        email_form=email_form,
        possible=() if file.hides else possible(role, file.application.state),
        approval=None if file.hides else _approval(file),
        can_score=may(role, Verb.SCORE) and file.application.state in OPEN,
        can_take=may(role, Verb.TAKE) and allowed(file.application.state, Verb.TAKE),
        can_act=may(role, Verb.NOTE),
        sorting=sorting_of(file),
        can_undo=can_undo(file),
        reversal=reversal(file),
        reasons={verb: decisions.reasons(verb) for verb in (Verb.DECLINE, Verb.DUPLICATE)},
        snoozes=SNOOZES,
        can_snooze=may(role, Verb.SNOOZE) and file.application.state in OPEN,
        form_key=secrets.token_urlsafe(24),
        readers=claims.readers(datetime.now(UTC), application_id),
    )


def sorting_of(file: files.Dossier) -> dict[str, Any]:
    """What the pane needs to sort the application among colleagues."""
    return {
        "can": may(current_user.role, Verb.TAG),
        "can_lift": may(current_user.role, Verb.LIFT_CONFLICT),
        "tags": lists.tags(),
        "colleagues": people_now.staff(),
        "owed": notices.owed(file.application.id),
        "in_conflict": notices.in_conflict(file.application.id),
    }


def _approval(file: files.Dossier) -> Any:
    """The letter that approving sends, where that is possible."""
    if Verb.APPROVE not in possible(current_user.role, file.application.state):
        return None
    return decisions.preview(file.application, Verb.APPROVE, reasons=(), asked=())


def reversal(file: files.Dossier | files.Brief) -> Verb | None:
    """What takes the last decision back once it cannot be undone any more, for whoever looks."""
    return next((verb for verb in possible(current_user.role, file.application.state) if verb in REVERSALS), None)


def can_undo(file: files.Dossier | files.Brief) -> bool:
    return file.decision is not None and may_undo(current_user.role, own=file.decision.person_id == current_user.id)


@desk.get(f"/<{ID}:application_id>/answers/<{ID}:answer_id>")
@staff
def answer_file(application_id: int, answer_id: int) -> Page:
    """A file an applicant has sent in answer to a question."""
    return handed_out(*programmes.file_for(application_id, answer_id, reader=current_user.id))


@desk.post(f"/<{ID}:application_id>/take")
@staff
def take(application_id: int) -> Page:
    """Start reviewing."""
    Action.check()
    reviewing.take(application_id, by=current_user, now=datetime.now(UTC))
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/snooze/<int(max=365):days>")
@staff
def snooze(application_id: int, days: int) -> Page:
    """Put the application off for some days, or wake it up."""
    Action.check()
    reviewing.snooze(application_id, days, by=current_user, now=datetime.now(UTC))
    flash(_("It comes back by itself.") if days else _("It is back among those to decide."), "info")
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/notes")
@staff
def note(application_id: int) -> Page:
    """Leave a note for colleagues."""
    entry = NoteForm()
    if not may(current_user.role, Verb.NOTE):
        raise Forbidden
    if not entry.validate():
        return reading(application_id, entry, 400 if entry.csrf_token.errors else 422)
    reviewing.note(application_id, entry.body.data, by=current_user, now=datetime.now(UTC))
    return back_to(application_id, anchor="notes")


@desk.post(f"/<{ID}:application_id>/check-feed")
@staff
def check_feed(application_id: int) -> Page:
    """Have the feed read again."""
    Action.check()
    reviewing.check_feed(application_id, by=current_user, now=datetime.now(UTC))
    flash(_("The feed is being read again."), "info")
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/send-link")
@staff
def send_link(application_id: int) -> Page:
    """Send the applicant a new link."""
    Action.check()
    reviewing.send_link(application_id, by=current_user, now=datetime.now(UTC))
    flash(_("A new link is on its way to the applicant."), "info")
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/letters/<{ID}:letter_id>/again")
@staff
def send_again(application_id: int, letter_id: int) -> Page:
    """Correct the address and send a letter that came back once more."""
    entry = AddressForm()
    if not entry.validate():
        return reading(application_id, NoteForm(), 400 if entry.csrf_token.errors else 422, email_form=entry)
    try:
        delivery.send_again(letter_id, entry.email.data, by=current_user, now=datetime.now(UTC))
    except Refused as refusal:
        put_beside(entry.email, REFUSALS[refusal.code])
        return reading(application_id, NoteForm(), 422, email_form=entry)
    flash(_("The address is corrected and the letter is on its way again."), "success")
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/letters/<{ID}:letter_id>/let-go")
@staff
def let_go(application_id: int, letter_id: int) -> Page:
    """Leave a letter that came back at that."""
    Action.check()
    delivery.let_go(letter_id, by=current_user, now=datetime.now(UTC))
    flash(_("Left at that. The letter stays among the application's letters, with what became of it."), "info")
    return back_to(application_id)


@desk.get(f"/<{ID}:application_id>/progress")
@staff
def progress(application_id: int) -> str:
    """The parts of the page that change by themselves: the feed being read, the show being put on the air."""
    file = files.dossier(application_id, reader=current_user.id)
    can_act = may(current_user.role, Verb.CHECK_FEED)
    if file.hides:
        raise Missing
    return render_template("desk/_progress.html", file=file, can_act=can_act, now=datetime.now(UTC))


@desk.route("/keys", methods=["GET", "POST"])
@staff
def own_keys() -> Page:
    """Which key does what, for whoever is signed in."""
    known = keys.chosen(current_user.keys) | {"off": bool(current_user.keys.get("off"))}
    entry = KeysForm(data=known)
    if request.method == "GET":
        return render_template("desk/keys.html", form=entry)
    if not entry.validate():
        return render_template("desk/keys.html", form=entry), 400 if entry.csrf_token.errors else 422
    try:
        people.set_keys(current_user.id, entry.keys(), off=entry.off.data, now=datetime.now(UTC))
    except Refused as refusal:
        put_beside(entry.off, REFUSALS[refusal.code])
        return render_template("desk/keys.html", form=entry), 422
    flash(_("Your keys are saved."), "success")
    return redirect(url_for("desk.backlog"), 303)
