"""Every failure has its page: a heading, one plain sentence, a way on, and nothing of our insides."""

from __future__ import annotations

import re
from unittest.mock import Mock

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from review import errors
from review.models.application import Application
from review.reads import programmes
from review.services import applications, people
from review.web.refusals import REFUSALS
from tests.servers import EMBEDDED_ONLY
from tests.web.browsing import buttons, fields, links, words
from tests.web.stage import APPLICATION, lose_database, rows

FAILURES: list[tuple[Exception, int, str]] = [
    (errors.Missing(), 404, "Not here"),
    (errors.Gone(), 410, "This link no longer works"),
    (errors.Forbidden(), 403, "Not for your account"),
    (errors.Refused("no-feed"), 400, "This application gives no feed to read."),
    (errors.WrongState("approved"), 409, "meanwhile the application is “approved”"),
    (errors.WrongState("in-review"), 409, "meanwhile the application is “in review”"),
    (errors.TooLate(), 409, "Too late to undo"),
    (errors.TryLater("secret detail"), 503, "Nothing was changed"),
    (errors.GiveUp("secret detail"), 503, "Nothing was changed"),
    (OperationalError("secret detail", {}, Exception()), 503, "Nothing was changed"),
    (ZeroDivisionError("secret detail"), 500, "Something broke on our side"),
]


@pytest.mark.parametrize(("failure", "status", "sentence"), FAILURES, ids=lambda v: str(v)[:20])
def test_failure_has_its_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int, sentence: str
) -> None:
    def fail() -> None:
        raise failure

    monkeypatch.setattr(programmes, "offered", fail)
    page = client.get("/")
    assert page.status_code == status
    assert sentence in words(page)
    assert f"Error {status}" in words(page)
    assert buttons(page)
    assert "/" in links(page)
    assert "secret detail" not in page.text
    assert "Traceback" not in page.text


def test_unknown_failure_is_found_in_the_log_by_its_reference(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(programmes, "offered", lambda: 1 // 0)
    reference = re.search(r"give this reference: ([0-9a-f]{8})", words(client.get("/")))
    assert reference
    assert reference[1] in caplog.text
    assert "ZeroDivisionError" in caplog.text


@EMBEDDED_ONLY  # tests/faults lose PostgreSQL for real
def test_failure_at_the_desk_needs_no_database(desk: FlaskClient, monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    lose_database()
    page = desk.get("/desk")
    assert page.status_code == 503
    assert "Please try again" in words(page)


def test_form_that_could_not_be_saved_is_kept_and_sent_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = fields(client.get("/apply").text) | APPLICATION | {"pitch": 'Two\r\nlines of <b>Søren</b> & "friends"'}
    with monkeypatch.context() as away:
        away.setattr(applications, "submit", Mock(side_effect=errors.TryLater))
        page = client.post("/apply", data=form)
    assert page.status_code == 503
    assert "What you sent is kept on this page." in words(page)
    kept = fields(page.text.replace("\r\n", "&#13;\n"))  # a browser sends CR LF
    assert MultiDict(kept) == MultiDict(form)
    assert client.post("/apply", data=kept).status_code == 303
    assert rows(Application) == 1


def test_password_is_not_kept(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "check_password", Mock(side_effect=errors.TryLater))
    page = client.post(
        "/sign-in", data=fields(client.get("/sign-in").text) | {"email": "a@b.example", "password": "x-y-z"}
    )
    assert page.status_code == 503
    assert "x-y-z" not in page.text
    assert "kept" not in words(page)


@pytest.mark.parametrize("path", ["/nowhere", "/desk/nowhere", "/apply/verify/", "/static/nowhere.js", "/%00", "/%ff"])
def test_page_that_is_not_there_says_so(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "There is no such page" in words(page)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/apply"),
        ("DELETE", "/"),
        ("GET", "/sign-out"),
        ("GET", "/desk/1/take"),
    ],
)
def test_method_that_is_not_there_says_which_are(desk: FlaskClient, method: str, path: str) -> None:
    page = desk.open(path, method=method)
    assert page.status_code == 405
    assert "This address cannot be used in that way" in words(page)
    assert set(page.headers["Allow"].split(", ")) & {"GET", "POST"}


def test_every_refusal_has_a_sentence(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise errors.Refused(code)

    monkeypatch.setattr(programmes, "offered", refuse)
    for code in REFUSALS:
        page = client.get("/")
        assert page.status_code == 400
        assert str(REFUSALS[code]) in words(page)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:8999", "x" * 300, "a b", "[::1"])
def test_host_that_was_asked_for_stands_in_no_page(client: FlaskClient, host: str) -> None:
    page = client.get("/apply", headers={"Host": host})
    assert page.status_code in (200, 400)
    assert host not in page.text
