"""Who may open what: default deny. Every endpoint is public by name here or carries a guard, or it answers 403."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from flask import current_app, g, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from review.errors import Forbidden, Missing
from review.reads import people
from review.services import api_tokens

P = ParamSpec("P")
R = TypeVar("R")

PUBLIC = frozenset(
    {
        "static",
        "ops.home",
        "ops.health",
        "hooks.mailjet",
        "ops.feed",
        "ops.media",
        "ops.demo",
        "ops.favicon",
        "ops.mailbox",
        "ops.letter",
        "ops.letter_html",
        "apply.form",
        "apply.own_file",
        "apply.sent",
        "apply.verify",
        "apply.lost_link",
        "apply.status",
        "apply.answer",
        "apply.withdraw",
        "moves.page",
        "moves.download",
        "signin.form",
        "signin.sign_out",
        "shows.enter",
        "shows.lost_link",
    }
)
"""Open to everybody. Pages behind a private link are here too: the token is their guard, as a password is the
hook's. The mailbox exists only where letters do not leave the machine."""

ID = "int(max=2147483647)"
"""A row's number in an address. A larger one is no row's: the database would fail on it."""

login = LoginManager()


@login.user_loader
def _load(person_id: str) -> object:
    return people.active(int(person_id)) if person_id.isdigit() else None


def staff(view: Callable[P, R]) -> Callable[P, R]:
    """Guard: any member of staff. What a role may do beyond looking is for the verb to say."""
    view.guard = "staff"  # type: ignore[attr-defined]
    return view


def monitor(view: Callable[P, R]) -> Callable[P, R]:
    """Guard: programs that watch over the product, by the network they ask from."""
    view.guard = "monitor"  # type: ignore[attr-defined]
    return view


def token(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Guard: programs, by a token of somebody's that goes this far. Who has signed in by cookie is nobody here."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        view.guard, view.scope = "token", scope  # type: ignore[attr-defined]
        return view

    return guard


def signed_in(view: Callable[P, R]) -> Callable[P, R]:
    """Guard: staff, and podcasters who came by their link."""
    view.guard = "signed-in"  # type: ignore[attr-defined]
    return view


def gate() -> Response | None:
    """Runs before every request."""
    if "\0" in request.path:  # no row is called so, and PostgreSQL would not even look
        raise Missing
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    view = current_app.view_functions[request.endpoint]
    guard = getattr(view, "guard", None)
    if guard is None:
        raise Forbidden
    if guard == "monitor":
        _check_network()
        return None
    if guard == "token":
        _check_token(getattr(view, "scope", ""))
        return None
    if not current_user.is_authenticated:
        return _to_sign_in(guard)
    if guard == "staff" and not current_user.is_staff:
        raise Forbidden
    return None


def _check_network() -> None:
    try:
        visitor = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        raise Forbidden from None
    if not any(visitor in network for network in current_app.config["GREENROOM"].monitor_networks):
        raise Forbidden


def _check_token(scope: str) -> None:
    given = request.authorization
    word = given.token if given and given.type == "bearer" else None
    caller = api_tokens.caller(word, now=datetime.now(UTC)) if word else None
    if caller is None:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "Greenroom"}))
    if scope not in caller.scopes:
        raise Forbidden
    g.caller = caller


def _to_sign_in(guard: str) -> Response:
    if guard == "staff":
        target = request.full_path.rstrip("?") if request.method == "GET" else url_for("desk.backlog")
        where = url_for("signin.form", next=target)
        if "HX-Request" in request.headers:  # it asked for a part of a page
            return Response(status=401, headers={"HX-Redirect": where})
        return redirect(where)
    return redirect(url_for("shows.lost_link"))
