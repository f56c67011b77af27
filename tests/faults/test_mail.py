"""The mail service fails in every way it can, and reports in any order: each letter is with it exactly once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from secrets import token_hex
from typing import Any

import pytest
import urllib3

from review.models.event import Event
from review.models.letter import Letter, LetterState
from stack.machine import Stack
from tests.factories import rows
from tests.faults.test_workers import jobs
from tests.faults.visitors import Visitor
from tests.faults.work import RESUMES, Work
from tests.servers import STACK_ONLY
from tests.waiting import wait_for

pytestmark = STACK_ONLY
LOOKUP = re.compile(r"GET /v3/REST/message\?\S*CustomID=([0-9a-f-]{36})")
TROUBLES = (
    {"do": "stall", "seconds": 22},  # longer than is waited for an answer
    {"do": "accept-and-drop"},
    {"do": "status", "code": 503, "accepted": True},
    {"do": "drop"},
    {"do": "status", "code": 503},
    {"do": "status", "code": 429},
    {"do": "status", "code": 401},
)
OUTCOMES = [(1, 1)] * 3 + [(2, 0)] * 2 + [(2, 2)] * 2
"""How often such letters are handed over and how often asked after: once and once where the service has taken them, a
second time unasked only where it surely has not, and else a second time after it was asked twice."""


def steer(stack: Stack, **wanted: Any) -> None:
    answer = urllib3.request("POST", f"{stack.servers.mailjet.url}/_double", json=wanted, timeout=5, retries=False)
    assert answer.status == 204


@pytest.fixture(autouse=True)
def _usual(stack: Stack) -> Iterator[None]:
    yield
    steer(stack, events="normal")


def lookups(stack: Stack) -> Counter[str]:
    """How often the mail service was asked whether it has a letter, by its CustomID."""
    return Counter(LOOKUP.findall(stack.servers.mailjet.log.read_text()))


def letters(work: Work, count: int) -> list[str]:
    """The CustomIDs of so many new letters, each on its way to another person."""
    with work.here():
        written = [rows(Letter, application_id=work.apply()) for _ in range(count)]
        return [letter.custom_id or "" for (letter,) in written]


def states(work: Work, custom_ids: list[str]) -> set[LetterState]:
    with work.here():
        return {letter.state for letter in rows(Letter) if letter.custom_id in custom_ids}


def test_every_letter_arrives_once_whatever_the_mail_service_answers(
    stack: Stack, work: Work, visitor: Visitor
) -> None:
    steer(stack, next=TROUBLES, events="off")  # a report would settle what is not known
    sent = letters(work, len(TROUBLES))
    wait_for(lambda: sum(work.letters()[one] for one in sent) == 5, seconds=60, what="all but two are taken")
    assert visitor.post("/apply/for/community-plan", visitor.application()).status == 303
    work.finish(in_the_air=timedelta(0))
    assert [work.letters()[one] for one in sent] == [1] * len(sent)
    posts, asked = work.posts(), lookups(stack)
    assert sorted((posts[one], asked[one]) for one in sent) == OUTCOMES
    assert states(work, sent) == {LetterState.SENT}


def test_letter_whose_worker_dies_before_its_note_is_asked_after_and_not_sent_again(stack: Stack, work: Work) -> None:
    steer(stack, next=[{"do": "stall", "seconds": 3}], events="off")
    (sent,) = letters(work, 1)
    wait_for(lambda: work.posts()[sent] == 1, seconds=30, what="the letter is handed over")
    for worker in jobs(stack, "worker letters"):
        worker.kill()
        worker.start()
    wait_for(lambda: work.letters()[sent] == 1, seconds=10, what="the letter is taken")
    assert states(work, [sent]) == {LetterState.SENDING}
    work.finish(in_the_air=timedelta(0))
    assert (work.letters()[sent], work.posts()[sent], lookups(stack)[sent]) == (1, 1, 1)
    assert states(work, [sent]) == {LetterState.SENT}


@pytest.mark.parametrize("mode", ["twice", "shuffled", "grouped"])
def test_reports_come_to_the_same_in_any_order_and_number(stack: Stack, work: Work, mode: str) -> None:
    expected = {
        "reader": LetterState.OPENED,
        "bounce": LetterState.BOUNCED,
        "blocked": LetterState.BLOCKED,
        "spam": LetterState.SPAM,
    }
    steer(stack, events=mode)
    with work.here():
        sent = {work.apply(email=f"{name}.{token_hex(4)}@mail.example"): state for name, state in expected.items()}

    def seen() -> dict[int | None, LetterState]:
        with work.here():
            return {letter.application_id: letter.state for letter in rows(Letter) if letter.application_id in sent}

    wait_for(lambda: seen() == sent, seconds=RESUMES, what="all is reported")
    work.finish()
    assert seen() == sent
    with work.here():
        returned = Counter(event.application_id for event in rows(Event, verb="letter-returned"))
    assert [returned[id_] for id_ in sent] == [0, 1, 1, 1]
