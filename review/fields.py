"""The fields of the search box, pure: what each is called, what it takes, and how that is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from review.folding import fold
from review.rules import BACKLOG

Kind = Literal["text", "choice", "code", "answer", "number", "date", "age", "person"]


@dataclass(frozen=True, slots=True)
class Field:
    """What a field takes. `choices` are all it takes, or some; `example` is how it is typed."""

    kind: Kind
    example: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on and before `end`, in UTC; None is without end on that side."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `least` to `most`, both among them; None is without end on that side."""

    least: int | None
    most: int | None


Value = str | Span | Range

STATES = (*(state.value for state in BACKLOG), "waiting", "open", "closed", "snoozed", "overdue", "any")
FEEDS = ("good", "broken", "unread", "none")
HAS = ("feed", "note", "tag", "answer", "message", "show", "letter")
LETTERS = ("queued", "sending", "sent", "opened", "blocked", "bounced", "spam", "cancelled")
DAYS = ("today", "yesterday", "this-week", "last-week", "this-month", "last-month", "this-year", "last-year")
PEOPLE = ("@me", "nobody", "anybody")
ORDERS = ("best", "oldest", "newest")

FIELDS: Mapping[str, Field] = {
    "is": Field("choice", "is:submitted", STATES),
    "show": Field("text", "show:kitchen"),
    "by": Field("text", "by:ann@mail.example"),
    "from": Field("text", "from:mail.example"),
    "topic": Field("text", "topic:food"),
    "lang": Field("code", "lang:es"),
    "programme": Field("code", "programme:community-plan"),
    "answer": Field("answer", 'answer:"17:Primary"'),
    "feed": Field("choice", "feed:broken", FEEDS),
    "host": Field("text", "host:anchor"),
    "episodes": Field("number", "episodes:>20"),
    "tag": Field("text", "tag:loud"),
    "reason": Field("code", "reason:rights"),
    "reviewer": Field("person", "reviewer:@me", PEOPLE),
    "assigned": Field("person", "assigned:@me", PEOPLE),
    "claimed": Field("person", "claimed:nobody", PEOPLE),
    "has": Field("choice", "has:note", HAS),
    "letter": Field("choice", "letter:bounced", LETTERS),
    "applied": Field("date", "applied:>=2026-11-01", DAYS),
    "decided": Field("date", "decided:last-week", DAYS),
    "age": Field("age", "age:>3d"),
    "number": Field("number", "number:17"),
    "sort": Field("choice", "sort:newest", ORDERS),
}
"""Every field there is, in the order in which help names them."""

LONGEST = 200
_NUMBER = re.compile(r"(>=|<=|>|<|=)?(\d{1,9})", re.ASCII)
_BETWEEN = re.compile(r"(\d{1,9})\.\.(\d{1,9})", re.ASCII)
_AGE = re.compile(r"(>=|<=|>|<)?(\d{1,4})(h|d|w|m|y)", re.ASCII | re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "m": 30 * 24, "y": 365 * 24}
_LONG_AGO = 24 * 365 * 200
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_BOUND = re.compile(r"(>=|<=|>|<|=)?(.+)", re.DOTALL)
_ANSWER = re.compile("[1-9][0-9]{0,8}:[^\0\n\ud800-\udfff]{1,200}")
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2261, 1, 1, tzinfo=UTC)
"""Elasticsearch: date_nanos counts from 1970 to 2262. Nothing of ours is older or newer."""


def read(known: Field, typed: str, now: datetime) -> Value | None:
    """What was typed for a field; None where it is no such thing. `now` is the reader's: dates are days of its zone."""
    try:
        return _READERS[known.kind](known, typed.strip(), now)
    except (ValueError, OverflowError):
        return None


def _text(_field: Field, typed: str, _now: datetime) -> Value | None:
    text = " ".join(fold(typed.replace("\0", "")).split())[:LONGEST]
    return text or None


def _choice(known: Field, typed: str, _now: datetime) -> Value | None:
    text = fold(typed).strip()
    return text if text in known.choices else None


def _code(_field: Field, typed: str, _now: datetime) -> Value | None:
    text = fold(typed).strip()
    return text if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", text) else None


def _answer(_field: Field, typed: str, _now: datetime) -> Value | None:
    return typed if _ANSWER.fullmatch(typed) else None


def _number(_field: Field, typed: str, _now: datetime) -> Value | None:
    between = _BETWEEN.fullmatch(typed)
    if between:
        least, most = sorted(map(int, between.groups()))
        return Range(least, most)
    found = _NUMBER.fullmatch(typed.removeprefix("#"))
    if found is None:
        return None
    number = int(found[2])
    return {
        ">": Range(number + 1, None),
        ">=": Range(number, None),
        "<": Range(None, number - 1),
        "<=": Range(None, number),
    }.get(found[1] or "", Range(number, number))


def _age(_field: Field, typed: str, now: datetime) -> Value | None:
    """Older than, or younger than: what is older came before."""
    young, dots, old = typed.partition("..")
    if dots:
        latest, earliest = _ago(young, now), _ago(old, now)
        return Span(*sorted((earliest, latest))) if latest and earliest else None
    at = _ago(typed, now)
    if at is None:
        return None
    return Span(at, None) if typed.startswith("<") else Span(None, at)


def _ago(typed: str, now: datetime) -> datetime | None:
    found = _AGE.fullmatch(typed.strip())
    hours = min(int(found[2]) * _HOURS[found[3].lower()], _LONG_AGO) if found else 0
    return _kept_within(now.astimezone(UTC) - timedelta(hours=hours)) if found else None


def _date(_field: Field, typed: str, now: datetime) -> Value | None:
    start, dots, end = typed.partition("..")
    if dots:
        days = sorted((_days(start.strip(), now), _days(end.strip(), now)))
        return Span(_midnight(days[0][0], now), _midnight(days[1][1], now))
    found = _BOUND.fullmatch(typed)
    if found is None:
        return None
    first, after = (_midnight(day, now) for day in _days(found[2].strip(), now))
    return {
        ">": Span(after, None),
        ">=": Span(first, None),
        "<": Span(None, first),
        "<=": Span(None, after),
    }.get(found[1] or "", Span(first, after))


def _midnight(day: date, now: datetime) -> datetime:
    """When this day begins where the reader is."""
    if not _FIRST.year < day.year < _LAST.year:
        return _FIRST if day.year <= _FIRST.year else _LAST
    return datetime.combine(day, time(), now.tzinfo).astimezone(UTC)


def _kept_within(at: datetime) -> datetime:
    return min(max(at, _FIRST), _LAST)


def _days(typed: str, now: datetime) -> tuple[date, date]:
    """The first day that is meant, and the first one after. Raises ValueError or OverflowError."""
    today, text = now.date(), fold(typed)
    return _named(text, today) or _written(text)


def _named(text: str, today: date) -> tuple[date, date] | None:
    week, month, year = today - timedelta(days=today.weekday()), today.replace(day=1), today.replace(month=1, day=1)
    day, seven = timedelta(days=1), timedelta(days=7)
    spans = {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "this-week": (week, week + seven),
        "last-week": (week - seven, week),
        "this-month": (month, _next_month(month)),
        "last-month": ((month - day).replace(day=1), month),
        "this-year": (year, date(year.year + 1, 1, 1)),
        "last-year": (date(year.year - 1, 1, 1), year),
    }
    return spans.get(text)


def _written(text: str) -> tuple[date, date]:
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    first = date(year, month, day)
    if found[3]:
        return first, first + timedelta(days=1)
    return first, _next_month(first) if found[2] else date(year + 1, 1, 1)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


_READERS: Mapping[Kind, Callable[[Field, str, datetime], Value | None]] = {
    "text": _text,
    "person": _text,
    "choice": _choice,
    "code": _code,
    "answer": _answer,
    "number": _number,
    "age": _age,
    "date": _date,
}


def said(name: str, value: str) -> str:
    """A field and a value as one types them. A quotation mark cannot stand in one: it is left out."""
    plain = value.replace('"', "")
    return f"{name}:{plain}" if re.fullmatch(r'[^\s()",]+', plain) else f'{name}:"{plain}"'
