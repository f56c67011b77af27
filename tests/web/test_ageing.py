"""Age, due dates and what is overdue, as the desk shows them; what an applicant reads who never answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.rules import Verb
from review.services import ageing, applications, reviewing
from tests.factories import NOW, decided, person, received
from tests.outside import configure
from tests.web.browsing import fields, tree, words
from tests.web.stage import moment, status_token

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def row(client: FlaskClient, title: str, query: str = "") -> str:
    """What the list says of an application."""
    page = tree(client.get(f"/desk{query}"))
    (found,) = page.xpath("//a[contains(@class, 'row')][.//*[@class='row-title'][normalize-space()=$t]]", t=title)
    return " ".join(" ".join(found.itertext()).split())


def listed(client: FlaskClient, query: str) -> list[str]:
    return [
        " ".join(one.itertext()).strip() for one in tree(client.get(f"/desk{query}")).xpath("//*[@class='row-title']")
    ]


class TestList:
    def test_a_row_says_how_old_it_is_and_when_it_is_due(self, desk: FlaskClient) -> None:
        received(show_title="New", now=NOW - timedelta(minutes=5))
        received(show_title="Soon", now=NOW - WEEK + timedelta(hours=3))
        received(show_title="Old", now=NOW - 9 * DAY)
        assert "5 min" in row(desk, "New")
        assert "due in 6 d" in row(desk, "New")
        assert "due in 3 h" in row(desk, "Soon")
        assert "9 d" in row(desk, "Old")
        assert "overdue 2 d" in row(desk, "Old")

    def test_what_is_late_is_said_in_words_and_marked(self, desk: FlaskClient) -> None:
        received(now=NOW - WEEK)
        received(now=NOW - WEEK + timedelta(seconds=1))
        marked = tree(desk.get("/desk")).xpath("//*[contains(@class, 'due--over')]")
        assert [one.text_content() for one in marked] == ["overdue 0 min"]

    def test_the_clock_stands_still_for_who_is_asked(self, desk: FlaskClient) -> None:
        decided(received(show_title="Asked", now=NOW - 9 * DAY), Verb.ASK)
        assert "with the applicant" in row(desk, "Asked", "?state=asked")
        assert "due" not in row(desk, "Asked", "?state=asked")

    def test_decided_ones_are_not_due(self, desk: FlaskClient) -> None:
        decided(received(show_title="Done", now=NOW - 9 * DAY), Verb.DECLINE)
        assert "due" not in row(desk, "Done", "?state=declined")

    def test_overdue_ones_are_counted_and_stand_together(self, desk: FlaskClient) -> None:
        received(show_title="Old", now=NOW - 9 * DAY)
        received(show_title="Older", now=NOW - 12 * DAY)
        received(show_title="New")
        reviewing.snooze(received(show_title="Asleep", now=NOW - 9 * DAY), 7, by=person(), now=NOW)
        decided(received(show_title="Asked", now=NOW - 9 * DAY), Verb.ASK)
        assert "overdue 2" in words(desk.get("/desk"), "//nav[@class='states']")
        assert listed(desk, "?state=overdue") == ["Older", "Old"]
        page = desk.get("/desk?state=overdue&q=older")
        assert "1 application" in words(page)
        assert tree(page).xpath("//nav[@class='states']//a[@aria-current]/span[1]/text()") == ["overdue"]

    def test_nothing_overdue_is_good_news(self, desk: FlaskClient) -> None:
        received()
        assert "Nothing is overdue." in words(desk.get("/desk?state=overdue"))

    def test_switched_off_nobody_hears_of_it(self, app: Flask, desk: FlaskClient) -> None:
        id_ = received(now=NOW - 9 * DAY)
        configure(app, due=None)
        for path in ("/desk", f"/desk/{id_}"):
            assert "due" not in words(desk.get(path)).replace("undue", "")


class TestPane:
    def test_it_says_when_a_decision_is_due(self, desk: FlaskClient) -> None:
        id_ = received(now=NOW - DAY)
        assert f"due {moment(NOW + 6 * DAY)}" in words(desk.get(f"/desk/{id_}"))

    def test_it_says_since_when_it_has_been(self, desk: FlaskClient) -> None:
        id_ = received(now=NOW - 9 * DAY)
        assert f"overdue since {moment(NOW - 2 * DAY)}" in words(desk.get(f"/desk/{id_}"))

    def test_it_says_that_the_clock_stands_still_and_what_comes(
        self, desk: FlaskClient, drain: Callable[..., int]
    ) -> None:
        id_ = received(now=NOW - 5 * DAY - timedelta(hours=2))
        decided(id_, Verb.ASK)
        said = words(desk.get(f"/desk/{id_}"))
        assert "The clock stands still while we wait for the applicant; 46 h of working time are left." in said
        assert f"Without an answer a reminder goes out {moment(NOW + WEEK)}." in said
        drain()
        ageing.remind_applicants(now=NOW + WEEK)
        said = words(desk.get(f"/desk/{id_}"))
        assert f"Reminded {moment(NOW + WEEK)}; without an answer it is closed {moment(NOW + 3 * WEEK)}." in said
        assert "Greenroom reminded the applicant of the question" in said

    def test_it_promises_only_what_is_switched_on(
        self, app: Flask, desk: FlaskClient, drain: Callable[..., int]
    ) -> None:
        id_ = received(now=NOW - 9 * DAY)
        decided(id_, Verb.ASK)
        assert "no working time is left" in words(desk.get(f"/desk/{id_}"))
        configure(app, remind_after=None, close_after=None)
        assert "reminder" not in words(desk.get(f"/desk/{id_}"))
        configure(app, due=None)
        assert "The clock stands still" not in words(desk.get(f"/desk/{id_}"))

    def test_it_says_who_had_let_it_lie(self, desk: FlaskClient) -> None:
        id_ = received()
        reviewing.take(id_, by=person(name="Linus Adeyemi"), now=NOW)
        ageing.release_untouched(now=NOW + 3 * DAY)
        said = words(desk.get(f"/desk/{id_}"))
        assert "Greenroom gave it back to all: it lay untouched for days" in said
        assert "Linus Adeyemi" in said

    @pytest.mark.parametrize("verb", [Verb.DECLINE, Verb.APPROVE, Verb.WAITLIST])
    def test_decided_ones_are_not_due(self, desk: FlaskClient, verb: Verb) -> None:
        id_ = received()
        decided(id_, verb)
        assert tree(desk.get(f"/desk/{id_}")).xpath("//article//*[contains(@class, 'due')]") == []


@pytest.fixture
def reminded(app: Flask, drain: Callable[..., int]) -> int:
    """Asked three weeks ago and reminded a week later; it is to be closed now."""
    id_ = received(now=NOW - 4 * WEEK)
    decided(id_, Verb.ASK, now=NOW - 3 * WEEK)
    drain()
    ageing.remind_applicants(now=NOW - 2 * WEEK)
    drain()
    return id_


def test_who_decides_what_was_closed_meanwhile_reads_who_did_it(desk: FlaskClient, reminded: int) -> None:
    path = f"/desk/{reminded}/decline"
    form = fields(desk.get(path).text)
    ageing.close_unanswered(now=NOW)
    answer = desk.post(path, data=form | {"reasons": "commercial"})
    assert answer.status_code == 409
    assert "Greenroom closed it: no answer came" in words(answer)


def test_who_never_answered_reads_that_it_is_not_a_no(client: FlaskClient, reminded: int) -> None:
    ageing.close_unanswered(now=NOW)
    page = client.get(f"/apply/{status_token(reminded)}")
    assert "We closed it because we had no answer to our question." in words(page)


def test_who_withdrew_after_a_reminder_reads_just_that(client: FlaskClient, reminded: int) -> None:
    applications.withdraw(reminded, why="", now=NOW)
    assert "You have withdrawn it." in words(client.get(f"/apply/{status_token(reminded)}"))
