"""The database, or the pooler in front of it, goes away or hangs: pages say so, nothing is lost, work goes on after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest

from stack.machine import Stack
from stack.server import HOST
from tests.faults.visitors import PATIENCE, Visitor, together
from tests.faults.work import RESUMES, Work, fallen
from tests.servers import STACK_ONLY
from tests.waiting import wait_for

pytestmark = STACK_ONLY
Fault = Callable[[Stack], AbstractContextManager[None]]


@contextmanager
def restarted(stack: Stack) -> Iterator[None]:
    stack.servers.postgres.stop()
    yield
    stack.servers.postgres.start()
    stack.servers.postgres.wait_ready()


@contextmanager
def killed(stack: Stack) -> Iterator[None]:
    stack.servers.postgres.kill()
    yield
    stack.servers.postgres.start()
    stack.servers.postgres.wait_ready()


@contextmanager
def hung(stack: Stack) -> Iterator[None]:
    stack.servers.postgres.pause()
    yield
    stack.servers.postgres.resume()


@contextmanager
def without_pooler(stack: Stack) -> Iterator[None]:
    stack.servers.pgbouncer.kill()
    yield
    stack.servers.pgbouncer.start()
    stack.servers.pgbouncer.wait_ready()


def errors(instance: Visitor) -> int:
    """How many of some pages fail, asked one after the other."""
    return sum(instance.get("/apply/for/community-plan").status != 200 for _ in range(6))


@pytest.mark.parametrize("fault", [restarted, killed, hung, without_pooler])
def test_pages_say_that_nothing_was_changed_and_take_the_form_later(
    stack: Stack, work: Work, visitor: Visitor, fault: Fault
) -> None:
    instances = [Visitor(f"http://{HOST}:{web.port}") for web in stack.web]
    for instance in instances:
        together(6, lambda instance=instance: instance.get("/apply/for/community-plan"))  # type: ignore[misc] # several connections each
    batch, form = work.begin(), visitor.application()
    visits = (
        lambda: visitor.get("/apply/for/community-plan"),
        lambda: visitor.get("/readyz"),
        lambda: visitor.post("/apply", form),
    )
    with fault(stack), ThreadPoolExecutor() as pool:
        page, ready, sent = pool.map(lambda visit: visit(), visits)
        assert visitor.get("/healthz").status == 200
    wait_for(lambda: visitor.get("/apply/for/community-plan").status == 200, seconds=5, what="pages answer")
    assert max(errors(instance) for instance in instances) <= 1
    assert visitor.post("/apply/for/community-plan", form).status == 303
    assert work.resumed() < RESUMES
    work.finish()
    work.assert_once(batch, posts=False)
    for answer in (page, ready, sent):
        assert answer.status == 503
        assert answer.seconds < PATIENCE
    assert "Nothing was changed" in page.text
    assert "Nothing was changed" in sent.text
    assert form["pitch"] in sent.text
    assert fallen(stack) == []
