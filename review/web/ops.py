"""What belongs to no one page: home, health, the mailbox, and published objects while they lie on this disk."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, redirect, render_template, send_from_directory, url_for
from werkzeug.wrappers import Response

from review.reads import backlog
from review.reads import mailbox as letters
from review.web.access import staff

ops = Blueprint("ops", __name__)
FEED_SECONDS = 300


@ops.get("/")
def home() -> str:
    """Where to go from here."""
    return render_template("ops/home.html", programme=backlog.programme())


@ops.get("/healthz")
def health() -> tuple[dict[str, str], int]:
    """200 when the database answers."""
    backlog.programme()
    return {"status": "ok"}, 200


@ops.get("/favicon.ico")
def favicon() -> Response:
    """Browsers ask for it by this name."""
    return redirect(url_for("static", filename="favicon.svg"))


@ops.get("/mailbox")
def mailbox() -> str:
    """The letters that were sent, newest first."""
    return render_template("ops/mailbox.html", messages=letters.messages(), message=None)


@ops.get("/mailbox/<int:number>")
def letter(number: int) -> str:
    """One letter."""
    return render_template("ops/mailbox.html", messages=letters.messages(), message=letters.message(number))


@ops.get("/mailbox/<int:number>/html")
def letter_html(number: int) -> Response:
    """A letter's HTML part, alone and without rights; letters carry their style in themselves."""
    response = make_response(letters.message(number).html)
    response.headers["Content-Security-Policy"] = "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'"
    return response


@ops.get("/feeds/<path:key>")
def feed(key: str) -> Response:
    """A published feed. Where feeds lie in a bucket, no request for one reaches this code."""
    response = _object("feeds", key)
    response.headers["Content-Type"] = "application/rss+xml; charset=utf-8"
    response.headers["Cache-Control"] = f"public, max-age={FEED_SECONDS}"
    return response


@ops.get("/media/<path:key>")
def media(key: str) -> Response:
    """A published episode or cover; whole or in ranges."""
    return _object("media", key)


@ops.get("/demo/<path:key>")
def demo(key: str) -> Response:
    """Feeds and sounds of the demo's applicants."""
    return _object("demo", key)


@ops.get("/snapshots/<path:key>")
@staff
def snapshot(key: str) -> Response:
    """The small copy of an applicant's artwork."""
    return _object("snapshots", key)


def _object(folder: str, key: str) -> Response:
    root = current_app.config["GREENROOM"].objects_dir / folder
    response: Response = send_from_directory(root, key, conditional=True)
    return response
