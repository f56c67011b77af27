"""Points: weighted means within their bounds, and how far people are apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.scoring import POINTS, WEIGHTS, mean, spread, total

given_points = st.dictionaries(st.integers(1, 9), st.sampled_from(POINTS), max_size=9)
weights = st.dictionaries(st.integers(1, 9), st.sampled_from((0, *WEIGHTS)), max_size=9)


@pytest.mark.parametrize(
    ("points", "weighed", "expected"),
    [
        ({1: 5, 2: 1}, {1: 1, 2: 1}, 3.0),
        ({1: 5, 2: 1}, {1: 3, 2: 1}, 4.0),
        ({1: 5, 2: 1}, {1: 1}, 5.0),
        ({1: 5}, {1: 0}, None),
        ({}, {1: 1}, None),
    ],
)
def test_total_is_a_weighted_mean(points: dict[int, int], weighed: dict[int, int], expected: float | None) -> None:
    assert total(points, weighed) == expected


@given(given_points, weights)
def test_total_lies_between_the_least_and_the_most_given(points: dict[int, int], weighed: dict[int, int]) -> None:
    result = total(points, weighed)
    counted = [points[key] for key in points if weighed.get(key)]
    assert (result is None) == (not counted)
    if result is not None:
        assert min(counted) - 1e-9 <= result <= max(counted) + 1e-9


@given(st.lists(st.floats(1, 5), max_size=9))
def test_spread_needs_two_and_is_never_negative(totals: list[float]) -> None:
    assert (mean(totals) is None) == (not totals)
    assert (spread(totals) is None) == (len(totals) < 2)
    assert (spread(totals) or 0) >= 0
    assert spread([3.0, 3.0]) == 0
    assert spread([1.0, 4.5, 2.0]) == 3.5
