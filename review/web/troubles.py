"""Why something outside did not work, as sentences. Pages find them among the words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from review.podcast.feed import Finding
from review.web import findings

UNREAD = {
    "dns": _("The host could not be found."),
    "connection": _("The host did not answer."),
    "too-slow": _("The host took too long to answer."),
    "busy": _("The host asked us to come back later."),
    "server-error": _("The host has a fault of its own."),
    "bad-url": _("The address is not one that can be opened."),
    "forbidden-address": _("The address does not lie on the public internet."),
    "redirect-loop": _("The address leads round in circles."),
    "downgrade": _("The address leads from https to http, which is not safe."),
    "certificate": _("The host could not prove that it is the one it claims to be."),
    "not-found": _("There is nothing at the address."),
    "denied": _("The host lets nobody in without a key."),
    "http-error": _("The host answered, but not with what was asked for."),
    "too-big": _("What lies there is too large."),
    "garbled": _("The answer is not what its encoding says."),
}
"""Why something could not be fetched."""

TROUBLES = UNREAD | {
    "already-on-the-air": _("This podcast is already on the air here."),
    "not-approved": _("The application is no longer approved."),
    "feed-unreadable": _("The feed cannot be read."),
    "feed-locked": _("The feed is locked by its owner, whose address is not the applicant's."),
    "workers-died": _("Every worker that began it died."),
    "outcome-unknown": _("The mail service may or may not have taken it; it is being asked."),
    "not-taken": _("The other program did not take it."),
    "report-unreadable": _("What the mail service posted cannot be read."),
    "guid-too-long": _("An episode's GUID is longer than 2,000 bytes."),
}
"""Why an effect failed; the rest of what is kept of a failure is detail for operators."""


def trouble(text: str) -> str:
    """Why an effect failed, as a sentence where its code is known."""
    code, _colon, detail = text.partition(": ")
    if code not in TROUBLES:
        return text
    return f"{TROUBLES[code]} ({detail})" if detail else str(TROUBLES[code])


def unread_or(text: str) -> str:
    """Why a host could not be reached, where the text is a code for that; any other text stands for itself."""
    return str(UNREAD.get(text, text))


def unread(code: str) -> str:
    """Why a feed could not be read, as one sentence."""
    return str(UNREAD[code]) if code in UNREAD else findings.sentence(Finding(code))
