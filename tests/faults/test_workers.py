"""Processes behind the pages are killed while they work: what they did not finish others do, and nothing twice."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable

from sqlalchemy import delete

from review.db import transaction
from review.models.outbox import Kind, OutboxItem, Tick
from stack.machine import Stack
from stack.product import Job
from tests.factories import rows
from tests.faults.work import RESUMES, Work, fallen, wait_until
from tests.servers import STACK_ONLY

pytestmark = STACK_ONLY


def jobs(stack: Stack, words: str) -> list[Job]:
    """The processes that do this, one of each host that does it."""
    return [job for job in stack.jobs if job.name.endswith(f": {words}")]


def horses(job: Job) -> list[Callable[[], None]]:
    """How to kill what a worker has forked for the effect it is at."""
    assert job.process
    return [horse.kill for horse in job.process.tree()[1:]]


def test_killed_workers_horses_and_relays_cost_time_only(stack: Stack, work: Work) -> None:
    batch = work.begin(declined=12, approved=3, moved=3)
    for words in ("worker letters", "worker provisioning", "worker feeds", "worker bulk"):
        first, second = jobs(stack, words)
        for kill in horses(second):
            kill()
        first.process.send(signal.SIGKILL)  # type: ignore[union-attr] # alone: its horse runs on
    for relay in jobs(stack, "relay"):
        relay.kill()
    waiting = len(work.open())
    jobs(stack, "relay")[0].start()
    work.finish()
    assert waiting > 0
    assert work.resumed() < RESUMES
    work.assert_once(batch, posts=False)
    assert len(fallen(stack)) == 6


def test_each_tick_happens_once_with_any_number_of_clocks(stack: Stack, work: Work) -> None:
    def done() -> tuple[int, int]:
        """How often the clock had the index compared, and how often it had leftovers swept up."""
        counted = Counter(item.kind for item in rows(OutboxItem))
        return counted[Kind.DRIFT], counted[Kind.SWEEP]

    def ticked(clocks: int) -> None:
        """Another slot begins while so many clocks run."""
        with work.here():
            before = done()
            with transaction() as session:
                session.execute(delete(Tick).where(Tick.name.in_(("check-index", "sweep-storage"))))
            wait_until(lambda: len(rows(Tick, name="sweep-storage")) == 1, seconds=30, what=f"{clocks} clocks tick")
            # Every clock has looked by then.
            wait_until(lambda: all(job.running() for job in alive), seconds=1, what="clocks live")
            assert done() == (before[0] + 1, before[1] + 1)

    alive = jobs(stack, "clock")
    ticked(3)
    for killed in jobs(stack, "clock")[1:]:
        killed.kill()
        alive.remove(killed)
    ticked(1)
