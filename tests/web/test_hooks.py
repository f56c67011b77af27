"""What the mail service posts: let in by its password, kept as it came, answered at once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from review.app import create_app
from review.db import db
from review.models.letter import Letter, LetterState, MailReport
from review.models.outbox import Kind, OutboxItem
from review.services import delivery, post
from review.web.hooks import MAX_BYTES
from tests.conftest import Fresh, settings_for
from tests.factories import NOW, rows, submitted
from tests.outside import configure

PASSWORD = "päss:word of the webhook"
MAILJET = {
    "MAILJET_API_KEY": "key",
    "MAILJET_API_SECRET": "secret",
    "MAILJET_WEBHOOK_PASSWORD": PASSWORD,
    "MAIL_FROM": "plan@host.example",
}


@pytest.fixture
def app(tmp_path: Path, fresh_database: Fresh) -> Iterator[Flask]:
    """An app whose letters go through Mailjet."""
    fresh_database(tmp_path)
    app = create_app(settings_for(tmp_path, **MAILJET))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def told(client: FlaskClient, body: bytes = b"{}", authorization: str = basic("mailjet", PASSWORD)) -> TestResponse:
    """The answer to a report; without an authorization where that is empty."""
    headers = {"Authorization": authorization} if authorization else {}
    return client.post("/hooks/mailjet", data=body, headers=headers, content_type="application/json")


def test_report_is_kept_as_it_came_and_answered_with_200(client: FlaskClient) -> None:
    body = b'[{"event": "open"}, \xff\x00'
    response = told(client, body)
    assert (response.status_code, response.data) == (200, b"")
    assert [row.body for row in rows(MailReport)] == [body]
    assert [item.kind for item in rows(OutboxItem)] == [Kind.MAIL_REPORT]
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        basic("mailjet", ""),
        basic("", PASSWORD),
        basic("", ""),
        basic("mailjet", "wrong"),
        basic("mailjet", f"{PASSWORD}x"),
        basic("mailjet", PASSWORD[:-1]),
        basic("Mailjet", PASSWORD),
        basic("mailjet", "пароль\u2028😀"),
        basic("mailjét", PASSWORD),
        "Basic " + b64encode(b"mailjet:\xff\xfe").decode(),
        "Basic " + b64encode(b"mailjet").decode(),
        "Basic ???",
        "Basic",
        f"Bearer {PASSWORD}",
        'Digest username="mailjet", password="x"',
        b64encode(f"mailjet:{PASSWORD}".encode()).decode(),
    ],
)
def test_who_has_not_the_password_is_not_let_in(client: FlaskClient, authorization: str) -> None:
    response = told(client, authorization=authorization)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert PASSWORD not in response.text
    assert rows(MailReport) == []


def test_password_in_the_address_alone_is_none(client: FlaskClient) -> None:
    assert client.post(f"/hooks/mailjet?password={PASSWORD}", data=b"{}").status_code == 401


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "",
    ],
)
def test_body_is_kept_whatever_it_calls_itself(client: FlaskClient, content_type: str) -> None:
    body = b'{"event": "open", "email": "a&b=c"}'
    headers = {"Authorization": basic("mailjet", PASSWORD)}
    assert client.post("/hooks/mailjet", data=body, headers=headers, content_type=content_type).status_code == 200
    assert [row.body for row in rows(MailReport)] == [body]


@pytest.mark.parametrize(("size", "status"), [(300 * 1024, 200), (MAX_BYTES, 200), (MAX_BYTES + 1, 413)])
@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_body_has_a_size_of_its_own(client: FlaskClient, size: int, status: int, content_type: str) -> None:
    headers = {"Authorization": basic("mailjet", PASSWORD)}
    response = client.post("/hooks/mailjet", data=b"x" * size, headers=headers, content_type=content_type)
    assert response.status_code == status
    assert [len(row.body) for row in rows(MailReport)] == ([size] if status == 200 else [])


def test_big_body_is_not_read_for_who_has_no_password(client: FlaskClient) -> None:
    assert told(client, b"x" * (MAX_BYTES + 1), authorization="").status_code == 401


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_posts_are_reports(client: FlaskClient, method: str) -> None:
    assert getattr(client, method)("/hooks/mailjet").status_code == 405


def test_without_mailjet_there_is_no_hook(app: Flask, client: FlaskClient) -> None:
    configure(app, mailjet=None)
    for authorization in ("", basic("mailjet", PASSWORD), basic("mailjet", "")):
        assert told(client, authorization=authorization).status_code == 404
    assert rows(MailReport) == []


def test_report_comes_to_the_letter(client: FlaskClient) -> None:
    submitted()
    addressed = post.address(1, now=NOW)
    assert addressed is not None
    body = f'{{"event": "open", "CustomID": "{addressed.custom_id}", "email": "{addressed.to_email}"}}'
    assert told(client, body.encode()).status_code == 200
    delivery.apply(rows(MailReport)[0].id, now=NOW)
    assert rows(Letter)[0].state is LetterState.OPENED


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data", ""])
def test_pages_take_forms_only(client: FlaskClient, content_type: str) -> None:
    response = client.post("/apply", data=b'{"email": "a@b.example"}', content_type=content_type)
    assert response.status_code == 400
    assert client.post("/apply", data=b"x" * 300_000, content_type=content_type).status_code in (400, 413)


@pytest.mark.parametrize("path", ["/hooks", "/hooks/", "/hooks/other", "/hooks/mailjet/"])
def test_there_is_no_other_hook(client: FlaskClient, path: str) -> None:
    assert client.post(path, data=b"{}").status_code == 404
