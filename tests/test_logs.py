"""Log lines: structured, numbered from the request to the letter, and without anything private."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.stdlib import ProcessorFormatter

from review import logs
from review.models.outbox import Kind, OutboxItem
from review.models.show import Show
from review.rules import Role
from tests import servers
from tests.factories import person, received, rows, submitted, verify_token
from tests.web.browsing import fields, send, sign_in
from tests.web.stage import APPLICATION, export_path, on_air, owner_token, status_token

log = logging.getLogger("review.tests")
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def write() -> Iterator[Callable[[str], io.StringIO]]:
    """Have logs written in a form; where that is. Afterwards logging is as it was."""
    root = logging.getLogger()
    level = root.level

    def begin(form: str) -> io.StringIO:
        root.handlers.clear()  # pytest's own, which `configure` would close; it brings new ones for the next phase
        with redirect_stderr(io.StringIO()) as stream:
            logs.configure(form)
        return stream

    logs.end()
    yield begin
    logs.end()
    root.handlers[:] = [one for one in root.handlers if not isinstance(one.formatter, ProcessorFormatter)]
    root.setLevel(level)


@pytest.fixture
def lines(write: Callable[[str], io.StringIO]) -> Lines:
    """The lines written as JSON since they were last asked for."""
    stream = write("json")

    def new() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in stream.getvalue().split("\n") if line]
        stream.seek(0)
        stream.truncate()
        return found

    return new


class TestLines:
    """What a line looks like."""

    def test_line_of_json_says_what_when_where_and_how_bad(self, lines: Lines) -> None:
        log.warning("went %s <&> “wrong”", "awfully", extra={"milliseconds": 7})
        (line,) = lines()
        at = datetime.fromisoformat(line.pop("timestamp"))
        assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
        assert line == {
            "event": "went awfully <&> “wrong”",
            "level": "warning",
            "logger": "review.tests",
            "milliseconds": 7,
        }

    def test_line_of_json_is_one_line_whatever_is_in_it(self, lines: Lines) -> None:
        log.info("a\nb\r\nc\u2028d\x00")
        try:
            raise ValueError("two\nlines")
        except ValueError:
            log.exception("broken")
        first, second = lines()
        assert first["event"].startswith("a\nb\r\nc")
        assert "Traceback" in second["exception"]
        assert second["exception"].endswith("ValueError: two\nlines")

    def test_text_is_for_people(self, write: Callable[[str], io.StringIO]) -> None:
        stream = write("text")
        logs.begin("from-the-test")
        log.info("went well")
        try:
            secret = "a local variable"
            raise ValueError("broken")
        except ValueError:
            log.exception("went wrong")
        text = stream.getvalue()
        assert "went well" in text
        assert "request_id=from-the-test" in text
        assert "ValueError: broken" in text
        assert "Logging error" not in text
        assert secret not in text
        assert "\x1b[" not in text

    def test_chatty_libraries_are_heard_when_something_is_wrong(self, lines: Lines) -> None:
        for name in ("alembic.runtime", "botocore.hooks", "elastic_transport.transport", "urllib3.connectionpool"):
            logging.getLogger(name).info("chat")
            logging.getLogger(name).warning("wrong")
        assert [line["event"] for line in lines()] == ["wrong"] * 4


class TestNumbers:
    """One number from the request to the letter."""

    def test_outside_of_a_request_there_is_none(self) -> None:
        logs.end()
        assert logs.request_id() == ""

    def test_number_that_looks_like_one_is_taken(self) -> None:
        for number in ("12345678", "a" * 64, "0f6c9a3e-2b7d-4c1a-9e8f-5d4c3b2a1f0e"):
            assert logs.begin(number) == logs.request_id() == number

    @pytest.mark.parametrize(
        "number", ["", "1234567", "a" * 65, "with space", "new\nline-new", "números-son", '{"a": "b"}', "12345678\n"]
    )
    def test_number_that_does_not_is_replaced(self, number: str) -> None:
        made = logs.begin(number)
        assert re.fullmatch(r"[0-9a-f]{16}", made)
        assert logs.begin(number) != made

    def test_next_request_knows_nothing_of_the_last_one(self, lines: Lines) -> None:
        logs.begin("first-request", job="7-1")
        logs.begin("second-request")
        log.info("here")
        (line,) = lines()
        assert line["request_id"] == "second-request"
        assert "job" not in line

    def test_number_goes_from_the_request_to_the_letter(
        self, client: FlaskClient, drain: Callable[..., int], lines: Lines
    ) -> None:
        client.get("/")  # another request, with another number
        page = client.get("/apply")
        response = client.post("/apply", data=fields(page.text) | APPLICATION)
        number = response.headers["X-Request-ID"]
        assert response.status_code == 303
        assert page.headers["X-Request-ID"] != number
        mine = [line for line in lines() if line["request_id"] == number and "endpoint" in line]
        assert [(line["event"], line["endpoint"]) for line in mine] == [("POST /apply 303", "apply.form")]
        assert mine[0]["milliseconds"] > 0
        (item,) = rows(OutboxItem)
        assert (item.kind, item.request_id) == (Kind.LETTER, number)
        drain()
        (done,) = [line for line in lines() if line["event"] == "done"]
        assert (done["request_id"], done["kind"], done["job"]) == (number, "letter", "1-1")
        assert len(servers.mails()) == 1
        assert logs.request_id() == ""

    def test_what_a_job_puts_carries_the_number_on(
        self, client: FlaskClient, drain: Callable[..., int], lines: Lines
    ) -> None:
        id_ = submitted(feed_url="http://127.0.0.1:9/feed.xml", now=datetime.now(UTC))
        response = send(client, f"/apply/verify/{verify_token(id_)}")
        assert rows(OutboxItem, kind=Kind.FEED_CHECK)[0].request_id == response.headers["X-Request-ID"]

    def test_failure_of_a_job_is_found_by_its_number(
        self, app: Flask, client: FlaskClient, drain: Callable[..., int], lines: Lines
    ) -> None:
        submitted(email="no address at all")
        drain()
        (failed,) = [line for line in lines() if line["level"] == "warning"]
        assert failed["event"].startswith("given up: ")
        assert re.fullmatch(r"[0-9a-f]{16}", failed["request_id"])

    @pytest.mark.parametrize(
        ("proxies", "given", "taken"),
        [
            (1, "number-of-the-proxy", True),
            (1, "short", False),
            (1, "x" * 65, False),
            (1, "with space in it", False),
            (1, "", False),
            (0, "number-of-a-visitor", False),
        ],
    )
    def test_number_is_taken_from_a_trusted_proxy_only(
        self, app: Flask, client: FlaskClient, proxies: int, given: str, taken: bool
    ) -> None:
        own = app.config["GREENROOM"]
        app.config["GREENROOM"] = replace(own, trusted_proxies=proxies)
        number = client.get("/", headers={"X-Request-ID": given}).headers["X-Request-ID"]
        app.config["GREENROOM"] = own
        assert (number == given) == taken
        assert taken or re.fullmatch(r"[0-9a-f]{16}", number)


class TestPrivacy:
    """A private link is an address, so no line holds an address."""

    @pytest.fixture
    def private(self, app: Flask, drain: Callable[..., int]) -> dict[str, str]:
        """Every kind of private link: its address and the token in it."""
        export = export_path(on_air(drain), person(Role.LEAD), drain, now=datetime.now(UTC))
        (show,) = rows(Show)
        found = {
            "/apply/{}": status_token(received(), now=datetime.now(UTC)),
            "/apply/verify/{}": verify_token(submitted(now=datetime.now(UTC))),
            "/shows/enter/{}": owner_token(show.owner, now=datetime.now(UTC)),
            "/move/{}": export.removeprefix("/move/"),
        }
        return {address.format(token): token for address, token in found.items()}

    def test_no_line_holds_a_private_link(self, client: FlaskClient, private: dict[str, str], lines: Lines) -> None:
        for address in private:
            assert client.get(address).status_code in (200, 302, 303), address
            client.post(address, data={"csrf_token": "none"}, headers={"Referer": f"http://127.0.0.1{address}"})
            client.get(f"{address}x", query_string={"again": address})
            client.get(f"{address}/no/such/page")
        said = lines()
        assert len(said) >= 4 * len(private)
        assert not [line for line in said for token in private.values() if token in json.dumps(line)]
        assert {"GET /apply/<token> 200", "GET /move/<token> 200"} <= {line["event"] for line in said}
        assert "GET unknown address 404" in {line["event"] for line in said}

    def test_page_that_breaks_tells_the_log_no_private_link(
        self,
        app: Flask,
        client: FlaskClient,
        private: dict[str, str],
        lines: Lines,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def broken(**_arguments: object) -> str:
            raise RuntimeError("broken")

        for endpoint in ("apply.status", "apply.verify", "shows.enter", "moves.page"):
            monkeypatch.setitem(app.view_functions, endpoint, broken)
        for address in private:
            assert client.get(address).status_code == 500
        said = lines()
        assert len([line for line in said if "RuntimeError: broken" in line.get("exception", "")]) == len(private)
        assert not [line for line in said for token in private.values() if token in json.dumps(line)]

    def test_letter_that_cannot_leave_tells_the_log_no_private_link(
        self, app: Flask, drain: Callable[..., int], lines: Lines
    ) -> None:
        submitted(email="no address at all")
        drain()
        assert not [line for line in lines() if "/apply/verify" in json.dumps(line)]

    def test_signing_in_leaves_no_password(self, client: FlaskClient, lines: Lines) -> None:
        sign_in(client, person(Role.LEAD))
        assert not [line for line in lines() if "correct horse" in json.dumps(line)]

    def test_health_and_static_files_leave_no_line(self, client: FlaskClient, lines: Lines) -> None:
        client.get("/healthz")
        client.get("/static/favicon.svg", buffered=True)
        assert lines() == []
