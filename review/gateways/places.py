"""Where a URL leads, and the words for why it does not. Pure: nothing is resolved or asked here.

One parser decides for every hop; the connection is made from its parts, never from the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

import idna

from review.errors import GiveUp, TryLater
from review.gateways.addresses import dotted, odd_number

LATER_CODES = {
    "dns": "The host's name could not be looked up.",
    "connection": "The host refused the connection, broke it off or did not speak HTTP.",
    "too-slow": "The host took longer than it was given.",
    "busy": "The host asked for patience (408, 425, 429).",
    "server-error": "The host had a fault of its own (5xx).",
}
REFUSED_CODES = {
    "bad-url": "Not an http or https URL a podcast could use.",
    "forbidden-address": "The host is not on the public internet.",
    "redirect-loop": "Redirects that go round, or too many of them.",
    "downgrade": "A redirect from https to http.",
    "certificate": "The certificate does not prove the host's name.",
    "not-found": "Nothing is there (404, 410).",
    "denied": "The host lets nobody in without a key (401, 403).",
    "http-error": "Any other answer that carries no document.",
    "too-big": "More bytes than were allowed.",
    "garbled": "The body is not what its Content-Encoding says.",
}
CODES = LATER_CODES | REFUSED_CODES

MAX_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
BEYOND_ASCII = re.compile(r"[^\x21-\x7e]")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}$){LABEL}(?:\.{LABEL})*")


class FetchLater(TryLater):
    """It did not work now. `code` is one of LATER_CODES."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class FetchRefused(GiveUp):
    """It never will. `code` is one of REFUSED_CODES."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Place:
    """One hop: a lower-case ASCII host (an address without brackets where `literal`), its port, and what to ask for."""

    scheme: str
    host: str
    literal: bool
    port: int
    target: str

    @property
    def netloc(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}{self.target}"


def place(url: str) -> Place:
    """The place `url` names, without its fragment. Raises FetchRefused (bad-url, forbidden-address)."""
    text = url.strip()
    if len(text) > MAX_URL or CONTROL.search(text):
        raise FetchRefused("bad-url", "The URL is too long or has control characters in it.")
    try:
        parts = urlsplit(text)
        scheme, port = parts.scheme, parts.port
        target = BEYOND_ASCII.sub(lambda found: quote(found[0]), parts.path or "/")
        query = BEYOND_ASCII.sub(lambda found: quote(found[0]), parts.query)
    except ValueError as error:
        raise FetchRefused("bad-url", "The URL cannot be read.") from error
    if scheme not in DEFAULT_PORTS or "@" in parts.netloc:
        raise FetchRefused("bad-url", "Only http and https URLs without a user name are fetched.")
    host, literal = _host(parts.hostname or "", bracketed=parts.netloc.startswith("["))
    port = DEFAULT_PORTS[scheme] if port is None else port
    if port not in (80, 443) and port < 1024:
        raise FetchRefused("bad-url", f"Port {port} is not one a web server of the public uses.")
    return Place(scheme, host, literal, port, f"{target}?{query}" if query else target)


def onward(here: Place, location: str, hops: list[str], max_redirects: int) -> Place:
    """Where a redirect from `here` leads. Raises FetchRefused (redirect-loop, downgrade and those of `place`)."""
    location = location.encode("latin-1", "replace").decode("utf-8", "replace")  # http.client reads headers as Latin-1
    try:
        there = place(urljoin(here.url, location))
    except ValueError as error:
        raise FetchRefused("bad-url", f"{here.host} redirects to what is no URL.") from error
    if here.scheme == "https" and there.scheme == "http":
        raise FetchRefused("downgrade", f"{here.host} redirects from https to http.")
    if there.url in hops:
        raise FetchRefused("redirect-loop", f"{here.host} redirects in a circle.")
    if len(hops) > max_redirects:
        raise FetchRefused("redirect-loop", f"{here.host} is the end of {max_redirects} redirects and sends us on.")
    return there


def _host(text: str, *, bracketed: bool) -> tuple[str, bool]:
    """The host as it is looked up and certified, and whether it is an address."""
    if bracketed:
        return _ipv6(text), True
    host = _ascii(text)
    if odd_number(host):
        raise FetchRefused("forbidden-address", "The host is a number that hides an address.")
    if not HOST.fullmatch(host):
        raise FetchRefused("bad-url", "The URL names no host.")
    return host, dotted(host)


def _ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise FetchRefused("bad-url", "The URL's address cannot be read.") from error


def _ascii(text: str) -> str:
    """IDNA 2008 with the mapping of UTS 46, so that full-width digits and dots are seen for what they are."""
    try:
        host = text if text.isascii() else idna.encode(text, uts46=True, std3_rules=True).decode()
    except ValueError as error:
        raise FetchRefused("bad-url", "The URL's host is no name.") from error
    return host.lower().removesuffix(".")
