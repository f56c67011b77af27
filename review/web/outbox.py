"""The outbox as the desk sees it: what failed for good can be brought back."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from review.reads import effects
from review.rules import Verb, may
from review.services import reviewing
from review.web.access import ID, staff
from review.web.desk import Page, desk
from review.web.forms import Action


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
