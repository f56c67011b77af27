"""A table for a spreadsheet: who may take it, what it holds, that it is noted, and that nothing in it is calculated."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from review.models.event import Event
from review.podcast.feed import Feed
from review.podcast.reader import Reading
from review.podcast.snapshot import take
from review.reads import export
from review.rules import Role, Verb
from review.services import decisions, reviewing, scoring, sorting
from tests.factories import NOW, decided, person, received, rows
from tests.outside import put
from tests.reads.test_everything import Engine
from tests.web.browsing import buttons, fields, press, words
from tests.web.stage import counted


@pytest.fixture
def lead(staff: Callable[..., FlaskClient]) -> FlaskClient:
    return staff(who=person(Role.LEAD, name="Linus Adeyemi"))


def table(response: TestResponse) -> list[dict[str, str]]:
    """The rows of a downloaded table, by their headings."""
    assert response.status_code == 200, response.text
    assert response.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))


def test_table_holds_what_a_person_wants_to_know(lead: FlaskClient) -> None:
    id_ = received(
        show_title="Café Sofia",
        links=("https://a.example/", "https://b.example/"),
        topics=("Arts > Food", "Comedy"),
        feed_url="https://x.example/feed",
        now=NOW - timedelta(days=2),
    )
    shot = take(Reading(Feed(), (), 12), url="https://x.example/feed", now=NOW)
    reviewing.feed_checked(id_, {"url": "https://x.example/feed", "failure": "", "snapshot": shot.to_json()}, now=NOW)
    linus = person(Role.LEAD, name="Ada Okafor")
    sorting.tag(id_, "loud", by=linus, now=NOW)
    sorting.assign(id_, linus.id, by=linus, now=NOW)
    decided(id_, Verb.DECLINE, by=linus, reasons=("commercial", "rights"))
    (row,) = table(press(lead, "/desk?q=is:any", "/export"))
    assert row == {
        "Number": str(id_),
        "State": "declined",
        "Programme": "Community plan",
        "Name": "Maren Oduya",
        "E-mail address": "maren@mail.example",
        "Title": "Café Sofia",
        "Pitch": "Cooks from the port district tell how a dish came across the sea with them.",
        "Topics": "Arts > Food, Comedy",
        "Language": "en",
        "Links": "https://a.example/ https://b.example/",
        "Schedule": "every other Thursday",
        "Feed": "https://x.example/feed",
        "State of the feed": "reads well",
        "Trouble with the feed": "",
        "Episodes": "12",
        "Tags": "loud",
        "Who looks at it": "Ada Okafor",
        "Received (UTC)": "2024-11-24 12:00:00",
        "Put off until (UTC)": "",
        "Decision": "Declined",
        "Reasons": "Commercial show, Rights are unclear",
        "Decided by": "Ada Okafor",
        "Decided (UTC)": "2024-11-26 12:00:00",
        "At the desk": f"http://localhost/desk/{id_}",
    }


def test_feed_that_was_not_read_yet_and_decision_that_was_taken_back(lead: FlaskClient) -> None:
    id_ = received(feed_url="https://x.example/feed")
    decisions.undo(decided(id_, Verb.DECLINE), by=person(Role.LEAD), now=NOW)
    (row,) = table(press(lead, "/desk", "/export"))
    assert (row["State of the feed"], row["Decision"], row["Decided by"]) == ("not read yet", "", "")


def test_table_holds_what_the_list_finds_whole(lead: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    for number in range(5):
        received(show_title=f"Harbour {number}", language="fi")
    received(show_title="Elsewhere")
    found = table(press(lead, "/desk?language=fi", "/export"))
    assert [row["Title"] for row in found] == [f"Harbour {number}" for number in range(5)]


def test_number_of_rows_is_said_first_and_the_taking_is_noted(lead: FlaskClient) -> None:
    received(language="fi")
    received()
    page = lead.get("/desk?language=fi&page=1")
    assert "Download 1 row" in buttons(page)
    press(lead, "/desk?language=fi&page=1", "/export")
    (event,) = rows(Event, verb="exported")
    assert (event.person.name, event.why) == ("Linus Adeyemi", "q=is%3Awaiting+lang%3Afi")
    assert event.data == {"rows": 1, "filters": {"q": "is:waiting lang:fi"}, "fallen_back": False}


def test_nothing_is_offered_where_nothing_was_found(lead: FlaskClient) -> None:
    assert not [button for button in buttons(lead.get("/desk")) if "Download" in button]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_leads_take_people_away(staff: Callable[..., FlaskClient], role: Role) -> None:
    received()
    browser = staff(role)
    page = browser.get("/desk")
    assert not [button for button in buttons(page) if "Download" in button]
    token = fields(browser.get("/apply/link").text)["csrf_token"]
    assert browser.post("/desk/export", data={"csrf_token": token}).status_code == 403
    assert rows(Event, verb="exported") == []


def test_nothing_an_applicant_wrote_is_calculated(lead: FlaskClient) -> None:
    pitch = "+1\n=cmd|' /C calc'!A0 and more"
    received(show_title='=HYPERLINK("https://evil.example","x")', name="@SUM(1)", pitch=pitch)
    (row,) = table(press(lead, "/desk", "/export"))
    assert row["Title"] == '\'=HYPERLINK("https://evil.example","x")'
    assert row["Name"] == "'@SUM(1)"
    assert row["Pitch"] == "'+1\n'=cmd|' /C calc'!A0 and more"


def test_who_is_to_be_judged_blind_stays_unknown(lead: FlaskClient) -> None:
    received(links=("https://a.example/",), feed_url="https://x.example/feed")
    admin = person(Role.ADMIN)
    scoring.put_criterion(1, None, "Voice", [""] * 5, weight=1, by=admin, now=NOW)
    scoring.set_blind(1, True, by=admin, now=NOW)
    (row,) = table(press(lead, "/desk", "/export"))
    assert (row["Name"], row["E-mail address"], row["Links"], row["Feed"]) == ("(judged blind)", "", "", "")


def test_conflict_hides_it_from_the_table_too(staff: Callable[..., FlaskClient]) -> None:
    who = person(Role.LEAD)
    received(show_title="Seen")
    sorting.declare_conflict(received(show_title="Hidden"), by=who, now=NOW)
    assert [row["Title"] for row in table(press(staff(who=who), "/desk", "/export"))] == ["Seen"]


def test_fallback_to_the_database_is_said_and_noted(app: Flask, lead: FlaskClient) -> None:
    received(show_title="Harbour")
    put(app, search=Engine(fails_after=0))
    assert [row["Title"] for row in table(press(lead, "/desk?q=harbour", "/export"))] == ["Harbour"]
    assert "the table holds what the database found" in words(lead.get("/desk/outbox"))
    assert rows(Event, verb="exported")[0].data["fallen_back"] is True


def test_queries_grow_with_batches_only(lead: FlaskClient) -> None:
    def asked() -> int:
        with counted() as statements:
            press(lead, "/desk", "/export")
        return len(statements)

    decided(received(), Verb.ASK, asked=("pitch",))
    received()
    few = asked()
    for _ in range(20):
        received()
    assert asked() == few
