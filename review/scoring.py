"""Points, pure: what a person's points come to, and how far several people are apart."""

from __future__ import annotations

from collections.abc import Mapping

POINTS = (1, 2, 3, 4, 5)
"""What can be given for a criterion, worst first."""
WEIGHTS = (1, 2, 3, 4, 5)
APART = 1.0
"""From this spread on, people who judge the same application had better talk."""


def total(points: Mapping[int, int], weights: Mapping[int, int]) -> float | None:
    """The weighted mean of what one person gave, from 1 to 5. Criteria without points or without weight do not count;
    None where none is left."""
    counted = {key: weights[key] for key in points if weights.get(key, 0) > 0}
    if not counted:
        return None
    return sum(points[key] * weight for key, weight in counted.items()) / sum(counted.values())


def mean(totals: list[float]) -> float | None:
    """What several people gave, taken together."""
    return sum(totals) / len(totals) if totals else None


def spread(totals: list[float]) -> float | None:
    """How far the highest is from the lowest; None where fewer than two people judged."""
    return max(totals) - min(totals) if len(totals) > 1 else None
