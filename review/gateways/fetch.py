"""Fetching what a stranger's URL names, and posting there: the product's only door to the public web.

Every hop is parsed, resolved once and checked, and the connection goes to an address that was checked, so neither a
redirect nor a name that changes its answer leads inside. No proxy, cookie, credential or retry: the outbox retries.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from threading import Thread

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as WaitedTooLong
from urllib3.response import HTTPResponse
from urllib3.util.ssl_match_hostname import CertificateError

from review.errors import GiveUp, TryLater
from review.gateways.addresses import Network, forbidden
from review.gateways.deadline import CHUNK, Deadline
from review.gateways.places import CODES, LATER_CODES, REFUSED_CODES, FetchLater, FetchRefused, Place, onward, place

__all__ = [
    "CODES",
    "LATER_CODES",
    "REFUSED_CODES",
    "FetchLater",
    "FetchRefused",
    "Fetched",
    "Fetcher",
    "Posted",
    "Streamed",
]


MAX_ADDRESSES = 4  # of one host, tried in turn
REDIRECTS = (301, 302, 303, 307, 308)
STATUS_CODES = {401: "denied", 403: "denied", 404: "not-found", 410: "not-found"}
BUSY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer: status 200-299, or 304 with an empty body. `hops` are all URLs asked, `url` the last of them."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    hops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer being read. `length` is what the host promised, None where it did not say."""

    url: str
    headers: dict[str, str]
    length: int | None
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Posted:
    """What a host said to something that was posted, whatever it is; of `body` only the beginning."""

    status: int
    body: bytes


def system_resolver(host: str, port: int) -> list[str]:
    """Every address the machine's resolver has for `host`, each once. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class Fetcher:
    """Reads URLs a stranger chose. `allow_networks` is for development: addresses inside it count as public."""

    def __init__(
        self,
        *,
        allow_networks: tuple[Network, ...] = (),
        resolve: Callable[[str, int], list[str]] = system_resolver,
        user_agent: str = "Greenroom/1.0 (podcast host)",
        connect_seconds: float = 5,
        silence_seconds: float = 10,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow = allow_networks
        self._resolve = resolve
        self._user_agent = user_agent
        self._connect_seconds = connect_seconds
        self._silence_seconds = silence_seconds
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Read when first needed: the system's list of authorities takes longer than most fetches."""
        return self._given_tls or ssl.create_default_context()

    def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        seconds: float = 20,
        max_redirects: int = 5,
        etag: str = "",
        accept: str = "*/*",
    ) -> Fetched:
        """The document at `url`, decoded, within `max_bytes` and `seconds` for everything, redirects included.

        With an `etag` the answer may be 304 and empty; one that no header can hold is not sent. Raises FetchLater,
        FetchRefused.
        """
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        if etag and etag.isascii() and etag.isprintable():
            headers["If-None-Match"] = etag
        deadline = Deadline(seconds, self._silence_seconds)
        with self._answer(url, headers, deadline, max_bytes, max_redirects) as (response, at, hops):
            body = b"".join(_chunks(response, at.host, max_bytes))
            return Fetched(at.url, response.status, _headers(response), body, hops)

    def post(self, url: str, body: bytes, headers: dict[str, str], *, max_bytes: int, seconds: float = 10) -> Posted:
        """Post `body`, with the checks of `fetch`, and read up to `max_bytes` of the answer. No redirect is followed.

        Raises FetchLater, FetchRefused where no answer came.
        """
        at, deadline = place(url), Deadline(seconds, self._silence_seconds)
        with self._ask(at, headers | {"Accept-Encoding": "identity"}, deadline, body) as response:
            with suppress(FetchLater, FetchRefused), _told(at.host):
                return Posted(response.status, response.read(max_bytes, decode_content=False))
            return Posted(response.status, b"")  # it has answered, however its body ends

    @contextmanager
    def stream(
        self,
        url: str,
        *,
        max_bytes: int,
        seconds: float,
        max_redirects: int = 5,
        on_chunk: Callable[[int], None] | None = None,
    ) -> Iterator[Streamed]:
        """The file at `url` in chunks of at most 64 KiB, with the checks of `fetch`; only one chunk is in memory.

        `seconds` holds for the whole copy, what the reader does in between included. `on_chunk` is told the bytes so
        far. Raises FetchLater, FetchRefused, here and from `chunks`.
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        deadline = Deadline(seconds, self._silence_seconds)
        with self._answer(url, headers, deadline, max_bytes, max_redirects) as (response, at, _):
            length = None if "content-encoding" in response.headers else response.length_remaining
            yield Streamed(at.url, _headers(response), length, _chunks(response, at.host, max_bytes, on_chunk))

    @contextmanager
    def _answer(
        self, url: str, headers: dict[str, str], deadline: Deadline, max_bytes: int, max_redirects: int
    ) -> Iterator[tuple[HTTPResponse, Place, tuple[str, ...]]]:
        """Follow redirects, each through the same gate, to an answer that carries a document."""
        at = place(url)
        hops = [at.url]
        while True:
            with self._ask(at, headers, deadline) as response:
                if response.status not in REDIRECTS or "location" not in response.headers:
                    _check(response, at, max_bytes, conditional="If-None-Match" in headers)
                    yield response, at, tuple(hops)
                    return
                at = onward(at, response.headers["location"], hops, max_redirects)
                hops.append(at.url)

    @contextmanager
    def _ask(
        self, at: Place, headers: dict[str, str], deadline: Deadline, body: bytes | None = None
    ) -> Iterator[HTTPResponse]:
        own = {"Host": at.netloc, "User-Agent": self._user_agent, "Connection": "close"}
        with closing(self._connect(at, deadline)) as connection:
            with _told(at.host):
                method = "GET" if body is None else "POST"
                connection.request(method, at.target, body, own | headers, preload_content=False)
                response = connection.getresponse()
            with closing(response):
                yield response

    def _connect(self, at: Place, deadline: Deadline) -> HTTPConnection:
        failure = FetchLater("dns", f"{at.host} has no address.")
        for address in self._addresses(at, deadline)[:MAX_ADDRESSES]:
            try:
                return self._connected(at, address, deadline)
            except FetchLater as error:
                failure = error
        raise failure

    def _connected(self, at: Place, address: str, deadline: Deadline) -> HTTPConnection:
        timeout = min(self._connect_seconds, deadline.left())
        if at.scheme == "https":
            connection: HTTPConnection = HTTPSConnection(
                address, at.port, timeout=timeout, ssl_context=self._tls, server_hostname=at.host
            )
        else:
            connection = HTTPConnection(address, at.port, timeout=timeout)
        connection.response_class = deadline.response  # type: ignore[assignment]  # http.client only calls it
        try:
            with _told(at.host):
                connection.connect()
        except (GiveUp, TryLater):
            connection.close()
            raise
        return connection

    def _addresses(self, at: Place, deadline: Deadline) -> list[str]:
        """What the host resolves to, all of it checked: one address inside is enough to refuse the name."""
        addresses = [at.host] if at.literal else self._resolved(at, deadline)
        for address in addresses:
            if reason := forbidden(address, self._allow):
                raise FetchRefused("forbidden-address", f"{at.host} is not on the public internet ({reason}).")
        return addresses

    def _resolved(self, at: Place, deadline: Deadline) -> list[str]:
        """In a thread, because the system's resolver knows no time limit. The thread ends by itself."""
        answer: Future[list[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._resolve(at.host, at.port))
            except Exception as error:  # whatever it is belongs to the caller, not to this thread
                answer.set_exception(error)

        Thread(target=ask, daemon=True).start()
        try:
            return answer.result(timeout=deadline.left())
        except (OSError, UnicodeError) as error:
            raise FetchLater("dns", f"The name {at.host} could not be looked up.") from error


@contextmanager
def _told(host: str) -> Iterator[None]:
    """Say what went wrong on the wire in the two words of a gateway."""
    try:
        yield
    except (ssl.SSLCertVerificationError, CertificateError) as error:
        raise FetchRefused("certificate", f"The certificate does not prove that this is {host}.") from error
    except NewConnectionError as error:  # before the timeouts: urllib3 counts it among them
        raise FetchLater("connection", f"{host} takes no connection.") from error
    except (TimeoutError, WaitedTooLong) as error:
        raise FetchLater("too-slow", f"{host} took longer than it was given.") from error
    except DecodeError as error:
        raise FetchRefused("garbled", f"{host} sent a body that cannot be decoded.") from error
    except (OSError, http.client.HTTPException, HTTPError) as error:
        raise FetchLater("connection", f"The connection to {host} failed ({type(error).__name__}).") from error


def _check(response: HTTPResponse, at: Place, max_bytes: int, *, conditional: bool) -> None:
    """Let only a document pass, and none that says it is too big."""
    status = response.status
    text = f"{at.host} answered {status}."
    if status in BUSY:
        raise FetchLater("busy", text)
    if status >= 500:
        raise FetchLater("server-error", text)
    if not 200 <= status < 300 and not (status == 304 and conditional):
        raise FetchRefused(STATUS_CODES.get(status, "http-error"), text)
    if (response.length_remaining or 0) > max_bytes:
        raise _too_big(at.host, max_bytes)


def _too_big(host: str, max_bytes: int) -> FetchRefused:
    return FetchRefused("too-big", f"{host} sends more than the {max_bytes} bytes allowed here.")


def _chunks(
    response: HTTPResponse, host: str, max_bytes: int, on_chunk: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    body = response.stream(CHUNK, decode_content=True)
    received = 0
    while True:
        with _told(host):
            chunk = next(body, b"")
        if not chunk:
            return
        received += len(chunk)
        if received > max_bytes:
            raise _too_big(host, max_bytes)
        if on_chunk:
            on_chunk(received)
        yield chunk


def _headers(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): response.headers[name] for name in response.headers}
