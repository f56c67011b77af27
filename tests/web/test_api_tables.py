"""What programs of leads may bring in: a table kept, looked at, arranged, and taken in row by row, each once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.models.application import Application
from review.models.event import Event
from review.rules import Role
from tests.factories import person, rows
from tests.web.calling import Program, code

CSV = """Who are you,Mail,The show,Why
Maren Koski,maren@mail.example,Harbour Kitchen,Soup and ships.
Nobody,not an address,Fog,Bells.
"""
COLUMNS = [{"field": field, "column": at} for at, field in enumerate(("name", "email", "show_title", "pitch"))]
ARRANGED = {"columns": COLUMNS, "dates": "mdy", "language": "fi"}


@pytest.fixture
def lead(app: Flask, client: FlaskClient) -> Program:
    return Program(client, person(Role.LEAD, name="Linus Adeyemi"))


def test_a_table_is_kept_looked_at_and_taken_in(lead: Program, drain: Callable[..., int]) -> None:
    kept = lead.post("/tables", {"name": "backlog.csv", "csv": CSV}).json
    assert (kept["stage"], kept["headings"], kept["person"]["name"]) == (
        "kept",
        ["Who are you", "Mail", "The show", "Why"],
        "Linus Adeyemi",
    )
    path = f"/tables/{kept['id']}"
    wrong = COLUMNS[:3] + [{"field": "pitch", "column": 9}]
    assert code(lead.post(f"{path}/columns", ARRANGED | {"columns": wrong})) == (409, "import-columns")
    found = lead.post(f"{path}/columns", ARRANGED).json
    assert (found["columns"], found["language"]) == (COLUMNS, "fi")
    preview = found["preview"]
    assert (preview["new"], preview["known"], preview["refused"]) == (1, 0, 1)
    assert preview["refusals"] == [
        {"line": 3, "problems": [{"code": "no-email", "field": "email", "text": "not an address"}]}
    ]
    assert rows(Application) == []

    assert lead.post(f"{path}/start").json["stage"] == "running"
    assert code(lead.post(f"{path}/columns", ARRANGED)) == (409, "import-begun")
    assert code(lead.post(f"{path}/let-go")) == (409, "import-begun")
    drain()
    (application,) = rows(Application)
    done = lead.get(path).json
    assert (done["stage"], done["preview"], done["counts"]["imported"], done["counts"]["refused"]) == (
        "done",
        None,
        1,
        1,
    )
    assert [(row["line"], row["outcome"], row["application"]) for row in done["rows"]] == [
        (2, "imported", application.id),
        (3, "refused", None),
    ]
    assert done["rows"][0]["cells"][0] == "Maren Koski"
    assert [one["id"] for one in lead.get("/tables").json["items"]] == [kept["id"]]
    assert [event.verb for event in rows(Event, application_id=application.id)][-1] == "imported"

    again = lead.post("/tables", {"csv": CSV, "programme": application.programme_id}).json
    lead.post(f"/tables/{again['id']}/columns", ARRANGED)
    lead.post(f"/tables/{again['id']}/start")
    drain()
    assert lead.get(f"/tables/{again['id']}").json["counts"]["known"] == 1, "a row that comes twice is taken in once"
    assert lead.post(f"{path}/let-go").status_code == 204
    assert code(lead.get(path)) == (404, "not-found")
    assert [one.id for one in rows(Application)] == [application.id]


def test_what_is_no_table_is_refused(lead: Program) -> None:
    assert code(lead.post("/tables", {"csv": "only headings,here\n"})) == (409, "no-rows")
    assert code(lead.post("/tables", {"csv": ""})) == (422, "invalid")
    assert code(lead.post("/tables", {"csv": "a,b\n1,2\n", "programme": 999}))[0] == 404
    assert code(lead.post("/tables", {"csv": "x" * 2**18})) == (413, "request-entity-too-large")


def test_reviewers_bring_nothing_in(lead: Program, client: FlaskClient) -> None:
    id_ = lead.post("/tables", {"csv": CSV}).json["id"]
    rosa = Program(client, person())
    refused = [
        rosa.get("/tables"),
        rosa.get(f"/tables/{id_}"),
        rosa.post("/tables", {"csv": CSV}),
        rosa.post(f"/tables/{id_}/columns", ARRANGED),
        rosa.post(f"/tables/{id_}/start"),
        rosa.post(f"/tables/{id_}/let-go"),
    ]
    assert {code(answer) for answer in refused} == {(403, "forbidden")}
