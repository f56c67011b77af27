"""Webhooks: admins have other programs told what happens, and see what each was told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import StringField
from wtforms.validators import Length

from review.errors import Forbidden, Refused
from review.reads import webhooks as lists
from review.rules import may_configure
from review.services import webhooks
from review.typed import is_number, one_line
from review.web import words
from review.web.access import ID, staff
from review.web.desk import Page, desk
from review.web.fields import CheckedList, put_beside, required
from review.web.forms import Action, Form
from review.web.refusals import REFUSALS


class WebhookForm(Form):
    """A webhook that is to be made."""

    name = StringField(
        _("Which program is it?"), filters=[one_line], validators=[required(REFUSALS["webhook-name"]), Length(max=60)]
    )
    url = StringField(
        _("Where is it told?"), filters=[one_line], validators=[required(REFUSALS["webhook-url"]), Length(max=2000)]
    )
    verbs = CheckedList(_("Of what? Nothing ticked is everything"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verbs.choices = list(words.EVENTS.items())


def _check_admin() -> None:
    if not may_configure(current_user.role):
        raise Forbidden


@desk.get("/webhooks")
@staff
def all_webhooks() -> Page:
    """Whom Greenroom tells what happens."""
    _check_admin()
    return _page(WebhookForm())


def _page(entry: WebhookForm, status: int = 200, *, secret: str = "") -> Page:
    return render_template("desk/webhooks.html", form=entry, secret=secret, webhooks=lists.webhooks()), status


@desk.post("/webhooks")
@staff
def make_webhook() -> Page:
    """Tell one more. The answer is the page itself, for the secret stands nowhere else."""
    _check_admin()
    entry = WebhookForm()
    if not entry.validate():
        return _page(entry, 400 if entry.csrf_token.errors else 422)
    chosen = {"by": current_user, "now": datetime.now(UTC)}
    try:
        secret = webhooks.make(entry.name.data, entry.url.data, entry.verbs.data, **chosen)
    except Refused as refusal:
        put_beside(entry[refusal.field], REFUSALS[refusal.code])
        return _page(entry, 422)
    return _page(WebhookForm(None), secret=secret)


@desk.get(f"/webhooks/<{ID}:webhook_id>")
@staff
def webhook(webhook_id: int) -> Page:
    """One webhook, and what it was told."""
    _check_admin()
    before = request.args.get("before", "")
    told = lists.log(webhook_id, before=int(before) if is_number(before) else None)
    return render_template("desk/webhook.html", webhook=lists.webhook(webhook_id), told=told)


@desk.post(f"/webhooks/<{ID}:webhook_id>/ping")
@staff
def ping_webhook(webhook_id: int) -> Page:
    """Try it out."""
    Action.check()
    webhooks.ping(webhook_id, by=current_user, now=datetime.now(UTC))
    flash(gettext("A ping is on its way. Load the page again in a moment to see what was answered."), "info")
    return redirect(url_for("desk.webhook", webhook_id=webhook_id), 303)


@desk.post(f"/webhooks/<{ID}:webhook_id>/on")
@staff
def switch_webhook_on(webhook_id: int) -> Page:
    """Tell it again."""
    Action.check()
    webhooks.set_active(webhook_id, True, by=current_user, now=datetime.now(UTC))
    return redirect(url_for("desk.webhook", webhook_id=webhook_id), 303)


@desk.post(f"/webhooks/<{ID}:webhook_id>/off")
@staff
def switch_webhook_off(webhook_id: int) -> Page:
    """Tell it nothing for the time being."""
    Action.check()
    webhooks.set_active(webhook_id, False, by=current_user, now=datetime.now(UTC))
    return redirect(url_for("desk.webhook", webhook_id=webhook_id), 303)


@desk.post(f"/webhooks/<{ID}:webhook_id>/remove")
@staff
def remove_webhook(webhook_id: int) -> Page:
    """Tell it nothing any more, and forget what it was told."""
    Action.check()
    webhooks.remove(webhook_id, by=current_user, now=datetime.now(UTC))
    flash(gettext("The webhook is gone, and what it was told with it."), "success")
    return redirect(url_for("desk.all_webhooks"), 303)


@desk.post(f"/webhooks/deliveries/<{ID}:delivery_id>/replay")
@staff
def replay_delivery(delivery_id: int) -> Page:
    """Send a message again."""
    Action.check()
    webhook_id = webhooks.replay(delivery_id, by=current_user, now=datetime.now(UTC))
    flash(gettext("It is being sent again, under the same id."), "info")
    return redirect(url_for("desk.webhook", webhook_id=webhook_id), 303)
