"""Times as forms and spreadsheets write them, pure. What names no zone is taken for UTC."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
ORDERS = (MONTH_FIRST, DAY_FIRST)
"""What 3/4/2024 can mean. 3.4.2024 is always in April, 2024-04-03 too."""

_DATE = r"(?:(?P<year>\d{4})(?P<a>[-/.])(?P<month>\d{1,2})(?P=a)(?P<day>\d{1,2})"
_DATE += r"|(?P<first>\d{1,2})(?P<b>[-/.])(?P<second>\d{1,2})(?P=b)(?P<last>\d{4}))"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<seconds>\d{2})(?:\.\d+)?)?(?:\s*(?P<half>[ap])\.?\s?m\.?)?"
_ZONE = r"(?:\s*(?:gmt|utc|z))?(?:\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?"
_MOMENT = re.compile(rf"{_DATE}(?:(?:,?\s+|t){_CLOCK}{_ZONE})?", re.ASCII)


def order(texts: Iterable[str]) -> str:
    """What comes first in dates such as these: found out by one that can be read in one way only."""
    for text in texts:
        found = re.match(r"\s*(\d{1,2})[-/](\d{1,2})[-/]\d{4}", text, re.ASCII)
        if found and max(map(int, found.groups())) > 12:
            return DAY_FIRST if int(found[1]) > 12 else MONTH_FIRST
    return MONTH_FIRST


def parse(text: str, dates: str) -> datetime | None:
    """The moment that is meant, or None."""
    found = _MOMENT.fullmatch(text.strip().lower().replace("\u202f", " "))
    if found is None:
        return None
    said = found.groupdict()
    try:
        return datetime(*_date(said, dates), *_clock(said), tzinfo=_zone(said)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _date(said: dict[str, str | None], dates: str) -> tuple[int, int, int]:
    if said["year"]:
        return _number(said, "year"), _number(said, "month"), _number(said, "day")
    day_first = said["b"] == "." or dates == DAY_FIRST
    day, month = ("first", "second") if day_first else ("second", "first")
    return _number(said, "last"), _number(said, month), _number(said, day)


def _clock(said: dict[str, str | None]) -> tuple[int, int, int]:
    hour = _number(said, "hour")
    if said["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if said["half"] == "p" else 0)
    return hour, _number(said, "minute"), _number(said, "seconds")


def _zone(said: dict[str, str | None]) -> timezone:
    off = timedelta(hours=_number(said, "hours"), minutes=_number(said, "minutes"))
    return timezone(-off if said["sign"] == "-" else off)


def _number(said: dict[str, str | None], name: str) -> int:
    return int(said[name] or 0)
