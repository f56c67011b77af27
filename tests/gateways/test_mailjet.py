"""Mailjet's gateway against a double of the service, over real sockets: one POST an attempt, whatever goes wrong."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests

from review.errors import GiveUp, TryLater, Unknown
from review.gateways.mail import Mail, Outgoing
from review.gateways.mailjet import Mailjet
from stack.mailjet.app import create_app, serving

KEY, SECRET = "the-api-key", "the-api-secret"
CUSTOM_ID = "0b5c1f6e-8a52-4f0e-9c37-d6a1e2b90f11"
LETTER = Outgoing(
    id=7,
    custom_id=CUSTOM_ID,
    to_name="Ada Byron",
    to_email="ada@pod.example",
    from_email="hello@greenroom.example",
    from_name="Greenroom",
    subject="Your show is on the air",
    text="Dear Ada,\n\nit is: http://127.0.0.1/apply/a-private-token\n",
    html="<p>Dear Ada,</p>\n<p>it is.</p>\n",
)


class Double:
    """The double as a test sees it."""

    def __init__(self, url: str, session: requests.Session) -> None:
        self.url = url
        self._session = session

    def next(self, *steps: dict[str, Any]) -> None:
        assert self._session.post(f"{self.url}_double", json={"next": steps}).status_code == 204

    def posts(self) -> dict[str, int]:
        return dict(self._session.get(f"{self.url}_double/posts").json())

    def letters(self) -> list[dict[str, Any]]:
        return list(self._session.get(f"{self.url}_double/messages").json())

    def mail(self, key: str = KEY, secret: str = SECRET) -> Mailjet:
        return Mailjet(key, secret, api_url=self.url, timeout=(1, 0.5))


@pytest.fixture
def double(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(create_app(tmp_path, key=KEY, secret=SECRET)) as url, requests.Session() as session:
        yield Double(url, session)


@contextmanager
def answering(reply: Callable[[socket.socket], object]) -> Iterator[str]:
    """A server that treats each connection in its own way, then closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        reply(connection)
                    except OSError:  # the client hung up first
                        continue

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def heard(connection: socket.socket) -> tuple[list[str], bytes]:
    """The lines of the request's head, and its body."""
    with connection.makefile("rb") as file:
        head = [line.decode().strip() for line in iter(file.readline, b"\r\n")]
        length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
        return head, file.read(length)


def saying(raw: str) -> Callable[[socket.socket], None]:
    """Whatever is asked, say exactly `raw`."""

    def reply(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(raw.encode())

    return reply


def http(status: int, body: str, *headers: str) -> str:
    lines = [f"HTTP/1.1 {status} Said", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", body])


def test_a_letter_is_sent_and_found(double: Double) -> None:
    mail: Mail = double.mail()
    message_id = mail.send(LETTER)
    (letter,) = double.letters()
    assert message_id == str(letter["id"])
    assert int(message_id) > 2**53
    assert (letter["to"], letter["to_name"]) == ("ada@pod.example", "Ada Byron")
    assert (letter["sender"], letter["sender_name"]) == ("hello@greenroom.example", "Greenroom")
    assert (letter["subject"], letter["text"], letter["html"]) == (LETTER.subject, LETTER.text, LETTER.html)
    assert letter["custom_id"] == CUSTOM_ID
    assert mail.find(LETTER.id, CUSTOM_ID) == message_id
    assert mail.find(LETTER.id, "another") is None
    assert double.posts() == {CUSTOM_ID: 1}


FAILURES = [
    ({"do": "stall", "seconds": 1}, Unknown, "ReadTimeout"),
    ({"do": "drop"}, Unknown, "without an answer"),
    ({"do": "accept-and-drop"}, Unknown, "without an answer"),
    ({"do": "status", "code": 500}, Unknown, "500"),
    ({"do": "status", "code": 503}, Unknown, "503"),
    ({"do": "status", "code": 503, "accepted": True}, Unknown, "503"),
    ({"do": "status", "code": 408}, Unknown, "408"),
    ({"do": "status", "code": 302}, Unknown, "cannot be read"),
    ({"do": "status", "code": 429}, TryLater, "429"),
    ({"do": "status", "code": 404}, TryLater, "404"),
    ({"do": "status", "code": 401}, TryLater, "key or the sender is refused"),
    ({"do": "status", "code": 403}, TryLater, "key or the sender is refused"),
    ({"do": "status", "code": 400}, GiveUp, "400: mj-0000 The double was told"),
    ({"do": "status", "code": 413}, GiveUp, "413"),
]


@pytest.mark.parametrize(("step", "kind", "seen"), FAILURES)
def test_a_failed_attempt_is_one_post_and_says_what_is_known(
    double: Double, step: dict[str, Any], kind: type[Exception], seen: str
) -> None:
    double.next(step)
    with pytest.raises((TryLater, GiveUp), match=seen) as caught:
        double.mail().send(LETTER)
    assert caught.type is kind
    assert double.posts() == {CUSTOM_ID: 1}


def test_a_letter_that_was_taken_unheard_is_found_and_one_that_was_not_is_not(double: Double) -> None:
    mail = double.mail()
    for step, found in (({"do": "accept-and-drop"}, True), ({"do": "drop"}, False)):
        letter = replace(LETTER, custom_id=str(step))
        double.next(step)
        with pytest.raises(Unknown):
            mail.send(letter)
        assert (mail.find(letter.id, letter.custom_id) is not None) is found
    assert len(double.letters()) == 1


def test_a_wrong_key_is_said_and_can_be_put_right(double: Double) -> None:
    mail = double.mail(secret="another-secret")
    for call in (lambda: mail.send(LETTER), lambda: mail.find(7, CUSTOM_ID), mail.check):
        with pytest.raises(
            TryLater, match=r"^The key or the sender is refused\. Mailjet answered 401.*API key"
        ) as caught:
            call()
        assert caught.type is TryLater
    assert double.letters() == []


def test_nobody_listening_is_tried_later(double: Double) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    mail = Mailjet(KEY, SECRET, api_url=url)
    for call in (lambda: mail.send(LETTER), lambda: mail.find(7, CUSTOM_ID), mail.check):
        with pytest.raises(TryLater, match="cannot be reached") as caught:
            call()
        assert caught.type is TryLater


def test_check_makes_a_round_trip(double: Double) -> None:
    assert double.mail().check() == f"Mailjet answers at {double.url[7:-1]} and knows the key."
    assert double.posts() == {}


@pytest.mark.parametrize("key", ["", "a b", "clé", "a\r\nb"])
def test_a_key_that_cannot_be_one_is_said_without_it(double: Double, key: str) -> None:
    with pytest.raises(TryLater) as caught:
        double.mail(secret=key).check()
    assert not key or key not in str(caught.value)


def test_a_foreign_address_never_gets_the_key() -> None:
    with pytest.raises(TryLater, match="cannot be asked"):
        Mailjet(KEY, SECRET, api_url="https://mailjet.example/").check()


def test_any_language_arrives(double: Double) -> None:
    letter = replace(
        LETTER,
        subject="Ваша заявка 番組 🎙️",
        to_name="Ада Байрон",
        text="Привет 🎧 \ud800\n",
        html="<p>Привет 🎧</p>",
        to_email="ада@пример.example",
    )
    double.mail().send(letter)
    (found,) = double.letters()
    assert (found["subject"], found["to_name"], found["html"]) == (letter.subject, letter.to_name, letter.html)
    assert found["text"] == "Привет 🎧 ?\n"
    assert found["to"] == "ада@xn--e1afmkfd.example"


@pytest.mark.parametrize("subject", ["я" * 255, "я" * 256, "🎙" * 300])
def test_a_subject_is_as_long_as_it_may_be(double: Double, subject: str) -> None:
    double.mail().send(replace(LETTER, subject=subject))
    assert double.letters()[0]["subject"] == subject[:255]


def test_what_looks_like_a_template_stays_as_it_was_written(double: Double) -> None:
    written = "{{var:name}} {% if data:secret %}{{ 7*7 }}{% endif %} [[data:name]]"
    double.mail().send(replace(LETTER, subject=written, text=written, html=written, to_name="{{var:name}}"))
    (found,) = double.letters()
    assert {found["subject"], found["text"], found["html"]} == {written}
    assert found["to_name"] == "{{var name}}"


def test_own_headers_go_along_and_the_address_for_answers_in_its_own_place() -> None:
    asked: list[tuple[list[str], bytes]] = []

    def reply(connection: socket.socket) -> None:
        asked.append(heard(connection))
        connection.sendall(http(200, '{"Messages": [{"Status": "success", "To": [{"MessageID": 5}]}]}').encode())

    headers = {"Reply-To": "staff@greenroom.example", "List-Unsubscribe": "<https://greenroom.example/u/1>"}
    with answering(reply) as url:
        assert Mailjet(KEY, SECRET, api_url=url).send(replace(LETTER, headers=headers)) == "5"
    ((head, body),) = asked
    (message,) = json.loads(body)["Messages"]
    assert message["ReplyTo"] == {"Email": "staff@greenroom.example"}
    assert message["Headers"] == {"List-Unsubscribe": "<https://greenroom.example/u/1>"}
    assert set(message) == {"From", "To", "Subject", "TextPart", "HTMLPart", "CustomID", "ReplyTo", "Headers"}
    assert f"Idempotency-Key: {CUSTOM_ID}" in head


@pytest.mark.parametrize("name", ["Bcc", "Message-ID", "X-MJ-CustomID", "x-mailjet-campaign", "User-Agent", "X\nY"])
def test_a_header_that_is_not_the_letters_to_set_is_never_sent(double: Double, name: str) -> None:
    with pytest.raises(GiveUp, match="cannot be a header"):
        double.mail().send(replace(LETTER, headers={name: "x@y.example"}))
    assert double.posts() == {}


@pytest.mark.parametrize(
    "email", ["", "ada", "a@b@c.example", "a@b.example, c@d.example", "a@b.example\nBcc: x@y.example"]
)
@pytest.mark.parametrize("field", ["to_email", "from_email"])
def test_what_is_no_address_is_never_sent(double: Double, field: str, email: str) -> None:
    changes: dict[str, Any] = {field: email}
    with pytest.raises(GiveUp, match="is no e-mail address"):
        double.mail().send(replace(LETTER, **changes))
    assert double.posts() == {}


def test_what_the_service_refuses_is_said_in_its_words(double: Double) -> None:
    with pytest.raises(GiveUp, match='400: mj-0013 "ada@localhost" is an invalid email address'):
        double.mail().send(replace(LETTER, to_email="ada@localhost"))


UNREADABLE = [
    http(200, ""),
    http(200, "<html>"),
    http(200, "[]"),
    http(200, "{}"),
    http(200, '{"Messages": []}'),
    http(200, '{"Messages": [{"Status": "success", "To": []}]}'),
    http(200, '{"Messages": [{"Status": "error"}]}'),
    http(200, '{"Messages": [{"Status": "error", "Errors": [{"StatusCode": 500}]}]}'),
    http(200, '{"Messages": [{"Status"')[:-4],
    http(307, "{}", "Location: /v3.1/send"),
    http(502, "<html>"),
    "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
    "SSH-2.0-OpenSSH\r\n",
]


@pytest.mark.parametrize("raw", UNREADABLE)
def test_an_answer_nobody_can_read_leaves_it_open_whether_the_letter_was_taken(raw: str) -> None:
    with answering(saying(raw)) as url, pytest.raises(Unknown):
        Mailjet(KEY, SECRET, api_url=url).send(LETTER)


def test_a_refusal_under_a_good_status_is_one() -> None:
    refused = '{"Messages": [{"Status": "error", "Errors": [{"ErrorCode": "send-0011", "StatusCode": 400}]}]}'
    with answering(saying(http(200, refused))) as url, pytest.raises(GiveUp, match="send-0011"):
        Mailjet(KEY, SECRET, api_url=url).send(LETTER)


@pytest.mark.parametrize(
    "raw", [*UNREADABLE, http(400, "{}"), http(404, "[]"), http(200, '{"Data": [{"ID": null}, 7]}')]
)
def test_a_list_nobody_can_read_is_asked_for_later(raw: str) -> None:
    with answering(saying(raw)) as url, pytest.raises(TryLater) as caught:
        Mailjet(KEY, SECRET, api_url=url).find(7, CUSTOM_ID)
    assert caught.type is TryLater


def test_a_list_of_other_letters_is_not_taken_for_this_one() -> None:
    others = '{"Count": 2, "Data": [{"ID": 8, "CustomID": "x"}, {"ID": 9, "CustomID": ""}], "Total": 2}'
    with answering(saying(http(200, others))) as url:
        assert Mailjet(KEY, SECRET, api_url=url).find(7, CUSTOM_ID) is None


@pytest.mark.parametrize("step", [step for step, _, _ in FAILURES])
def test_nothing_private_is_said_or_logged(
    double: Double, step: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    double.next(step)
    with pytest.raises((TryLater, GiveUp)) as caught:
        double.mail().send(LETTER)
    _assert_silent(f"{caught.value} {caught.value.__cause__} {caplog.text}")


def test_a_letter_the_service_quotes_is_not_quoted_by_us(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    quoted = json.dumps({"ErrorCode": "mj-0001", "ErrorMessage": LETTER.text + "x" * 5000})
    with answering(saying(http(400, quoted))) as url, pytest.raises(GiveUp) as caught:
        Mailjet(KEY, SECRET, api_url=url).send(LETTER)
    assert len(str(caught.value)) < 400
    assert "a-private-token" not in f"{caught.value} {caplog.text}"
    assert "\n" not in str(caught.value)


def _assert_silent(told: str) -> None:
    private = [KEY, SECRET, "a-private-token", "Dear Ada", "on the air", "Traceback"]
    assert [word for word in private if word in told] == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that signs itself, in one file."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl, which makes the test's certificate, is not installed")
    pem = tmp_path_factory.mktemp("tls") / "pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {pem}.key -out {pem}.crt -subj /CN=127.0.0.1"
    names = "subjectAltName=IP:127.0.0.1"
    subprocess.run([openssl, *words.split(), "-addext", names], check=True, capture_output=True)
    pem.write_bytes(Path(f"{pem}.key").read_bytes() + Path(f"{pem}.crt").read_bytes())
    return pem


def secured(certificate: Path, reply: Callable[[socket.socket], object]) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def reply_in_private(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            reply(secure)

    return reply_in_private


@pytest.mark.parametrize("answer", [b"", http(503, "{}").encode(), http(429, "{}").encode()])
def test_no_attempt_is_repeated_over_tls_either(
    certificate: Path, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    asked: list[str] = []

    def reply(connection: socket.socket) -> None:
        asked.append(heard(connection)[0][0])
        connection.sendall(answer)

    with answering(secured(certificate, reply)) as url, pytest.raises(TryLater):
        Mailjet(KEY, SECRET, api_url=url.replace("http:", "https:")).send(LETTER)
    assert asked == ["POST /v3.1/send HTTP/1.1"]


def test_a_certificate_that_does_not_hold_is_said(certificate: Path) -> None:
    with answering(secured(certificate, heard)) as url, pytest.raises(TryLater, match="clock") as caught:
        Mailjet(KEY, SECRET, api_url=url.replace("http:", "https:")).send(LETTER)
    assert caught.type is TryLater
