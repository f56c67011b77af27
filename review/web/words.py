"""The words pages use for states, verbs, steps and refusals, each said once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g
from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from review.podcast.checks import Verdict
from review.podcast.feed import Finding
from review.podcast.likeness import Kind
from review.reads import reasons
from review.rules import Role, State, Verb
from review.services import decisions
from review.web import events, findings
from review.web.troubles import TROUBLES as TROUBLES
from review.web.troubles import UNREAD as UNREAD
from review.web.troubles import trouble as trouble
from review.web.troubles import unread as unread
from review.web.troubles import unread_or as unread_or

STATES = {
    State.UNVERIFIED: _("address not confirmed"),
    State.EXPIRED: _("expired"),
    State.SUBMITTED: _("submitted"),
    State.IN_REVIEW: _("in review"),
    State.ASKED: _("asked"),
    State.APPROVED: _("approved"),
    State.DECLINED: _("declined"),
    State.WAITLISTED: _("waitlisted"),
    State.WITHDRAWN: _("withdrawn"),
    State.DUPLICATE: _("duplicate"),
}

VERBS = {
    Verb.APPROVE: _("Approve"),
    Verb.DECLINE: _("Decline"),
    Verb.ASK: _("Ask"),
    Verb.WAITLIST: _("Waitlist"),
    Verb.DUPLICATE: _("Mark as duplicate"),
    Verb.REOPEN: _("Reopen"),
    Verb.REVERSE: _("Reverse the approval"),
}
"""What the buttons say."""

CONSEQUENCES = {
    Verb.APPROVE: _("The show gets its address and feed, and the letter leaves when it is on the air."),
    Verb.DECLINE: _("The application is closed and the letter is sent."),
    Verb.ASK: _("The applicant gets the letter with a private link to answer and to change the fields you tick."),
    Verb.WAITLIST: _("The application moves to the waitlist and the letter is sent."),
    Verb.DUPLICATE: _("The application is closed in favour of the other one and the letter is sent."),
    Verb.REOPEN: _("The application returns to the backlog and the letter is sent."),
    Verb.REVERSE: _(
        "The place is taken back, the feed goes off the air and the letter is sent. Reopened and approved again, the "
        "show comes back under the same address."
    ),
}
"""What a decision will do, said before it is done."""

DONE = {
    Verb.APPROVE: _("Approved"),
    Verb.DECLINE: _("Declined"),
    Verb.ASK: _("Asked"),
    Verb.WAITLIST: _("Put on the waitlist"),
    Verb.DUPLICATE: _("Marked as duplicate"),
    Verb.REOPEN: _("Reopened"),
    Verb.REVERSE: _("Approval reversed"),
}

EVENTS = events.EVENTS
"""What a line of the trail says was done."""

BY_ITSELF = ("close", "release")
"""Events that move an application without a person."""

VERDICTS = {Verdict.GOOD: _("good"), Verdict.LOOK: _("worth a look"), Verdict.BAD: _("wrong")}

ACTORS = {
    "applicant": _("Applicant"),
    "owner": _("Podcaster"),
    "staff": _("Staff"),
    "system": _("Greenroom"),
}

FEEDS = {
    "none": _("no feed"),
    "unread": _("not read yet"),
    "good": _("reads well"),
    "broken": _("cannot be read"),
}
"""How the feed stands that an applicant gave, by reads.index.feed_state."""

FIELDS = decisions.fields()
"""What an applicant can be asked to mend, by its column."""

ALIKE = {
    Kind.PERSON: _("same person"),
    Kind.FEED: _("same feed"),
    Kind.GUID: _("same podcast by its GUID"),
    Kind.TITLE: _("title and author alike"),
}

CALLS = {
    "mention": _("mentioned you"),
    "assignment": _("gave it to you"),
    "opinion": _("asks for your opinion"),
    "opinion-given": _("gave the opinion you asked for"),
}
"""Why a colleague calls one to an application."""

ROLES = {
    Role.VIEWER: _("viewer"),
    Role.REVIEWER: _("reviewer"),
    Role.LEAD: _("lead"),
    Role.ADMIN: _("admin"),
}

STEPS = {
    "account": _("Owner's account"),
    "slug": _("Address"),
    "show": _("Show"),
    "episodes": _("Episodes"),
    "feed": _("Feed"),
    "welcome": _("Welcome letter"),
}

PARTS = {
    "database": _("Database"),
    "redis": _("Redis"),
    "search": _("Search engine"),
    "storage": _("Storage of feeds and media"),
}

WORKER_STATES = {"idle": _("idle"), "busy": _("at work"), "suspended": _("suspended"), "started": _("starting")}

EFFECTS = {
    "letter": _("Send a letter"),
    "feed_check": _("Read a feed"),
    "provision": _("Put a show on the air"),
    "retire": _("Take a show off the air"),
    "media": _("Copy an episode"),
    "feed": _("Publish a feed"),
    "mail_report": _("Note what became of letters"),
    "search": _("Update the search index"),
    "drift": _("Compare the search index with the database"),
    "sweep": _("Clear away unfinished uploads"),
    "webhook": _("Tell another program"),
    "intake": _("Take a table of applications in"),
    "bulk": _("Decide many applications, or take that back"),
}

LETTER_STATES = {
    "queued": _("waiting to be sent"),
    "sending": _("handed over; whether it left is being found out"),
    "sent": _("sent"),
    "opened": _("opened"),
    "blocked": _("blocked: it was not let through"),
    "bounced": _("came back: it could not be delivered"),
    "spam": _("reported as spam"),
    "cancelled": _("not sent: the decision was taken back"),
}

WATCHED = {
    "new": _("new applications"),
    "backlog": _("more than %(num)d waiting"),
    "oldest": _("waiting for more than %(num)d days"),
    "bounced": _("approvals that came back"),
    "dead": _("effects that failed for good"),
}
"""What a chat is told, by the code of its condition."""

DELIVERIES = {
    "waiting": _("on its way"),
    "delivered": _("arrived"),
    "failed": _("did not arrive"),
    "dropped": _("not sent: it was switched off"),
}
"""What became of a webhook's message."""


def watched(condition: str, number: int) -> str:
    """What a chat is told, in few words."""
    return str(WATCHED[condition]) % {"num": number}


def alike(by: Mapping[Kind, int]) -> str:
    """In what two applications are alike."""
    said = [str(ALIKE[kind]) for kind in Kind if kind in by and kind is not Kind.EPISODES]
    if Kind.EPISODES in by:
        said.append(ngettext("%(num)d episode in common", "%(num)d episodes in common", by[Kind.EPISODES]))
    return ", ".join(said)


def why(verb: str, text: str) -> str:
    """An event's reason. Decisions, readings and retries carry codes; everything else was written by a person."""
    if verb in _CODED:
        return ", ".join(_named(code) for code in text.split(", "))
    return text


def _named(code: str) -> str:
    if code in findings.SENTENCES:
        return findings.sentence(Finding(code))
    return str(_LABELS[code] if code in _LABELS else _reasons().get(code, code))


def _reasons() -> Mapping[str, str]:
    """What admins call the reasons; asked once for a page."""
    if "reasons" not in g:
        g.reasons = reasons.labels()
    named: Mapping[str, str] = g.reasons
    return named


_CODED = {*DONE, Verb.UNDO, "feed-checked", "retry", "letter-returned"}
_LABELS: dict[str, Any] = VERBS | EFFECTS | UNREAD | LETTER_STATES
