"""The search engine goes away, hangs, or holds something else than the database: the desk works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import pytest
import urllib3

from review.services import housekeeping
from stack.machine import Stack
from tests.faults.visitors import Answer, Visitor
from tests.faults.work import Work
from tests.servers import STACK_ONLY
from tests.waiting import wait_for

pytestmark = STACK_ONLY
NOTICE = "The search engine does not answer"
LIMIT = 8.0
"""Seconds for a search while the engine hangs: its own timeout of two, and this machine's many processes."""


def search(reviewer: Visitor) -> Answer:
    return reviewer.get("/desk?q=lighthouse&state=all")


@contextmanager
def killed(stack: Stack) -> Iterator[None]:
    stack.servers.elasticsearch.kill()
    yield
    stack.servers.elasticsearch.start()
    stack.servers.elasticsearch.wait_ready()


@contextmanager
def hung(stack: Stack) -> Iterator[None]:
    stack.servers.elasticsearch.pause()
    yield
    stack.servers.elasticsearch.resume()


@pytest.mark.parametrize("fault", [killed, hung])
def test_database_answers_with_a_notice_and_the_engine_comes_back_by_itself(
    stack: Stack, work: Work, reviewer: Visitor, fault: Callable[[Stack], AbstractContextManager[None]]
) -> None:
    work.begin(declined=1, approved=0, moved=0)
    work.finish()
    wait_for(lambda: NOTICE not in search(reviewer).text, seconds=60, what="the engine answers")
    with fault(stack):
        answers = [search(reviewer) for _ in range(5 * len(stack.web) + 5)]
        assert {answer.status for answer in answers} == {200}
        assert all(NOTICE in answer.text and "Lighthouse" in answer.text for answer in answers)
        assert max(answer.seconds for answer in answers) < LIMIT
        # by now every instance leaves the engine alone, and does not wait for it any more
        assert min(answer.seconds for answer in answers[-5:]) < 1.5
        for path in ("/desk", "/desk/1", "/apply/for/community-plan"):
            answer = reviewer.get(path)
            assert (answer.status, NOTICE in answer.text) == (200, False)
            assert answer.seconds < 1.5
        ready = reviewer.get("/readyz")
        assert ready.status == 200
        assert "trouble" in ready.text
        batch = work.begin(declined=1, approved=0, moved=0)
    wait_for(lambda: not any(NOTICE in search(reviewer).text for _ in range(10)), seconds=90, what="it is back")
    work.finish()
    work.assert_once(batch)


def test_index_that_was_tampered_with_is_mended(stack: Stack, work: Work, reviewer: Visitor) -> None:
    server, ghost = stack.servers.elasticsearch.url, 2_000_000_000
    batch = work.begin(declined=2, approved=0, moved=0)
    work.finish()
    lost, old = batch.verbs
    documents = f"{server}/greenroom/_doc"
    found = work.indexed(old)
    names = urllib3.request("GET", f"{server}/_alias/greenroom", timeout=5, retries=False).json()
    (index,) = names
    stale = f"{server}/{index}/_doc/{old}"
    assert urllib3.request("DELETE", f"{documents}/{lost}", timeout=5, retries=False).status == 200
    assert urllib3.request("DELETE", stale, timeout=5, retries=False).status == 200
    for number, version in ((old, 1), (ghost, 1)):
        put = f"{server}/{index}/_doc/{number}?version={version}&version_type=external"
        answer = urllib3.request("PUT", put, json=found["_source"] | {"id": number}, timeout=5, retries=False)
        assert answer.status in (201, 409), answer.data
    urllib3.request("POST", f"{server}/greenroom/_refresh", timeout=5, retries=False)

    def mended() -> bool:
        with work.here():
            housekeeping.check_index(now=datetime.now(UTC))
        work.finish()
        return all(work.indexed(id_).get("found") for id_ in (lost, old)) and not work.indexed(ghost).get("found")

    wait_for(mended, seconds=60, what="the index is mended")
