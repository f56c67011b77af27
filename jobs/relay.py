"""Leases due outbox rows and hands each id to RQ. Knows no kinds.

A crash anywhere in here costs nothing but time: a lease that was never started runs out and is given again.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError
from rq import Queue

from review import outbox

ROOM = 100
"""Ids in the queue at most. More would see their leases run out before a worker came to them."""

JOB_SECONDS = 3600
log = logging.getLogger(__name__)


def relay(queue: Queue, *, period: timedelta) -> int:
    """Hand over what is due, as far as there is room. Returns how many; gives the leases back if Redis is away."""
    leases: list[outbox.Lease] = []
    try:
        room = ROOM - queue.count
        if room > 0:
            leases = outbox.lease(limit=room, now=datetime.now(UTC), period=period)
        for held in leases:
            _enqueue(queue, held)
    except RedisError as error:
        log.warning("redis does not answer (%s); what is due waits in the outbox", error)
        outbox.release(leases, now=datetime.now(UTC))
        return 0
    return len(leases)


def _enqueue(queue: Queue, held: outbox.Lease) -> None:
    queue.enqueue(
        "jobs.deliver.run",
        held.item_id,
        held.number,
        job_id=f"outbox-{held.item_id}-{held.number}",
        job_timeout=JOB_SECONDS,
        result_ttl=0,
        failure_ttl=3600,
    )
