"""Keys that are equal for the same show and for the same person, however they were typed. Total on any text."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit

_SCHEME = re.compile(r"^(?:feed:(?!//))?(?:[a-z][a-z0-9+.-]*:)?//+", re.IGNORECASE)
_DEFAULT_PORT = re.compile(r"(?::(?:80|443)?)+$")
_GMAIL = ("gmail.com", "googlemail.com")
MAX_KEY = 500


def feed_key(url: str) -> str:
    """A URL without what does not tell two feeds apart: scheme, user, default port, fragment, utm_*, final slash.

    A very long one is told by its digest: databases index no more than some 2,700 bytes.
    """
    rest = _SCHEME.sub("", "".join(url.split())).partition("#")[0]
    address, _, query = rest.partition("?")
    host, slash, path = address.partition("/")
    host = _DEFAULT_PORT.sub("", host.rpartition("@")[2].lower())
    kept = "&".join(part for part in query.split("&") if part and not part.lower().startswith("utm_"))
    key = (host + slash + path).rstrip("/") + (f"?{kept}" if kept else "")
    return key if len(key) <= MAX_KEY else hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def email_key(address: str) -> str:
    """An e-mail address in lower case without +tag; Gmail's dots and its second domain do not tell people apart."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not at:
        return domain
    mailbox = local.partition("+")[0] or local
    if domain in _GMAIL:
        return f"{mailbox.replace('.', '') or mailbox}@gmail.com"
    return f"{mailbox}@{domain}"


def web_host(url: str) -> str:
    """The host of an absolute http(s) URL in lower case, or "" for anything else."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
