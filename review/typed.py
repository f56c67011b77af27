"""What people type, in a form or in a table that is brought in: cleaned the same way everywhere, and checked. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

MAX_LINKS = 5
MAX_URL = 2000
LONGEST = {"name": 200, "email": 254, "show_title": 200, "pitch": 5000, "schedule": 500, "feed_url": MAX_URL}
"""Column of an application -> how many characters it takes."""


def clean(value: str | None) -> str:
    """Text without control characters (databases and XML refuse them), in one Unicode form, without outer space."""
    text = unicodedata.normalize("NFC", (value or "").replace("\r\n", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def one_line(value: str | None) -> str:
    """`clean` text without line breaks."""
    return " ".join(clean(value).split())


def is_number(text: str | None) -> bool:
    """Whether it is a whole number as our pages write it. `isdigit` alone lets through digits int() does not know."""
    return bool(re.fullmatch(r"[0-9]{1,9}", text or ""))


def is_web_address(text: str) -> bool:
    """Whether a browser could open it."""
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    fits = len(text) <= MAX_URL and not re.search(r"\s", text)
    return fits and port_fits and parts.scheme in ("http", "https") and bool(parts.hostname)


def holds_web_address(text: str) -> bool:
    """Whether a name could be clicked: it would stand in letters of ours, sent to whoever was named."""
    return bool(re.search(r"://|\bwww\.", text, re.I))


def is_email(text: str) -> bool:
    """Whether letters could be sent there, by its form."""
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return len(text) <= LONGEST["email"]
