"""How well a ranking serves: normalized discounted cumulative gain (Järvelin and Kekäläinen, 2002)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2


def ndcg(ranked: Sequence[int], grades: Mapping[int, int], *, depth: int = 10) -> float:
    """From 0, nothing of use among the first `depth`, to 1, the best order there is."""
    ideal = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(one, 0) for one in ranked[:depth]]) / ideal


def _gain(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))
