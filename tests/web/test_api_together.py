"""What programs may do among colleagues, and what those of admins may set: the desk's own rules, refusals and lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.models.event import Event
from review.reads import programmes as known
from review.rules import Role, State, Verb
from review.services import scoring, sorting
from tests.factories import NOW, decided, get, person, received, rows
from tests.web.calling import Program, code

KEY = "0123456789abcdef"
RULES = {"name": "Schools plan", "places": 5, "rules": "Pupils speak."}


@pytest.fixture
def rosa(app: Flask, client: FlaskClient) -> Program:
    return Program(client, person())


@pytest.fixture
def lead(app: Flask, client: FlaskClient) -> Program:
    return Program(client, person(Role.LEAD, name="Linus Adeyemi"))


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> Program:
    return Program(client, person(Role.ADMIN, name="Ada Moreau"))


class TestQueue:
    def test_each_is_given_another_one(self, rosa: Program, lead: Program) -> None:
        first, second = received(), received(email="b@mail.example")
        assert (rosa.post("/next").json, lead.post("/next").json) == ({"application": first}, {"application": second})
        assert lead.post("/applications/999/take-over").status_code == 404
        assert lead.post(f"/applications/{first}/take-over").json["id"] == first
        assert [event.verb for event in rows(Event, application_id=first)][-1] == "claim-taken"
        decided(second, Verb.DECLINE)
        assert Program(rosa.client, person()).post("/next").json == {"application": None}

    def test_views_are_kept_counted_and_let_go(self, rosa: Program, lead: Program) -> None:
        received(language="fi")
        received(email="b@mail.example")
        body = {"name": "Finnish", "narrowing": {"language": "fi"}}
        assert code(rosa.post("/views", body | {"shared": True})) == (403, "forbidden")
        (view,) = lead.post("/views", body | {"shared": True}).json["items"]
        assert (view["query"], view["applications"], view["person"]["name"]) == (
            {"q": "is:waiting lang:fi"},
            1,
            "Linus Adeyemi",
        )
        assert [one["name"] for one in rosa.get("/views").json["items"]] == ["Finnish"]
        assert code(rosa.post(f"/views/{view['id']}/drop")) == (403, "forbidden")
        assert lead.post(f"/views/{view['id']}/drop").json == {"items": []}
        assert rosa.post("/views", {"name": "y", "narrowing": {"programme": 1.0}}).json["items"][0]["query"] == {
            "q": "is:waiting programme:1"
        }
        assert code(rosa.post("/views", {"name": "x", "narrowing": {"colour": "red"}})) == (422, "invalid")

    def test_calls_are_seen(self, rosa: Program) -> None:
        id_, by = received(), person(Role.LEAD, name="Linus Adeyemi")
        sorting.assign(id_, rosa.get("/me").json["person"]["id"], by=by, now=NOW)
        (call,) = rosa.get("/calls").json["items"]
        assert (call["call"], call["by"]["name"], call["application"], call["seen_at"]) == (
            "assignment",
            "Linus Adeyemi",
            id_,
            None,
        )
        assert rosa.post("/calls/clear").json["items"][0]["seen_at"]

    def test_statistics(self, rosa: Program) -> None:
        decided(received(), Verb.DECLINE, reasons=("rights",))
        found = rosa.get("/stats").json
        assert (len(found["stretches"]), found["stretches"][-1]["came"]) == (30, 1)
        assert found["reasons"] == [{"verb": "decline", "reason": "rights", "number": 1}]
        assert (found["decision"]["number"], found["decision"]["median"]) == (1, 0.0)
        assert len(rosa.get("/stats", days=365).json["stretches"]) == 52
        assert code(rosa.get("/stats", days=31)) == (422, "invalid")


class TestBatches:
    def test_pinned_looked_at_run_and_taken_back(self, lead: Program, drain: Callable[..., int]) -> None:
        ids = [received(email=f"a{n}@mail.example", language="fi") for n in range(3)]
        received(email="z@mail.example")
        body = {"verb": "decline", "narrowing": {"language": "fi"}, "reasons": ["rights"], "note": "We are sorry."}
        assert code(lead.post("/batches", body)) == (400, "bad-request")
        batch = lead.post("/batches", body, KEY).json
        assert lead.post("/batches", body, KEY).json["id"] == batch["id"], "under its key it is the same"
        assert (batch["stage"], batch["ready"], [line["application"] for line in batch["lines"]]) == (
            "prepared",
            3,
            ids,
        )
        assert "We are sorry." in batch["lines"][0]["text"]
        path = f"/batches/{batch['id']}"
        out = lead.post(f"{path}/leave-out", {"application": ids[0], "out": True}).json
        assert (out["ready"], out["obstacles"]) == (2, {"left-out": 1})
        assert lead.post(f"{path}/run").json["stage"] == "running"
        drain(NOW)
        done = lead.get(path).json
        assert (done["stage"], done["fates"]["decided"], done["fates"]["skipped"]) == ("done", 2, 1)
        assert get(ids[1]).state is State.DECLINED
        assert lead.post(f"{path}/undo").json["stage"] == "undoing"
        drain(NOW)
        assert get(ids[1]).state is State.SUBMITTED
        assert [one["stage"] for one in lead.get("/batches").json["items"]] == ["undone"]

    def test_one_that_was_never_run_is_let_go(self, lead: Program) -> None:
        received()
        batch = lead.post("/batches", {"verb": "approve", "narrowing": {}}, KEY).json["id"]
        assert lead.post(f"/batches/{batch}/discard").status_code == 204
        assert lead.get(f"/batches/{batch}").status_code == 404
        nothing = lead.post("/batches", {"verb": "approve", "narrowing": {"q": "nowhere"}}, KEY[::-1])
        assert code(nothing) == (409, "bulk-none")

    def test_it_is_for_leads(self, rosa: Program, lead: Program) -> None:
        received()
        body = {"verb": "approve", "narrowing": {}}
        batch = lead.post("/batches", body, KEY).json["id"]
        assert code(rosa.post("/batches", body, KEY)) == (403, "forbidden")
        for path in ("/batches", f"/batches/{batch}"):
            assert code(rosa.get(path)) == (403, "forbidden")
        for act in ("run", "undo", "discard"):
            assert code(rosa.post(f"/batches/{batch}/{act}")) == (403, "forbidden")

    def test_whose_it_is_stays_hidden(self, lead: Program, admin: Program) -> None:
        id_ = received()
        ada = person(Role.ADMIN)
        batch = lead.post("/batches", {"verb": "approve", "narrowing": {}}, KEY).json
        assert batch["lines"][0]["name"] == "Maren Oduya"
        scoring.put_criterion(1, None, "Voice", [], weight=1, by=ada, now=NOW)
        scoring.set_blind(1, True, by=ada, now=NOW)
        (line,) = lead.get(f"/batches/{batch['id']}").json["lines"]
        assert (line["application"], line["name"], line["text"], line["code"]) == (id_, None, None, "score-first")


class TestConfiguring:
    def test_reasons(self, admin: Program) -> None:
        body = {"verb": "decline", "label": "Too loud", "sentence": "It is too loud for us."}
        added = next(one for one in admin.post("/reasons", body).json["items"] if one["label"] == "Too loud")
        path = f"/reasons/{added['code']}"
        german = {"label": "Too loud", "sentence": "Es ist zu laut.", "language": "de"}
        worded = admin.post(f"{path}/word", german).json["items"]
        said = next(one for one in worded if one["code"] == added["code"])["sentences"]
        assert said == {"": "It is too loud for us.", "de": "Es ist zu laut."}
        admin.post(f"{path}/retire", {"retired": True})
        assert added["code"] not in [one["code"] for one in admin.get("/reasons").json["items"]]
        assert next(one for one in admin.get("/reasons/all").json["items"] if one["code"] == added["code"])["retired"]
        assert admin.post("/reasons/nonsense/retire", {"retired": True}).status_code == 404

    def test_rubric(self, admin: Program) -> None:
        first = admin.post("/programmes/1/criteria", {"name": "Voice", "weight": 2, "guidance": ["", "x"]}).json
        second = admin.post("/programmes/1/criteria", {"name": "Sound", "weight": 1}).json["criteria"][1]["id"]
        moved = admin.post(f"/programmes/1/criteria/{second}/up").json
        assert [one["name"] for one in moved["criteria"]] == ["Sound", "Voice"]
        change = {"name": "Voices", "weight": 3}
        path = f"/programmes/1/criteria/{first['criteria'][0]['id']}"
        assert admin.post(path, change).json["criteria"][1]["weight"] == 3
        assert admin.post("/programmes/1/blind", {"blind": True}).json["blind"]
        assert [one["name"] for one in admin.post(f"{path}/retire").json["criteria"]] == ["Sound"]
        assert admin.get("/programmes/999/rubric").status_code == 404
        assert code(admin.post("/programmes/1/criteria/0", change)) == (404, "not-found")

    def test_programmes(self, admin: Program) -> None:
        made = admin.post("/programmes", RULES | {"opens_at": "2027-01-01T01:00:00+01:00"}).json
        assert (made["slug"], made["offered"], made["opens_at"]) == ("schools-plan", False, "2027-01-01T00:00:00Z")
        path = f"/programmes/{made['id']}"
        assert admin.post(path, RULES | {"places": 7}).json["left"] == 7
        assert admin.post(f"{path}/offer", {"offered": True}).json["open"]
        assert code(admin.post(path, RULES | {"opens_at": "2027-01-01T00:00:00"})) == (422, "invalid")
        assert code(admin.post(path, RULES | {"opens_at": 1})) == (422, "invalid")
        dates = {"opens_at": "2027-01-02T00:00:00Z", "closes_at": "2027-01-01T00:00:00Z"}
        assert code(admin.post(path, RULES | dates)) == (409, "programme-dates")

    def test_questions(self, admin: Program) -> None:
        path = f"/programmes/{admin.post('/programmes', RULES).json['id']}"
        kind = {"kind": "choice", "wording": "What kind?", "choices": ["Primary", "Secondary"], "required": True}
        (first,) = admin.post(f"{path}/questions", kind).json["questions"]
        assert (first["choices"], first["required"], first["audience"]) == (["Primary", "Secondary"], True, "desk")
        second = admin.post(f"{path}/questions", {"kind": "file", "wording": "The letter"}).json["questions"][1]
        moved = admin.post(f"{path}/questions/{second['id']}/up").json["questions"]
        assert [one["wording"] for one in moved] == ["The letter", "What kind?"]
        again = admin.post(f"{path}/questions/{first['id']}", kind | {"wording": "Which kind?"}).json["questions"]
        assert again[1]["wording"] == "Which kind?"
        left = admin.post(f"{path}/questions/{first['id']}/retire", {"retired": True}).json["questions"]
        assert [one["wording"] for one in left] == ["The letter"]
        assert code(admin.post(f"{path}/questions/0", kind)) == (404, "not-found")
        for wrong in ({"choices": ["one"]}, {"kind": "text"}):
            assert code(admin.post(f"{path}/questions", kind | wrong)) == (409, "question-choices")

    def test_letters(self, admin: Program) -> None:
        ours = admin.get("/programmes/1/letters/decline").json
        assert (ours["own"], ours["text"][:13]) == (False, "Hello {name},")
        own = {"subject": "About {title}", "text": "Dear {name}\n\n[[status-link]]"}
        assert admin.post("/programmes/1/letters/decline/word", own).json["own"]
        assert known.programme(1).letters == {"decline": own}
        assert code(admin.post("/programmes/1/letters/decline/word", own | {"text": "Dear"})) == (409, "letter-link")
        assert not admin.post("/programmes/1/letters/decline/word", {"subject": "", "text": ""}).json["own"]
        assert code(admin.get("/programmes/1/letters/take")) == (404, "not-found")

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
    def test_it_is_for_admins(self, client: FlaskClient, admin: Program, role: Role) -> None:
        program, events = Program(client, person(role)), len(rows(Event))
        question = {"kind": "text", "wording": "What?"}
        acts: list[tuple[str, dict[str, Any]]] = [
            ("/reasons", {"verb": "decline", "label": "x", "sentence": "y"}),
            ("/reasons/rights/word", {"label": "x", "sentence": "y"}),
            ("/reasons/rights/retire", {"retired": True}),
            ("/programmes", RULES),
            ("/programmes/1", RULES),
            ("/programmes/1/offer", {"offered": False}),
            ("/programmes/1/questions", question),
            ("/programmes/1/criteria", {"name": "x", "weight": 1}),
            ("/programmes/1/blind", {"blind": False}),
            ("/programmes/1/letters/decline/word", {"subject": "x", "text": "[[status-link]]"}),
        ]
        for path, body in acts:
            assert code(program.post(path, body)) == (403, "forbidden"), path
        assert code(program.get("/reasons/all")) == (403, "forbidden")
        assert code(program.get("/programmes/1/letters/decline")) == (403, "forbidden")
        assert program.get("/programmes/1/rubric").status_code == 200
        assert len(rows(Event)) == events
