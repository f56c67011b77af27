"""Staff sign in by password, everybody signs out here."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from review.services import claims, people
from review.web.forms import Action, SignInForm
from review.web.limits import address, email, limiter

signin = Blueprint("signin", __name__)
Page = tuple[str, int] | str | Response
INSIDE = re.compile(r"/(?:desk|shows)(?:[/?][^\\\s\x00-\x1f\x7f]*)?")


@signin.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("30 per minute", methods=["POST"], key_func=address)
@limiter.limit("10 per minute", methods=["POST"], key_func=email)
def form() -> Page:
    """Sign in with address and password."""
    if current_user.is_authenticated and current_user.is_staff:
        return redirect(url_for("desk.backlog"))
    entry = SignInForm()
    if request.method == "GET":
        return _page(entry)
    if not entry.validate():
        return _page(entry, status=422)
    person = people.check_password(entry.email.data, entry.password.data)
    if person is None:
        return _page(entry, _("Address and password do not belong together."), 401)
    session.clear()  # nothing from before the sign-in survives it
    login_user(person)
    return redirect(_inside(request.args.get("next", "")), 303)


def _page(entry: SignInForm, trouble: str = "", status: int = 200) -> Page:
    return render_template("signin/form.html", form=entry, trouble=trouble), status


def _inside(target: str) -> str:
    """Only pages of the desk and of shows are returned to."""
    return target if INSIDE.fullmatch(target) else url_for("desk.backlog")


@signin.errorhandler(429)
def too_many(_error: Any) -> Page:
    """Guessing is slowed down, and the person who mistypes is told why."""
    return _page(SignInForm(), _("Too many tries. Please wait a minute."), 429)


@signin.post("/sign-out")
def sign_out() -> Page:
    """Sign out."""
    Action.check()
    if current_user.is_authenticated:
        claims.release(by=current_user)
    logout_user()
    session.clear()
    return redirect(url_for("ops.home"), 303)
