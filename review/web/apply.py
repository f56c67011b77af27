"""Applying: the form, the confirmed address, the status page. Works without JavaScript; a private link is the key."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from review import tokens
from review.errors import Refused, WrongState
from review.questions import Kind, code
from review.reads import dossier, links, programmes
from review.rules import ASKABLE, Verb, allowed
from review.services import applications, lost_links
from review.services.applications import Draft, Filled
from review.web import errors
from review.web.access import ID
from review.web.asking import FORM_BYTES, asking, given, hint
from review.web.fields import put_beside
from review.web.files import handed_out
from review.web.forms import Action, AnswerForm, ApplyForm, EmailForm, WithdrawForm
from review.web.limits import limit_posts, takes
from review.web.refusals import REFUSALS

apply = Blueprint("apply", __name__, url_prefix="/apply")
FORM_HOURS = 24
Page = tuple[str, int] | tuple[str, int, dict[str, str]] | str | Response
BACK = {"Cache-Control": "private, no-cache"}
"""Not no-store: who comes back to the form with the browser's button finds in it what they wrote."""


@apply.route("", methods=["GET", "POST"])
@apply.route("/for/<slug>", methods=["GET", "POST"])
@takes(FORM_BYTES)
@limit_posts
def form(slug: str | None = None) -> Page:
    """The application form of a programme; one that is closed or full says so and offers the waitlist. Where several
    are on offer and none is named, what there is to choose from."""
    if slug is None:
        offered = programmes.offered()
        if len(offered) != 1:
            return _choice(offered)
        programme = offered[0]
    else:
        programme = programmes.by_slug(slug, offered=request.method == "GET")
    asked = programmes.questions(programme.id)
    entry = asking(ApplyForm, asked)()
    if request.method == "GET":
        return _page(programme, asked, entry)
    trouble = _trouble(entry)
    valid = entry.validate()
    if trouble or not valid:
        return _page(programme, asked, entry, trouble, 400 if entry.csrf_token.errors or trouble else 422)
    filled = Filled(programme.id, int(entry.form_version.data), given(entry, asked))
    try:
        applications.submit(_draft(entry), filled, form_key=tokens.digest(entry.form_key.data), now=datetime.now(UTC))
    except Refused as refusal:
        entry.form_key.data = ""  # sent again, it is a new form
        return _page(programme, asked, entry, str(REFUSALS[refusal.code]), 409)
    return redirect(url_for("apply.sent"), 303)


def _choice(offered: list[Any]) -> Page:
    left = programmes.all_places_left(offered)
    return render_template("apply/choose.html", programmes=offered, left=left, now=datetime.now(UTC))


def _page(programme: Any, asked: list[Any], entry: ApplyForm, trouble: str = "", status: int = 200) -> Page:
    now = datetime.now(UTC)
    entry.rules_version.data, entry.form_version.data = str(programme.rules_version), str(programme.form_version)
    if _age(entry) is None:
        secret = current_app.config["SECRET_KEY"]
        entry.form_key.data = tokens.sign(secret, "form", [secrets.token_urlsafe(12), int(now.timestamp())])
    if request.method == "GET":
        entry.language.data = "en"
    page = render_template(
        "apply/form.html",
        form=entry,
        programme=programme,
        questions=[(entry[code(one.id)], hint(one)) for one in asked],
        is_open=programme.is_open(now),
        places=programmes.places_left(programme),
        trouble=trouble,
        now=now,
    )
    return page, status, BACK


def _age(entry: ApplyForm) -> float | None:
    """Seconds since the form was handed out; None for a form that was never ours or is too old."""
    value = tokens.unsign(current_app.config["SECRET_KEY"], "form", entry.form_key.data or "")
    age = datetime.now(UTC).timestamp() - int(value[1]) if value else None
    return age if age is not None and age < FORM_HOURS * 3600 else None


def _trouble(entry: ApplyForm) -> Any:
    """What makes this look like a machine's work, said to whoever sent it."""
    age = _age(entry)
    if entry.website.data:
        return _("A field that people cannot see was filled in. If you are a person, empty “Leave this empty”.")
    if age is None:
        return _("This page was open for more than a day. Nothing is lost: look it over and send it again.")
    if age < current_app.config["GREENROOM"].fill_seconds:
        return _("That was faster than a person can type. Please wait a few seconds and send it again.")
    return ""


def _draft(entry: ApplyForm) -> Draft:
    return Draft(
        name=entry.name.data,
        email=entry.email.data,
        show_title=entry.show_title.data,
        pitch=entry.pitch.data,
        topics=tuple(entry.topics.data),
        language=entry.language.data,
        links=entry.links.lines(),
        schedule=entry.schedule.data,
        feed_url=entry.feed_url.data or "",
        rules_version=int(entry.rules_version.data),
    )


@apply.errorhandler(429)
def too_many(error: Any) -> Page:
    """A blocked person is told so, and keeps what they wrote."""
    trouble = _("Too many forms came from your address or network. Please wait a while and send it again.")
    if request.endpoint == "apply.form":
        slug = (request.view_args or {}).get("slug")
        programme = programmes.by_slug(slug, offered=False) if slug else programmes.first()
        asked = programmes.questions(programme.id)
        return _page(programme, asked, asking(ApplyForm, asked)(), trouble, 429)
    return render_template("apply/lost_link.html", form=EmailForm(), trouble=trouble), 429


@apply.errorhandler(WrongState)
def moved_on(_error: WrongState) -> Page:
    """Not where it stands now: that may be a decision that can still be taken back."""
    return errors.moved_on()


@apply.get("/sent")
def sent() -> Page:
    """Look into your mail."""
    return render_template("apply/sent.html")


@apply.route("/verify/<token>", methods=["GET", "POST"])
def verify(token: str) -> Page:
    """Confirm the address. Opening the link only shows a button: mail scanners open links too."""
    now = datetime.now(UTC)
    if request.method == "GET":
        links.unverified(token, now=now)
        return render_template("apply/verify.html", token=token)
    Action.check()
    return redirect(url_for("apply.status", token=applications.verify(token, now=now)), 303)


@apply.route("/link", methods=["GET", "POST"])
@limit_posts
def lost_link() -> Page:
    """Have the links sent again. The answer is the same whether the address is known or not."""
    entry = EmailForm()
    if request.method == "GET" or not entry.validate():
        return render_template("apply/lost_link.html", form=entry, trouble=""), 200 if request.method == "GET" else 422
    lost_links.resend_links(entry.email.data, now=datetime.now(UTC))
    return render_template("apply/link_sent.html")


@apply.get("/<token>")
def status(token: str) -> Page:
    """Where the application stands, what happens next, the conversation."""
    return _status_page(token)


def _status_page(token: str, entry: AnswerForm | None = None, status_code: int = 200) -> Page:
    now = datetime.now(UTC)
    standing = dossier.standing(links.status(token, now=now), now=now)
    if entry is None and allowed(standing.state, Verb.ANSWER):
        entry = _answer_form(standing)(data=_editable(standing.application) | _answered(standing))
        entry.keep(standing.asked)
    page = render_template(
        "apply/status.html",
        token=token,
        standing=standing,
        form=entry,
        hints={code(one.id): hint(one) for one in standing.questions},
        can_withdraw=allowed(standing.state, Verb.WITHDRAW) and not standing.pending,
    )
    return page, status_code


def _editable(application: Any) -> dict[str, str]:
    """What an applicant may be asked to mend, as the form shows it: links one a line."""
    return {name: getattr(application, name) for name in ASKABLE} | {"links": "\n".join(application.links)}


def _answer_form(standing: Any) -> type[AnswerForm]:
    return asking(AnswerForm, standing.questions, kept=_kept(standing))


def _answered(standing: Any) -> dict[str, str]:
    return {code(one.question_id): one.value for one in standing.answers if one.question.kind is not Kind.FILE}


def _kept(standing: Any) -> list[int]:
    """Questions whose file is here already."""
    return [one.question_id for one in standing.answers if one.question.kind is Kind.FILE]


@apply.get(f"/<token>/files/<{ID}:answer_id>")
def own_file(token: str, answer_id: int) -> Page:
    """A file the applicant has sent, for them to see that it came whole."""
    application_id = links.status(token, now=datetime.now(UTC))
    return handed_out(*programmes.file(application_id, answer_id))


@apply.post("/<token>/answer")
@takes(FORM_BYTES)
def answer(token: str) -> Page:
    """The applicant's answer to what was asked."""
    now = datetime.now(UTC)
    standing = dossier.standing(links.status(token, now=now), now=now)
    if not allowed(standing.state, Verb.ANSWER):
        raise WrongState(standing.state)
    entry = _answer_form(standing)()
    entry.keep(standing.asked)
    if not entry.validate():
        return _status_page(token, entry, 422)
    changes, body = entry.changes(standing.asked), entry.body.data or ""
    answered = given(entry, standing.questions, kept=_kept(standing))
    try:
        applications.answer(standing.application.id, changes=changes, given=answered, body=body, now=now)
    except Refused as refusal:
        put_beside(entry.body, REFUSALS[refusal.code])
        return _status_page(token, entry, 422)
    flash(_("Thank you. Your answer is with us."), "success")
    return redirect(url_for("apply.status", token=token), 303)


@apply.route("/<token>/withdraw", methods=["GET", "POST"])
def withdraw(token: str) -> Page:
    """Take the application back: the page says what that means, the button does it."""
    now = datetime.now(UTC)
    application_id = links.status(token, now=now)
    entry = WithdrawForm()
    if request.method == "GET" or not entry.validate():
        standing = dossier.standing(application_id, now=now)
        page = render_template("apply/withdraw.html", token=token, standing=standing, form=entry)
        return page, 200 if request.method == "GET" else 422
    applications.withdraw(application_id, why=entry.why.data or "", now=now)
    flash(_("Your application is withdrawn."), "success")
    return redirect(url_for("apply.status", token=token), 303)
