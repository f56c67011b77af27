"""Bringing a table in, by its pages: given, looked at, arranged, taken in; every row accounted for."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from review.models.application import Application
from review.models.intake import Import
from review.reads import intake as kept_tables
from review.rules import Role
from review.services import intake
from review.web.importing import MAX_BYTES
from tests.factories import NOW, person, rows
from tests.services.test_intake import HEAD, line, table
from tests.web.browsing import beside, buttons, fields, links, press, tree, words
from tests.web.stage import counted


@pytest.fixture
def lead(staff: Callable[..., FlaskClient]) -> FlaskClient:
    return staff(Role.LEAD)


def give(client: FlaskClient, data: bytes, name: str = "forms.csv") -> TestResponse:
    """Choose a file on the page and send it."""
    token = fields(client.get("/desk/import").text)["csrf_token"]
    file = (io.BytesIO(data), name)
    response = client.post("/desk/import", data={"csrf_token": token, "file": file}, content_type="multipart/form-data")
    response.request.environ["wsgi.input"].close()  # a large body is a file of the test client's
    return response


def given(client: FlaskClient, data: bytes) -> str:
    """Where a table that was given is looked at."""
    response = give(client, data)
    assert response.status_code == 303, words(response)
    return response.location


def test_lead_brings_a_table_in(lead: FlaskClient, drain: Callable[..., int]) -> None:
    where = given(lead, (HEAD + line(1) + line(2, email="no", title="") + line(3, category="Wizardry")).encode())
    page = lead.get(where)
    assert "3 rows. Nothing is brought in before you say so." in words(page)
    assert "2 are new and would be brought in 0 are here already 1 cannot be brought in" in words(page)
    assert "3 Name of your show: nothing stands there Email Address: “no” is no e-mail address" in words(page)
    assert "left out of Topics: Wizardry" in words(page)
    assert rows(Application) == []
    assert press(lead, where, "/start").location == where
    assert "0 of 3 rows" in words(lead.get(where))
    assert "data-refresh" in lead.get(where).text
    drain()
    page = lead.get(where)
    assert "3 of 3 rows" in words(page)
    assert "2 brought in 0 were here already 1 could not be brought in" in words(page)
    assert "data-refresh" not in page.text
    assert [href for href in links(page) if "/desk/" in href][-1] == "/desk/2"
    assert "brought it in from a table" in words(lead.get("/desk/1"))
    assert "not agreed to ours" in words(lead.get("/desk/1"))


def test_columns_are_arranged_by_hand(lead: FlaskClient) -> None:
    where = given(lead, b"who;where;what;say;when\nAda;a@mail.example;Owls;We talk.;3/4/2024\n")
    page = lead.get(where)
    assert "1 cannot be brought in" in words(page)
    assert not [button for button in buttons(page) if button.startswith("Bring")]
    chosen = {"name": "0", "email": "1", "show_title": "2", "pitch": "3", "received_at": "4"}
    response = press(lead, where, "/columns", **chosen, dates="dmy", default_language="de")
    assert response.location == f"{where}#rows"
    page = lead.get(where)
    assert "Bring 1 application in" in buttons(page)
    assert "Ada a@mail.example We talk. German 3 Apr 2024, 00:00" in words(page)
    assert tree(page).xpath("//select[@name='dates']/option[@selected]/@value") == ["dmy"]


@pytest.mark.parametrize("change", [{"name": "77"}, {"dates": "ymd"}, {"default_language": "xx"}], ids=str)
def test_choice_nobody_offers_is_no_choice(lead: FlaskClient, change: dict[str, str]) -> None:
    where = given(lead, table(1))
    response = press(lead, where, "/columns", **change)
    assert response.status_code == 422
    assert beside(response, next(iter(change)))


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "The file is empty"), (b"PK\x03\x04", "Save the sheet as CSV"), (b"Name\n", "no row beneath them")],
)
def test_what_is_no_table_is_said_beside_the_field(lead: FlaskClient, data: bytes, said: str) -> None:
    response = give(lead, data)
    assert response.status_code == 422
    assert said in beside(response, "file")
    assert rows(Import) == []


def test_no_file_is_said_beside_the_field(lead: FlaskClient) -> None:
    assert beside(give(lead, b"", name=""), "file") == "Choose a file."


def test_tables_may_be_larger_than_forms_but_not_larger_than_that(lead: FlaskClient) -> None:
    row = line(1, pitch="x" * 4000)
    where = given(lead, (HEAD + row * 500).encode())
    assert "499 are here already" in words(lead.get(where))
    assert give(lead, b"x" * (MAX_BYTES + 1)).status_code == 413
    assert lead.post("/desk/1/notes", data={"body": "x" * 300_000}).status_code == 413


def test_rows_are_shown_a_hundred_at_a_time(lead: FlaskClient, drain: Callable[..., int]) -> None:
    where = given(lead, (HEAD + "x\n" * 250).encode())
    intake.start(int(where.rpartition("/")[2]), by=person(Role.LEAD), now=NOW)
    drain()
    page = lead.get(f"{where}?page=3")
    assert "Page 3 of 3" in words(page)
    assert len(tree(page).xpath("//tbody/tr")) == 50
    assert "Page 3 of 3" in words(lead.get(f"{where}?page=99"))
    assert "Page 1 of 3" in words(lead.get(f"{where}?page=nonsense"))


def test_tables_are_listed_with_how_far_they_came(lead: FlaskClient, drain: Callable[..., int]) -> None:
    where = given(lead, table(1))
    assert "forms.csv Rosa Iqbal 26 Nov 2024, 12:00 not brought in yet" in words(lead.get("/desk/import"))
    press(lead, where, "/start")
    drain()
    page = lead.get("/desk/import")
    assert "forms.csv Rosa Iqbal 26 Nov 2024, 12:00 brought in" in words(page)
    assert where in links(page)
    assert press(lead, where, "/let-go").location == "/desk/import"
    assert "The table is gone." in words(lead.get("/desk/import"))
    assert lead.get(where).status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_only_leads_see_tables(staff: Callable[..., FlaskClient], role: Role) -> None:
    id_ = intake.keep(table(1), "forms.csv", by=person(Role.LEAD), now=NOW)
    browser = staff(role)
    assert "/desk/import" not in links(browser.get("/desk"))
    token = {"csrf_token": fields(browser.get("/apply/link").text)["csrf_token"]}
    for path in ("/desk/import", f"/desk/import/{id_}", f"/desk/import/{id_}/progress"):
        assert browser.get(path).status_code == 403, path
    for path in ("", f"/{id_}/columns", f"/{id_}/start", f"/{id_}/let-go"):
        assert browser.post(f"/desk/import{path}", data=token).status_code == 403, path
    assert kept_tables.table(id_).stage == "kept"


def test_lead_is_led_to_it_from_the_list(lead: FlaskClient) -> None:
    assert "/desk/import" in links(lead.get("/desk"))


def test_queries_do_not_grow_with_rows(lead: FlaskClient, drain: Callable[..., int]) -> None:
    def asked(path: str) -> int:
        with counted() as statements:
            assert lead.get(path).status_code == 200
        return len(statements)

    few, many = given(lead, table(1, 2)), given(lead, table(*range(3, 60)))
    assert asked(few) == asked(many)
    for where in (few, many):
        press(lead, where, "/start")
    drain()
    assert asked(few) == asked(many)
