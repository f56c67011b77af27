"""Times as forms write them: each is read as it was meant, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.moments import DAY_FIRST, MONTH_FIRST, ORDERS, order, parse

MEANT = datetime(2024, 4, 3, 14, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("4/3/2024 14:05:09", MONTH_FIRST),
        ("3/4/2024 14:05:09", DAY_FIRST),
        ("03.04.2024 14:05:09", MONTH_FIRST),
        ("2024-04-03 14:05:09", DAY_FIRST),
        ("2024-04-03T14:05:09Z", MONTH_FIRST),
        ("2024-04-03T14:05:09.123456+00:00", MONTH_FIRST),
        ("2024/04/03 2:05:09 PM UTC", MONTH_FIRST),
        ("2024/04/03 4:05:09 PM GMT+2", MONTH_FIRST),
        ("2024/04/03 10:35:09 AM GMT-3:30", MONTH_FIRST),
        ("2024/04/03 2:05:09 p. m. UTC", MONTH_FIRST),
        ("03/04/2024, 16:05:09 +0200", DAY_FIRST),
        ("4/3/2024 2:05:09\u202fpm", MONTH_FIRST),
    ],
)
def test_moment_is_read_as_it_was_meant(text: str, dates: str) -> None:
    assert parse(text, dates) == MEANT


def test_day_alone_and_twelve_o_clock() -> None:
    assert parse("2024-04-03", MONTH_FIRST) == datetime(2024, 4, 3, tzinfo=UTC)
    assert parse("2024-04-03 12:00 AM", MONTH_FIRST) == datetime(2024, 4, 3, tzinfo=UTC)
    assert parse("2024-04-03 12:00 PM", MONTH_FIRST) == datetime(2024, 4, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "31/02/2024", "2024-13-01", "0000-01-01", "2024-04-03 25:00", "2024-04-03 13:00 PM", "3.4-2024"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert [parse(text, dates) for dates in ORDERS] == [None, None]


@given(st.text(), st.sampled_from(ORDERS))
def test_nothing_that_is_typed_fails(text: str, dates: str) -> None:
    parse(text, dates)
    assert order([text]) in ORDERS


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1)),
    st.integers(-12, 14),
    st.sampled_from(
        [("%d/%m/%Y %H:%M:%S", DAY_FIRST), ("%m/%d/%Y %I:%M:%S %p", MONTH_FIRST), ("%Y-%m-%d %H:%M:%S", "")]
    ),
)
def test_every_moment_is_itself_again(at: datetime, hours: int, how: tuple[str, str]) -> None:
    at = at.replace(microsecond=0, tzinfo=timezone(timedelta(hours=hours)))
    assert parse(f"{at.strftime(how[0])} GMT{hours:+d}", how[1]) == at


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], MONTH_FIRST),
        (["1/2/2024", "3/4/2024"], MONTH_FIRST),
        (["1/2/2024", "13/4/2024 10:00"], DAY_FIRST),
        (["1/2/2024", "4/13/2024"], MONTH_FIRST),
        (["13.1.2024", "2024-01-13"], MONTH_FIRST),
    ],
)
def test_order_is_found_out_by_a_date_that_can_be_read_in_one_way(texts: list[str], found: str) -> None:
    assert order(texts) == found
