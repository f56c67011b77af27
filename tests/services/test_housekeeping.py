"""What the clock needs: a tick is claimed once, and rows that have served are let go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from review import outbox
from review.db import transaction
from review.models.outbox import ItemState, Kind, OutboxItem, Tick
from review.services import housekeeping
from tests.factories import NOW, rows
from tests.services.at_once import at_once

MONTH = timedelta(days=30)


def test_a_tick_is_claimed_once(app: Flask) -> None:
    assert housekeeping.claim_tick("a", 1, now=NOW)
    assert not housekeeping.claim_tick("a", 1, now=NOW)
    assert housekeeping.claim_tick("a", 2, now=NOW)
    assert housekeeping.claim_tick("b", 1, now=NOW)


def test_a_tick_is_claimed_once_by_many_at_once(app: Flask) -> None:
    for slot in range(10):
        claims = at_once(app, *[lambda slot=slot: housekeeping.claim_tick("a", slot, now=NOW)] * 4)  # type: ignore[misc]
        assert sorted(claims) == [False, False, False, True]


@pytest.mark.parametrize("state", ItemState)
def test_effects_that_have_served_are_forgotten_after_a_month(app: Flask, state: ItemState) -> None:
    with transaction() as session:
        outbox.put(session, Kind.LETTER, 1, now=NOW)
    with transaction() as session:
        session.query(OutboxItem).one().state = state
    assert housekeeping.forget_effects(now=NOW + MONTH) == 0
    served = state in (ItemState.DONE, ItemState.CANCELLED)
    assert housekeeping.forget_effects(now=NOW + MONTH + timedelta(seconds=1)) == int(served)
    assert len(rows(OutboxItem)) == int(not served)


def test_old_ticks_are_forgotten(app: Flask) -> None:
    housekeeping.claim_tick("a", 1, now=NOW)
    housekeeping.claim_tick("a", 2, now=NOW + timedelta(days=1))
    housekeeping.forget_effects(now=NOW + MONTH + timedelta(hours=1))
    assert [tick.slot for tick in rows(Tick)] == [2]
