"""Deciding many applications at once: what that would do to each, then, once, the deed, and one undo for all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from review.errors import Forbidden, Refused
from review.reads import bulk as batches
from review.reads import programmes
from review.reads.everything import everything
from review.rules import IN_BULK, Verb, may_decide_in_bulk, may_undo
from review.services import bulk, decisions
from review.services.bulk import MOST, Plan
from review.typed import is_number
from review.web.access import ID, staff
from review.web.desk import Page, desk, filters, kept
from review.web.desk_forms import BulkForm
from review.web.fields import put_beside
from review.web.forms import Action
from review.web.refusals import REFUSALS
from review.web.words import STATES

VERB = f"any({', '.join(IN_BULK)})"
OBSTACLES = {
    "state": _("It is “%(state)s”, and cannot be decided so from there."),
    "moved": _("It has changed since: it is “%(state)s” now."),
    "claimed": _("%(by)s is reading it."),
    "score-first": _("It is judged blind, and you have not given it points yet."),
    "left-out": _("You left it out."),
    "no-places-left": _("All places are taken."),
    "stopped": _("It was stopped before it came to this one."),
    "forbidden": _("The role of who decided did not allow it any more."),
    "gone": _("It is not there for who decided, or a conflict was declared."),
    "too-late": _("Its letter was on its way already."),
    "unknown-reason": _("One of the reasons is no longer used."),
    "broken": _("Something broke on our side; the log has it."),
}
"""Why an application would not be decided, or was not, or could not be taken back."""


def obstacle(code: str, detail: dict[str, Any]) -> str:
    """Why, as a sentence. Every other code is that of a refusal."""
    state = detail.get("state", "")
    told = {"state": STATES.get(state, state), "by": detail.get("by", "")}
    said = str(OBSTACLES[code] % told) if code in OBSTACLES else str(REFUSALS[code])
    return f"{said} ({told['by']})" if code == "moved" and told["by"] else said


def _check_role() -> None:
    if not may_decide_in_bulk(current_user.role):
        raise Forbidden


@desk.get("/bulk")
@staff
def all_bulk() -> Page:
    """What was decided so lately."""
    _check_role()
    return render_template("desk/bulk_all.html", batches=batches.batches())


@desk.route(f"/bulk/<{VERB}:verb>", methods=["GET", "POST"])
@staff
def plan_bulk(verb: str) -> Page:
    """What is to be decided for all the list finds, and why; then each letter is written."""
    _check_role()
    entry, chosen, now = BulkForm(), Verb(verb), datetime.now(UTC)
    narrowed = filters()
    entry.reasons.choices = decisions.reasons(chosen)
    entry.asked.choices = decisions.askable(programmes.narrowed_to(narrowed.text))
    found = everything(narrowed, now=now, most=MOST + 1)
    if request.method == "GET":
        return _plan_page(chosen, entry, found.ids)
    if not entry.validate():
        return _plan_page(chosen, entry, found.ids, 400 if entry.csrf_token.errors else 422)
    narrowing = {"q": narrowed.text}
    try:
        id_ = bulk.prepare(found.ids, _plan(chosen, entry), filters=narrowing, by=current_user, now=now)
    except Refused as refusal:
        put_beside(entry[refusal.field if refusal.field in entry else "note"], REFUSALS[refusal.code])
        return _plan_page(chosen, entry, found.ids, 422)
    return redirect(url_for("desk.bulk_page", batch_id=id_), 303)


def _plan(verb: Verb, entry: BulkForm) -> Plan:
    return Plan(
        verb=verb,
        reasons=tuple(entry.reasons.data or ()),
        asked=tuple(entry.asked.data or ()) if verb is Verb.ASK else (),
        note=entry.note.data or "",
        past_places=bool(entry.past_places.data),
    )


def _plan_page(verb: Verb, entry: BulkForm, ids: Sequence[int], status: int = 200) -> Page:
    rooms = programmes.rooms(ids[:MOST]) if verb is Verb.APPROVE else []
    page = render_template(
        "desk/bulk_plan.html", verb=verb, form=entry, number=len(ids), most=MOST, rooms=rooms, kept=kept()
    )
    return page, status


@desk.get(f"/bulk/<{ID}:batch_id>")
@staff
def bulk_page(batch_id: int) -> Page:
    """Before: what it would do to each. Meanwhile: how far it is. After: what became of every one, and the undo."""
    _check_role()
    return render_template("desk/bulk.html", **_shown(batch_id))


@desk.get(f"/bulk/<{ID}:batch_id>/progress")
@staff
def bulk_progress(batch_id: int) -> Page:
    """The part of the page that changes by itself."""
    _check_role()
    return render_template("desk/_bulk.html", **_shown(batch_id))


def _shown(batch_id: int) -> dict[str, Any]:
    page, now = request.args.get("page", ""), datetime.now(UTC)
    batch = batches.batch(batch_id)
    look = batches.look(batch, reader=current_user.id, page=int(page) if is_number(page) else 1, now=now)
    mine = batch.person_id == current_user.id
    can_undo = may_undo(current_user.role, own=mine)
    return {"batch": batch, "look": look, "mine": mine, "can_undo": can_undo, "now": now, "obstacle": obstacle}


@desk.post(f"/bulk/<{ID}:batch_id>/leave-out/<{ID}:application_id>")
@staff
def leave_out_of_bulk(batch_id: int, application_id: int) -> Page:
    """Leave one out, or take it in again."""
    Action.check()
    bulk.leave_out(batch_id, application_id, "again" not in request.form, by=current_user)
    return redirect(url_for("desk.bulk_page", batch_id=batch_id, page=request.args.get("page")), 303)


@desk.post(f"/bulk/<{ID}:batch_id>/run")
@staff
def run_bulk(batch_id: int) -> Page:
    """Do it."""
    Action.check()
    bulk.run(batch_id, by=current_user, now=datetime.now(UTC))
    return redirect(url_for("desk.bulk_page", batch_id=batch_id), 303)


@desk.post(f"/bulk/<{ID}:batch_id>/undo")
@staff
def undo_bulk(batch_id: int) -> Page:
    """Stop it, and take all of it back."""
    Action.check()
    bulk.undo(batch_id, by=current_user, now=datetime.now(UTC))
    return redirect(url_for("desk.bulk_page", batch_id=batch_id), 303)


@desk.post(f"/bulk/<{ID}:batch_id>/discard")
@staff
def discard_bulk(batch_id: int) -> Page:
    """Let go of what was only looked at."""
    Action.check()
    narrowing = batches.batch(batch_id).filters
    bulk.discard(batch_id, by=current_user)
    flash(gettext("Nothing was decided."), "info")
    return redirect(url_for("desk.backlog", **narrowing), 303)
