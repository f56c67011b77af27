"""Tokens for programs: each person makes and revokes their own, an admin sees everybody's. One is shown once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, jsonify, redirect, render_template, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.validators import Length

from review.errors import Refused
from review.reads import api_tokens as lists
from review.rules import may_configure
from review.services import api_tokens
from review.typed import one_line
from review.web.access import ID, staff
from review.web.api.document import document
from review.web.desk import Page, desk
from review.web.fields import CheckedList, put_beside, required
from review.web.forms import Action, Form
from review.web.refusals import REFUSALS

SCOPES = {
    "read": _("Read: see what you see at the desk"),
    "write": _("Write: decide, note, sort and send as you may"),
}
"""What a token may be given, said to people."""


class TokenForm(Form):
    """A token that is to be made."""

    name = StringField(
        _("Which program is it for?"),
        filters=[one_line],
        validators=[required(REFUSALS["token-name"]), Length(max=60, message=REFUSALS["token-name"])],
    )
    scopes = CheckedList(_("What may it do?"), default=["read"])
    days = SelectField(_("How long is it to work?"), default="90")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scopes.choices = list(SCOPES.items())
        self.days.choices = [(str(days), ngettext("%(num)d day", "%(num)d days", days)) for days in api_tokens.DAYS]


@desk.get("/tokens")
@staff
def tokens() -> Page:
    """Tokens there are, and a form for one more."""
    return _page(TokenForm())


def _page(entry: TokenForm, status: int = 200, *, made: str = "") -> Page:
    page = render_template(
        "desk/tokens.html",
        form=entry,
        made=made,
        tokens=lists.tokens(current_user),
        everybody=may_configure(current_user.role),
        scopes=SCOPES,
        now=datetime.now(UTC),
    )
    return page, status


@desk.post("/tokens")
@staff
def make_token() -> Page:
    """Make one. The answer is the page itself, for the token stands nowhere else."""
    entry = TokenForm()
    if not entry.validate():
        return _page(entry, 400 if entry.csrf_token.errors else 422)
    try:
        made = api_tokens.make(
            entry.name.data, entry.scopes.data, days=int(entry.days.data), by=current_user, now=datetime.now(UTC)
        )
    except Refused as refusal:
        put_beside(entry[refusal.field], REFUSALS[refusal.code])
        return _page(entry, 422)
    return _page(TokenForm(None), made=made)


@desk.post(f"/tokens/<{ID}:token_id>/revoke")
@staff
def revoke_token(token_id: int) -> Page:
    """End one before its time."""
    Action.check()
    api_tokens.revoke(token_id, by=current_user, now=datetime.now(UTC))
    flash(gettext("The token opens nothing any more."), "success")
    return redirect(url_for("desk.tokens"), 303)


@desk.get("/openapi.json")
@staff
def api_document() -> Response:
    """What the API is, for who looks at it in a browser."""
    return jsonify(document())
