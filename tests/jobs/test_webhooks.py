"""Other programs are told of every Event that they want to hear of: signed, again until they take it, and no more."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from review import tokens
from review.db import db, transaction
from review.errors import Forbidden, Missing, Refused
from review.gateways.fetch import Fetcher
from review.models.event import Event
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.webhook import DeliveryState, Webhook, WebhookDelivery
from review.rules import Role, Verb
from review.services import audit, reviewing, webhooks
from tests.factories import NOW, decided, person, received, rows
from tests.gateways.scripted import Answer, Scripted, closed_port, scripted
from tests.outside import configure, put
from tests.web.stage import counted, listed

Drain = Callable[..., int]
LATER = NOW + timedelta(hours=1)


class Receiver:
    """A program that is told, behind a name of its own. What it heard is in `heard`, headers in `headers`."""

    def __init__(self, server: Scripted) -> None:
        self.server = server

    @property
    def url(self) -> str:
        return f"http://hooks.example:{self.server.server_address[1]}/told"

    @property
    def headers(self) -> list[Any]:
        return self.server.headers

    @property
    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.server.bodies]

    def answer(self, *answers: Answer) -> None:
        self.server.answers[:] = answers


@pytest.fixture
def receiver(app: Flask) -> Iterator[Receiver]:
    def resolve(host: str, port: int) -> list[str]:
        assert host == "hooks.example"
        return ["127.0.0.1"]

    put(app, fetcher=Fetcher(allow_networks=(ip_network("127.0.0.0/8"),), resolve=resolve))
    with scripted(Answer(204)) as server:
        yield Receiver(server)


@pytest.fixture(autouse=True)
def _admin(app: Flask) -> None:
    person(Role.ADMIN, name="Ada Moreau")


def admin() -> Person:
    """The admin as the database knows her now: jobs end every session."""
    return db.session.scalars(select(Person).where(Person.role == Role.ADMIN)).one()


def hook(url: str, *verbs: str) -> int:
    """A webhook whose own making nobody is told of."""
    webhooks.make("Archive", url, verbs, by=admin(), now=NOW)
    with transaction() as session:
        for row in session.query(OutboxItem).where(OutboxItem.kind == Kind.WEBHOOK):
            session.delete(row)
        for told in session.query(WebhookDelivery):
            session.delete(told)
    return rows(Webhook)[-1].id


def effects() -> list[OutboxItem]:
    return rows(OutboxItem, kind=Kind.WEBHOOK)


class TestTelling:
    def test_what_happens_is_told_in_numbers_and_codes(self, drain: Drain, receiver: Receiver) -> None:
        id_ = received(email="maren@mail.example")
        hook(receiver.url)
        decided(id_, Verb.DECLINE, by=admin(), reasons=("rights",))
        drain(LATER)
        event = rows(Event, verb="decline")[0]
        (told,) = receiver.heard
        assert told == {
            "type": "decline",
            "timestamp": NOW.isoformat(),
            "data": {
                "event": event.id,
                "actor": "staff",
                "person": {"id": admin().id, "name": "Ada Moreau"},
                "application": {"id": id_, "state": "declined"},
                "show": None,
            },
        }

    def test_nothing_personal_is_told_of_applicants_and_podcasters(self, drain: Drain, receiver: Receiver) -> None:
        hook(receiver.url)
        id_ = received(name="Maren Oduya", email="maren@mail.example", show_title="Harbour Kitchen")
        reviewing.note(id_, "She called me", by=admin(), now=NOW)
        listed(1)
        with transaction() as session:
            audit.record(session, "export-link-made", at=NOW, person=person(role=None, name="Owner Oduya"), show_id=1)
        drain(LATER)
        said = json.dumps(receiver.heard)
        assert len(receiver.heard) > 4
        for secret in ("Maren", "Oduya", "mail.example", "Harbour", "called", "Cooks"):
            assert secret not in said
        assert receiver.heard[-1]["data"]["show"] == {"id": 1, "slug": "show-2"}
        assert receiver.heard[-1]["data"]["person"] is None

    def test_each_hears_what_it_asked_for(self, drain: Drain, receiver: Receiver) -> None:
        hook(receiver.url, "note", "snooze")
        id_ = received()
        reviewing.note(id_, "Hm", by=admin(), now=NOW)
        reviewing.snooze(id_, 7, by=admin(), now=NOW)
        reviewing.send_link(id_, by=admin(), now=NOW)
        drain(LATER)
        assert [told["type"] for told in receiver.heard] == ["note", "snooze"]

    def test_what_is_rolled_back_is_told_to_nobody(self, app: Flask, receiver: Receiver) -> None:
        hook(receiver.url)
        with suppress(ZeroDivisionError), transaction() as session:
            audit.record(session, "note", at=NOW, person=admin())
            raise ZeroDivisionError
        assert effects() == []

    def test_hooks_are_asked_for_once_however_many_events_there_are(self, app: Flask) -> None:
        def asked(events: int) -> tuple[int, int]:
            by = admin()
            with counted() as statements, transaction() as session:
                for _ in range(events):
                    audit.record(session, "note", at=NOW, person=by)
            return len([one for one in statements if "FROM webhooks" in one]), len(statements)

        assert asked(1)[0] == asked(30)[0] == 1
        assert rows(WebhookDelivery) == []

    def test_a_hook_hears_of_itself_but_not_of_pings(self, drain: Drain, receiver: Receiver) -> None:
        webhooks.make("Archive", receiver.url, (), by=admin(), now=NOW)
        webhooks.ping(1, by=admin(), now=NOW)
        drain(LATER)
        assert [told["type"] for told in receiver.heard] == ["webhook-made", "ping"]
        webhooks.replay(rows(WebhookDelivery)[0].id, by=admin(), now=NOW)
        drain(LATER)
        assert [told["type"] for told in receiver.heard] == ["webhook-made", "ping", "webhook-made"]


class TestSigning:
    def test_who_has_the_secret_can_check_it(self, drain: Drain, receiver: Receiver) -> None:
        secret = webhooks.make("Archive", receiver.url, ["ping"], by=admin(), now=NOW)
        webhooks.ping(1, by=admin(), now=NOW)
        drain(LATER)
        headers, body = receiver.headers[0], receiver.server.bodies[0]
        signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["content-type"] == "application/json"

    def test_it_is_what_standard_webhooks_says(self) -> None:
        key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        signed = tokens.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
        assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_the_secret_stands_nowhere(self, app: Flask, receiver: Receiver) -> None:
        secret = webhooks.make("Archive", receiver.url, (), by=admin(), now=NOW)
        other = webhooks.make("Archive", receiver.url, (), by=admin(), now=NOW)
        assert secret != other
        kept = [vars(row) for row in (*rows(Webhook), *rows(Event), *rows(WebhookDelivery))]
        assert secret.removeprefix("whsec_") not in str(kept)


class TestTrying:
    @pytest.mark.parametrize(
        "answer", [Answer(500), Answer(404), Answer(302, headers={"Location": "/x"}), Answer(reset=True)]
    )
    def test_what_is_not_taken_is_sent_again_under_its_id(
        self, drain: Drain, receiver: Receiver, answer: Answer
    ) -> None:
        hook(receiver.url, "ping")
        webhooks.ping(1, by=admin(), now=NOW)
        receiver.answer(answer, Answer(200, b"thanks"))
        drain(LATER)
        (told,) = rows(WebhookDelivery)
        assert (told.state, told.attempts) == (DeliveryState.FAILED, 1)
        assert effects()[0].state is ItemState.WAITING
        drain(LATER + timedelta(days=365 * 9))
        (told,) = rows(WebhookDelivery)
        assert (told.state, told.attempts, told.status, told.answer) == (DeliveryState.DELIVERED, 2, 200, "thanks")
        assert effects()[0].state is ItemState.DONE
        assert len({headers["webhook-id"] for headers in receiver.headers}) == 1
        assert len(set(receiver.server.bodies)) == 1

    def test_one_that_never_takes_it_stands_in_the_outbox(self, drain: Drain, receiver: Receiver) -> None:
        hook(receiver.url, "ping")
        webhooks.ping(1, by=admin(), now=NOW)
        receiver.answer(Answer(503, "Bad\x00 día\n".encode() + b"\xff"))
        drain(LATER + timedelta(days=365 * 9))
        (item,) = effects()
        assert (item.state, item.attempts, item.error) == (ItemState.DEAD, 9, "not-taken: 503")
        assert rows(WebhookDelivery)[0].answer == "Bad día \ufffd"
        receiver.answer(Answer(200))
        reviewing.retry(item.id, by=admin(), now=NOW)
        drain(LATER)
        assert rows(WebhookDelivery)[0].state is DeliveryState.DELIVERED

    def test_one_that_is_not_there_is_tried_later(self, drain: Drain, receiver: Receiver) -> None:
        hook(f"http://hooks.example:{closed_port()}/", "ping")
        webhooks.ping(1, by=admin(), now=NOW)
        drain(LATER)
        (told,) = rows(WebhookDelivery)
        assert (told.state, told.status, told.answer) == (DeliveryState.FAILED, None, "connection")

    def test_one_inside_is_never_asked(self, app: Flask, drain: Drain) -> None:
        put(app, fetcher=Fetcher(resolve=lambda _host, _port: ["10.0.0.1"]))
        hook("http://hooks.example/", "ping")
        webhooks.ping(1, by=admin(), now=NOW)
        drain(LATER)
        assert effects()[0].state is ItemState.DEAD
        assert effects()[0].error.startswith("forbidden-address")

    def test_one_that_is_gone_is_switched_off(self, drain: Drain, receiver: Receiver) -> None:
        id_ = hook(receiver.url)
        receiver.answer(Answer(410))
        for _ in range(2):
            webhooks.ping(id_, by=admin(), now=NOW)
        drain(LATER)
        gone = rows(Webhook)[0]
        assert (gone.active, gone.trouble) == (False, "gone")
        assert len(receiver.headers) == 1
        assert [told.state for told in rows(WebhookDelivery)] == [DeliveryState.FAILED, DeliveryState.DROPPED]
        assert {item.state for item in effects()} == {ItemState.DONE}
        (event,) = rows(Event, verb="webhook-gone")
        assert (event.actor, event.why) == ("system", "Archive")

    def test_while_it_is_off_nothing_is_put(self, drain: Drain, receiver: Receiver) -> None:
        id_ = hook(receiver.url)
        webhooks.set_active(id_, False, by=admin(), now=NOW)
        received()
        drain(LATER)
        assert receiver.headers == []
        with pytest.raises(Refused):
            webhooks.ping(id_, by=admin(), now=NOW)
        webhooks.set_active(id_, True, by=admin(), now=NOW)
        webhooks.set_active(id_, True, by=admin(), now=NOW)
        drain(LATER)
        assert [told["type"] for told in receiver.heard] == ["webhook-on"]

    def test_a_worker_that_died_after_it_was_taken_does_not_send_again(self, drain: Drain, receiver: Receiver) -> None:
        hook(receiver.url, "ping")
        webhooks.ping(1, by=admin(), now=NOW)
        drain(LATER)
        with transaction() as session:
            session.get_one(OutboxItem, effects()[0].id).state = ItemState.WAITING
        drain(LATER)
        assert len(receiver.headers) == 1

    def test_a_message_is_sent_again_by_hand(self, drain: Drain, receiver: Receiver) -> None:
        id_ = hook(receiver.url, "ping")
        webhooks.ping(id_, by=admin(), now=NOW)
        drain(LATER)
        told = rows(WebhookDelivery)[0].id
        assert webhooks.replay(told, by=admin(), now=NOW) == id_
        webhooks.replay(told, by=admin(), now=NOW)  # while it waits: once
        drain(LATER)
        assert len(receiver.headers) == 2
        assert len({headers["webhook-id"] for headers in receiver.headers}) == 1
        webhooks.set_active(id_, False, by=admin(), now=NOW)
        with pytest.raises(Refused):
            webhooks.replay(told, by=admin(), now=NOW)

    def test_sending_again_revives_what_was_dead(self, drain: Drain, receiver: Receiver) -> None:
        hook(receiver.url, "ping")
        webhooks.ping(1, by=admin(), now=NOW)
        with transaction() as session:
            session.get_one(OutboxItem, effects()[0].id).state = ItemState.DEAD
        webhooks.replay(rows(WebhookDelivery)[0].id, by=admin(), now=NOW)
        drain(LATER)
        assert [item.state for item in effects()] == [ItemState.DONE]

    def test_what_was_taken_away_is_told_nothing(self, drain: Drain, receiver: Receiver) -> None:
        id_ = hook(receiver.url)
        webhooks.ping(id_, by=admin(), now=NOW)
        webhooks.remove(id_, by=admin(), now=NOW)
        drain(LATER)
        assert receiver.headers == []
        assert (rows(Webhook), rows(WebhookDelivery)) == ([], [])
        assert rows(Event)[-1].verb == "webhook-removed"


class TestMaking:
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
    def test_admins_alone_do_it(self, app: Flask, role: Role) -> None:
        by = person(role)
        id_ = hook("http://hooks.example/")
        for act in (
            lambda: webhooks.make("Mine", "http://hooks.example/", (), by=by, now=NOW),
            lambda: webhooks.set_active(id_, False, by=by, now=NOW),
            lambda: webhooks.remove(id_, by=by, now=NOW),
            lambda: webhooks.ping(id_, by=by, now=NOW),
            lambda: webhooks.replay(1, by=by, now=NOW),
        ):
            with pytest.raises(Forbidden):
                act()

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("", "webhook-url"),
            ("ftp://hooks.example/", "webhook-url"),
            ("https://rosa:secret@hooks.example/", "webhook-url"),
            ("https:///x", "webhook-url"),
            ("http://hooks.example/", "webhook-plain"),
        ],
    )
    def test_an_address_must_be_one(self, app: Flask, url: str, code: str) -> None:
        configure(app, public_url="https://desk.example")
        with pytest.raises(Refused) as refusal:
            webhooks.make("Archive", url, (), by=admin(), now=NOW)
        assert refusal.value.code == code

    def test_there_is_an_end_to_how_many(self, app: Flask) -> None:
        for _ in range(20):
            hook("http://hooks.example/", "ping")
        with pytest.raises(Refused):
            webhooks.make("One more", "http://hooks.example/", (), by=admin(), now=NOW)

    def test_what_is_not_there_is_missing(self, app: Flask) -> None:
        for act in (webhooks.ping, webhooks.remove, webhooks.replay):
            with pytest.raises(Missing):
                act(99, by=admin(), now=NOW)
        assert webhooks.begin(99, now=NOW) is None
        assert webhooks.answered(99, 200, "", now=NOW) is True

    def test_messages_are_kept_for_a_month(self, drain: Drain, receiver: Receiver) -> None:
        hook(receiver.url, "ping")
        webhooks.ping(1, by=admin(), now=NOW)
        drain(LATER)
        assert webhooks.forget(now=NOW + timedelta(days=30)) == 0
        assert webhooks.forget(now=NOW + timedelta(days=31)) == 1
