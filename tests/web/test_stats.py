"""The statistics page: what stands on it, who may see it, and how often it asks the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from review.reads.stats import PERIODS
from review.rules import Role, Verb
from review.web.stats import scale
from tests.factories import NOW, decided, person, received
from tests.web.browsing import links, tree, words
from tests.web.stage import counted

DAY = timedelta(days=1)


def table(client: FlaskClient, name: str, query: str = "") -> list[list[str]]:
    """The rows of a table, its head first, as they are read."""
    (found,) = tree(client.get(f"/desk/stats{query}")).xpath(f"//section[h2/@id='{name}-heading']//table")
    cells = [row.xpath("./th|./td[not(@aria-hidden='true')]") for row in found.xpath(".//tr")]
    return [[" ".join(cell.text_content().split()) for cell in row] for row in cells]


@pytest.fixture
def week(desk: FlaskClient) -> FlaskClient:
    """Four came within a week; two were declined and one was asked."""
    rosa = person(name="Rosa Iqbal")
    for back, verb, reason in [
        (6, Verb.DECLINE, "commercial"),
        (5, Verb.DECLINE, "rights"),
        (5, Verb.ASK, "ownership"),
    ]:
        decided(received(now=NOW - back * DAY), verb, by=rosa, now=NOW - DAY, reasons=(reason,))
    received(now=NOW - DAY)
    return desk


def test_desk_leads_to_the_statistics(desk: FlaskClient) -> None:
    assert "/desk/stats" in links(desk.get("/desk"))


@pytest.mark.parametrize("role", Role)
def test_all_staff_see_them(staff: Callable[..., FlaskClient], role: Role) -> None:
    assert staff(role).get("/desk/stats").status_code == 200


def test_nobody_else_does(client: FlaskClient) -> None:
    assert client.get("/desk/stats").headers["Location"].startswith("/sign-in")


def test_an_empty_desk_has_statistics_too(desk: FlaskClient) -> None:
    page = desk.get("/desk/stats")
    said = words(page)
    for nothing in (
        "Nothing yet in this time.",
        "Nothing was decided in this time.",
        "No letter was written in this time.",
    ):
        assert nothing in said
    assert len(tree(page).xpath("//svg[@role='img']")) == 2


def test_figures_stand_at_the_top(week: FlaskClient) -> None:
    said = words(week.get("/desk/stats"), "//dl[@class='tiles']")
    assert said == "Open now 2 Came 4 Decided 2 First look (median) 4 d Decision (median) 4 d"


def test_every_day_stands_in_a_table_the_latest_first(week: FlaskClient) -> None:
    head, *rows = table(week, "backlog")
    assert (head, len(rows)) == (["Day", "Open at its end"], 30)
    assert rows[:3] == [["26 Nov 2024", "2"], ["25 Nov 2024", "2"], ["24 Nov 2024", "3"]]
    head, *rows = table(week, "moves")
    assert (head, rows[1]) == (["Day", "Came", "Decided"], ["25 Nov 2024", "1", "2"])


def test_reasons_reviewers_letters_and_times_stand_in_tables(week: FlaskClient) -> None:
    reasons = {tuple(row) for row in table(week, "reasons")[1:]}
    assert reasons == {
        ("Commercial show", "Declined", "1"),
        ("Rights are unclear", "Declined", "1"),
        ("Is the show yours?", "Asked", "1"),
    }
    head, row = table(week, "reviewers")
    given = {verb: number for verb, number in zip(head, row, strict=True) if number != "0"}
    assert given == {"Reviewer": "Rosa Iqbal", "Declined": "2", "Asked": "1", "Together": "3"}
    assert ["waiting to be sent", "7"] in table(week, "letters")
    assert table(week, "looks")[1:4] == [["within a day", "0"], ["within 3 days", "0"], ["within a week", "3"]]
    assert "nine in ten no longer than 5 d" in words(week.get("/desk/stats"))


def test_charts_are_named_and_described(week: FlaskClient) -> None:
    page = tree(week.get("/desk/stats"))
    for chart in page.xpath("//svg[@role='img']"):
        (title,), (description,) = chart.xpath("./title"), chart.xpath("./desc")
        assert (chart.get("aria-labelledby"), chart.get("aria-describedby")) == (title.get("id"), description.get("id"))
    assert "4 came and 2 were approved" in page.get_element_by_id("moves-description").text_content()
    assert page.xpath("//svg//title[contains(., '25 Nov 2024: 1 came, 2 decided')]")


def test_tables_can_be_scrolled_by_key(week: FlaskClient) -> None:
    page = tree(week.get("/desk/stats"))
    for region in page.xpath("//main//table/.."):
        assert (region.get("tabindex"), region.get("role")) == ("0", "group")
        assert region.get("aria-labelledby")
    assert page.xpath("//main//table[not(.//th[@scope='col'])]") == []
    assert page.xpath("//main//tbody//tr[not(th[@scope='row'])]") == []


@pytest.mark.parametrize("days", PERIODS)
def test_period_can_be_chosen(desk: FlaskClient, days: int) -> None:
    page = tree(desk.get(f"/desk/stats?days={days}"))
    assert page.xpath("//nav//a[@aria-current][@href=$to]", to=f"/desk/stats?days={days}")
    number, length = PERIODS[days]
    head, *rows = table(desk, "moves", f"?days={days}")
    assert (head[0], len(rows)) == ("Week" if length > 1 else "Day", number)


@pytest.mark.parametrize("days", ["", "0", "31", "-1", "1e9", "365 ", "\u0663\u0660", "x"])
def test_any_other_period_is_the_shortest(desk: FlaskClient, days: str) -> None:
    page = tree(desk.get("/desk/stats", query_string={"days": days}))
    assert page.xpath("//nav//a[@aria-current][@href='/desk/stats?days=30']")


def test_weeks_name_their_first_and_last_day(desk: FlaskClient) -> None:
    assert table(desk, "moves", "?days=365")[1][0] == "20 Nov 2024 – 26 Nov 2024"


def test_axes_end_at_even_round_numbers() -> None:
    assert [scale([n]) for n in (0, 1, 3, 5, 9, 11, 41, 61_056)] == [2, 2, 4, 6, 10, 20, 60, 80_000]
    assert scale([]) == 2


def test_page_asks_as_often_for_many(desk: FlaskClient) -> None:
    def more(number: int) -> None:
        for back in range(number):
            at = NOW - back * DAY
            decided(received(now=at), Verb.DECLINE, by=person(), now=at, reasons=("rights",))

    def asked() -> int:
        desk.get("/desk/stats")
        with counted() as found:
            assert desk.get("/desk/stats").status_code == 200
        return len(found)

    more(2)
    few = asked()
    more(12)
    assert asked() == few
