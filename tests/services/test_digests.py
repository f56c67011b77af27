"""Digests: at the hour that is set, as often as somebody chose, and only where there is something to say."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from review.db import transaction
from review.errors import Refused
from review.models.event import Event
from review.models.letter import Letter
from review.models.person import Person
from review.pace import Pace
from review.rules import Role
from review.services import digests, reviewing, sorting
from tests.factories import NOW, person, received, rows
from tests.outside import configure
from tests.services.at_once import at_once

HELSINKI = ZoneInfo("Europe/Helsinki")


@pytest.fixture
def rosa(app: Flask) -> Person:
    configure(app, digest_hour=8, pace=Pace(zone=HELSINKI))
    return person(email="rosa@staff.example")


def at(text: str) -> datetime:
    """A moment in Helsinki; 26 November 2024 is a Tuesday."""
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


def digested() -> list[Letter]:
    return rows(Letter, kind="digest")


def test_nobody_has_one_who_did_not_choose_to(rosa: Person) -> None:
    received()
    assert digests.send(now=NOW + timedelta(days=30)) == 0


def test_daily_one_comes_at_the_hour_of_the_zone(rosa: Person) -> None:
    digests.set_rhythm("daily", by=rosa, now=at("2024-11-26 14:00"))
    received(now=at("2024-11-26 15:00"))
    assert digests.send(now=at("2024-11-26 23:59")) == 0
    assert digests.send(now=at("2024-11-27 07:59")) == 0
    assert digests.send(now=at("2024-11-27 08:00")) == 1
    assert digests.send(now=at("2024-11-27 08:10")) == 0
    assert digests.send(now=at("2024-11-28 09:30")) == 1, "a clock that stood still comes later, not never"
    assert digests.send(now=at("2024-11-29 08:00")) == 1


def test_weekly_one_comes_on_mondays(rosa: Person) -> None:
    digests.set_rhythm("weekly", by=rosa, now=at("2024-11-26 14:00"))
    received(now=at("2024-11-26 15:00"))
    assert [digests.send(now=at(f"2024-{day} 12:00")) for day in ("11-27", "11-30", "12-01")] == [0, 0, 0]
    assert digests.send(now=at("2024-12-02 07:00")) == 0
    assert digests.send(now=at("2024-12-02 08:00")) == 1
    assert digests.send(now=at("2024-12-08 23:00")) == 0
    assert digests.send(now=at("2024-12-10 08:00")) == 1, "the clock missed Monday"


def test_hour_that_the_clocks_skip_or_repeat_is_one_digest(rosa: Person, app: Flask) -> None:
    configure(app, digest_hour=3)
    digests.set_rhythm("daily", by=rosa, now=at("2024-10-26 14:00"))
    received(now=at("2024-10-26 15:00"))
    sent = sum(digests.send(now=at("2024-10-27 00:00") + timedelta(minutes=10 * step)) for step in range(6 * 30))
    assert sent == 2
    digests.set_rhythm("off", by=rosa, now=at("2025-03-29 14:00"))
    digests.set_rhythm("daily", by=rosa, now=at("2025-03-29 14:00"))
    sent = sum(digests.send(now=at("2025-03-30 00:00") + timedelta(minutes=10 * step)) for step in range(6 * 24))
    assert sent == 1


def test_it_says_what_there_is(rosa: Person) -> None:
    lead = person(Role.LEAD, name="Linus Adeyemi")
    received(now=NOW - timedelta(days=10))
    digests.set_rhythm("daily", by=rosa, now=NOW)
    id_ = received(now=NOW + timedelta(hours=1))
    sorting.assign(id_, rosa.id, by=lead, now=NOW)
    assert digests.send(now=NOW + timedelta(days=1)) == 1
    (letter,) = digested()
    assert letter.to_email == "rosa@staff.example"
    assert letter.subject == "1 new application"
    for line in (
        "- 1 application is new since the last digest.",
        "- 2 applications wait for a decision. 1 of them is overdue.",
        "- 1 was given to you.",
        "- Colleagues call you to 1 application.",
        "/desk/notifications",
    ):
        assert line in letter.text


def test_with_nothing_to_say_none_is_sent_and_nothing_is_kept_for_later(rosa: Person) -> None:
    digests.set_rhythm("daily", by=rosa, now=at("2024-11-26 09:00"))
    assert digests.send(now=at("2024-11-27 08:00")) == 0
    received(now=at("2024-11-27 10:00"))
    assert digests.send(now=at("2024-11-27 20:00")) == 0
    assert digests.send(now=at("2024-11-28 08:00")) == 1


def test_what_somebody_must_not_see_is_not_counted(rosa: Person) -> None:
    digests.set_rhythm("daily", by=rosa, now=NOW)
    sorting.declare_conflict(received(now=NOW + timedelta(minutes=1)), by=rosa, now=NOW)
    assert digests.send(now=NOW + timedelta(days=1)) == 0


def test_viewers_are_not_asked_to_mend(rosa: Person) -> None:
    viewer = person(Role.VIEWER, email="vera@staff.example")
    digests.set_rhythm("daily", by=viewer, now=NOW)
    id_ = received(now=NOW + timedelta(minutes=1))
    reviewing.send_link(id_, by=rosa, now=NOW)
    digests.send(now=NOW + timedelta(days=1))
    assert "mended" not in digested()[0].text


def test_choosing_is_an_event_and_the_same_again_is_none(rosa: Person) -> None:
    for _ in range(2):
        digests.set_rhythm("weekly", by=rosa, now=NOW)
    assert [event.why for event in rows(Event, verb="digest-chosen")] == ["weekly"]
    with pytest.raises(Refused):
        digests.set_rhythm("hourly", by=rosa, now=NOW)


def test_who_has_left_has_none(rosa: Person) -> None:
    digests.set_rhythm("daily", by=rosa, now=NOW)
    received(now=NOW + timedelta(minutes=1))
    with transaction() as session:
        session.get_one(Person, rosa.id).active = False
    assert digests.send(now=NOW + timedelta(days=1)) == 0


def test_two_clocks_send_one(app: Flask, rosa: Person) -> None:
    digests.set_rhythm("daily", by=rosa, now=NOW)
    received(now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(days=1)
    assert sorted(at_once(app, *[lambda: digests.send(now=later)] * 4)) == [0, 0, 0, 1]
