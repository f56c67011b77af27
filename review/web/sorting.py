"""Sorting the backlog together: tags, assignment, second opinions, conflicts; what one is called to; views kept."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from review.errors import Refused
from review.reads import notices as calls
from review.reads import views as kept_views
from review.services import notices, sorting
from review.web.access import ID, staff
from review.web.desk import Page, back_to, desk, kept
from review.web.desk_forms import ColleagueForm, TagForm, ViewForm
from review.web.forms import Action, Form


def _check(entry: Form) -> None:
    if not entry.validate():
        raise Refused("page-too-old")


@desk.post(f"/<{ID}:application_id>/tags")
@staff
def tag(application_id: int) -> Page:
    """Put a tag on it."""
    entry = TagForm()
    _check(entry)
    sorting.tag(application_id, entry.word.data, by=current_user, now=datetime.now(UTC))
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/tags/remove")
@staff
def untag(application_id: int) -> Page:
    """Take a tag off it."""
    entry = TagForm()
    _check(entry)
    sorting.untag(application_id, entry.word.data, by=current_user, now=datetime.now(UTC))
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/assign")
@staff
def assign(application_id: int) -> Page:
    """Say who is to look at it."""
    entry = ColleagueForm()
    _check(entry)
    sorting.assign(application_id, entry.number, by=current_user, now=datetime.now(UTC))
    flash(
        _("Nobody in particular is to look at it now.") if entry.number is None else _("They have been told."), "info"
    )
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/opinion")
@staff
def ask_opinion(application_id: int) -> Page:
    """Ask a colleague for a second opinion."""
    entry = ColleagueForm()
    _check(entry)
    if entry.number is None:
        raise Refused("no-such-colleague")
    sorting.ask_opinion(application_id, entry.number, by=current_user, now=datetime.now(UTC))
    flash(_("They have been asked. Their next note here is the answer."), "info")
    return back_to(application_id)


@desk.post(f"/<{ID}:application_id>/conflict")
@staff
def declare_conflict(application_id: int) -> Page:
    """Step back from an application one is too near to."""
    Action.check()
    sorting.declare_conflict(application_id, by=current_user, now=datetime.now(UTC))
    flash(_("You do not see that application any more. A lead can bring it back to you."), "info")
    return redirect(url_for("desk.backlog"), 303)


@desk.post(f"/<{ID}:application_id>/conflict/<{ID}:person_id>/lift")
@staff
def lift_conflict(application_id: int, person_id: int) -> Page:
    """Let a colleague see it again."""
    Action.check()
    sorting.lift_conflict(application_id, person_id, by=current_user, now=datetime.now(UTC))
    return back_to(application_id)


@desk.get("/for-you")
@staff
def for_you() -> Page:
    """What colleagues call one to."""
    return render_template("desk/for_you.html", calls=calls.calls(current_user.id))


@desk.post("/for-you/clear")
@staff
def clear_calls() -> Page:
    """All of it was looked at."""
    Action.check()
    notices.clear(by=current_user, now=datetime.now(UTC))
    return redirect(url_for("desk.for_you"), 303)


@desk.post("/views")
@staff
def keep_view() -> Page:
    """Keep the search the list shows under a name."""
    entry = ViewForm()
    _check(entry)
    sorting.keep_view(entry.name.data, request.args, shared=entry.shared.data, by=current_user, now=datetime.now(UTC))
    flash(_("The view stands beside the list now."), "success")
    return redirect(url_for("desk.backlog", **kept()), 303)


@desk.post(f"/views/<{ID}:view_id>/drop")
@staff
def drop_view(view_id: int) -> Page:
    """Let go of a view."""
    Action.check()
    sorting.drop_view(view_id, by=current_user, now=datetime.now(UTC))
    return redirect(url_for("desk.backlog"), 303)


@desk.get("/views/counts")
@staff
def view_counts() -> Page:
    """How many applications each view shows."""
    counts = kept_views.counts(current_user.id, now=datetime.now(UTC))
    return render_template("desk/_view_counts.html", counts=counts)
