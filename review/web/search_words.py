"""What pages say about searching: fields, values, and what could not be used. The grammar is in review/fields.py."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from review.fields import FIELDS
from review.query import Hint
from review.web.forms import languages
from review.web.words import STATES

NAMES = {
    "is": _("State"),
    "show": _("Title of the show"),
    "by": _("Applicant"),
    "from": _("Domain of the address"),
    "topic": _("Topic"),
    "lang": _("Language"),
    "programme": _("Programme"),
    "answer": _("Answer"),
    "feed": _("Feed"),
    "host": _("Host of the feed"),
    "episodes": _("Episodes"),
    "tag": _("Tag"),
    "reason": _("Reason"),
    "reviewer": _("Reviewer"),
    "assigned": _("Who looks at it"),
    "claimed": _("Who reads it"),
    "has": _("There is"),
    "letter": _("Letter"),
    "applied": _("Applied"),
    "decided": _("Decided"),
    "age": _("Age"),
    "number": _("Number"),
    "sort": _("Order"),
}
"""What each field is about."""

SAYS = {
    "is": _("where it stands; waiting is what waits for a decision and is not put off, any is everything on the desk"),
    "show": _("words in the title of the show"),
    "by": _("the applicant's name or address; an address finds its variants too"),
    "from": _("the applicant's address ends so"),
    "topic": _("a topic, or one above it"),
    "lang": _("a language, by its code or its name"),
    "programme": _("a programme, by the last part of its address"),
    "answer": _("what was chosen in answer to a question; choose it beside the list"),
    "feed": _("how its feed was when it was last read"),
    "host": _("where its feed lies"),
    "episodes": _("how many episodes its feed has"),
    "tag": _("a word colleagues have put on it"),
    "reason": _("a reason it was decided for, by its code"),
    "reviewer": _("who takes or has taken the decision: @me, nobody, or a colleague"),
    "assigned": _("who was asked to look at it: @me, nobody, or a colleague"),
    "claimed": _("who has it open at this moment: @me, nobody, or a colleague"),
    "has": _("there is such a thing"),
    "letter": _("a letter of it stands so"),
    "applied": _("when it came: a day, a month, a year, a span, or one of the words"),
    "decided": _("when it was closed, in the same words"),
    "age": _("how long ago it came: h, d, w, m and y are hours, days, weeks, months and years"),
    "number": _("its number"),
    "sort": _("what comes first; best is what fits best"),
}
"""What each field finds, for the page that explains searching."""

HINTS = {
    "unknown-field": _("no field is called so"),
    "no-value": _("what should it be?"),
    "no-end": _("the second quotation mark is missing; read up to the end"),
    "too-many": _("too much at once; left out"),
    "too-long": _("too long; the rest is left out"),
    "bad-choice": _("there is no such value"),
    "bad-code": _("there is no such value"),
    "bad-answer": _("a question's number, a colon and an answer are needed"),
    "bad-number": _("a number is needed"),
    "bad-date": _("a date is needed"),
    "bad-age": _("a number and h, d, w, m or y are needed"),
    "bad-text": _("a word is needed"),
    "bad-person": _("a colleague is needed"),
}
"""Why something that was typed could not be used, by Hint.code."""

VALUES = {
    "waiting": _("to decide"),
    "open": _("not closed"),
    "closed": _("closed"),
    "snoozed": _("put off"),
    "overdue": _("overdue"),
    "any": _("all"),
    "good": _("reads well"),
    "broken": _("cannot be read"),
    "unread": _("not read yet"),
    "none": _("none"),
    "@me": _("you"),
    "nobody": _("nobody"),
    "anybody": _("anybody"),
    "<1d": _("less than a day"),
    "1d..3d": _("1 to 3 days"),
    "3d..7d": _("3 to 7 days"),
    "7d..30d": _("a week to a month"),
    ">30d": _("more than a month"),
}
"""What values are called that are words of ours."""


def hint(found: Hint) -> str:
    """Why it could not be used."""
    return str(HINTS[found.code])


def value(field: str, said: str, called: str = "") -> str:
    """What a value of a field is called."""
    if called:
        return called
    if field == "lang":
        return dict(languages()).get(said, said)
    state = {state.value: label for state, label in STATES.items()}.get(said) if field == "is" else None
    return str(state or VALUES.get(said) or said)


def grammar() -> list[dict[str, object]]:
    """Every field as the page that explains searching shows it."""
    return [
        {"name": name, "says": SAYS[name], "example": field.example, "choices": field.choices}
        for name, field in FIELDS.items()
    ]
