"""The schedule. Any number of clocks may run: whoever writes a tick's row first does its work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from review.services import (
    ageing,
    alerts,
    api_tokens,
    bulk,
    claims,
    delivery,
    digests,
    expiry,
    findable,
    housekeeping,
    idempotency,
    intake,
    likeness,
    moves,
    people,
    webhooks,
)


class Chore(NamedTuple):
    """Something done once per period, all machines together."""

    name: str
    period: timedelta
    do: Callable[..., int]


SCHEDULE = (
    Chore("expire-unverified", timedelta(hours=1), expiry.expire_unverified),
    Chore("give-due-dates", timedelta(minutes=10), ageing.give_due_dates),
    Chore("remind-applicants", timedelta(hours=1), ageing.remind_applicants),
    Chore("close-unanswered", timedelta(hours=1), ageing.close_unanswered),
    Chore("release-untouched", timedelta(hours=1), ageing.release_untouched),
    Chore("lock-feeds", timedelta(minutes=10), moves.lock_again),
    Chore("tell-chats", timedelta(minutes=5), alerts.look),
    Chore("send-digests", timedelta(minutes=10), digests.send),
    Chore("forget-links", timedelta(days=1), people.forget_links),
    Chore("forget-effects", timedelta(days=1), housekeeping.forget_effects),
    Chore("check-index", timedelta(minutes=10), housekeeping.check_index),
    Chore("sweep-storage", timedelta(hours=6), housekeeping.sweep_storage),
    Chore("forget-drafts", timedelta(days=1), claims.forget),
    Chore("make-findable", timedelta(minutes=1), findable.write_missing),
    Chore("mark-likeness", timedelta(minutes=10), likeness.mark_unmarked),
    Chore("forget-batches", timedelta(days=1), bulk.forget_old),
    Chore("forget-tables", timedelta(days=1), intake.forget_old),
    Chore("forget-tokens", timedelta(days=1), api_tokens.forget),
    Chore("forget-messages", timedelta(days=1), webhooks.forget),
    Chore("forget-requests", timedelta(hours=1), idempotency.forget),
    Chore("forget-reports", timedelta(days=1), delivery.forget_reports),
)


def tick(now: datetime | None = None) -> list[str]:
    """Do what is due and nobody has done. Returns the names of the chores done here."""
    now = now or datetime.now(UTC)
    done = []
    for chore in SCHEDULE:
        slot = int(now.timestamp() // chore.period.total_seconds())
        if housekeeping.claim_tick(chore.name, slot, now=now):
            chore.do(now=now)
            done.append(chore.name)
    return done
