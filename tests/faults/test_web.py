"""Web instances come and go under load, and share few connections to the database."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from secrets import token_hex

import urllib3

from review.models.letter import MailReport
from stack.machine import Stack
from tests.factories import rows
from tests.faults.visitors import NO_ANSWER, PATIENCE, Answer, Crowd, Visitor, together
from tests.faults.work import Work
from tests.servers import STACK_ONLY
from tests.waiting import wait_for

pytestmark = STACK_ONLY


def statuses(crowd: Crowd) -> Counter[int]:
    return Counter(answer.status for answer in crowd.answers)


def test_killed_instance_is_missed_by_nobody_who_reads(stack: Stack, visitor: Visitor) -> None:
    with Crowd(lambda: visitor.get("/apply/for/community-plan")) as crowd:
        wait_for(lambda: len(crowd.answers) > 50, seconds=20, what="people read")
        stack.web[0].kill()
        seen = len(crowd.answers)
        wait_for(lambda: len(crowd.answers) > seen + 200, seconds=30, what="people read on")
    assert set(statuses(crowd)) == {200}


def test_instances_are_restarted_one_by_one_without_one_failed_request(stack: Stack, visitor: Visitor) -> None:
    with Crowd(lambda: visitor.get("/apply/for/community-plan")) as crowd:
        for web in stack.web:
            web.stop()
            web.start()
            web.wait_ready()
        seen = len(crowd.answers)
        wait_for(lambda: len(crowd.answers) > seen + 50, seconds=20, what="people read on")
    assert set(statuses(crowd)) == {200}


def test_form_sent_to_an_instance_that_dies_is_taken_once_or_not_at_all(stack: Stack, work: Work) -> None:
    """nginx sends no form to a second instance; the visitor does, and it is the same form."""
    visitor = Visitor(stack.url)
    forms = [visitor.application() for _ in range(20)]
    killer = threading.Timer(0.2, stack.web[1].kill)
    killer.start()
    first = [visitor.post("/apply/for/community-plan", form).status for form in forms]
    killer.join()
    stack.web[1].start()
    stack.web[1].wait_ready()
    again = [visitor.post("/apply/for/community-plan", form).status for form in forms]
    assert set(again) == {303}, (first, again)
    emails = tuple(form["email"] for form in forms)
    taken = stack.servers.postgres.ask(
        "SELECT email, count(*) FROM applications WHERE email = ANY(%s) GROUP BY 1", list(emails)
    )
    assert dict(taken) == dict.fromkeys(emails, 1)


def test_nothing_posted_is_handed_to_two_instances(stack: Stack, work: Work) -> None:
    """Each report is kept as often as an instance was given it, and no two of these are alike."""
    pool = urllib3.PoolManager(retries=False, timeout=PATIENCE, maxsize=8)
    headers = urllib3.make_headers(basic_auth=f"mailjet:{stack.servers.mailjet.webhook_password}")

    def report() -> Answer:
        body, began = json.dumps({"event": token_hex(8)}), time.monotonic()
        try:
            status = pool.request("POST", f"{stack.url}/hooks/mailjet", body=body, headers=headers).status
        except urllib3.exceptions.HTTPError:
            status = NO_ANSWER
        return Answer(body, status, "", "", time.monotonic() - began)

    with Crowd(report, count=2, pause=0.3) as restarts:
        stack.web[0].restart()
    with Crowd(report, count=2, pause=0.3) as kills:
        for web in stack.web[1:]:
            web.kill()
            seen = len(kills.answers)
            wait_for(lambda seen=seen: len(kills.answers) > seen + 8, seconds=20, what="reports come")  # type: ignore[misc]
    pool.clear()
    with work.here():
        kept = Counter(row.body.decode() for row in rows(MailReport))
    assert set(statuses(restarts)) == {200}
    answers = restarts.answers + kills.answers
    assert max(kept[answer.path] for answer in answers) == 1
    assert [answer for answer in answers if answer.status == 200 and not kept[answer.path]] == []
    assert {answer.status for answer in answers} <= {200, 502, NO_ANSWER}


def test_many_at_once_need_few_connections(stack: Stack, visitor: Visitor) -> None:
    most, over = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.is_set():
            found = stack.servers.postgres.admin("SELECT count(*) FROM pg_stat_activity WHERE usename = 'greenroom'")
            most = max(most, found[0][0])

    watcher = threading.Thread(target=watch)
    watcher.start()
    answers = [
        answer for _round in range(5) for answer in together(60, lambda: visitor.get("/apply/for/community-plan"))
    ]
    over.set()
    watcher.join()
    assert {answer.status for answer in answers} == {200}
    assert 0 < most <= 25
