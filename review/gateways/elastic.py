"""An Elasticsearch server as this process reaches it: its address, its client, its failures in a gateway's words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from elastic_transport import ConnectionError, ConnectionTimeout, TlsError, TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from review.errors import TryLater

STATUSES = {
    401: "does not know these credentials",
    403: "does not allow this with these credentials",
    404: "has no such index: it must be rebuilt",
}
UNREADABLE = (AttributeError, LookupError, TypeError, ValueError)  # what an answer of another shape leads to


class Server:
    """`where` is the address without user and password, which stay in here. Raises ValueError for a bad `url`.

    `timeout` is what one answer may take, in seconds; nothing is tried twice.
    """

    def __init__(self, url: str, timeout: float) -> None:
        self.where, self._auth = _address(url)
        self._timeout = timeout
        self._clients: dict[int, Elasticsearch] = {}

    @property
    def client(self) -> Elasticsearch:
        """One for each process: connections must not be shared over a fork. Two threads may make one each at first."""
        if not (client := self._clients.get(os.getpid())):
            made = Elasticsearch(self.where, basic_auth=self._auth, request_timeout=self._timeout, max_retries=0)
            client = self._clients.setdefault(os.getpid(), made)
        return client

    @contextmanager
    def told(self, *also: type[Exception]) -> Iterator[None]:
        """Raises TryLater for every failure of the server, and for those of `also`, with nothing secret in it."""
        try:
            yield
        except (ApiError, TransportError) + also as error:
            raise TryLater(f"The search server at {self.where} {_reason(error)}.") from error


def _address(url: str) -> tuple[str, tuple[str, str] | None]:
    """The address without user and password, and these. No error names any of it."""
    try:
        parts = urlsplit(url)
        port = {"http": parts.port or 80, "https": parts.port or 443}[parts.scheme]
        if not parts.hostname or "@" in parts.path:  # a password with a slash that is not written %2F
            raise ValueError
    except (LookupError, ValueError):
        raise ValueError("The search server's address must look like https://user:password@host:9200") from None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}", auth


def _reason(error: Exception) -> str:
    match error:
        case ConnectionTimeout():
            return "does not answer in time"
        case TlsError():
            return "shows no certificate that is trusted here"
        case ConnectionError():
            return "cannot be reached"
        case ApiError() if not isinstance(error, UnsupportedProductError):
            status = error.meta.status
            return STATUSES.get(status) or f"answers {status} ({error.message[:60]})"
    return "gives answers that are not Elasticsearch's"
