"""What Greenroom says by itself: a digest for each of the staff, and chats that are told how the desk stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import Length, ValidationError

from review.errors import Forbidden, Refused
from review.reads import webhooks as lists
from review.rules import may_configure
from review.services import alerts, digests
from review.typed import is_number, one_line
from review.web.access import ID, staff
from review.web.desk import Page, desk
from review.web.fields import put_beside, required
from review.web.forms import Action, Form
from review.web.refusals import REFUSALS

RHYTHMS = {"off": _("Never"), "daily": _("Every day"), "weekly": _("On Mondays")}
PLAIN, COUNTED = ("new", "bounced", "dead"), ("backlog", "oldest")


class DigestForm(Form):
    """How often somebody has a digest."""

    digest = SelectField(_("How often?"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.digest.choices = list(RHYTHMS.items())


class ConditionsForm(Form):
    """What a chat is told. Without a number the two that need one are not watched."""

    class Meta(Form.Meta):
        csrf = False  # several stand on one page: the page's own token is checked

    new = BooleanField(_("New applications"))
    bounced = BooleanField(_("The letter of an approval came back"))
    dead = BooleanField(_("An effect failed for good"))
    backlog = StringField(_("More applications wait than"), filters=[one_line])
    oldest = StringField(_("The oldest waits for more days than"), filters=[one_line])

    def validate_backlog(self, field: Any) -> None:
        if field.data and not is_number(field.data):
            raise ValidationError(REFUSALS["channel-number"])

    validate_oldest = validate_backlog

    def watched(self) -> dict[str, int]:
        """Condition -> number."""
        plain = {name: 1 for name in PLAIN if self[name].data}
        return plain | {name: int(self[name].data) for name in COUNTED if self[name].data}


class ChannelForm(ConditionsForm):
    """A chat that is to be told."""

    name = StringField(
        _("Which chat is it?"), filters=[one_line], validators=[required(REFUSALS["webhook-name"]), Length(max=60)]
    )
    url = StringField(
        _("Its incoming webhook"), filters=[one_line], validators=[required(REFUSALS["webhook-url"]), Length(max=2000)]
    )


def _page(
    status: int = 200,
    *,
    digest: DigestForm | None = None,
    new: ChannelForm | None = None,
    wrong: ConditionsForm | None = None,
    about: int | None = None,
) -> Page:
    """The page; forms that came back with faults as they were typed, `wrong` that of the chat it is `about`."""
    configures, settings = may_configure(current_user.role), current_app.config["GREENROOM"]
    chats = lists.webhooks(chats=True) if configures else []
    forms = {hook.id: _form(hook.id, hook.alerts or {}) for hook, _last in chats}
    page = render_template(
        "desk/notifications.html",
        digest=digest or DigestForm(None, digest=current_user.digest.value),
        hour=settings.digest_hour,
        zone=settings.pace.zone.key,
        may_configure=configures,
        chats=chats,
        forms=forms | ({about: wrong} if wrong is not None else {}),
        new=new or ChannelForm(None, prefix="chat-new-"),
        about=about,
    )
    return page, status


def _form(webhook_id: int, watched: dict[str, int]) -> ConditionsForm:
    known: dict[str, Any] = {name: name in watched for name in PLAIN}
    known |= {name: str(watched[name]) for name in COUNTED if name in watched}
    return ConditionsForm(None, prefix=f"chat-{webhook_id}-", **known)


@desk.get("/notifications")
@staff
def notifications() -> Page:
    """One's digest; for admins the chats, too."""
    return _page()


@desk.post("/notifications/digest")
@staff
def choose_digest() -> Page:
    """Have a digest so often."""
    Action.check()
    entry = DigestForm()
    if not entry.validate():
        return _page(422, digest=entry)
    digests.set_rhythm(entry.digest.data, by=current_user, now=datetime.now(UTC))
    flash(gettext("Your choice is saved."), "success")
    return redirect(url_for("desk.notifications"), 303)


@desk.post("/notifications/chats")
@staff
def make_channel() -> Page:
    """Tell one more chat."""
    Action.check()
    if not may_configure(current_user.role):
        raise Forbidden
    entry = ChannelForm(prefix="chat-new-")
    if not entry.validate():
        return _page(422, new=entry)
    try:
        alerts.make_channel(entry.name.data, entry.url.data, entry.watched(), by=current_user, now=datetime.now(UTC))
    except Refused as refusal:
        put_beside(entry[refusal.field], REFUSALS[refusal.code])
        return _page(422, new=entry)
    flash(gettext("The chat is told from now on. Open it to send a ping."), "success")
    return redirect(url_for("desk.notifications"), 303)


@desk.post(f"/notifications/chats/<{ID}:webhook_id>")
@staff
def change_channel(webhook_id: int) -> Page:
    """Tell it of other things."""
    Action.check()
    if not may_configure(current_user.role):
        raise Forbidden
    entry = ConditionsForm(prefix=f"chat-{webhook_id}-")
    if not entry.validate():
        return _page(422, wrong=entry, about=webhook_id)
    try:
        alerts.change_channel(webhook_id, entry.watched(), by=current_user, now=datetime.now(UTC))
    except Refused as refusal:
        put_beside(entry[refusal.field], REFUSALS[refusal.code])
        return _page(422, wrong=entry, about=webhook_id)
    flash(gettext("Your choice is saved."), "success")
    return redirect(url_for("desk.notifications"), 303)
