"""Chats are told how the desk stands: once when something comes true, and again only after it was over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from review.db import transaction
from review.errors import Forbidden, Missing, Refused
from review.models.application import Application
from review.models.event import Event
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.webhook import Webhook, WebhookDelivery
from review.rules import Role, Verb
from review.services import alerts, webhooks
from tests.factories import NOW, decided, person, received, rows
from tests.services.at_once import at_once

URL = "https://hooks.slack.example/services/T0/B0/secret"
ALL = {"new": 1, "backlog": 2, "oldest": 7, "bounced": 1, "dead": 1}


@pytest.fixture
def admin(app: Flask) -> Person:
    return person(Role.ADMIN)


def chat(admin: Person, **watched: int) -> int:
    alerts.make_channel("#desk", URL, watched, by=admin, now=NOW)
    return rows(Webhook)[-1].id


def told() -> list[str]:
    return [delivery.payload["text"] for delivery in rows(WebhookDelivery)]


def test_new_applications_are_told_each_time(admin: Person) -> None:
    chat(admin, new=1)
    assert alerts.look(now=NOW) == 0
    received(now=NOW + timedelta(minutes=1))
    received(now=NOW + timedelta(minutes=2))
    assert alerts.look(now=NOW + timedelta(minutes=5)) == 1
    assert alerts.look(now=NOW + timedelta(minutes=10)) == 0
    received(now=NOW + timedelta(minutes=11))
    assert alerts.look(now=NOW + timedelta(minutes=15)) == 1
    assert [text.partition(":")[0] for text in told()] == ["2 new applications", "1 new application"]


def test_full_backlog_is_told_once_until_it_is_over(admin: Person) -> None:
    chat(admin, backlog=2)
    ids = [received() for _ in range(3)]
    assert [alerts.look(now=NOW) for _ in range(3)] == [1, 0, 0]
    ids.append(received())
    assert alerts.look(now=NOW) == 0
    for id_ in ids[:2]:
        decided(id_, Verb.WAITLIST)
    assert alerts.look(now=NOW) == 0
    received()
    assert alerts.look(now=NOW) == 1
    assert all(text.startswith("3 applications wait") for text in told())


def test_old_ones_and_failures_are_told_together(admin: Person) -> None:
    chat(admin, **ALL)
    id_ = received()
    decided(id_, Verb.APPROVE)
    received()
    letter, item = rows(Letter, kind="approved")[0].id, rows(OutboxItem)[0].id
    with transaction() as session:
        session.get_one(Letter, letter).state = LetterState.BOUNCED
        session.get_one(OutboxItem, item).state = ItemState.DEAD
    later = NOW + timedelta(days=8)
    assert alerts.look(now=later) == 1
    assert [line.partition(":")[0] for line in told()[0].split("\n")] == [
        "The oldest application has waited for 8 days",
        "1 letter of an approval came back",
        "1 effect failed for good",
    ]
    assert alerts.look(now=later) == 0
    assert len(rows(OutboxItem, kind=Kind.WEBHOOK)) == 1


def test_what_is_snoozed_does_not_wait(admin: Person) -> None:
    chat(admin, oldest=1, backlog=1)
    ids = [received(), received()]
    with transaction() as session:
        for id_ in ids:
            session.get_one(Application, id_).snoozed_until = NOW + timedelta(days=30)
    assert alerts.look(now=NOW + timedelta(days=9)) == 0


def test_each_chat_hears_what_it_is_to_hear(admin: Person) -> None:
    chat(admin, new=1)
    chat(admin, backlog=1)
    off = chat(admin, new=1)
    webhooks.set_active(off, False, by=admin, now=NOW)
    received(now=NOW + timedelta(minutes=1))
    assert alerts.look(now=NOW + timedelta(minutes=5)) == 1
    webhooks.set_active(off, True, by=admin, now=NOW + timedelta(minutes=6))
    assert alerts.look(now=NOW + timedelta(minutes=10)) == 0, "what came while it was off is old"


def test_a_chat_hears_no_events_and_no_names(admin: Person) -> None:
    chat(admin, new=1)
    received(name="Maren Oduya", show_title="Harbour <!channel> Kitchen", now=NOW + timedelta(minutes=1))
    alerts.look(now=NOW + timedelta(minutes=5))
    assert len(rows(WebhookDelivery)) == 1
    assert set(rows(WebhookDelivery)[0].payload) == {"text"}
    assert "Maren" not in told()[0]
    assert "channel" not in told()[0]


def test_two_clocks_tell_it_once(app: Flask, admin: Person) -> None:
    chat(admin, new=1)
    received(now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=5)
    assert sorted(at_once(app, *[lambda: alerts.look(now=later)] * 4)) == [0, 0, 0, 1]


def test_what_it_is_told_can_be_changed(admin: Person) -> None:
    id_ = chat(admin, backlog=1)
    received()
    received()
    alerts.look(now=NOW)
    alerts.change_channel(id_, {"oldest": 3}, by=admin, now=NOW)
    assert (rows(Webhook)[0].alerts, rows(Webhook)[0].said) == ({"oldest": 3}, [])
    assert [event.verb for event in rows(Event)][-1] == "channel-changed"
    with pytest.raises(Missing):
        alerts.change_channel(99, {"new": 1}, by=admin, now=NOW)
    with pytest.raises(Forbidden):
        alerts.change_channel(id_, {"new": 1}, by=person(Role.LEAD), now=NOW)


def test_a_webhook_of_events_is_no_chat(admin: Person) -> None:
    webhooks.make("Archive", "https://hooks.example/", (), by=admin, now=NOW)
    with pytest.raises(Missing):
        alerts.change_channel(1, {"new": 1}, by=admin, now=NOW)
    received()
    assert alerts.look(now=NOW + timedelta(days=9)) == 0


@pytest.mark.parametrize("watched", [{}, {"nonsense": 1}, {"backlog": 0}, {"backlog": 10_001}, {"oldest": 366}])
def test_what_makes_no_sense_is_refused(admin: Person, watched: dict[str, int]) -> None:
    with pytest.raises(Refused):
        chat(admin, **watched)


def test_admins_alone_make_one(app: Flask) -> None:
    with pytest.raises(Forbidden):
        chat(person(Role.LEAD), new=1)


def test_its_address_is_shown_by_its_end_alone(admin: Person) -> None:
    chat(admin, new=1)
    assert rows(Webhook)[0].shown_url == "https://hooks.slack.example/…cret"
    assert "secret" not in str([(event.why, event.data) for event in rows(Event)])


def test_a_ping_is_a_line_of_text(admin: Person) -> None:
    webhooks.ping(chat(admin, new=1), by=admin, now=NOW)
    assert told() == ["Greenroom can be heard here."]
