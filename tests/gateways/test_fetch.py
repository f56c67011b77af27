"""The fetcher against loopback servers and a resolver that answers from a table. No packet leaves the machine."""

from __future__ import annotations

import contextlib
import gzip
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.errors import GiveUp, TryLater
from review.gateways.addresses import forbidden
from review.gateways.fetch import CODES, LATER_CODES, REFUSED_CODES, Fetcher, FetchLater, FetchRefused
from review.gateways.places import onward, place

Answer = bytes | Callable[[socket.socket], None]
Failure = FetchLater | FetchRefused
LOOPBACK = (ip_network("127.0.0.0/8"),)
PUBLIC = "93.184.216.34"
MB = 1024 * 1024


class Web(socketserver.ThreadingTCPServer):
    """Answers each path with the bytes given for it, headers and all, and keeps the requests it saw."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.answers: dict[str, Answer] = {}
        self.seen: list[str] = []
        self.context = context
        self.over = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str, host: str = "pod.example") -> str:
        return f"http{'s' if self.context else ''}://{host}:{self.port}{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many of these tests are about."""


class Visit(socketserver.BaseRequestHandler):
    server: Web

    def handle(self) -> None:
        if self.server.context:
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
        with self.request:
            self.answer(self.request)

    def answer(self, sock: socket.socket) -> None:
        request = b""
        while not whole(request):
            if not (piece := sock.recv(65536)):
                return
            request += piece
        self.server.seen.append(request.decode())
        answer = self.server.answers[request.split()[1].decode()]
        if callable(answer):
            answer(sock)
        else:
            sock.sendall(answer)


def whole(request: bytes) -> bool:
    """Whether head and body are there: left unread, what is still under way would reset the connection at its close."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


@contextlib.contextmanager
def serving(server: Web) -> Iterator[Web]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def web() -> Iterator[Web]:
    with serving(Web()) as server:
        yield server


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address a socket was to be connected to; none is."""
    return _no_connections(monkeypatch)


def _no_connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    tried: list[Any] = []

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return tried


def ok(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def to(location: str, status: str = "302 Found") -> bytes:
    return ok(b"moved", f"Location: {location}", status=status)


def fetcher(names: dict[str, list[str]] | None = None, **options: Any) -> Fetcher:
    table = {"pod.example": ["127.0.0.1"]} if names is None else names

    def resolve(host: str, port: int) -> list[str]:
        if host not in table:
            raise socket.gaierror(-2, "Name or service not known")
        return table[host]

    settings: dict[str, Any] = {"allow_networks": LOOPBACK, "resolve": resolve}
    return Fetcher(**settings | options)


def failed(call: Callable[[], Any]) -> Failure:
    with pytest.raises((FetchLater, FetchRefused)) as caught:
        call()
    error = caught.value
    assert isinstance(error, FetchLater | FetchRefused)
    assert error.code in (LATER_CODES if isinstance(error, FetchLater) else REFUSED_CODES)
    assert str(error).endswith(".")
    return error


def code_of(url: str, using: Fetcher | None = None, **options: Any) -> str:
    return failed(lambda: (using or fetcher()).fetch(url, **{"max_bytes": MB, "seconds": 5} | options)).code


def test_codes_are_parted_into_later_and_never() -> None:
    assert not LATER_CODES.keys() & REFUSED_CODES.keys()
    assert CODES.keys() == LATER_CODES.keys() | REFUSED_CODES.keys()
    assert issubclass(FetchLater, TryLater)
    assert issubclass(FetchRefused, GiveUp)


# What works


def test_a_document_is_fetched(web: Web) -> None:
    web.answers["/feed?a=1"] = ok(b"<rss/>", 'ETag: "e1"', "X-Two: a", "x-two: b")
    found = fetcher(user_agent="Test/1").fetch(web.url("/feed?a=1#part"), max_bytes=MB, accept="application/rss+xml")
    assert (found.status, found.body, found.url) == (200, b"<rss/>", web.url("/feed?a=1"))
    assert found.headers["etag"] == '"e1"'
    assert found.headers["x-two"] == "a, b"
    assert found.hops == (found.url,)
    request = web.seen[0].splitlines()
    assert f"Host: pod.example:{web.port}" in request
    assert "User-Agent: Test/1" in request
    assert "Accept: application/rss+xml" in request
    assert not any(line.lower().startswith(("cookie", "authorization", "if-none-match")) for line in request)


def test_an_unchanged_document_is_304(web: Web) -> None:
    web.answers["/feed"] = b'HTTP/1.1 304 Not Modified\r\nETag: "e1"\r\n\r\n'
    found = fetcher().fetch(web.url("/feed"), max_bytes=MB, etag='"e1"')
    assert (found.status, found.body) == (304, b"")
    assert 'If-None-Match: "e1"' in web.seen[0]
    assert code_of(web.url("/feed")) == "http-error"  # nobody asked whether it had changed


@pytest.mark.parametrize("etag", ["a\r\nCookie: b", "é", "\0"])
def test_an_etag_that_no_header_can_hold_is_not_sent(web: Web, etag: str) -> None:
    web.answers["/feed"] = ok(b"<rss/>")
    assert fetcher().fetch(web.url("/feed"), max_bytes=MB, etag=etag).status == 200
    assert "If-None-Match" not in web.seen[0]


def test_redirects_are_followed_and_listed(web: Web) -> None:
    web.answers |= {
        "/a": to("/b", "301 Moved"),
        "/b": to("c?d=e"),
        "/c?d=e": to(web.url("/f", "www.pod.example"), "308 P"),
    }
    web.answers["/f"] = ok(b"here")
    names = {"pod.example": ["127.0.0.1"], "www.pod.example": ["127.0.0.1"]}
    found = fetcher(names).fetch(web.url("/a"), max_bytes=MB)
    assert found.hops == (*(web.url(path) for path in ("/a", "/b", "/c?d=e")), web.url("/f", "www.pod.example"))
    assert (found.url, found.body) == (found.hops[-1], b"here")


def test_gzip_and_chunked_bodies_are_decoded(web: Web) -> None:
    packed = gzip.compress(b"x" * 300_000)
    pieces = [packed[at : at + 100] for at in range(0, len(packed), 100)]
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    web.answers |= {"/gzip": ok(packed, "Content-Encoding: gzip"), "/both": head + chunked}
    for path in ("/gzip", "/both"):
        assert fetcher().fetch(web.url(path), max_bytes=MB).body == b"x" * 300_000


def test_a_body_may_end_with_the_connection(web: Web) -> None:
    web.answers["/old"] = b"HTTP/1.0 200 OK\r\n\r\nold server"
    assert fetcher().fetch(web.url("/old"), max_bytes=MB).body == b"old server"


def test_an_odd_path_is_asked_for_in_ascii(web: Web) -> None:
    web.answers["/%C3%A9pisode%201?q=a%22b"] = to("/né".encode().decode("latin-1"))
    web.answers["/n%C3%A9"] = ok(b"yes")
    assert fetcher().fetch(f" {web.url('/épisode 1')}?q=a%22b\n", max_bytes=MB).body == b"yes"


def test_names_are_lower_cased_and_in_ascii(web: Web) -> None:
    web.answers["/"] = ok(b"yes")
    using = fetcher({"xn--strae-oqa.example": ["127.0.0.1"], "pod_1.example": ["127.0.0.1"]})
    assert using.fetch(web.url("", "STRAßE.Example."), max_bytes=MB).url == web.url("/", "xn--strae-oqa.example")
    assert using.fetch(web.url("", "pod_1.EXAMPLE"), max_bytes=MB).body == b"yes"


def test_the_next_checked_address_is_tried_when_one_is_dead(web: Web) -> None:
    web.answers["/"] = ok(b"yes")
    assert fetcher({"pod.example": ["127.0.0.2", "127.0.0.1"]}).fetch(web.url("/"), max_bytes=MB).body == b"yes"


def test_no_proxy_of_the_environment_is_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web.answers["/"] = ok(b"direct")
    assert fetcher().fetch(web.url("/"), max_bytes=MB).body == b"direct"


# What does not


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((status, "not-found") for status in (404, 410)),
        *((status, "denied") for status in (401, 403)),
        *((status, "http-error") for status in (300, 304, 305, 400, 402, 405, 451, 302)),
        *((status, "busy") for status in (408, 425, 429)),
        *((status, "server-error") for status in (500, 502, 503, 504, 599)),
    ],
)
def test_what_a_status_means(web: Web, status: int, code: str) -> None:
    web.answers["/"] = ok(b"", status=f"{status} So")
    assert code_of(web.url("/")) == code


def test_a_promise_of_too_much_is_refused_before_a_byte_is_read(web: Web) -> None:
    web.answers["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"  # and nothing follows
    assert code_of(web.url("/"), max_bytes=1000) == "too-big"


def test_the_cap_itself_is_allowed(web: Web) -> None:
    web.answers |= {"/just": ok(b"x" * 1000), "/over": b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1001}
    assert len(fetcher().fetch(web.url("/just"), max_bytes=1000).body) == 1000
    assert code_of(web.url("/over"), max_bytes=1000) == "too-big"


def test_a_gzip_bomb_is_stopped_at_the_cap(web: Web) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * (64 * MB), 9), 9)
    web.answers["/"] = ok(bomb, "Content-Encoding: gzip, gzip")
    tracemalloc.start()
    try:
        assert code_of(web.url("/"), max_bytes=MB) == "too-big"
        assert tracemalloc.get_traced_memory()[1] < 8 * MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!", "connection"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive!\r\n", "connection"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nfive!", "connection"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", "connection"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "connection"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "connection"),
        (b"", "connection"),
        (ok(b"no gzip", "Content-Encoding: gzip"), "garbled"),
        (ok(b"x", f"Content-Encoding: {'gzip, ' * 30}gzip"), "garbled"),
    ],
)
def test_what_is_broken_on_the_wire(web: Web, answer: bytes, code: str) -> None:
    web.answers["/"] = answer
    assert code_of(web.url("/")) == code


def _dripping(web: Web, head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def drip(sock: socket.socket) -> None:
        sock.sendall(head)
        while not web.over.wait(0.02):
            sock.sendall(drop)

    return drip


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1", b"0"),
        (b"", b""),
    ],
)
def test_a_slow_drip_is_cut_at_the_wall_clock(web: Web, head: bytes, drop: bytes) -> None:
    web.answers["/"] = _dripping(web, head, drop)
    began = time.monotonic()
    assert code_of(web.url("/"), seconds=0.25) in ("too-slow", "connection")
    assert time.monotonic() - began < 3


def test_slow_redirects_share_one_allowance(web: Web) -> None:
    def slowly(number: int) -> Callable[[socket.socket], None]:
        def answer(sock: socket.socket) -> None:
            web.over.wait(0.1)
            sock.sendall(to(f"/{number + 1}"))

        return answer

    web.answers |= {f"/{number}": slowly(number) for number in range(20)}
    assert code_of(web.url("/0"), seconds=0.25, max_redirects=20) == "too-slow"
    assert len(web.seen) <= 3


def test_silence_is_cut_before_the_allowance_ends(web: Web) -> None:
    web.answers["/"] = _dripping(web, b"", b"")
    assert code_of(web.url("/"), fetcher(silence_seconds=0.1), seconds=60) == "too-slow"


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    over = threading.Event()
    try:
        using = fetcher(resolve=lambda host, port: [str(over.wait(10))])
        assert code_of("http://pod.example/", using, seconds=0.1) == "dns"
    finally:
        over.set()


def test_names_without_an_address(connects: list[Any]) -> None:
    assert code_of("http://unknown.example/") == "dns"
    assert code_of("http://pod.example/", fetcher({"pod.example": []})) == "dns"
    assert connects == []


def test_a_closed_port_is_tried_later(connects: list[Any]) -> None:
    assert code_of("http://pod.example/", fetcher({"pod.example": [PUBLIC] * 9})) == "connection"
    assert connects == [PUBLIC] * 4


# The gate


NUMBERS = (
    "2130706433 0x7f000001 017700000001 0x7f.0.0.1 0177.0.0.1 127.1 127.0.1 127.0.0.01 0 0x0 1.2.3.4.5 127.0.0.1.."
)
ADDRESSES = """
127.0.0.1 127.0.0.1. 127.8.9.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 224.0.0.1
255.255.255.255 198.18.0.1 192.0.2.1 [::] [::1] [::ffff:127.0.0.1] [::ffff:a9fe:a9fe] [64:ff9b::7f00:1] [2002:7f00:1::]
[2001:0:7f00:1::] [fe80::1] [fe80::1%25lo] [fd00:ec2::254] [ff02::1] [::127.0.0.1] １２７.0.0.1 127。0。0。1 ①②⑦.0.0.1
"""
NO_URLS = """
file:///etc/passwd gs://bucket/art.jpg ftp://pod.example/ gopher://pod.example/ data:text/plain,x javascript:1
//pod.example/ pod.example http:pod.example http:// http:/// http://:80/ http://user@pod.example/ http://user:pw@pod.example/
http://pod.example@127.0.0.1/ http://127.0.0.1\\@pod.example/ http://pod.example\\.inside/ http://[::1/ http://::1/
http://[v1.x]/ http://pod.example:0/ http://pod.example:22/ http://pod.example:25/
http://pod.example:65536/ http://pod.example:-1/ http://pod.example:８０/ http://pod.example:80:80/ http://-pod.example/
http://pod..example/ http://pod!example/ http://%70od.example/ http://\ud800.example/ http://pod.example/\ud800
http://pod.example/a\x00b http://pod.example/a\x01b
"""


@pytest.mark.parametrize("host", [*NUMBERS.split(), *ADDRESSES.split()])
def test_an_address_inside_is_refused_in_every_spelling(host: str, connects: list[Any]) -> None:
    using = fetcher(allow_networks=(), resolve=lambda host, port: pytest.fail("asked the resolver"))
    for url in (f"http://{host}/", f"https://{host}:8443/x"):
        assert code_of(url, using) in ("forbidden-address", "bad-url")
    assert connects == []


@pytest.mark.parametrize(
    "url",
    NO_URLS.split(),
)
def test_what_is_no_url_of_a_podcast_is_refused(url: str, connects: list[Any]) -> None:
    assert code_of(url) == "bad-url"
    assert connects == []


def test_urls_that_split_cannot_write(connects: list[Any]) -> None:
    for url in (
        "",
        " ",
        "http://pod.example/a\r\nHost: x",
        "http://pod.example/\t/",
        "http://pod.\nexample/",
        f"http://pod.example/{'x' * 3000}",
    ):
        assert code_of(url) == "bad-url"
    for url in ("http://pod .example/", f"http://{'a' * 64}.example/", f"http://{'a.' * 130}example/"):
        assert code_of(url) == "bad-url"
    assert connects == []


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1", PUBLIC], [PUBLIC, "fe80::1%eth0"], [PUBLIC, "nonsense"]]
)
def test_a_name_with_one_address_inside_is_refused_whole(addresses: list[str], connects: list[Any]) -> None:
    assert code_of("http://pod.example/", fetcher({"pod.example": addresses}, allow_networks=())) == "forbidden-address"
    assert connects == []


@pytest.mark.parametrize(
    "location", ["http://inside.example/", "http://169.254.169.254/latest", "//[::1]/", "http://0x7f.1/"]
)
def test_a_redirect_passes_the_same_gate(web: Web, location: str) -> None:
    web.answers["/"] = to(location)
    names = {"pod.example": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    assert code_of(web.url("/"), fetcher(names)) == "forbidden-address"
    assert len(web.seen) == 1


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://u:p@pod.example/", "http://pod.example:22/", "http://[", "gs://x"]
)
def test_a_redirect_to_no_url_is_refused(web: Web, location: str) -> None:
    web.answers["/"] = to(location)
    assert code_of(web.url("/")) == "bad-url"


def test_a_name_that_changes_its_answer_changes_nothing(connects: list[Any]) -> None:
    """Rebinding: the first answer is public and checked, any later one would be loopback."""
    answers = iter([[PUBLIC]])
    using = fetcher(resolve=lambda host, port: next(answers, ["127.0.0.1"]), allow_networks=())
    assert code_of("http://pod.example/", using) == "connection"
    assert code_of("http://pod.example/", using) == "forbidden-address"
    assert connects == [PUBLIC]


def test_the_system_is_asked_about_checked_addresses_only(monkeypatch: pytest.MonkeyPatch, connects: list[Any]) -> None:
    asked: list[Any] = []
    plain = socket.getaddrinfo

    def getaddrinfo(host: str, *rest: Any, **options: Any) -> Any:
        asked.append(host)
        return plain(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert code_of("https://pod.example/", fetcher({"pod.example": [PUBLIC, "2606:4700::1"]})) == "connection"
    assert asked == connects == [PUBLIC, "2606:4700::1"]


def test_the_default_resolver_asks_the_system_once(monkeypatch: pytest.MonkeyPatch, connects: list[Any]) -> None:
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(*kind, ("10.0.0.1", 80)), (*kind, ("10.0.0.1", 80))])
    assert code_of("http://pod.example/", Fetcher()) == "forbidden-address"
    assert connects == []


def test_redirects_that_go_round_or_on_and_on(web: Web) -> None:
    web.answers |= {"/a": to("/b"), "/b": to("/a#again"), "/self": to("/self")}
    web.answers |= {f"/{number}": to(f"/{number + 1}") for number in range(9)}
    web.answers["/9"] = ok(b"end")
    assert code_of(web.url("/a")) == code_of(web.url("/self")) == code_of(web.url("/0")) == "redirect-loop"
    assert code_of(web.url("/8"), max_redirects=0) == "redirect-loop"
    assert fetcher().fetch(web.url("/4"), max_bytes=9, max_redirects=5).body == b"end"


hosts = st.one_of(
    st.text(max_size=20), st.ip_addresses().map(str), st.from_regex(r"[0-9a-fx.:\[\]%@]{1,20}", fullmatch=True)
)
schemes = st.sampled_from(["http://", "https://", "HTTP://", "//", "http:", "file://", ""])


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.builds(lambda *parts: "".join(parts), schemes, hosts, st.text(max_size=10))))
def test_no_string_leads_inside_or_breaks_the_fetcher(url: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        tried = _no_connections(monkeypatch)
        failed(lambda: fetcher(allow_networks=(), resolve=lambda *_: ["10.0.0.1"]).fetch(url, max_bytes=9, seconds=1))
    assert [address for address in tried if forbidden(address)] == []


@settings(max_examples=200, deadline=None)
@given(st.text(), st.sampled_from(["http", "https"]))
def test_no_location_breaks_the_fetcher(location: str, scheme: str) -> None:
    here = place(f"{scheme}://pod.example/feed")
    with contextlib.suppress(FetchRefused):
        there = onward(here, location, [here.url], 5)
        assert there.host == "pod.example" or "//" in location


# Streams


def test_a_file_is_streamed_in_small_chunks(web: Web) -> None:
    def send(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: audio/mpeg\r\n\r\n" % (40 * MB))
        for _ in range(40):
            sock.sendall(b"\xff" * MB)

    web.answers |= {"/a.mp3": to("/b.mp3"), "/b.mp3": send}
    told: list[int] = []
    tracemalloc.start()
    try:
        with fetcher().stream(web.url("/a.mp3"), max_bytes=40 * MB, seconds=20, on_chunk=told.append) as streamed:
            sizes = [len(chunk) for chunk in streamed.chunks]
        assert tracemalloc.get_traced_memory()[1] < 6 * MB  # the server's own megabyte included
    finally:
        tracemalloc.stop()
    assert (streamed.url, streamed.length) == (web.url("/b.mp3"), 40 * MB)
    assert streamed.headers["content-type"] == "audio/mpeg"
    assert sum(sizes) == told[-1] == 40 * MB
    assert max(sizes) <= 64 * 1024
    assert "Accept-Encoding: identity" in web.seen[0]


def test_a_stream_fails_as_a_fetch_does(web: Web) -> None:
    web.answers |= {
        "/endless": b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 2000,
        "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
        "/gone": ok(status="410 Gone"),
        "/slow": _dripping(web, b"HTTP/1.0 200 OK\r\n\r\n", b"x"),
    }

    def read(path: str) -> None:
        with fetcher().stream(web.url(path), max_bytes=1000, seconds=0.3) as streamed:
            for _ in streamed.chunks:
                pass

    codes = [failed(lambda path=path: read(path)).code for path in web.answers]  # type: ignore[misc]
    assert codes == ["too-big", "connection", "not-found", "too-slow"]


def test_a_stream_whose_length_is_not_known(web: Web) -> None:
    web.answers |= {"/": b"HTTP/1.0 200 OK\r\n\r\nxyz", "/z": ok(gzip.compress(b"xyz"), "Content-Encoding: gzip")}
    for path in web.answers:
        with fetcher().stream(web.url(path), max_bytes=1000, seconds=5) as streamed:
            assert (streamed.length, b"".join(streamed.chunks)) == (None, b"xyz")


def test_the_readers_own_failure_passes_untouched(web: Web) -> None:
    web.answers["/"] = ok(b"x" * MB)

    def read() -> None:
        with fetcher().stream(web.url("/"), max_bytes=MB, seconds=5) as streamed:
            next(streamed.chunks)
            raise OSError("disk is full")

    with pytest.raises(OSError, match="disk is full"):
        read()


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for pod.example that signs itself, in one file."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl, which makes the test's certificate, is not installed")
    path = tmp_path_factory.mktemp("tls") / "pod.pem"
    words = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout {path} -out {path}.crt"
    names = "subjectAltName=DNS:pod.example,IP:127.0.0.1"
    subprocess.run(
        [openssl, *words.split(), "-subj", "/CN=pod.example", "-addext", names], check=True, capture_output=True
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(Web(context)) as server:
        yield server


def test_a_certificate_is_checked_against_the_name_not_the_address(secure: Web, certificate: Path) -> None:
    asked: list[str | None] = []
    assert secure.context
    secure.context.sni_callback = lambda sock, name, context: asked.append(name)
    secure.answers["/"] = ok(b"sealed")
    names = {"pod.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    using = fetcher(names, tls=ssl.create_default_context(cafile=str(certificate)))
    assert using.fetch(secure.url("/"), max_bytes=MB).body == b"sealed"
    assert using.fetch(secure.url("/", "127.0.0.1"), max_bytes=MB).body == b"sealed"
    assert code_of(secure.url("/", "other.example"), using) == "certificate"
    assert asked == ["pod.example", None, "other.example"]
    assert len(secure.seen) == 2


def test_a_certificate_nobody_vouches_for_is_refused(secure: Web) -> None:
    assert code_of(secure.url("/")) == "certificate"
    assert secure.seen == []


def test_https_never_becomes_http(secure: Web, web: Web, certificate: Path) -> None:
    using = fetcher(tls=ssl.create_default_context(cafile=str(certificate)))
    web.answers["/up"] = to(secure.url("/down"))
    secure.answers["/down"] = to(web.url("/plain"))
    assert code_of(web.url("/up"), using) == "downgrade"
    assert len(web.seen) == 1


def test_what_is_no_tls_is_tried_later(web: Web) -> None:
    assert code_of(web.url("/").replace("http:", "https:"), seconds=0.5) in ("connection", "too-slow")


def test_a_drip_within_tls_is_cut(secure: Web, certificate: Path) -> None:
    secure.answers["/"] = _dripping(secure, b"HTTP/1.0 200 OK\r\n\r\n", b"x")
    using = fetcher(tls=ssl.create_default_context(cafile=str(certificate)))
    assert code_of(secure.url("/"), using, seconds=0.25) == "too-slow"


# posting


def test_something_is_posted_and_the_answer_read(web: Web) -> None:
    web.answers["/hook?a=1"] = ok(b"thanks", status="202 Accepted")
    posted = fetcher().post(web.url("/hook?a=1"), b"hello", {"webhook-id": "msg_1"}, max_bytes=100)
    assert (posted.status, posted.body) == (202, b"thanks")
    head, _, body = web.seen[0].lower().partition("\r\n\r\n")
    assert body == "hello"
    assert head.startswith("post /hook?a=1 http/1.1")
    assert {"webhook-id: msg_1", "content-length: 5", f"host: pod.example:{web.port}"} <= set(head.split("\r\n"))
    assert "cookie" not in head
    assert "authorization" not in head


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_what_is_posted_follows_no_redirect(web: Web, status: str) -> None:
    web.answers["/hook"] = to("/elsewhere", status)
    posted = fetcher().post(web.url("/hook"), b"{}", {}, max_bytes=100)
    assert posted.status == int(status[:3])
    assert len(web.seen) == 1


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "404 None", "410 Gone", "429 Slow", "500 Oops", "503 Later"])
def test_every_answer_to_a_post_is_one(web: Web, status: str) -> None:
    web.answers["/hook"] = ok(b"why", status=status)
    posted = fetcher().post(web.url("/hook"), b"{}", {}, max_bytes=100)
    assert (posted.status, posted.body) == (int(status[:3]), b"why")


def test_of_a_long_answer_only_the_beginning_is_read(web: Web) -> None:
    web.answers["/hook"] = ok(b"x" * MB)
    assert fetcher().post(web.url("/hook"), b"{}", {}, max_bytes=100).body == b"x" * 100


def test_an_answer_that_breaks_off_is_an_answer(web: Web) -> None:
    web.answers["/hook"] = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhal"
    assert fetcher().post(web.url("/hook"), b"{}", {}, max_bytes=100).status == 200


def test_a_host_that_takes_and_stays_silent_is_tried_later(web: Web) -> None:
    web.answers["/hook"] = lambda _sock: web.over.wait() and None
    with pytest.raises(FetchLater) as failure:
        fetcher(silence_seconds=0.2).post(web.url("/hook"), b"{}", {}, max_bytes=100)
    assert failure.value.code == "too-slow"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://2130706433/",
    ],
)
def test_nothing_is_posted_inside(url: str, connects: list[Any]) -> None:
    with pytest.raises(FetchRefused) as refusal:
        fetcher(allow_networks=()).post(url, b"{}", {}, max_bytes=100)
    assert refusal.value.code == "forbidden-address"
    assert connects == []


def test_nothing_is_posted_where_one_address_lies_inside(connects: list[Any]) -> None:
    names = {"pod.example": [PUBLIC, "10.0.0.1"]}
    with pytest.raises(FetchRefused):
        fetcher(names, allow_networks=()).post("https://pod.example/hook", b"{}", {}, max_bytes=100)
    assert connects == []
