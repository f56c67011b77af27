"""What belongs to no one page: home, health, the mailbox, and published objects while they lie on this disk."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, redirect, render_template, send_from_directory, url_for
from werkzeug.wrappers import Response

from review.reads import mailbox as letters
from review.reads import objects, programmes
from review.web.access import staff

ops = Blueprint("ops", __name__)


@ops.get("/")
def home() -> str:
    """Where to go from here."""
    return render_template("ops/home.html", programmes=programmes.offered())


@ops.get("/healthz")
def health() -> tuple[dict[str, str], int]:
    """200 as long as this process answers at all; /readyz says whether what it needs does."""
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
    """A published feed."""
    return _published("feeds", key)


@ops.get("/media/<path:key>")
def media(key: str) -> Response:
    """A published episode or cover; whole or in ranges."""
    return _published("media", key)


@ops.get("/demo/<path:key>")
def demo(key: str) -> Response:
    """Feeds and sounds of the demo's applicants."""
    return _object(f"demo/{key}")


@ops.get("/snapshots/<path:key>")
@staff
def snapshot(key: str) -> Response:
    """The small copy of an applicant's artwork."""
    return _object(f"snapshots/{key}")


def _published(folder: str, key: str) -> Response:
    """An object of listeners. Where those lie in a bucket, who knows an old address is sent there once and for all."""
    if current_app.config["GREENROOM"].bucket is not None:
        return redirect(objects.published_at(f"{folder}/{key}"), 301)
    return _object(f"{folder}/{key}")


def _object(key: str) -> Response:
    """From this disk with ranges and validators, or passed on from the bucket."""
    settings = current_app.config["GREENROOM"]
    if settings.bucket is None:
        response: Response = send_from_directory(settings.objects_dir, key, conditional=True)
    else:
        response = Response(objects.chunks(key))
    response.headers.update(objects.headers(key))
    return response
