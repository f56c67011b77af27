"""The bench says which of its targets was missed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.outcome import Load, Outcome, ratio, table, targets

LOAD = Load(
    seconds=15, statuses={200: 100}, kept=20, unanswered=0, socket_errors=0, p50=100.0, p99=290.0, longest=300.0
)
POOLED = Outcome(name="pgBouncer", load=LOAD, stored=20, connections=21, refusals={})
DIRECT = Outcome(
    name="no pgBouncer",
    load=replace(LOAD, statuses={200: 20, 503: 80}, kept=4),
    stored=4,
    connections=27,
    refusals={"sorry, too many clients already": 80},
)


def missed(pooled: Outcome, direct: Outcome) -> list[int]:
    return [number for number, holds in enumerate(targets(pooled, direct).values()) if not holds]


def test_all_targets_can_be_met() -> None:
    assert missed(POOLED, DIRECT) == []


@pytest.mark.parametrize(
    ("pooled", "number"),
    [
        (replace(POOLED, load=replace(LOAD, statuses={200: 99, 503: 1})), 0),
        (replace(POOLED, load=replace(LOAD, unanswered=1)), 0),
        (replace(POOLED, load=replace(LOAD, socket_errors=1)), 0),
        (replace(POOLED, connections=26), 1),
        (replace(POOLED, load=replace(LOAD, p99=301.0)), 2),
        (replace(POOLED, stored=19), 3),
        (replace(POOLED, stored=21), 3),
    ],
)
def test_missed_target_is_told(pooled: Outcome, number: int) -> None:
    assert missed(pooled, DIRECT) == [number]


def test_load_that_postgres_carries_alone_shows_nothing() -> None:
    assert missed(POOLED, replace(POOLED, name="no pgBouncer")) == [4]


def test_write_that_was_lost_without_pooler_is_told() -> None:
    assert missed(POOLED, replace(DIRECT, stored=3)) == [5]


def test_setup_that_answers_nothing_meets_no_target_of_speed() -> None:
    silent = replace(POOLED, load=replace(LOAD, statuses={}, kept=0, p50=0.0, p99=0.0), stored=0)
    assert {2, 3} <= set(missed(silent, DIRECT))
    assert "nan" in table([silent, DIRECT])[1]


def test_ratio_of_two_setups() -> None:
    assert ratio(1, 4) == 0.25
