"""Working time: hours of the week, zones, clocks put forward and back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.pace import Hours, Pace, hours, zone

HELSINKI = ZoneInfo("Europe/Helsinki")
OFFICE = Pace(hours("mon-fri 09:00-17:00"), HELSINKI)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2024, 11, 25, 9, 0, tzinfo=HELSINKI)

moments = st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(0), timedelta(days=40))
zones = st.sampled_from(
    ["UTC", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu"]
).map(ZoneInfo)
clocks = st.integers(0, 24 * 4).map(lambda quarters: timedelta(minutes=15 * quarters))
stretches = st.builds(
    lambda day, ends: Hours(day, min(ends), max(ends)),
    st.integers(0, 6),
    st.tuples(clocks, clocks).filter(lambda ends: ends[0] != ends[1]),
)
paces = st.builds(Pace, st.lists(stretches, max_size=6).map(tuple), zones)


def office(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in the week of MONDAY (or a later one), by Helsinki's clocks."""
    return (MONDAY.replace(tzinfo=None) + timedelta(days=day)).replace(hour=hour, minute=minute, tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        (office(0, 9), office(0, 17), 8 * HOUR),
        (office(0, 16), office(1, 10), 2 * HOUR),
        (office(4, 16), office(7, 10), 2 * HOUR),
        (office(5, 10), office(6, 20), 0 * HOUR),
        (office(0, 7), office(0, 9), 0 * HOUR),
        (office(0, 17), office(0, 9), 0 * HOUR),
        (office(0, 12, 15), office(0, 12, 45), HOUR / 2),
        (office(0, 0), office(14, 0), 80 * HOUR),
    ],
)
def test_working_time_is_what_lies_in_the_hours(start: datetime, end: datetime, worked: timedelta) -> None:
    assert OFFICE.between(start, end) == worked


@pytest.mark.parametrize(
    ("start", "working", "end"),
    [
        (office(0, 9), 8 * HOUR, office(0, 17)),
        (office(0, 9), 8 * HOUR + timedelta(minutes=1), office(1, 9, 1)),
        (office(4, 16), 2 * HOUR, office(7, 10)),
        (office(5, 3), HOUR, office(7, 10)),
        (office(5, 3), 0 * HOUR, office(5, 3)),
        (office(0, 9), 80 * HOUR, office(11, 17)),
    ],
)
def test_what_is_due_is_due_in_working_hours(start: datetime, working: timedelta, end: datetime) -> None:
    assert OFFICE.after(start, working) == end


def test_night_shifts_are_as_long_as_the_clocks_make_them() -> None:
    nights = Pace(hours("sun 00:00-08:00"), HELSINKI)
    forward, back = datetime(2024, 3, 31, tzinfo=HELSINKI), datetime(2024, 10, 27, tzinfo=HELSINKI)
    assert nights.between(forward, forward + DAY) == 7 * HOUR
    assert nights.between(back, back + DAY) == 9 * HOUR


def test_no_hours_mean_always() -> None:
    assert Pace().after(MONDAY, 100 * HOUR) == MONDAY.astimezone(UTC) + 100 * HOUR
    assert Pace().between(MONDAY, MONDAY + 3 * DAY) == 3 * DAY
    assert hours("") == hours(" , ") == ()


def by_the_minute(pace: Pace, start: datetime, end: datetime) -> timedelta:
    """So many minutes begin at which the wall clock shows working hours."""
    worked = timedelta(0)
    while start < end:
        local = start.astimezone(pace.zone)
        clock = timedelta(hours=local.hour, minutes=local.minute)
        if any(one.day == local.weekday() and one.opens <= clock < one.closes for one in pace.hours):
            worked += timedelta(minutes=1)
        start += timedelta(minutes=1)
    return worked


whole = st.builds(
    lambda day, ends: Hours(day, timedelta(hours=min(ends)), timedelta(hours=max(ends))),
    st.integers(0, 6),
    st.tuples(st.integers(0, 24), st.integers(0, 24)).filter(lambda ends: ends[0] != ends[1]),
)


@settings(deadline=None)  # every minute is looked at
@given(
    st.lists(whole, min_size=1, max_size=5),
    st.sampled_from(["2024-03-30", "2024-10-26", "2024-06-01"]),
    st.integers(0, 3000),
    st.integers(0, 2000),
)
def test_working_time_is_what_the_wall_clock_shows(found: list[Hours], day: str, into: int, minutes: int) -> None:
    pace = Pace(tuple(found), HELSINKI)
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=into)
    end = start + timedelta(minutes=minutes)
    assert pace.between(start, end) == by_the_minute(pace, start, end)


@given(paces, moments, spans, spans)
def test_working_time_adds_up(pace: Pace, start: datetime, one: timedelta, other: timedelta) -> None:
    middle, end = start + one, start + one + other
    whole = pace.between(start, end)
    assert whole == pace.between(start, middle) + pace.between(middle, end)
    assert timedelta(0) <= whole <= end - start
    assert pace.between(end, start) == timedelta(0)


@given(paces, moments, spans)
def test_after_is_the_first_moment_by_which_it_was_worked(pace: Pace, start: datetime, end_after: timedelta) -> None:
    worked = pace.between(start, start + end_after)
    due = pace.after(start, worked)
    assert start <= due <= start + end_after
    assert pace.between(start, due) == worked
    if worked:
        assert pace.between(start, due - timedelta(microseconds=1)) < worked


@given(paces.filter(lambda pace: pace.hours), moments, st.timedeltas(timedelta(0), timedelta(hours=60)))
def test_a_clock_that_is_stopped_and_started_loses_nothing(pace: Pace, start: datetime, working: timedelta) -> None:
    due = pace.after(start, working)
    left = pace.between(start, due)
    assert left == working
    assert pace.after(start, left) == due


@given(paces, moments, spans)
def test_zones_of_the_moments_do_not_matter(pace: Pace, start: datetime, span: timedelta) -> None:
    there = start.astimezone(HELSINKI)
    assert pace.between(there, (start + span).astimezone(HELSINKI)) == pace.between(start, start + span)
    assert pace.after(there, pace.between(start, start + span)) == pace.after(start, pace.between(start, start + span))


def test_hours_are_read_as_they_are_written() -> None:
    assert hours("mon-tue 09:00-12:30, sun 00:00-24:00") == (
        Hours(0, 9 * HOUR, 12.5 * HOUR),
        Hours(1, 9 * HOUR, 12.5 * HOUR),
        Hours(6, 0 * HOUR, 24 * HOUR),
    )
    assert hours("  MON-Fri   09:00-17:00 ,") == hours("mon-fri 09:00-17:00")


@pytest.mark.parametrize(
    "text",
    [
        "9-17",
        "mon 9:00-17:00",
        "mon 09:00",
        "mon 17:00-09:00",
        "mon 09:00-09:00",
        "mon 09:00-24:01",
        "mon 09:60-10:00",
        "fri-mon 09:00-17:00",
        "mon-xyz 09:00-17:00",
        "day 09:00-17:00",
        "mon 09:00-09:59",
        "mon 09:00-17:00; tue 09:00-17:00",
        "mon ٠٩:00-17:00",
    ],
)
def test_what_are_no_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|ends before it begins|at least an hour"):
        hours(text)


@given(st.text(max_size=40) | st.from_regex(r"(mon|tue)(-fri)? [0-2][0-9]:[0-6]0-[0-2][0-9]:00", fullmatch=True))
def test_any_text_is_hours_or_refused(text: str) -> None:
    with suppress(ValueError):
        assert all(timedelta(0) <= one.opens < one.closes <= DAY for one in hours(text))


@pytest.mark.parametrize("name", ["", "Mars/Base", "../UTC", "Europe", "/etc/localtime", "x" * 300, "a\0b"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="nobody knows"):
        zone(name)
