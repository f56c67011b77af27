"""How feeds write things."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.podcast.notation import duration, instant, whole, yes_no

NOON = datetime(2024, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", True),
        ("Yes", True),
        (" TRUE ", True),
        ("explicit", True),
        ("no", False),
        ("clean", False),
        ("false", False),
        ("maybe", None),
        ("", None),
    ],
)
def test_yes_no(text: str, said: bool | None) -> None:
    assert yes_no(text) is said


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" 0 ", 0), ("-1", None), ("1.5", None), ("²", None), ("", None), ("9" * 16, None)],
)
def test_whole(text: str, number: int | None) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(
    ("text", "seconds", "expected"),
    [
        ("90", 90, True),
        ("1:30", 90, True),
        ("01:02:03", 3723, True),
        ("00:00:00", 0, True),
        ("75:00", 4500, True),
        ("61.4", 61, True),
        ("1:02:03.5", 3723, True),
        ("1h5m", 3900, False),
        ("1 hr 5 min 2 sec", 3902, False),
        ("45 minutes", 2700, False),
        ("PT1H2M3S", 3723, False),
        ("1 hour, 2 minutes", 3720, False),
        ("long", None, False),
        ("-5", None, False),
        ("1:2:3:4", None, False),
        ("", None, False),
        (":", None, False),
        ("9" * 5000, None, False),
    ],
)
def test_duration(text: str, seconds: int | None, expected: bool) -> None:
    assert duration(text) == (seconds, expected)


@pytest.mark.parametrize(
    ("text", "when", "complaint"),
    [
        ("Fri, 01 Mar 2024 12:00:00 GMT", NOON, ""),
        ("Fri, 1 Mar 2024 12:00:00 +0000", NOON, ""),
        ("Fri, 01 Mar 2024 12:00:00 -0000", NOON, ""),
        ("01 Mar 2024 07:00:00 EST", NOON, ""),
        ("Fri, 01 Mar 2024 14:00:00 +0200", NOON, ""),
        ("Mon, 01 Mar 2024 12:00:00 GMT", NOON, "wrong-weekday"),
        ("Fri, 01 Mar 2024 12:00:00", NOON, "bad-zone"),
        ("Fri, 01 Mar 2024 12:00:00 MEZ", NOON, "bad-zone"),
        ("Fri, 01 Mar 2024 12:00:00 +9900", NOON, "bad-zone"),
        ("2024-03-01T12:00:00Z", NOON, "date-format"),
        ("2024-03-01T13:00:00+01:00", NOON, "date-format"),
        ("2024-03-01", datetime(2024, 3, 1, tzinfo=UTC), "date-format"),
    ],
)
def test_instant(text: str, when: datetime, complaint: str) -> None:
    assert instant(text) == (when, complaint)


@pytest.mark.parametrize(
    "text", ["yesterday", "Fri, 32 Mar 2024 12:00:00 GMT", "2024-13-01", "Fri", "", "0001-01-01T00:00:00+14:00"]
)
def test_no_instant(text: str) -> None:
    assert instant(text)[0] is None


@given(st.text(max_size=80) | st.text(alphabet="0123456789:, +-GMTJanFri/", max_size=60))
def test_total(text: str) -> None:
    when, _ = instant(text)
    assert when is None or when.tzinfo is UTC
    seconds, _ = duration(text)
    assert seconds is None or seconds >= 0
