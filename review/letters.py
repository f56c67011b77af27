"""One function per letter. The only non-web file that renders templates; it sends nothing.

A letter is rendered when something is decided and stored as it will be sent. Private links stand in it as markers
([[status-link]]), because the tokens behind them are made at the moment of sending and kept nowhere readable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape

VERIFY_LINK = "[[verify-link]]"
STATUS_LINK = "[[status-link]]"
SHOW_LINK = "[[show-link]]"
EXPORT_LINK = "[[export-link]]"

SUBJECT_LIMIT = 255  # Mailjet: Subject <= 255 characters
PLACES = ("name", "title", "programme", "reasons", "fields")
"""What may stand in braces in a letter that a programme words itself."""
LONGEST = 20_000
_PLACE = re.compile(r"\{([^{}\n]*)\}")
_LINKS = re.compile(r"(\[\[[a-z]+-link\]\]|https?://[^\s<>\"]+[^\s<>\".,;:!?)\]])")

REASONS = {
    "fits-community": (
        _("Fits the community plan"),
        _("What convinced us: your show is made by and for the kind of community this plan is meant for."),
    ),
    "new-voice": (
        _("A voice that is missing"),
        _("What convinced us: yours is a voice that listeners do not hear enough of elsewhere."),
    ),
    "commercial": (
        _("Commercial show"),
        _(
            "The community plan is for shows that earn nothing or next to nothing; yours carries advertising or sells "
            "something. If that changes, or if we misread it, write to us and we will look again."
        ),
    ),
    "not-started": (
        _("No episode or plan yet"),
        _(
            "We could not see an episode or a firm plan for one. With a first recording, even a rough one, "
            "your application would stand on much firmer ground."
        ),
    ),
    "feed-broken": (
        _("The feed cannot be read"),
        _(
            "We could not read the feed you gave us, so we could not listen. "
            "A feed that opens in a podcast app would change that."
        ),
    ),
    "rights": (
        _("Rights are unclear"),
        _(
            "We could not tell whether you hold the rights to everything in the show, the music above all. "
            "A sentence on where it comes from would let us decide anew."
        ),
    ),
    "off-programme": (
        _("Outside the programme"),
        _("Your show is a good one, but it lies outside what this programme was made for."),
    ),
    "incomplete": (
        _("The application is incomplete"),
        _("Too much was left open for us to judge. A fuller pitch would help: who it is for, how often, and why you."),
    ),
    "feed-unreachable": (
        _("Feed cannot be reached"),
        _("We could not open the feed address you gave us. Could you check it, or send another?"),
    ),
    "pitch-short": (
        _("Pitch is very short"),
        _("Could you tell us a little more about the show: who it is for, and why the community plan?"),
    ),
    "rights-question": (
        _("Where does the music come from?"),
        _("Could you tell us where the music and recordings in your show come from, and that you may use them?"),
    ),
    "schedule-question": (
        _("How often will it appear?"),
        _("Could you tell us how often you expect to publish, and how long an episode will be?"),
    ),
    "ownership": (
        _("Is the show yours?"),
        _("The feed names another owner. Could you tell us how you are connected with the show?"),
    ),
    "places-full": (
        _("All places are taken"),
        _("Every place is taken at the moment. You keep yours in the queue, and we write as soon as one comes free."),
    ),
    "next-round": (
        _("For the next round"),
        _("We would like to see your show in the next round and have put it on the list for it."),
    ),
    "same-show": (
        _("The same show was sent twice"),
        _("We already have an application for this show, and we go on with that one."),
    ),
    "same-person": (
        _("The same person applied twice"),
        _("We already have an application from you, and we go on with that one."),
    ),
    "new-information": (
        _("There is new information"),
        _("We have learned something new and are looking at your application again."),
    ),
    "approved-by-mistake": (
        _("Approved by mistake"),
        _("It was our mistake: the place was given before we had read the application to its end."),
    ),
    "rights-claimed": (
        _("Somebody claims the rights"),
        _(
            "Somebody else says that they hold rights in the show, and we may not publish it until that is settled. "
            "Once it is, write to us and we will look again."
        ),
    ),
    "rules-broken": (
        _("The rules of the programme are broken"),
        _("What the feed carries now is not what the programme was made for, and its rules do not allow it."),
    ),
    "our-mistake": (
        _("Our mistake"),
        _("We made a mistake the first time. We are sorry, and are looking at your application again."),
    ),
}
"""code -> (label on the desk, paragraph in the letter), as long as no admin words it otherwise. Which decision uses
which stands in rules.REASONS. The letters below are given paragraphs."""

ASKED_FIELDS = {
    "show_title": _("the title of the show"),
    "pitch": _("the pitch"),
    "links": _("the links"),
    "schedule": _("the schedule"),
    "feed_url": _("the feed address"),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, whole: what is shown to the reviewer is what is stored and sent."""

    kind: str
    subject: str
    text: str
    html: str


def received(*, name: str, show_title: str, days: int) -> Letter:
    """We have it; confirm your address within `days`."""
    return _render("received", name=name, show_title=show_title, days=days)


def status_link(*, name: str, show_title: str) -> Letter:
    """A new private link to the status page."""
    return _render("status_link", name=name, show_title=show_title)


def asked(*, name: str, show_title: str, reasons: Sequence[str], fields: Sequence[str], programme: str) -> Letter:
    """Questions, and what may be mended, as people call it."""
    return _render("asked", name=name, show_title=show_title, reasons=reasons, fields=fields)


def reminder(*, name: str, show_title: str, days: int | None) -> Letter:
    """The question still stands. `days` is how long it does; None means for good."""
    return _render("reminder", name=name, show_title=show_title, days=days)


def closed(*, name: str, show_title: str) -> Letter:
    """No answer came, so we do not wait any longer; how to come back."""
    return _render("closed", name=name, show_title=show_title)


def approved(*, name: str, show_title: str, reasons: Sequence[str], fields: Sequence[str], programme: str) -> Letter:
    """Welcome: the place is theirs. Sent when the show is on the air."""
    return _render("approved", name=name, show_title=show_title, reasons=reasons, programme=programme)


def declined(*, name: str, show_title: str, reasons: Sequence[str], fields: Sequence[str], programme: str) -> Letter:
    """Not this time, and what would change the answer."""
    return _render("declined", name=name, show_title=show_title, reasons=reasons, programme=programme)


def waitlisted(*, name: str, show_title: str, reasons: Sequence[str], fields: Sequence[str], programme: str) -> Letter:
    """A place in the queue."""
    return _render("waitlisted", name=name, show_title=show_title, reasons=reasons, programme=programme)


def duplicate(*, name: str, show_title: str, reasons: Sequence[str], fields: Sequence[str], programme: str) -> Letter:
    """We go on with the other application."""
    return _render("duplicate", name=name, show_title=show_title, reasons=reasons)


def reopened(*, name: str, show_title: str, reasons: Sequence[str], fields: Sequence[str], programme: str) -> Letter:
    """We look again."""
    return _render("reopened", name=name, show_title=show_title, reasons=reasons)


def reversed(*, name: str, show_title: str, reasons: Sequence[str], fields: Sequence[str], programme: str) -> Letter:
    """The place is taken back, and what becomes of the show."""
    return _render("reversed", name=name, show_title=show_title, reasons=reasons, programme=programme)


def owner_link(*, name: str) -> Letter:
    """A podcaster's way in, without a password."""
    return _render("owner_link", name=name)


def called(*, name: str, by: str, why: str, show_title: str, where: str) -> Letter:
    """A colleague calls to an application; `why` is a models.desk.Call, `where` its address."""
    return _render("called", name=name, by=by, why=why, show_title=show_title, where=where)


def digest(*, name: str, numbers: object, daily: bool, where: str, choose: str) -> Letter:
    """How the desk stands, for one of the staff: `numbers` is a reads.pulse.Digest. `where` is the address of the desk,
    `choose` that where they say how often."""
    return _render("digest", name=name, numbers=numbers, daily=daily, where=where, choose=choose)


def export_link(*, name: str, show_title: str, days: int) -> Letter:
    """The link that lets a show leave."""
    return _render("export_link", name=name, show_title=show_title, days=days)


def in_own_words(
    kind: str,
    subject: str,
    text: str,
    *,
    name: str,
    show_title: str,
    reasons: Sequence[str],
    fields: Sequence[str],
    programme: str,
) -> Letter:
    """A letter that a programme words itself: `{name}` and the other PLACES stand for what is known when it is written.

    A line with a place that nothing is known for is left out.
    """
    said = {"name": name, "title": show_title, "programme": programme}
    said |= {"reasons": "\n\n".join(map(str, reasons)), "fields": ", ".join(map(str, fields))}
    lines = (_filled(line, said) for line in text.splitlines())
    whole = "\n".join(line for line in lines if line is not None)
    return rewritten(kind, _filled(subject, said) or "", re.sub(r"\n{3,}", "\n\n", whole))


def _filled(line: str, said: Mapping[str, str]) -> str | None:
    if any(not said.get(place, place) for place in _PLACE.findall(line)):
        return None
    return _PLACE.sub(lambda found: said.get(found[1], found[0]), line)


def unknown_places(text: str) -> set[str]:
    """What stands in braces and means nothing."""
    return set(_PLACE.findall(text)) - set(PLACES)


def rewritten(kind: str, subject: str, text: str) -> Letter:
    """The same letter with the words a reviewer left in the editor; the HTML part follows the text."""
    subject, text = " ".join(subject.split())[:SUBJECT_LIMIT], text.replace("\r\n", "\n").strip() + "\n"
    return Letter(kind, subject, text, _html(kind, subject, text))


def with_links(text: str, links: dict[str, str]) -> str:
    """Put real links where the markers stand, in either part."""
    for marker, url in links.items():
        text = text.replace(marker, url)
    return text


def _render(kind: str, **context: object) -> Letter:
    subject = " ".join(render_template(f"letters/{kind}/subject.txt", **context).split())[:SUBJECT_LIMIT]
    text = re.sub(r"\n{3,}", "\n\n", render_template(f"letters/{kind}/body.txt", **context)).strip() + "\n"
    return Letter(kind, subject, text, _html(kind, subject, text))


def _html(kind: str, subject: str, text: str) -> str:
    return render_template(f"letters/{kind}/body.html", subject=subject, paragraphs=_paragraphs(text))


def _paragraphs(text: str) -> list[Markup]:
    return [_linked(part).replace("\n", Markup("<br>\n")) for part in re.split(r"\n\s*\n", text.strip())]


def _linked(text: str) -> Markup:
    parts = _LINKS.split(text)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(part) if i % 2 else escape(part) for i, part in enumerate(parts)
    )
