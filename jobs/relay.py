"""Leases due outbox rows and hands each id to RQ. Knows no kinds.

A crash anywhere in here costs nothing but time: a lease that was never started runs out and is given again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import InvalidJobOperation

from review import outbox
from review.models.outbox import Kind

ROOM = 20
"""Ids in the queue at most. More would see their leases run out before a worker came to them, and would keep what is
urgent waiting behind what is long."""

JOB_SECONDS = 3600
log = logging.getLogger(__name__)


def relay(queue: Queue, *, kinds: Collection[Kind], period: timedelta) -> int:
    """Hand over what is due of these kinds, as far as there is room. Returns how many.

    The leases are given back if Redis is away.
    """
    leases: list[outbox.Lease] = []
    try:
        room = ROOM - queue.count
        if room > 0:
            leases = outbox.lease(limit=room, now=datetime.now(UTC), period=period, kinds=kinds)
        for held in leases:
            _enqueue(queue, held)
    except RedisError as error:
        log.warning("redis does not answer (%s); what is due waits in the outbox", error)
        outbox.release(leases, now=datetime.now(UTC))
        return 0
    return len(leases)


def _enqueue(queue: Queue, held: outbox.Lease) -> None:
    _forget(queue, _job_id(held.item_id, held.number - 1))
    queue.enqueue(
        "jobs.deliver.run",
        held.item_id,
        held.number,
        job_id=_job_id(held.item_id, held.number),
        job_timeout=JOB_SECONDS,
        result_ttl=0,
        failure_ttl=3600,
    )


def _forget(queue: Queue, job_id: str) -> None:
    """Take out an id whose lease ran out in the queue. A worker that came to such ones only would never catch up."""
    old = queue.fetch_job(job_id)
    with suppress(InvalidJobOperation):  # a worker has ended it meanwhile
        if old is not None and old.is_queued:
            old.delete()


def _job_id(item_id: int, number: int) -> str:
    return f"outbox-{item_id}-{number}"
