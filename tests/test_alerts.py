"""What a chat is told, pure: which conditions hold, which have just come true, and in what words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from review.alerts import MOST, Condition, Pulse, rising, sentence

C = Condition
QUIET = Pulse(new=0, waiting=0, oldest_days=0, bounced=0, dead=0)
ALL = {C.NEW: 1, C.BACKLOG: 10, C.OLDEST: 7, C.BOUNCED: 1, C.DEAD: 1}


@pytest.mark.parametrize(
    ("change", "condition"),
    [
        ({"new": 1}, C.NEW),
        ({"waiting": 11}, C.BACKLOG),
        ({"oldest_days": 8}, C.OLDEST),
        ({"bounced": 1}, C.BOUNCED),
        ({"dead": 1}, C.DEAD),
    ],
)
def test_condition_holds_by_its_own_number(change: dict[str, int], condition: Condition) -> None:
    assert replace(QUIET, **change).true(ALL) == {condition}
    assert replace(QUIET, **change).true({}) == set()


def test_threshold_itself_is_not_too_much() -> None:
    assert replace(QUIET, waiting=10, oldest_days=7).true(ALL) == set()


def test_each_condition_has_a_largest_number() -> None:
    assert set(MOST) == set(Condition)


@given(st.lists(st.sets(st.sampled_from(list(Condition)))))
def test_is_said_once_until_it_was_over(history: list[set[Condition]]) -> None:
    before: set[Condition] = set()
    for now in history:
        said = set(rising(now, before))
        assert said == (now - before) | (now & {C.NEW})
        before = now


def test_lines_say_how_many_and_where(app: Flask) -> None:
    one, many = Pulse(1, 1, 1, 1, 1), Pulse(2, 51, 8, 3, 4)
    desk = "https://desk.example"
    assert sentence(C.NEW, one, desk) == "1 new application: https://desk.example/desk"
    assert sentence(C.BACKLOG, many, desk).startswith("51 applications wait for a decision: ")
    assert sentence(C.OLDEST, many, desk).startswith("The oldest application has waited for 8 days: ")
    assert sentence(C.BOUNCED, many, desk) == "3 letters of approvals came back: https://desk.example/desk/outbox"
    assert sentence(C.DEAD, one, desk) == "1 effect failed for good: https://desk.example/desk/outbox"
