"""Reading side by side: who has which application open, the next one that is free, drafts kept as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from review.reads import claims as lists
from review.services import claims
from review.web.access import ID, staff
from review.web.desk import Page, back_to, desk, kept
from review.web.forms import Action


@desk.post(f"/<{ID}:application_id>/claim")
@staff
def claim(application_id: int) -> Page:
    """The page that is open says so, again and again; the answer is who else has it open."""
    Action.check()
    now = datetime.now(UTC)
    claims.renew(application_id, writing=bool(request.form.get("writing")), by=current_user, now=now)
    return render_template(
        "desk/_presence.html",
        application_id=application_id,
        readers=lists.readers(now, application_id),
        can_act=True,
        kept=kept(),
        told=True,
    )


@desk.post(f"/<{ID}:application_id>/take-over")
@staff
def take_over(application_id: int) -> Page:
    """Take the claim from a colleague."""
    Action.check()
    claims.take_over(application_id, by=current_user, now=datetime.now(UTC))
    flash(_("It is yours now. What your colleague has written is kept for them."), "info")
    return back_to(application_id)


@desk.post("/next")
@staff
def take_next() -> Page:
    """The oldest application nobody else is reading."""
    Action.check()
    found = claims.take_next(by=current_user, now=datetime.now(UTC))
    if found is not None:
        return back_to(found)
    flash(_("Nothing waits that nobody is reading."), "info")
    return redirect(url_for("desk.backlog"), 303)


@desk.post(f"/<{ID}:application_id>/drafts/<kind>")
@staff
def draft(application_id: int, kind: str) -> Page:
    """Keep what is being typed."""
    Action.check()
    text = request.form.get("body" if kind == "note" else "text", "")
    subject = request.form.get("subject", "")
    claims.keep_draft(application_id, kind, text, subject=subject, by=current_user, now=datetime.now(UTC))
    return "", 204
