"""What every answer carries: a strict policy, no sniffing, no cache for pages, careful cookies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import current_app
from flask.testing import FlaskClient

from review.app import create_app
from review.db import db
from review.rules import Role
from tests.conftest import Fresh, settings_for
from tests.factories import person, received
from tests.web.browsing import send, sign_in
from tests.web.stage import status_token

PAGES = ("/", "/apply", "/apply/sent", "/apply/link", "/shows/link", "/sign-in", "/mailbox", "/nowhere", "/move/x")
STAFF_PAGES = ("/desk", "/desk/1", "/desk/1/decline", "/desk/1/progress", "/desk/outbox", "/shows", "/desk/99")


def policy(header: str) -> dict[str, list[str]]:
    """A policy's directives with what they allow."""
    return {name: allowed for name, *allowed in (part.split() for part in header.split(";"))}


def strict(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    rules = policy(headers["Content-Security-Policy"])
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == ["'self'"]
    assert rules["base-uri"] == ["'none'"]
    assert rules["frame-ancestors"] in (["'self'"], ["'none'"])
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == ("private, no-cache" if path == "/apply" else "no-store")


@pytest.mark.parametrize("path", PAGES)
def test_open_page_is_strict(client: FlaskClient, path: str) -> None:
    strict(client, path)


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_page_of_the_desk_is_strict(desk: FlaskClient, path: str) -> None:
    received()
    strict(desk, path)


def test_private_page_is_strict(client: FlaskClient) -> None:
    strict(client, f"/apply/{status_token(received())}")


def test_refused_form_is_strict_too(client: FlaskClient) -> None:
    response = send(client, "/apply")
    assert response.status_code == 422
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_scripts_and_styles_may_be_kept(client: FlaskClient) -> None:
    for name in ("greenroom.css", "greenroom.js", "favicon.svg"):
        response = client.get(f"/static/{name}")
        assert response.status_code == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["ETag"]


def test_session_cookie_stays_out_of_scripts_and_other_sites(client: FlaskClient) -> None:
    sign_in(client, person(Role.REVIEWER))
    cookie = client.get_cookie("greenroom")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.domain == "localhost" or not cookie.domain
    assert not cookie.secure, "over http a secure cookie would never come back"


def test_session_cookie_is_secure_over_https(tmp_path: Path, fresh_database: Fresh) -> None:
    fresh_database(tmp_path)
    app = create_app(settings_for(tmp_path, PUBLIC_URL="https://localhost"))
    response = app.test_client().get("/apply", base_url="https://localhost")
    assert "; Secure" in response.headers["Set-Cookie"]
    assert "; HttpOnly" in response.headers["Set-Cookie"]
    with app.app_context():
        db.engine.dispose()


def test_published_objects_set_no_cookie(client: FlaskClient, drain: Callable[..., int]) -> None:
    current_app.extensions["greenroom"].storage.put("media/soup/1.mp3", [b"sound"])
    client.get("/apply")
    assert "Set-Cookie" not in client.get("/media/soup/1.mp3").headers
