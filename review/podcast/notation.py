"""How feeds write yes and no, numbers, durations and dates; each reader returns None for what it cannot make out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_YES = frozenset(("yes", "true", "explicit", "1"))
_NO = frozenset(("no", "false", "clean", "0"))
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_DATE = 64

_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,5}):)?(\d{1,8})(?:[.,]\d*)?", re.ASCII)
_WORDS = re.compile(
    r"(?:pt)?(?:(\d{1,4})\s*h[a-z]*\.?)?[\s,]*(?:(\d{1,5})\s*m[a-z]*\.?)?[\s,]*(?:(\d{1,8})\s*s[a-z]*\.?)?", re.ASCII
)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_OFFSET = re.compile(r"\s*[+-]\d+$")


def yes_no(text: str) -> bool | None:
    """True, False or None. Apple: explicit is `true` or `false`; most feeds still say yes, no or clean."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


def whole(text: str) -> int | None:
    """A number from 0 up, of at most 15 digits."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None


def duration(text: str) -> tuple[int | None, bool]:
    """Seconds, and whether they were written as apps expect them: seconds, m:s or h:m:s (Apple: seconds)."""
    written = text.strip().lower()
    clock = _CLOCK.fullmatch(written)
    match = clock or _WORDS.fullmatch(written)
    if not match or not any(match.groups()):
        return None, False
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds, clock is not None


def instant(text: str) -> tuple[datetime | None, str]:
    """A moment in UTC and the code of what is odd about how it was written, or "". RSS: dates follow RFC 2822."""
    written = text.strip()[:_LONGEST_DATE]
    if _ISO_DATE.match(written):
        return _utc(_parsed(datetime.fromisoformat, written)), "date-format"
    when = _parsed(parsedate_to_datetime, written)
    if when is None:
        return _utc(_parsed(parsedate_to_datetime, _OFFSET.sub("", written))), "bad-zone"
    if when.tzinfo is None and not written.endswith("-0000"):
        return _utc(when), "bad-zone"
    day = written[:3].lower()
    return _utc(when), "wrong-weekday" if day in _DAYS and _DAYS.index(day) != when.weekday() else ""


def _parsed(parse: Callable[[str], datetime], written: str) -> datetime | None:
    """The standard library's date parsers fail in many ways on text a stranger wrote."""
    try:
        return parse(written)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def _utc(when: datetime | None) -> datetime | None:
    if when is None:
        return None
    if when.tzinfo is None:
        return when.replace(tzinfo=UTC)
    try:
        return when.astimezone(UTC)
    except OverflowError:
        return None
