"""Every failure gets a status, a heading and one plain sentence. Unknown ones get a reference into the log.

A person gets them as a page, a program as a problem (problems.py).
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from review.errors import Forbidden, GiveUp, Gone, Missing, Refused, Repeated, TooLate, TryLater, WrongState
from review.web import problems
from review.web.parts import layout
from review.web.refusals import REFUSALS
from review.web.words import STATES

log = logging.getLogger(__name__)
Answer = Response | tuple[str, int, dict[str, str]]
FOR_PROGRAMS = ("Allow", "Content-Range", "Retry-After", "WWW-Authenticate")
"""Headers that a refusal keeps: programs go by them."""


def _answer(
    status: int,
    heading: str,
    sentence: str,
    *,
    code: str = "",
    wait: int | None = None,
    headers: dict[str, str] | None = None,
    told: dict[str, Any] | None = None,
    **more: object,
) -> Answer:
    """`code` and what is `told` beyond the sentence are for programs, the rest is for the page. `wait`: seconds."""
    g.wait = wait
    if problems.wanted():
        return problems.problem(status, heading, sentence, code=code, headers=headers, **(told or {}))
    page = render_template(
        "errors/error.html", layout=layout("_open.html"), status=status, heading=heading, sentence=sentence, **more
    )
    return page, status, headers or {}


def missing(_error: Exception) -> Answer:
    sentence = _("There is no such page. The address may be mistyped, or the page has moved.")
    return _answer(404, _("Not here"), _("There is no such thing.") if problems.wanted() else sentence)


def gone(_error: Exception) -> Answer:
    sentence = _("It has expired or was withdrawn. You can ask for a new one.")
    return _answer(410, _("This link no longer works"), sentence)


def forbidden(_error: Exception) -> Answer:
    return _answer(403, _("Not for your account"), _("Your role does not allow this. A lead or an admin can help."))


def refused(error: Refused) -> Answer:
    """To programs it is a conflict: they asked for what their document allows, and things stand in its way."""
    sentence = str(REFUSALS[error.code])
    told = {"code": error.code, "errors": [(error.field, sentence)]} if error.field else {"code": error.code}
    if problems.wanted():
        return problems.problem(409, _("That did not work"), sentence, **told)
    return _answer(400, _("That did not work"), sentence)


def invalid(error: problems.Invalid) -> Answer:
    sentence = _("The request is not what the document of this API describes.")
    return _answer(422, _("That cannot be read"), sentence, code="invalid", told={"errors": error.errors})


def repeated(_error: Repeated) -> Answer:
    """The key was used and its answer is not there: it is on its way, or was lost with the process that had it."""
    sentence = _("This was carried out under its key already, and its answer is not there. Look how things stand.")
    return _answer(409, _("Done already"), sentence, code="repeated", wait=1)


def wrong_state(error: WrongState) -> Answer:
    state = STATES.get(error.state, error.state)  # type: ignore[call-overload]
    sentence = _("Nothing was changed: meanwhile the application is “%(state)s”.", state=state)
    told = {"state": str(error.state), "verb": error.verb, "by": error.by, "at": error.at and error.at.isoformat()}
    return _answer(409, _("Somebody was first"), sentence, code="wrong-state", told=told)


def moved_on() -> Answer:
    """The same, for applicants."""
    sentence = _("Nothing was changed, because your application has moved on. Your page shows where it stands.")
    return _answer(409, _("That is no longer possible"), sentence)


def too_late(_error: Exception) -> Answer:
    sentence = _("The letter is already on its way, so this decision can no longer be taken back.")
    return _answer(409, _("Too late to undo"), sentence, code="too-late")


def unavailable(error: Exception) -> Answer:
    """Shown to nobody in particular: asking who is signed in may be the very thing that failed."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    log.error("not available: %s", error)
    sentence = _("Something this page needs did not answer. Nothing was changed.")
    return _answer(503, _("Please try again"), sentence, wait=5, kept=_kept())


def _kept() -> list[tuple[str, str]]:
    """What was posted, so that it can be sent again as it is. Never a password."""
    if request.method != "POST" or "password" in request.form:
        return []
    return list(request.form.items(multi=True))


def http(error: HTTPException) -> Answer | tuple[str, int]:
    """What Flask itself refuses."""
    sentences = {
        400: _("The request could not be understood."),
        404: _("There is no such page. The address may be mistyped, or the page has moved."),
        405: _("This address cannot be used in that way."),
        413: _("That is more than we can take in one go. Please shorten it."),
        416: _("The file has no such part."),
        429: _("Too many requests came from your address. Please wait a while and try again."),
    }
    status = error.code or 500
    if request_ctx.url_adapter is None:  # the host asked for is none: no link of a page could be made
        return sentences[400], status
    heading = _("Not here") if status == 404 else _("That did not work")
    headers = {name: value for name, value in error.get_headers() if name in FOR_PROGRAMS}
    if problems.wanted():
        sentences |= {
            401: _("A token that works is needed: Authorization: Bearer grt_…"),
            404: _("There is no such thing."),
            415: _("JSON is needed, sent as application/json."),
            429: _("Too many requests came with this token. Retry-After says how many seconds to wait."),
        }
    sentence = sentences.get(status, _("The request could not be carried out."))
    return _answer(status, heading, sentence, headers=headers)


def unknown(error: Exception) -> Answer:
    """Something of ours is broken. The log has it under the reference the page shows."""
    reference = secrets.token_hex(4)
    log.exception("error %s", reference, exc_info=error)
    sentence = _("Something broke on our side. Nothing you wrote was sent.")
    return _answer(500, _("Our mistake"), sentence, told={"reference": reference}, reference=reference)


def init(app: Flask) -> None:
    """Give every failure its answer."""
    for kind, handler in (
        (Missing, missing),
        (Gone, gone),
        (Forbidden, forbidden),
        (Refused, refused),
        (problems.Invalid, invalid),
        (Repeated, repeated),
        (WrongState, wrong_state),
        (TooLate, too_late),
        (TryLater, unavailable),
        (GiveUp, unavailable),
        (HTTPException, http),
        (Exception, unknown),
    ):
        app.register_error_handler(kind, handler)
