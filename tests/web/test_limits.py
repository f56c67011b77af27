"""Limits: whoever sends too much is told so and loses nothing; others are not held up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.app import create_app
from review.config import Settings
from review.db import db
from review.models.application import Application
from tests.conftest import Fresh, settings_for
from tests.factories import person
from tests.web.browsing import fields, send, words
from tests.web.stage import APPLICATION, rows


@pytest.fixture
def settings(tmp_path: Path, fresh_database: Fresh, request: pytest.FixtureRequest) -> Settings:
    """Limits small enough to meet."""
    fresh_database(tmp_path)
    return settings_for(tmp_path, **getattr(request, "param", {}))


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An app of its own."""
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def limited(**limits: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("settings", [limits], indirect=True, ids=["limited"])


def apply(client: FlaskClient, address: str = "192.0.2.1", email: str = "maren@mail.example") -> int:
    """Send an application from an address; the answer's status."""
    data = fields(client.get("/apply").text) | APPLICATION | {"email": email}
    return client.post("/apply", data=data, environ_overrides={"REMOTE_ADDR": address}).status_code


@limited(RATE_LIMIT_ADDRESS="2 per hour")
def test_address_that_sends_too_much_is_told_and_the_form_kept(client: FlaskClient) -> None:
    assert [apply(client) for _ in range(2)] == [303, 303]
    data = fields(client.get("/apply").text) | APPLICATION
    response = client.post("/apply", data=data, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert response.status_code == 429
    assert "Too many forms came from your address or network" in words(response)
    kept = fields(response.text)
    assert {name: kept.get(name) for name in APPLICATION} == APPLICATION
    assert int(response.headers["Retry-After"]) > 0
    assert rows(Application) == 2
    assert client.post("/apply", data=kept, environ_overrides={"REMOTE_ADDR": "192.0.2.2"}).status_code == 303


@limited(RATE_LIMIT_ADDRESS="1 per hour")
def test_reading_is_never_limited(client: FlaskClient) -> None:
    apply(client)
    assert {client.get("/apply").status_code for _ in range(5)} == {200}


@limited(RATE_LIMIT_NETWORK="2 per hour")
@pytest.mark.parametrize(
    ("same", "other"),
    [
        (("192.0.2.1", "192.0.2.77", "192.0.2.200"), "192.0.3.1"),
        (("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:0:9::1"), "2001:db8:0:1::1"),
        (("nonsense", "nonsense", "nonsense"), "192.0.2.1"),
    ],
)
def test_network_shares_one_limit(client: FlaskClient, same: tuple[str, ...], other: str) -> None:
    assert [apply(client, address) for address in same] == [303, 303, 429]
    assert apply(client, other) == 303


@limited(RATE_LIMIT_EMAIL="2 per day")
def test_mail_address_is_written_to_so_often_and_no_more(client: FlaskClient) -> None:
    emails = ("maren@mail.example", " MAREN@mail.example", "maren@mail.example")
    answers = [apply(client, f"10.{number}.0.1", email) for number, email in enumerate(emails)]
    assert answers == [303, 303, 429]
    assert apply(client, "10.9.0.1", "other@mail.example") == 303


@limited(RATE_LIMIT_ADDRESS="1 per hour")
@pytest.mark.parametrize("path", ["/apply/link", "/shows/link"])
def test_asking_for_links_is_limited(client: FlaskClient, path: str) -> None:
    assert send(client, path, email="maren@mail.example").status_code == 200
    response = send(client, path, email="maren@mail.example")
    assert response.status_code == 429
    assert "Please wait a while" in words(response)
    assert fields(response.text)["email"] == "maren@mail.example"


def test_guessing_one_password_is_slowed_down(client: FlaskClient) -> None:
    who = person()
    data = fields(client.get("/sign-in").text) | {"email": who.email, "password": "wrong horse"}
    answers = [
        client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": f"10.0.0.{number}"}).status_code
        for number in range(11)
    ]
    assert answers == [401] * 10 + [429]
    response = client.post("/sign-in", data=data | {"password": "correct horse"})
    assert response.status_code == 429
    assert "Too many tries. Please wait a minute." in words(response)
    assert fields(response.text)["email"] == who.email


def test_guessing_many_addresses_is_slowed_down(client: FlaskClient) -> None:
    data = fields(client.get("/sign-in").text) | {"password": "wrong horse"}
    answers = [client.post("/sign-in", data=data | {"email": f"{i}@staff.example"}).status_code for i in range(31)]
    assert answers == [401] * 30 + [429]


@limited(RATE_LIMIT_ADDRESS="1 per hour")
def test_body_too_big_is_refused_and_does_not_lift_the_limit(client: FlaskClient) -> None:
    apply(client)
    data = fields(client.get("/apply").text) | APPLICATION | {"pitch": "x" * 300_000}
    for _ in range(2):
        assert client.post("/apply", data=data, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 413
    assert apply(client) == 429


@pytest.fixture
def behind_a_proxy(tmp_path: Path, fresh_database: Fresh) -> Iterator[Flask]:
    (tmp_path / "proxied").mkdir()
    fresh_database(tmp_path / "proxied")
    app = create_app(settings_for(tmp_path / "proxied", TRUSTED_PROXIES="1", RATE_LIMIT_ADDRESS="1 per hour"))
    yield app
    with app.app_context():
        db.engine.dispose()


@limited(RATE_LIMIT_ADDRESS="1 per hour")
def test_forwarded_address_counts_for_nothing_without_a_trusted_proxy(client: FlaskClient) -> None:
    answers = []
    for number in range(2):
        data = fields(client.get("/apply").text) | APPLICATION
        answers.append(client.post("/apply", data=data, headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code)
    assert answers == [303, 429]


def test_forwarded_address_counts_behind_a_trusted_proxy(behind_a_proxy: Flask) -> None:
    client, answers = behind_a_proxy.test_client(), []
    for forwarded in ("10.0.0.1", "10.0.0.2", "6.6.6.6, 10.0.0.1"):
        data = fields(client.get("/apply").text) | APPLICATION
        answers.append(client.post("/apply", data=data, headers={"X-Forwarded-For": forwarded}).status_code)
    assert answers == [303, 303, 429]
