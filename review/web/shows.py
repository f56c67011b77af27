"""Shows on the air: for staff all of them, for podcasters their own; and the way out of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from review.errors import Forbidden
from review.reads import links
from review.reads import shows as shown
from review.rules import Verb, may
from review.services import moves, people
from review.web.access import ID, signed_in
from review.web.forms import Action, EmailForm
from review.web.limits import limit_posts

shows = Blueprint("shows", __name__, url_prefix="/shows")
Page = tuple[str, int] | str | Response


@shows.get("")
@signed_in
def index() -> str:
    """The shows this person may see."""
    return render_template("shows/index.html", shows=shown.listed(current_user))


@shows.get("/<slug>")
@signed_in
def show(slug: str) -> str:
    """One show: its feed, its episodes, its export links."""
    overview = shown.overview(slug, current_user)
    can_export = _can_export(overview)
    return render_template("shows/show.html", overview=overview, can_export=can_export, now=datetime.now(UTC))


def _can_export(overview: shown.Overview) -> bool:
    """Whether to offer it; the verb itself looks again."""
    return overview.show.owner_id == current_user.id or may(current_user.role, Verb.SEND_LINK)


@shows.route("/<slug>/export", methods=["GET", "POST"])
@signed_in
def export(slug: str) -> Page:
    """Mail the owner an export link: the page says what that does, the button does it."""
    if request.method == "GET":
        overview = shown.overview(slug, current_user)
        if not _can_export(overview):
            raise Forbidden
        return render_template("shows/export.html", overview=overview)
    Action.check()
    moves.make_link(slug, by=current_user, now=datetime.now(UTC))
    flash(_("The export link is on its way to the show's owner."), "success")
    return redirect(url_for("shows.show", slug=slug), 303)


@shows.post(f"/export-links/<{ID}:link_id>/revoke")
@signed_in
def revoke(link_id: int) -> Page:
    """End an export link."""
    Action.check()
    slug = moves.revoke_link(link_id, by=current_user, now=datetime.now(UTC))
    flash(_("The export link no longer works."), "success")
    return redirect(url_for("shows.show", slug=slug), 303)


@shows.route("/enter/<token>", methods=["GET", "POST"])
def enter(token: str) -> Page:
    """A podcaster's way in. Opening the link only shows a button: mail scanners open links too."""
    owner = links.owner(token, now=datetime.now(UTC))
    if request.method == "GET":
        return render_template("shows/enter.html", owner=owner, token=token)
    Action.check()
    if owner.is_staff:  # a link by mail opens shows, never the desk
        return redirect(url_for("signin.form", next=url_for("shows.index")), 303)
    session.clear()  # whoever was signed in before is not any more
    login_user(owner)
    return redirect(url_for("shows.index"), 303)


@shows.route("/link", methods=["GET", "POST"])
@limit_posts
def lost_link() -> Page:
    """Have a sign-in link sent. The answer is the same whether the address is known or not."""
    entry = EmailForm()
    if request.method == "GET" or not entry.validate():
        return render_template("shows/lost_link.html", form=entry, trouble=""), 200 if request.method == "GET" else 422
    people.send_owner_link(entry.email.data, now=datetime.now(UTC))
    return render_template("apply/link_sent.html")


@shows.errorhandler(429)
def too_many(_error: Any) -> Page:
    """Somebody asks for link after link."""
    trouble = _("Too many requests came from your address or network. Please wait a while and try again.")
    return render_template("shows/lost_link.html", form=EmailForm(), trouble=trouble), 429
