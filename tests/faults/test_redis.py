"""Redis goes away, hangs or forgets everything. The truth about work is in the database, so that costs time only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import redis

from stack.machine import Stack
from tests.faults.visitors import Answer, Visitor
from tests.faults.work import RESUMES, Work, fallen
from tests.servers import STACK_ONLY

pytestmark = STACK_ONLY

QUICK = 4.0
"""Seconds a page may take at most while Redis is away: it is asked for the rate limits of forms."""

Fault = Callable[[Stack], AbstractContextManager[None]]


@contextmanager
def restarted(stack: Stack) -> Iterator[None]:
    stack.servers.redis.restart()
    yield


@contextmanager
def killed(stack: Stack) -> Iterator[None]:
    stack.servers.redis.kill()
    yield
    stack.servers.redis.start()
    stack.servers.redis.wait_ready()


@contextmanager
def emptied(stack: Stack) -> Iterator[None]:
    with redis.Redis.from_url(stack.servers.redis.url) as client:
        client.flushall()
    yield
    for job in [job for job in stack.jobs if not job.answers()]:
        job.stop()  # RQ's workers work on, but put their names down only when they start
        job.start()


@contextmanager
def hung(stack: Stack) -> Iterator[None]:
    stack.servers.redis.pause()
    yield
    stack.servers.redis.resume()


def visits(visitor: Visitor, *, seconds: float) -> Iterator[Answer]:
    """An application every second, with all the pages that takes."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        yield visitor.get("/")
        yield visitor.post("/apply/for/community-plan", visitor.application())
        time.sleep(max(0, began + 1 - time.monotonic()))


@pytest.mark.parametrize(("fault", "seconds"), [(restarted, 1), (killed, 8), (emptied, 1), (hung, 10)])
def test_pages_answer_without_redis_and_no_work_is_lost(
    stack: Stack, work: Work, visitor: Visitor, fault: Fault, seconds: float
) -> None:
    batch = work.begin()
    with fault(stack):
        seen = list(visits(visitor, seconds=seconds))
    assert work.resumed() < RESUMES
    work.finish()
    work.assert_once(batch, posts=False)
    assert {answer.status for answer in seen} == {200, 303}
    assert [answer for answer in seen if answer.seconds > QUICK] == []
    assert fallen(stack) == []
