"""nginx as production has it, before web instances that misbehave."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import urllib3

from stack.front import Nginx
from stack.server import free_ports
from tests.servers import STACK_ONLY

pytestmark = STACK_ONLY
HTTP = urllib3.PoolManager(retries=False, timeout=10)
BIG = 64 * 1024 * 1024


class Instance(BaseHTTPRequestHandler):
    """Tells what it was asked; ends without an answer while `dying` says so."""

    protocol_version = "HTTP/1.1"
    asked: list[str]
    dying: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        if self.headers.get("Content-Length"):
            self.rfile.read(int(self.headers["Content-Length"]))
        if self.path in self.dying:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        body = bytes(BIG) if self.path == "/archive.zip" else str(self.headers).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_args: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def instances() -> Iterator[list[ThreadingHTTPServer]]:
    """Two of them, which note in common what they are asked."""
    handler = type("Noted", (Instance,), {"asked": [], "dying": []})
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
    threads = [Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    yield servers
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def nginx(instances: list[ThreadingHTTPServer]) -> Iterator[Nginx]:
    with tempfile.TemporaryDirectory(prefix="greenroom-") as name:
        server = Nginx(Path(name) / "nginx", free_ports(1)[0], [one.server_port for one in instances])
        try:
            server.start()
            server.wait_ready()
            yield server
        finally:
            server.stop()


@pytest.fixture
def asked(nginx: Nginx, instances: list[ThreadingHTTPServer]) -> list[str]:
    """What the instances were asked, from now on."""
    handler = instances[0].RequestHandlerClass
    assert issubclass(handler, Instance)
    handler.asked.clear()
    handler.dying[:] = ["/dying"]
    return handler.asked


def test_form_is_never_sent_twice(nginx: Nginx, asked: list[str]) -> None:
    assert HTTP.request("POST", f"{nginx.url}/dying", body=b"a=1").status == 502
    assert asked == ["POST /dying"]


def test_page_is_asked_of_another_instance(nginx: Nginx, asked: list[str]) -> None:
    assert HTTP.request("GET", f"{nginx.url}/dying").status == 502
    assert asked == ["GET /dying", "GET /dying"]


def test_instance_that_is_gone_is_not_noticed(nginx: Nginx, instances: list[ThreadingHTTPServer]) -> None:
    instances[0].shutdown()
    instances[0].socket.close()
    answers = {HTTP.request(method, f"{nginx.url}/").status for method in ("GET", "POST") for _ in range(4)}
    assert answers == {200}


def test_instance_learns_who_asks_and_under_which_number(nginx: Nginx) -> None:
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Request-ID": "mine"}
    lines = HTTP.request("GET", f"{nginx.url}/", headers=headers).data.decode().splitlines()
    told = dict(line.split(": ", 1) for line in lines if line)
    assert told["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
    assert told["X-Forwarded-Proto"] == "http"
    assert told["Host"] == f"127.0.0.1:{nginx.port}"
    assert len(told["X-Request-ID"]) == 32


def test_page_is_not_compressed_but_static_files_are(nginx: Nginx) -> None:
    headers = {"Accept-Encoding": "gzip"}
    page = HTTP.request("GET", f"{nginx.url}/", headers=headers)
    style = HTTP.request("GET", f"{nginx.url}/static/greenroom.css", headers=headers)
    assert "Content-Encoding" not in page.headers
    assert (style.status, style.headers["Content-Encoding"]) == (200, "gzip")
    assert style.headers["Cache-Control"] == "public, max-age=300"
    assert page.headers["Server"] == style.headers["Server"] == "nginx"


def test_body_that_is_too_large_is_refused_at_the_door(nginx: Nginx, asked: list[str]) -> None:
    assert HTTP.request("POST", f"{nginx.url}/", body=b"x" * (6 * 1024 * 1024 + 1)).status == 413
    assert asked == []


def test_archive_flows_through_without_filling_the_disk(nginx: Nginx) -> None:
    answer = HTTP.request("GET", f"{nginx.url}/archive.zip", preload_content=False)
    held = 0
    for _chunk in answer.stream(1024 * 1024):
        held = max(held, sum(path.stat().st_size for path in (nginx.folder / "proxy").rglob("*") if path.is_file()))
    assert answer.tell() == BIG
    assert held == 0


def test_log_names_no_private_link(nginx: Nginx) -> None:
    for path in ("/moves/secret-token", "/dying/secret-token?next=secret-token"):
        HTTP.request("GET", nginx.url + path, headers={"Referer": f"{nginx.url}/moves/secret-token"})
    nginx.stop()
    said = (nginx.folder / "access.log").read_text() + nginx.log.read_text()
    assert '"status":200' in said
    assert "secret-token" not in said
