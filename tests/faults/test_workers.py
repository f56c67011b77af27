"""Processes behind the pages are killed while they work: what they did not finish others do, and nothing twice."""

from __future__ import annotations

import signal
from collections import Counter

from sqlalchemy import delete

from review.db import transaction
from review.models.outbox import Kind, OutboxItem, Tick
from stack.machine import Stack
from stack.product import Job
from tests.factories import rows
from tests.faults.work import RESUMES, Work, fallen
from tests.servers import STACK_ONLY
from tests.waiting import wait_for

pytestmark = STACK_ONLY


def jobs(stack: Stack, words: str) -> list[Job]:
    """The processes that do this, one of each host that does it."""
    return [job for job in stack.jobs if job.name.endswith(f": {words}")]


def kill_horse(job: Job, work: Work) -> int:
    """Wait until a worker has forked for an effect, and kill what it has forked. How many were killed; 0 where nothing
    is left to do."""
    assert job.process
    wait_for(lambda: job.process.tree()[1:] or not work.open(), seconds=30, what=f"{job.name} is at work")  # type: ignore[union-attr]
    horses = job.process.tree()[1:]
    for horse in horses:
        horse.kill()
    return len(horses)


def test_killed_workers_horses_and_relays_cost_time_only(stack: Stack, work: Work) -> None:
    batch, horses = work.begin(declined=8, approved=2, moved=2), 0
    for words in ("worker letters", "worker provisioning", "worker feeds", "worker bulk"):
        first, second = jobs(stack, words)
        horses += kill_horse(second, work)
        first.process.send(signal.SIGKILL)  # type: ignore[union-attr] # alone: its horse runs on
    for relay in jobs(stack, "relay"):
        relay.kill()
    assert horses > 0
    jobs(stack, "relay")[0].start()
    work.finish()
    assert work.resumed() < RESUMES
    work.assert_once(batch, posts=False)
    assert len(fallen(stack)) == 6


def test_each_tick_happens_once_with_any_number_of_clocks(stack: Stack, work: Work) -> None:
    def chores() -> tuple[int, int]:
        """How often the clocks had the index compared, and how often they had leftovers swept up."""
        counted = Counter(item.kind for item in rows(OutboxItem))
        return counted[Kind.DRIFT], counted[Kind.SWEEP]

    def tick() -> None:
        """Let another slot begin, and wait until somebody has seen it."""
        with transaction() as session:
            session.execute(delete(Tick).where(Tick.name.in_(("check-index", "sweep-storage"))))
        wait_for(lambda: rows(Tick, name="sweep-storage"), seconds=30, what="a clock ticks")

    with work.here():
        compared, swept = chores()
        tick()
        for killed in jobs(stack, "clock")[1:]:
            killed.kill()
        tick()
        wait_for(lambda: chores() == (compared + 2, swept + 2), seconds=5, what="both slots' chores are done")
