"""The double of Mailjet: it refuses what the service refuses, goes wrong on demand, and says what became of letters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from stack.mailjet import events
from stack.mailjet.app import create_app, serving
from stack.server import free_ports
from tests.page import lint

KEY = ("key", "secret")
CUSTOM_ID = "0b5c1f6e-8a52-4f0e-9c37-d6a1e2b90f11"
MESSAGE: dict[str, Any] = {
    "From": {"Email": "hello@greenroom.example", "Name": "Greenroom"},
    "To": [{"Email": "ada@pod.example", "Name": "Ada Byron"}],
    "Subject": "Your show is on the air",
    "TextPart": "Dear Ada,\n\nit is: http://127.0.0.1:8000/shows/1?a=b&c=d.\n",
    "HTMLPart": '<p style="color: red">Dear Ada</p>',
    "CustomID": CUSTOM_ID,
}


class Caller:
    """Requests to the double. `url` ends in a slash."""

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, *messages: dict[str, Any], auth: tuple[str, str] | None = KEY, **more: Any) -> requests.Response:
        payload = {"Messages": list(messages or (MESSAGE,))} | more
        return requests.post(f"{self.url}v3.1/send", json=payload, auth=auth, timeout=10)

    def get(self, path: str, auth: tuple[str, str] | None = KEY) -> requests.Response:
        return requests.get(self.url + path, auth=auth, timeout=10)

    def steer(self, **wanted: Any) -> int:
        return requests.post(f"{self.url}_double", json=wanted, timeout=10).status_code


class Hook:
    """A webhook: what it was sent, in order, and what it answers (0 is to hang up; 200 when `answers` is spent)."""

    def __init__(self) -> None:
        self.bodies: list[Any] = []
        self.auth: set[str | None] = set()
        self.answers: list[int] = []
        self.url = ""

    def events(self) -> list[str]:
        return [body["event"] for body in self.bodies]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def double(tmp_path: Path) -> Iterator[Caller]:
    with _double(tmp_path) as caller:
        yield caller


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.auth.add(self.headers["Authorization"])
            hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if status := hook.answers.pop(0) if hook.answers else 200:
                self.send_response(status)
                self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        hook.url = f"http://user:p%40ss@127.0.0.1:{server.server_port}/events"
        yield hook
        server.shutdown()
    thread.join()


@contextmanager
def _double(folder: Path, webhook: str = "", *, grouped: bool = False) -> Iterator[Caller]:
    with serving(create_app(folder, key=KEY[0], secret=KEY[1], webhook=webhook, grouped=grouped)) as url:
        yield Caller(url)


def _until(holds: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_a_letter_is_taken_as_the_service_takes_it(double: Caller) -> None:
    answer = double.send()
    assert answer.status_code == 200
    (message,) = answer.json()["Messages"]
    assert (message["Status"], message["CustomID"], message["Cc"]) == ("success", CUSTOM_ID, [])
    (to,) = message["To"]
    assert set(to) == {"Email", "MessageUUID", "MessageID", "MessageHref"}
    assert to["MessageHref"] == f"{double.url}v3/REST/message/{to['MessageID']}"
    assert to["MessageID"] > 2**53
    (letter,) = double.get("_double/messages").json()
    assert {"id", "custom_id", "to", "subject", "text", "html", "at"} <= set(letter)
    assert (letter["id"], letter["custom_id"], letter["text"]) == (to["MessageID"], CUSTOM_ID, MESSAGE["TextPart"])


def test_every_recipient_gets_a_letter_of_their_own(double: Caller) -> None:
    (answer,) = double.send(MESSAGE | {"Cc": [{"Email": "b@pod.example"}], "Bcc": [{"Email": "c@pod.example"}]}).json()[
        "Messages"
    ]
    ids = [answer[kind][0]["MessageID"] for kind in ("To", "Cc", "Bcc")]
    assert ids == sorted(set(ids))
    assert [letter["to"] for letter in double.get("_double/messages").json()] == [
        "c@pod.example",
        "b@pod.example",
        "ada@pod.example",
    ]


def _without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in MESSAGE.items() if name not in names}


REFUSED = [
    (_without("From"), "mj-0003", "From"),
    (_without("To"), "mj-0003", "To"),
    (MESSAGE | {"To": []}, "mj-0007", "To"),
    (MESSAGE | {"To": {"Email": "a@b.example"}}, "mj-0004", "To"),
    (MESSAGE | {"To": ["a@b.example"]}, "mj-0004", "To"),
    (MESSAGE | {"Subject": 5}, "mj-0004", "Subject"),
    (MESSAGE | {"To": [{"Email": ""}]}, "mj-0012", "To.Email"),
    (MESSAGE | {"To": [{"Email": "ada"}]}, "mj-0013", "To.Email"),
    (MESSAGE | {"From": {"Email": "ada@localhost"}}, "mj-0013", "From.Email"),
    (MESSAGE | {"ReplyTo": {"Email": "a b@c.example"}}, "mj-0013", "ReplyTo.Email"),
    (MESSAGE | {"Cc": [{"Email": "a@b.example"}] * 50}, "send-0015", "To"),
    (_without("TextPart", "HTMLPart"), "send-0003", "HTMLPart"),
    (MESSAGE | {"Subject": "x" * 256}, "mj-0006", "Subject"),
    (MESSAGE | {"TemplateID": 5}, "send-0010", "TemplateID"),
    (MESSAGE | {"TemplateErrorReporting": {"Email": "a@b.example"}}, "send-0016", "TemplateLanguage"),
    (MESSAGE | {"TemplateErrorDeliver": True}, "send-0016", "TemplateLanguage"),
    (MESSAGE | {"TrackOpens": "yes"}, "mj-0005", "TrackOpens"),
    (MESSAGE | {"Headers": {"Message-Id": "<1@b.example>"}}, "send-0011", 'Headers["Message-Id"]'),
    (MESSAGE | {"Headers": {"Reply-To": "a@b.example"}}, "send-0011", 'Headers["Reply-To"]'),
]


@pytest.mark.parametrize(("message", "code", "related"), REFUSED)
def test_what_the_service_refuses_is_refused(double: Caller, message: dict[str, Any], code: str, related: str) -> None:
    answer = double.send(message)
    assert answer.status_code == 400
    (told,) = answer.json()["Messages"]
    assert told["Status"] == "error"
    (error,) = told["Errors"]
    assert (error["ErrorCode"], error["StatusCode"], error["ErrorRelatedTo"][0]) == (code, 400, related)
    assert error["ErrorIdentifier"]
    assert error["ErrorMessage"]
    assert double.get("_double/messages").json() == []


def test_what_the_service_allows_is_allowed(double: Caller) -> None:
    for more in (
        {"Subject": "я" * 255},
        {"TrackOpens": "disabled", "TemplateLanguage": True, "TemplateErrorDeliver": True},
        {"Headers": {"List-Unsubscribe": "<https://b.example/>"}, "ReplyTo": {"Email": "a@b.example"}},
        {"Cc": [{"Email": "a@b.example"}] * 49, "HTMLPart": None},
    ):
        assert double.send(MESSAGE | more).status_code == 200


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ("{", "mj-0002"),
        ("[]", "mj-0002"),
        ("{}", "mj-0003"),
        ('{"Messages": {}}', "mj-0004"),
        ('{"Messages": [5]}', "mj-0004"),
        ('{"Messages": []}', "mj-0007"),
        (json.dumps({"Messages": [MESSAGE] * 51}), "mj-0008"),
    ],
)
def test_a_call_that_cannot_be_read_is_refused_whole(double: Caller, payload: str, code: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{double.url}v3.1/send", data=payload, headers=headers, auth=KEY, timeout=10)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (400, code)
    assert double.get("_double/messages").json() == []


def test_one_bad_message_does_not_stop_the_others(double: Caller) -> None:
    answer = double.send(_without("To"), MESSAGE)
    assert answer.status_code == 400
    assert [one["Status"] for one in answer.json()["Messages"]] == ["error", "success"]
    assert len(double.get("_double/messages").json()) == 1


@pytest.mark.parametrize("auth", [None, ("key", "other"), ("other", "secret"), ("", "")])
def test_without_the_key_nothing_is_taken_or_told(double: Caller, auth: tuple[str, str] | None) -> None:
    answer = double.send(auth=auth)
    assert (answer.status_code, answer.json()["ErrorCode"]) == (401, "mj-0015")
    for path in ("v3/REST/message", "v3/REST/message/1"):
        refused = double.get(path, auth)
        assert (refused.status_code, refused.json()["StatusCode"]) == (401, 401)
    assert double.get("_double/messages").json() == []


def test_letters_are_found_by_custom_id_and_by_id(double: Caller) -> None:
    for custom_id in ("one", "two", "two"):
        double.send(MESSAGE | {"CustomID": custom_id})
    found = double.get("v3/REST/message?CustomID=two&ShowCustomID=true").json()
    assert (found["Count"], found["Total"], [row["CustomID"] for row in found["Data"]]) == (2, 2, ["two", "two"])
    id_ = found["Data"][0]["ID"]
    assert double.get(f"v3/REST/message/{id_}").json()["Data"][0]["UUID"] == found["Data"][0]["UUID"]
    assert double.get("v3/REST/message?CustomID=none").json() == {"Count": 0, "Data": [], "Total": 0}
    assert double.get("v3/REST/message?Limit=1&Offset=1").json()["Data"][0]["ID"] == id_
    assert double.get("v3/REST/message?NoSuchFilter=1").json()["Count"] == 3
    assert double.get("v3/REST/message/5").status_code == 404


def test_the_list_may_lag_behind(double: Caller) -> None:
    assert double.steer(lag=3600) == 204
    double.send()
    assert double.get(f"v3/REST/message?CustomID={CUSTOM_ID}").json()["Count"] == 0
    assert double.steer(lag=0) == 204
    assert double.get(f"v3/REST/message?CustomID={CUSTOM_ID}").json()["Count"] == 1


def test_what_goes_wrong_next_can_be_said(double: Caller) -> None:
    double.steer(next=[{"do": "drop"}, {"do": "accept-and-drop"}])
    double.steer(next=[{"do": "status", "code": 429}, {"do": "status", "code": 503, "accepted": True}])
    double.steer(next=[{"do": "stall", "seconds": 0.2}])
    for number in range(2):
        with pytest.raises(requests.ConnectionError):
            double.send(MESSAGE | {"CustomID": str(number)})
    assert [double.send(MESSAGE | {"CustomID": str(number)}).status_code for number in (2, 3)] == [429, 503]
    before = time.monotonic()
    assert double.send(MESSAGE | {"CustomID": "4"}).status_code == 200
    assert time.monotonic() - before > 0.2
    assert double.send(MESSAGE | {"CustomID": "4"}).status_code == 200
    assert double.get("_double/posts").json() == {"0": 1, "1": 1, "2": 1, "3": 1, "4": 2}
    assert [one["custom_id"] for one in double.get("_double/messages").json()] == ["4", "4", "3", "1"]


@pytest.mark.parametrize("wanted", [{"next": [{"do": "dance"}]}, {"events": "loud"}, {"nxt": []}])
def test_a_wish_nobody_understands_is_refused(double: Caller, wanted: dict[str, Any]) -> None:
    assert double.steer(**wanted) == 400
    assert double.send().status_code == 200


def test_letters_outlive_the_double_until_they_are_forgotten(tmp_path: Path) -> None:
    with _double(tmp_path) as double:
        first = double.send().json()["Messages"][0]["To"][0]["MessageID"]
    with _double(tmp_path) as double:
        assert double.get(f"v3/REST/message?CustomID={CUSTOM_ID}").json()["Data"][0]["ID"] == first
        assert double.send().json()["Messages"][0]["To"][0]["MessageID"] > first
        double.steer(next=[{"do": "status", "code": 500}], lag=5, events="off")
        assert requests.delete(f"{double.url}_double", timeout=10).status_code == 204
        assert double.get("_double/messages").json() == []
        assert double.get("_double/posts").json() == {}
        assert double.send().status_code == 200
        assert double.get("v3/REST/message").json()["Count"] == 1
    assert len(os.listdir(tmp_path)) == 1


STORIES = [
    ("ada@pod.example", ["sent", "open"]),
    ("Bounce@pod.example", ["bounce"]),
    ("soft-bounce@pod.example", ["bounce"]),
    ("a.blocked@pod.example", ["blocked"]),
    ("spam@pod.example", ["sent", "spam"]),
    ("ada@bounce.example", ["sent", "open"]),
]


@pytest.mark.parametrize(("email", "names"), STORIES)
def test_the_address_decides_what_becomes_of_a_letter(tmp_path: Path, hook: Hook, email: str, names: list[str]) -> None:
    with _double(tmp_path, hook.url) as double:
        answer = double.send(MESSAGE | {"To": [{"Email": email}], "EventPayload": "x"}).json()
        _until(lambda: len(hook.bodies) == len(names))
    assert hook.events() == names
    assert hook.auth == {"Basic dXNlcjpwQHNz"}
    to = answer["Messages"][0]["To"][0]
    for body in hook.bodies:
        assert (body["MessageID"], body["Message_GUID"]) == (to["MessageID"], to["MessageUUID"])
        assert (body["email"], body["CustomID"], body["Payload"]) == (email, CUSTOM_ID, "x")
        assert abs(body["time"] - time.time()) < 5
    times = [body["time"] for body in hook.bodies]
    assert times == sorted(set(times))


def test_a_bounce_says_whether_it_is_for_good(tmp_path: Path, hook: Hook) -> None:
    with _double(tmp_path, hook.url) as double:
        for local in ("bounce", "softbounce"):
            double.send(MESSAGE | {"To": [{"Email": f"{local}@pod.example"}]})
        _until(lambda: len(hook.bodies) == 2)
    hard, soft = hook.bodies
    assert (hard["hard_bounce"], hard["error_related_to"], hard["error"]) == (True, "recipient", "user unknown")
    assert (soft["hard_bounce"], soft["error_related_to"], soft["error"]) == (False, "recipient", "quota exceeded")
    assert (hard["blocked"], soft["blocked"]) == (False, False)


@pytest.mark.parametrize(
    ("mode", "names"),
    [("twice", ["sent", "sent", "open", "open"]), ("shuffled", ["open", "sent"]), ("normal", ["sent", "open"])],
)
def test_events_come_as_they_are_asked_for(tmp_path: Path, hook: Hook, mode: str, names: list[str]) -> None:
    with _double(tmp_path, hook.url) as double:
        assert double.steer(events=mode) == 204
        double.send()
        _until(lambda: len(hook.bodies) == len(names))
    assert hook.events() == names


@pytest.mark.parametrize("flag", [True, False])
def test_events_may_come_in_one_array(tmp_path: Path, hook: Hook, flag: bool) -> None:
    with _double(tmp_path, hook.url, grouped=flag) as double:
        if not flag:
            double.steer(events="grouped")
        double.send()
        _until(lambda: hook.bodies)
    assert [[event["event"] for event in body] for body in hook.bodies] == [["sent", "open"]]


def test_no_events_come_when_they_are_off(tmp_path: Path, hook: Hook) -> None:
    with _double(tmp_path, hook.url) as double:
        double.steer(events="off")
        double.send()
        double.steer(events="normal")
        double.send(MESSAGE | {"CustomID": "second"})
        _until(lambda: len(hook.bodies) == 2)
    assert {body["CustomID"] for body in hook.bodies} == {"second"}


@pytest.mark.parametrize("status", [500, 404, 302, 204, 0])
def test_an_event_comes_again_until_it_is_answered_with_200(
    tmp_path: Path, hook: Hook, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PATIENCE", 0.05)
    hook.answers = [status, status]
    with _double(tmp_path, hook.url) as double:
        double.send(MESSAGE | {"To": [{"Email": "blocked@pod.example"}]})
        _until(lambda: len(hook.bodies) == 3)
    assert hook.bodies[0] == hook.bodies[1] == hook.bodies[2]


@pytest.mark.parametrize("body", [{"event": "unsub"}, [{"event": "sent"}, {"event": "click"}]])
def test_an_event_of_ones_own_can_be_sent(tmp_path: Path, hook: Hook, body: object) -> None:
    hook.answers = [400]
    with _double(tmp_path, hook.url) as double:
        for status in (400, 200):
            answer = requests.post(f"{double.url}_double/event", json=body, timeout=10)
            assert answer.json() == {"status": status}
    assert hook.bodies == [body, body]


def test_people_read_letters_the_newest_first(double: Caller) -> None:
    for subject in ("First", "<b>Second</b>"):
        double.send(MESSAGE | {"Subject": subject})
    page = double.get("", None)
    links = lint(page.text).xpath("//tbody//a")
    assert [link.text for link in links] == ["<b>Second</b>", "First"]
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    letter = lint(double.get(links[1].get("href")[1:], None).text)
    assert letter.findtext(".//h1") == "First"
    assert letter.xpath("//div[@class='text']//a/@href") == ["http://127.0.0.1:8000/shows/1?a=b&c=d"]
    (frame,) = letter.xpath("//iframe")
    assert (frame.get("sandbox"), bool(frame.get("title"))) == ("", True)
    html = double.get(frame.get("src")[1:], None)
    assert html.text == MESSAGE["HTMLPart"]
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert double.get(lint(page.text).xpath("//link[@rel='stylesheet']/@href")[0][1:], None).status_code == 200


def test_an_empty_page_and_a_letter_that_is_not_there(double: Caller) -> None:
    assert "0 letters" in lint(double.get("", None).text).text_content()
    assert double.get("letters/5", None).status_code == double.get("letters/5/html", None).status_code == 404


def test_many_letters_stand_on_pages(double: Caller) -> None:
    for _ in range(3):
        double.send(*[MESSAGE] * 50)
    first, second = (lint(double.get(path, None).text) for path in ("", "?page=2"))
    assert [len(page.xpath("//tbody/tr")) for page in (first, second)] == [100, 50]
    assert [page.xpath("//nav/a/text()") for page in (first, second)] == [["Older letters"], ["Newer letters"]]


def test_it_runs_as_a_process_until_it_is_told_to_end(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    words = f"-m stack.mailjet --port {port} --folder {tmp_path} --key {KEY[0]} --secret {KEY[1]} --webhook http://127.0.0.1:1"
    with subprocess.Popen(
        [sys.executable, *words.split()], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == f"Letters can be read at http://127.0.0.1:{port}/\n"
        assert Caller(f"http://127.0.0.1:{port}/").send().status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
