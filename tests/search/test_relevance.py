"""What people look for comes first: a hundred judged searches, by whatever engine answers."""

from __future__ import annotations

import sys
from statistics import mean

import pytest
from flask import Flask

from review.reads import backlog
from review.reads.filters import Filters
from tests.outside import put
from tests.search.conftest import NOW
from tests.search.judged import JUDGED
from tests.search.ranking import ndcg

LAST_RELEASE = 0.985
"""Mean nDCG@10 of the last release. It never falls: raise it when ranking has become better."""


def numbers(typed: str) -> list[int]:
    """The demo's numbers of what the list shows, from 0; those by dice are left out, for nobody has judged them."""
    return [row.id - 1 for row in backlog.page(Filters(typed, reader=2), now=NOW).rows if row.id <= 34]


def test_a_hundred_searches_are_judged() -> None:
    assert len(JUDGED) == len({typed for typed, _grades in JUDGED}) == 100
    assert all(grades and set(grades.values()) <= {1, 2, 3} for _typed, grades in JUDGED)


@pytest.mark.parametrize("engine", ["database", "elasticsearch"])
def test_what_is_sought_comes_first(
    desk: Flask, engine: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    if engine == "elasticsearch":
        put(desk, search=request.getfixturevalue("elastic"))
    scores = {typed: ndcg(numbers(typed), grades) for typed, grades in JUDGED}
    low = [(typed, round(score, 2)) for typed, score in scores.items() if score < 0.9]
    with capsys.disabled():
        sys.stdout.write(f"\nnDCG@10, {engine}: {mean(scores.values()):.4f}; below 0.9: {low}\n")
    assert mean(scores.values()) >= LAST_RELEASE


def test_the_measure_itself() -> None:
    assert ndcg([1, 2], {1: 3, 2: 1}) == 1
    assert ndcg([2, 1], {1: 3, 2: 1}) < 1
    assert ndcg([9, 8], {1: 3}) == 0
    assert ndcg([9] * 10 + [1], {1: 3}) == 0
