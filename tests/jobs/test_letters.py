"""A letter leaves once: whatever the mail service answers, and wherever a worker dies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from jobs import deliver
from review import outbox
from review.db import transaction
from review.errors import GiveUp, TryLater, Unknown
from review.gateways.mail import Mailbox, Outgoing
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, OutboxItem
from review.outbox import LADDER
from review.services import post
from tests.factories import NOW, rows, submitted
from tests.outside import put

SETTLE = timedelta(seconds=60)
PERIOD = timedelta(seconds=90)


class Killed(BaseException):
    """The worker dies here."""


@dataclass
class Service:
    """A mail service. `troubles` are its answers to letters, in order, before it takes all; `taken` is what it has.
    It cannot be asked for letters the first `silent` times.
    """

    settle: timedelta = SETTLE
    troubles: list[BaseException] = field(default_factory=list)
    takes_all_the_same: bool = False
    silent: int = 0
    taken: list[Outgoing] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def send(self, outgoing: Outgoing) -> str:
        self.calls.append("send")
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is None or self.takes_all_the_same:
            self.taken.append(outgoing)
        if trouble is not None:
            raise trouble
        return f"message {len(self.taken)}"

    def find(self, id_: int, custom_id: str) -> str | None:
        self.calls.append("find")
        if self.calls.count("find") <= self.silent:
            raise TryLater("down")
        found = [one for one in self.taken if (one.id, one.custom_id) == (id_, custom_id)]
        return "message found" if found else None

    def check(self) -> str:
        return "fine"


@pytest.fixture
def service(app: Flask) -> Service:
    """A mail service in the place of the app's own."""
    made = Service()
    put(app, mail=made)
    return made


def work(at: datetime) -> int:
    """Do what is due at a moment; how much that was."""
    with time_machine.travel(at, tick=False):
        leases = outbox.lease(limit=10, now=at, period=PERIOD)
        for held in leases:
            deliver.work(held)
    return len(leases)


def work_until_settled(start: datetime = NOW) -> datetime:
    """Let time pass until nothing is left to do; the moment at which that was."""
    at = start
    for _ in range(2 * len(LADDER)):
        work(at)
        if item().state not in (ItemState.WAITING, ItemState.LEASED):
            break
        at = max(at, item().due_at)
    return at


def item() -> OutboxItem:
    return rows(OutboxItem)[0]


def letter() -> Letter:
    return rows(Letter)[0]


def test_letter_is_sent_in_one_attempt(service: Service) -> None:
    submitted()
    work(NOW)
    assert service.calls == ["send"]
    (taken,) = service.taken
    assert (taken.id, taken.custom_id) == (letter().id, letter().custom_id)
    assert (taken.from_name, taken.to_email, taken.to_name) == ("Greenroom", letter().to_email, letter().to_name)
    assert "/apply/verify/" in taken.text
    assert "/apply/verify/" in taken.html
    assert (letter().state, letter().message_id, letter().sent_at) == (LetterState.SENT, "message 1", NOW)
    assert item().state is ItemState.DONE


def test_letter_in_the_dark_stays_on_its_way_and_is_asked_for_first(service: Service) -> None:
    submitted()
    service.troubles = [Unknown("broke off")]
    service.takes_all_the_same = True
    work(NOW)
    assert (letter().state, letter().attempted_at) == (LetterState.SENDING, NOW)
    assert (item().state, item().error) == (ItemState.WAITING, "broke off")
    work_until_settled(NOW)
    assert service.calls == ["send", "find"]
    assert len(service.taken) == 1
    assert (letter().state, letter().message_id) == (LetterState.SENT, "message found")


def test_service_is_not_asked_before_it_can_know(service: Service) -> None:
    submitted()
    service.troubles = [Unknown("broke off")]
    work(NOW)
    assert item().due_at < NOW + SETTLE
    work(item().due_at)
    assert service.calls == ["send"]
    assert (letter().state, item().error) == (LetterState.SENDING, "outcome-unknown")
    assert item().due_at >= NOW + SETTLE
    work(item().due_at)
    assert service.calls == ["send", "find"]


def test_letter_that_is_not_found_twice_is_sent_again(service: Service) -> None:
    submitted()
    service.troubles = [Unknown("broke off")]
    work_until_settled()
    assert service.calls == ["send", "find", "find", "send"]
    (taken,) = service.taken
    assert taken.custom_id == letter().custom_id
    assert letter().state is LetterState.SENT


def test_every_attempt_in_the_dark_is_asked_for_anew(service: Service) -> None:
    submitted()
    service.troubles = [Unknown("broke off"), Unknown("broke off again")]
    work_until_settled()
    assert service.calls == ["send", "find", "find", "send", "find", "find", "send"]
    assert letter().state is LetterState.SENT


@pytest.mark.parametrize(
    ("trouble", "state"), [(TryLater("busy"), ItemState.WAITING), (GiveUp("no address"), ItemState.DEAD)]
)
def test_letter_that_was_refused_waits_again_and_is_not_asked_for(
    service: Service, trouble: Exception, state: ItemState
) -> None:
    submitted()
    service.troubles = [trouble]
    work(NOW)
    assert (letter().state, letter().attempted_at, letter().sent_at) == (LetterState.QUEUED, None, None)
    assert (item().state, item().error) == (state, str(trouble))


def test_letter_the_service_was_too_busy_for_is_sent_later(service: Service) -> None:
    submitted()
    service.troubles = [TryLater("busy"), TryLater("busy")]
    work_until_settled()
    assert service.calls == ["send", "send", "send"]
    assert len(service.taken) == 1


@pytest.mark.parametrize("taken", [True, False])
def test_worker_that_dies_while_it_sends_costs_no_letter_and_makes_no_second(service: Service, taken: bool) -> None:
    submitted()
    service.troubles = [Killed()]
    service.takes_all_the_same = taken
    with time_machine.travel(NOW, tick=False):
        (held,) = outbox.lease(limit=1, now=NOW, period=PERIOD)
        outbox.start(held, now=NOW, period=PERIOD)
        with pytest.raises(Killed):
            deliver.HANDLERS[deliver.Kind.LETTER](letter().id, lambda: None)
    assert letter().state is LetterState.SENDING
    work_until_settled(NOW + PERIOD)
    assert len(service.taken) == 1
    assert letter().state is LetterState.SENT
    assert item().state is ItemState.DONE


def test_report_that_comes_meanwhile_ends_the_search(service: Service) -> None:
    submitted()
    service.troubles = [Unknown("broke off")]
    work(NOW)
    post.sent(letter().id, "from a report", now=NOW)
    work_until_settled()
    assert service.calls == ["send"]
    assert letter().message_id == "from a report"


def test_service_that_cannot_be_asked_is_asked_later(service: Service) -> None:
    submitted()
    service.troubles = [Unknown("broke off")]
    service.takes_all_the_same, service.silent = True, 2
    work_until_settled()
    assert service.calls == ["send", "find", "find", "find"]
    assert letter().state is LetterState.SENT


def test_letter_that_stays_in_the_dark_is_dead_in_the_end_and_not_sent_blindly(service: Service) -> None:
    submitted()
    service.troubles = [Unknown("broke off") for _ in range(99)]
    work_until_settled()
    assert item().state is ItemState.DEAD
    assert letter().state is LetterState.SENDING
    sends = [number for number, call in enumerate(service.calls) if call == "send"]
    assert all(service.calls[number - 2 : number] == ["find", "find"] for number in sends[1:])


def test_letter_taken_back_meanwhile_is_not_sent(service: Service) -> None:
    submitted()
    with transaction() as session:
        session.get_one(Letter, letter().id).state = LetterState.CANCELLED
    work(NOW)
    assert service.calls == []
    assert item().state is ItemState.DONE


def test_mailbox_knows_at_once(app: Flask, service: Service) -> None:
    mailbox = Mailbox(app.config["GREENROOM"].mail_dir)
    put(app, mail=mailbox)
    submitted()
    post.address(letter().id, now=NOW)  # and there the worker dies, before it has written the file
    work(NOW)
    assert letter().state is LetterState.SENT
    assert [summary.id for summary in mailbox.messages(9)] == [letter().id]


def test_mailbox_does_not_write_a_letter_twice(app: Flask, service: Service) -> None:
    mailbox = Mailbox(app.config["GREENROOM"].mail_dir)
    put(app, mail=mailbox)
    submitted()
    work(NOW)
    file = app.config["GREENROOM"].mail_dir / f"{letter().id}.eml"
    written = file.read_bytes()
    with transaction() as session:
        session.get_one(Letter, letter().id).state = LetterState.SENDING  # as if the worker had died before its note
        session.get_one(OutboxItem, item().id).state = ItemState.WAITING
    work(NOW + PERIOD)
    assert file.read_bytes() == written
    assert letter().state is LetterState.SENT
