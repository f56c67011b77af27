"""Pure: how working time passes. Hours of the week in a zone; outside of them the clock stands still."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NONE = timedelta(0)
LEAST = timedelta(hours=1)
_ENTRY = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of one day of the week (0 is Monday), as wall clocks show it: since midnight, at most 24 hours."""

    day: int
    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True)
class Pace:
    """The hours of a week in which work is done. No hours mean always.

    Where clocks are put forward or back, an opening or closing is the first moment at which they show it.
    """

    hours: tuple[Hours, ...] = ()
    zone: ZoneInfo = ZoneInfo("UTC")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies from `start` to `end`; none where that is backwards."""
        at, end = start.astimezone(UTC), end.astimezone(UTC)
        if end <= at:
            return NONE
        if not self.hours:
            return end - at
        passed = NONE
        for opens, closes in self._open(at):
            if opens >= end:
                return passed
            passed += max(NONE, min(closes, end) - max(opens, at))
            at = max(at, closes)
        return passed

    def after(self, start: datetime, working: timedelta) -> datetime:
        """The first moment at which so much working time has passed since `start`."""
        at = start.astimezone(UTC)
        if working <= NONE:
            return at
        if not self.hours:
            return at + working
        for opens, closes in self._open(at):
            room = closes - max(opens, at)
            if room >= working:
                return max(opens, at) + working
            working, at = working - max(NONE, room), max(at, closes)
        raise OverflowError("the calendar is over")

    def _open(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """All stretches of work that may reach past `start`, in order, in UTC."""
        day = start.astimezone(self.zone).date() - timedelta(days=1)
        while day < date.max:
            of_day = (hours for hours in self.hours if hours.day == day.weekday())
            stretches = ((self._moment(day, one.opens), self._moment(day, one.closes)) for one in of_day)
            yield from sorted(stretch for stretch in stretches if stretch[0] < stretch[1])
            day += timedelta(days=1)

    def _moment(self, day: date, clock: timedelta) -> datetime:
        return (datetime.combine(day, time()) + clock).replace(tzinfo=self.zone).astimezone(UTC)


def hours(text: str) -> tuple[Hours, ...]:
    """Hours such as `mon-fri 09:00-17:00, sat 10:00-12:00`; an empty text means always.

    Raises ValueError with what is wrong. A week has at least an hour of work: what is due would lie too far away.
    """
    read = tuple(one for entry in text.lower().split(",") if entry.strip() for one in _entry(" ".join(entry.split())))
    if read and sum((one.closes - one.opens for one in read), NONE) < LEAST:
        raise ValueError("a week has at least an hour of work")
    return read


def _entry(entry: str) -> Iterator[Hours]:
    found = _ENTRY.fullmatch(entry)
    days = [name for name in found.group(1, 2) if name] if found else []
    if found is None or not set(days) <= set(DAYS):
        raise ValueError(f"{entry!r} cannot be read")
    first, last = DAYS.index(days[0]), DAYS.index(days[-1])
    opens, closes = (timedelta(hours=int(found[n]), minutes=int(found[n + 1])) for n in (3, 5))
    if first > last or not opens < closes <= timedelta(days=1):
        raise ValueError(f"{entry!r} ends before it begins")
    yield from (Hours(day, opens, closes) for day in range(first, last + 1))


def zone(name: str) -> ZoneInfo:
    """The zone of that name. Raises ValueError where there is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:  # a path, a folder, a name nobody knows
        raise ValueError(f"nobody knows {name!r}") from error
