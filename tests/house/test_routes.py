"""Every route is public by name or guarded; no GET writes; every POST wants a token of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from review.db import db
from review.demo import load
from review.rules import Role
from review.web import access
from tests.factories import person
from tests.web.browsing import sign_in

VALUES = {"application_id": 1, "verb": "approve", "token": "x", "slug": "x", "key": "x", "number": 1, "filename": "x"}


def routes(app: Flask, method: str) -> Iterator[tuple[str, str]]:
    """endpoint and a path for every rule that answers to `method`."""
    adapter = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()):
            yield rule.endpoint, adapter.build(rule.endpoint, {n: VALUES.get(n, 1) for n in rule.arguments})


def test_every_route_is_public_by_name_or_guarded(app: Flask) -> None:
    open_ones = {
        rule.endpoint for rule in app.url_map.iter_rules() if not hasattr(app.view_functions[rule.endpoint], "guard")
    }
    assert open_ones == access.PUBLIC


def test_guarded_pages_answer_strangers_with_the_way_in(app: Flask, client: FlaskClient) -> None:
    for endpoint, path in routes(app, "GET"):
        if endpoint not in access.PUBLIC and app.view_functions[endpoint].guard not in ("monitor", "token"):
            response = client.get(path)
            assert response.status_code == 302, path
            assert re.search(r"/sign-in|/shows/link", response.location), path


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_api_opens_to_tokens_and_to_nobody_who_is_signed_in(app: Flask, client: FlaskClient, method: str) -> None:
    sign_in(client, person(Role.ADMIN))
    opened = [path for _endpoint, path in routes(app, method) if path.startswith("/api/")]
    assert len(opened) > 10
    for path in opened:
        response = client.open(path, method=method, json={})
        assert (response.status_code, response.mimetype) == (401, "application/problem+json"), path
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_desk_is_closed_to_podcasters(app: Flask, client: FlaskClient) -> None:
    owner = person(role=None)
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = str(owner.id), True
    for endpoint, path in routes(app, "GET"):
        if getattr(app.view_functions[endpoint], "guard", "") == "staff":
            assert client.get(path).status_code == 403, path


def test_no_get_writes(app: Flask, client: FlaskClient) -> None:
    load.load(34, seed=1, password="correct horse", now=datetime.now(UTC))
    sign_in(client, person(Role.ADMIN))
    written: list[str] = []
    db.session.remove()

    def watch(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if re.match(r"\s*(insert|update|delete|replace|begin immediate)", statement, re.I):
            written.append(statement)

    event.listen(db.engine, "before_cursor_execute", watch)
    for _endpoint, path in routes(app, "GET"):
        assert client.get(path).status_code < 500, path
    event.remove(db.engine, "before_cursor_execute", watch)
    assert written == []


def test_every_post_wants_a_token_of_ours(app: Flask, client: FlaskClient) -> None:
    load.load(34, seed=1, password="correct horse", now=datetime.now(UTC))
    stranger, admin = app.test_client(), client
    sign_in(admin, person(Role.ADMIN))
    for endpoint, path in routes(app, "POST"):
        browser = stranger if endpoint in access.PUBLIC else admin
        status = browser.post(path, data={"email": "a@b.example"}).status_code
        assert 400 <= status < 500, f"{path} answered {status}"


def test_urls_are_kebab_case(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        for part in re.sub(r"<[^>]*>", "", rule.rule).split("/"):
            assert re.fullmatch(r"[a-z0-9.-]*", part), rule.rule


@pytest.mark.parametrize(
    "path", ["/nope", "/desk/nope", "/feeds/../../secret-key", "/media/%2e%2e/secret-key", "/apply/"]
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (302, 308, 404)
