"""Every failure gets a status, a heading and one plain sentence. Unknown ones get a reference into the log."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, current_app, g, render_template, request
from flask.globals import request_ctx
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from review.errors import Forbidden, GiveUp, Gone, Missing, Refused, TooLate, TryLater, WrongState
from review.web.parts import layout
from review.web.refusals import REFUSALS
from review.web.words import STATES

log = logging.getLogger(__name__)
Answer = tuple[str, int]
FOR_PROGRAMS = ("Allow", "Content-Range", "WWW-Authenticate")
"""Headers that a refusal keeps: programs go by them."""


def _page(status: int, heading: str, sentence: str, **more: object) -> Answer:
    page = render_template(
        "errors/error.html", layout=layout("_open.html"), status=status, heading=heading, sentence=sentence, **more
    )
    return page, status


def missing(_error: Exception) -> Answer:
    return _page(404, _("Not here"), _("There is no such page. The address may be mistyped, or the page has moved."))


def gone(_error: Exception) -> Answer:
    return _page(410, _("This link no longer works"), _("It has expired or was withdrawn. You can ask for a new one."))


def forbidden(_error: Exception) -> Answer:
    return _page(403, _("Not for your account"), _("Your role does not allow this. A lead or an admin can help."))


def refused(error: Refused) -> Answer:
    return _page(400, _("That did not work"), str(REFUSALS[error.code]))


def wrong_state(error: WrongState) -> Answer:
    state = STATES.get(error.state, error.state)  # type: ignore[call-overload]
    sentence = _("Nothing was changed: meanwhile the application is “%(state)s”.", state=state)
    return _page(409, _("Somebody was first"), sentence)


def moved_on() -> Answer:
    """The same, for applicants."""
    sentence = _("Nothing was changed, because your application has moved on. Your page shows where it stands.")
    return _page(409, _("That is no longer possible"), sentence)


def too_late(_error: Exception) -> Answer:
    sentence = _("The letter is already on its way, so this decision can no longer be taken back.")
    return _page(409, _("Too late to undo"), sentence)


def unavailable(error: Exception) -> Answer:
    """Shown to nobody in particular: asking who is signed in may be the very thing that failed."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    log.error("not available: %s", error)
    sentence = _("Something this page needs did not answer. Nothing was changed.")
    return _page(503, _("Please try again"), sentence, kept=_kept())


def _kept() -> list[tuple[str, str]]:
    """What was posted, so that it can be sent again as it is. Never a password."""
    if request.method != "POST" or "password" in request.form:
        return []
    return list(request.form.items(multi=True))


def http(error: HTTPException) -> Answer | tuple[str, int, dict[str, str]]:
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
    page, status = _page(status, heading, sentences.get(status, _("The request could not be carried out.")))
    return page, status, {name: value for name, value in error.get_headers() if name in FOR_PROGRAMS}


def unknown(error: Exception) -> Answer:
    """Something of ours is broken. The log has it under the reference the page shows."""
    reference = secrets.token_hex(4)
    log.exception("error %s", reference, exc_info=error)
    sentence = _("Something broke on our side. Nothing you wrote was sent.")
    return _page(500, _("Our mistake"), sentence, reference=reference)


def init(app: Flask) -> None:
    """Give every failure its page."""
    for kind, handler in (
        (Missing, missing),
        (Gone, gone),
        (Forbidden, forbidden),
        (Refused, refused),
        (WrongState, wrong_state),
        (TooLate, too_late),
        (TryLater, unavailable),
        (GiveUp, unavailable),
        (HTTPException, http),
        (Exception, unknown),
    ):
        app.register_error_handler(kind, handler)
