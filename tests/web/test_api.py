"""The API: what programs see and do is what their people see and do at the desk."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from review.db import transaction
from review.models.application import Note
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, OutboxItem
from review.models.person import Person
from review.reads.filters import ONE_BY_ONE
from review.rules import BACKLOG, DECISIONS, Role, State, Verb
from review.services import reasons, reviewing, scoring, sorting
from review.web.api.router import OPERATIONS
from review.web.api.shapes import ApplicationsQuery
from tests.factories import NOW, choice, decided, get, person, programme, received, rows
from tests.web.calling import Program, code
from tests.web.stage import counted, listed

KEY = "0123456789abcdef"


def returned(application_id: int) -> int:
    """The newest letter about an application, which came back."""
    letter = rows(Letter, application_id=application_id)[-1].id
    with transaction() as session:
        session.get_one(Letter, letter).state = LetterState.BOUNCED
    return letter


@pytest.fixture
def rosa(client: FlaskClient) -> Person:
    return person(name="Rosa Iqbal", email="rosa@staff.example")


@pytest.fixture
def program(client: FlaskClient, rosa: Person) -> Program:
    """One that may do what a reviewer may."""
    return Program(client, rosa)


@pytest.fixture
def admin(client: FlaskClient) -> Program:
    return Program(client, person(Role.ADMIN, name="Ada Moreau"))


def ids(program: Program, **query: Any) -> list[int]:
    answer = program.get("/applications", **query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json["items"]]


class TestList:
    def test_it_is_narrowed_as_the_desk_is(self, program: Program) -> None:
        finnish, asked, put_off = received(language="fi"), received(), received(show_title="C# show")
        decided(asked, Verb.ASK)
        sorting.tag(put_off, "ears", by=person(), now=NOW)
        reviewing.snooze(put_off, 7, by=person(), now=NOW)
        assert ids(program) == [finnish]
        assert ids(program, state="asked") == [asked]
        assert ids(program, state="all") == [finnish, asked, put_off]
        assert ids(program, state="snoozed") == [put_off]
        assert ids(program, state="all", language="fi") == [finnish]
        assert ids(program, q="c# SHOW") == [put_off]
        assert ids(program, state="all", tag="ears") == [put_off]
        assert ids(program, state="all", assigned="me") == []

    def test_every_filter_of_the_desk_is_one_here(self) -> None:
        assert set(ApplicationsQuery.model_fields) == {"q", *ONE_BY_ONE, "cursor", "limit"}

    def test_pages_neither_repeat_nor_skip_while_the_list_changes(self, program: Program) -> None:
        first = [received(now=NOW - timedelta(minutes=number // 2)) for number in range(9)]
        first.sort(key=lambda id_: (get(id_).received_at, id_))
        page = program.get("/applications", limit=3).json
        assert [one["id"] for one in page["items"]] == first[:3]
        decided(first[1], Verb.DECLINE)  # already seen, and gone
        decided(first[4], Verb.DECLINE)  # not seen yet, and gone
        early, late = received(now=NOW - timedelta(days=1)), received(now=NOW)
        seen = []
        while page["next"]:
            page = program.get("/applications", limit=3, cursor=page["next"]).json
            seen += [one["id"] for one in page["items"]]
        assert seen == [first[3], *first[5:], late]
        assert early not in seen

    def test_its_queries_do_not_grow(self, program: Program) -> None:
        numbers = []
        for _ in range(2):
            for _ in range(5):
                sorting.tag(received(feed_url="https://x.example/feed"), "ears", by=person(), now=NOW)
            program.get("/me")
            with counted() as statements:
                ids(program)
            numbers.append(len(statements))
        assert numbers[0] == numbers[1]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("state=unverified", "state"),
            ("limit=0", "limit"),
            ("limit=1e1", "limit"),
            ("limit=%2B5", "limit"),
            ("cursor=x", "cursor"),
            ("cursor=1-1-1", "cursor"),
            ("page=2", "page"),
            ("q=%00", "q"),
            ("q=a&q=b", "q"),
            ("assigned=you", "assigned"),
        ],
    )
    def test_what_makes_no_sense_is_said_by_name(self, program: Program, query: str, field: str) -> None:
        answer = program.client.get(f"/api/v1/applications?{query}", headers=program.headers())
        assert code(answer) == (422, "invalid")
        assert [fault["field"] for fault in answer.json["errors"]] == [field]


class TestApplication:
    def test_all_that_is_known_of_it_is_there(self, program: Program, rosa: Person) -> None:
        id_ = received(feed_url="https://x.example/feed")
        received()  # of the same person
        reviewing.feed_checked(id_, {"url": "https://x.example/feed", "failure": "dns"}, now=NOW)
        reviewing.note(id_, "Hm", by=rosa, now=NOW)
        decided(id_, Verb.ASK, by=rosa, reasons=("pitch-short",), asked=("pitch",))
        found = program.get(f"/applications/{id_}").json
        assert (found["state"], found["email"], found["feed"]) == ("asked", "maren@mail.example", "broken")
        assert found["feed_seen"]["failure"] == "dns"
        assert found["asked"] == ["pitch"]
        assert [note["body"] for note in found["notes"]] == ["Hm"]
        (decision,) = found["decisions"]
        assert (decision["verb"], decision["reasons"]) == ("ask", ["pitch-short"])
        assert decision["person"] == {"id": rosa.id, "name": "Rosa Iqbal"}
        assert decision["undo_until"] > decision["at"]
        assert len(found["messages"]) == 1
        assert [one["verb"] for one in found["events"]][-2:] == ["note", "ask"]
        assert len(found["others"]) == 1
        assert found["can_undo"] is True
        assert "decline" in found["possible"]

    def test_its_queries_do_not_grow(self, program: Program) -> None:
        id_, numbers = received(), []
        for _ in range(2):
            for _ in range(4):
                reviewing.note(id_, "Hm", by=person(), now=NOW)
                decided(id_, Verb.ASK, by=person(Role.LEAD), now=NOW - timedelta(hours=1))
                decided(id_, Verb.WAITLIST, by=person(Role.LEAD), now=NOW - timedelta(hours=1))
            program.get("/me")
            with counted() as statements:
                assert program.get(f"/applications/{id_}").status_code == 200
            numbers.append(len(statements))
        assert numbers[0] == numbers[1]

    def test_judged_blind_it_tells_no_more_than_the_desk(self, program: Program, admin: Program, rosa: Person) -> None:
        lead = person(Role.ADMIN)
        criterion = scoring.put_criterion(1, None, "Voice", [], weight=1, by=lead, now=NOW)
        scoring.set_blind(1, True, by=lead, now=NOW)
        id_ = received(feed_url="https://x.example/feed")
        found = program.get(f"/applications/{id_}")
        assert "maren" not in found.text.lower()
        assert "x.example" not in found.text
        assert found.json["blind"] is True
        assert found.json["possible"] == []
        assert "maren" not in program.get("/applications").text.lower()
        version = found.json["version"]
        refused = program.post(f"/applications/{id_}/decisions", {"verb": "waitlist", "version": version}, KEY)
        assert code(refused) == (409, "score-first")
        assert code(program.get(f"/applications/{id_}/letter", verb="waitlist")) == (409, "score-first")
        admin.post(f"/applications/{id_}/score", {"points": [{"criterion": criterion, "points": 2}]})
        assert program.get(f"/applications/{id_}").json["scores"]["judgements"] is None
        scored = program.post(f"/applications/{id_}/score", {"points": [{"criterion": criterion, "points": 5}]}).json
        assert scored["email"] == "maren@mail.example"
        given = {one["person"]["name"]: one["points"] for one in scored["scores"]["judgements"]}
        assert given == {"Ada Moreau": {str(criterion): 2}, "Rosa Iqbal": {str(criterion): 5}}
        assert scored["scores"]["mine"]["person"]["id"] == rosa.id

    def test_whom_a_conflict_keeps_away_finds_nothing(self, program: Program, admin: Program, rosa: Person) -> None:
        id_ = received()
        assert program.post(f"/applications/{id_}/conflict").status_code == 204
        assert code(program.get(f"/applications/{id_}")) == (404, "not-found")
        assert code(program.post(f"/applications/{id_}/take")) == (404, "not-found")
        assert ids(program, state="all") == []
        assert admin.post(f"/applications/{id_}/conflict/{rosa.id}/lift").status_code == 200
        assert ids(program) == [id_]

    def test_the_letter_is_the_one_the_desk_shows(self, program: Program) -> None:
        id_ = received()
        asked = {"verb": "ask", "reasons": ["pitch-short", "ownership"], "asked": "pitch"}
        letter = program.get(f"/applications/{id_}/letter", **asked).json
        shown = choice(id_, Verb.ASK, reasons=("pitch-short", "ownership"), asked=("pitch",))
        assert (letter["subject"], letter["text"]) == (shown.subject, shown.text)
        assert rows(Letter)[-1].kind == "received"


class TestDeciding:
    def test_a_decision_sends_the_letter_as_written_or_as_given(self, program: Program) -> None:
        for words, told in (({}, ""), ({"subject": "Not now", "text": "Later, perhaps."}, "Later, perhaps.\n")):
            id_ = received()
            body = {"verb": "decline", "version": get(id_).version, "reasons": ["not-started"]} | words
            answer = program.post(f"/applications/{id_}/decisions", body, f"{KEY}-{id_}")
            assert answer.status_code == 200
            assert answer.json["state"] == "declined"
            letter = rows(Letter, application_id=id_)[-1]
            assert (letter.kind, letter.state) == ("declined", LetterState.QUEUED)
            assert letter.text == told or not told
            assert letter.text == choice(id_, Verb.DECLINE, reasons=("not-started",)).text or told

    def test_who_was_first_is_said(self, program: Program) -> None:
        id_ = received()
        version = get(id_).version
        decided(id_, Verb.APPROVE, by=person(Role.LEAD, name="Linus Adeyemi"))
        answer = program.post(f"/applications/{id_}/decisions", {"verb": "decline", "version": version}, KEY)
        assert code(answer) == (409, "wrong-state")
        told = {name: answer.json[name] for name in ("state", "verb", "by", "at")}
        assert told == {"state": "approved", "verb": "approve", "by": "Linus Adeyemi", "at": NOW.isoformat()}
        assert get(id_).state is State.APPROVED

    def test_places_run_out_here_too(self, program: Program) -> None:
        programme(places=0)
        id_ = received()
        body = {"verb": "approve", "version": get(id_).version}
        answer = program.post(f"/applications/{id_}/decisions", body, KEY)
        assert code(answer) == (409, "no-places-left")
        assert answer.json["errors"][0]["field"] == "past_places"
        past = program.post(f"/applications/{id_}/decisions", body | {"past_places": True}, KEY)
        assert past.status_code == 200, "a refusal does not use up its key"

    def test_reasons_are_those_that_can_be_chosen_now(self, program: Program) -> None:
        admin = person(Role.ADMIN)
        loud = reasons.add_reason(Verb.DECLINE, "Too loud", "It is too loud.", by=admin, now=NOW)
        told = {(one["verb"], one["code"]) for one in program.get("/reasons").json["items"]}
        assert {("decline", loud), ("approve", "new-voice")} <= told
        id_ = received()
        body = {"verb": "decline", "version": get(id_).version, "reasons": ["new-voice"]}
        assert code(program.post(f"/applications/{id_}/decisions", body, KEY)) == (409, "unknown-reason")
        answer = program.post(f"/applications/{id_}/decisions", body | {"reasons": [loud]}, KEY)
        assert "It is too loud." in answer.json["letters"][-1]["text"]

    def test_a_duplicate_names_the_other_one(self, program: Program) -> None:
        first, second = received(), received()
        body = {"verb": "duplicate", "version": get(second).version, "reasons": ["same-show"]}
        assert code(program.post(f"/applications/{second}/decisions", body, KEY)) == (409, "no-original")
        answer = program.post(f"/applications/{second}/decisions", body | {"duplicate_of": first}, KEY)
        assert answer.json["duplicate_of"] == first

    def test_it_can_be_taken_back_while_its_letter_waits(self, program: Program, clock: Any) -> None:
        id_ = received()
        body = {"verb": "waitlist", "version": get(id_).version}
        decision = program.post(f"/applications/{id_}/decisions", body, KEY).json["decisions"][-1]["id"]
        assert program.post(f"/decisions/{decision}/undo").json["state"] == "submitted"
        body["version"] = get(id_).version
        later = program.post(f"/applications/{id_}/decisions", body, KEY + "2").json["decisions"][-1]["id"]
        clock.shift(60)
        assert code(program.post(f"/decisions/{later}/undo")) == (409, "too-late")

    def test_every_decision_has_its_place_in_the_document(self) -> None:
        (decide,) = (op for op in OPERATIONS if op.view.__name__ == "decide")
        assert decide.body is not None
        assert decide.body.model_json_schema()["properties"]["verb"]["enum"] == [verb.value for verb in DECISIONS]


class TestVerbs:
    def test_the_small_verbs_do_what_the_buttons_do(self, program: Program, rosa: Person) -> None:
        linus, id_ = person(Role.LEAD, name="Linus Adeyemi"), received(feed_url="https://x.example/feed")
        one = f"/applications/{id_}"
        assert program.post(f"{one}/take").json["reviewer"]["name"] == "Rosa Iqbal"
        assert program.post(f"{one}/snooze", {"days": 7}).json["snoozed_until"] == "2024-12-03T12:00:00Z"
        assert program.post(f"{one}/wake").json["snoozed_until"] is None
        assert program.post(f"{one}/notes", {"body": "Hm\r\nwell"}).json["notes"][-1]["body"] == "Hm\nwell"
        assert program.post(f"{one}/tags", {"word": "Needs ears"}).json["tags"] == ["needs ears"]
        assert program.post(f"{one}/tags/remove", {"word": "needs ears"}).json["tags"] == []
        assert program.post(f"{one}/assign", {"person": linus.id}).json["assignee"]["name"] == "Linus Adeyemi"
        assert program.post(f"{one}/assign", {"person": None}).json["assignee"] is None
        assert program.post(f"{one}/opinion", {"person": linus.id}).status_code == 200
        assert program.post(f"{one}/check-feed").status_code == 200
        answer = program.post(f"{one}/send-link").json
        done = "take snooze wake note tag untag assign assign ask-opinion check-feed send-link".split()
        assert [event["verb"] for event in answer["events"]][-len(done) :] == done
        assert {event["person"]["id"] for event in answer["events"][-len(done) :]} == {rosa.id}

    def test_a_letter_that_came_back_is_sent_again_or_let_go(self, program: Program) -> None:
        id_ = received()
        letter = returned(id_)
        assert program.get(f"/applications/{id_}").json["letters"][-1]["came_back"] is True
        wrong = program.post(f"/letters/{letter}/send-again", {"email": "maren@mail..example"})
        assert code(wrong) == (409, "email-address")
        assert program.post(f"/letters/{letter}/send-again", {"email": "new@mail.example"}).json["email"] == (
            "new@mail.example"
        )
        other = returned(received())
        assert program.post(f"/letters/{other}/let-go").json["letters"][-1]["came_back"] is False

    def test_a_dead_effect_is_listed_and_retried(self, program: Program) -> None:
        received()
        (item,) = rows(OutboxItem)
        assert code(program.post(f"/outbox/{item.id}/retry")) == (404, "not-found")
        with transaction() as session:
            session.get_one(OutboxItem, item.id).state = ItemState.DEAD
        assert [one["id"] for one in program.get("/outbox", state="dead").json["items"]] == [item.id]
        assert program.post(f"/outbox/{item.id}/retry").status_code == 204
        assert program.get("/outbox", state="dead").json == {"items": [], "next": None}

    def test_the_outbox_is_paged_newest_first(self, program: Program) -> None:
        for _ in range(5):
            received()
        page = program.get("/outbox", limit=3).json
        rest = program.get("/outbox", limit=3, cursor=page["next"]).json
        found = [one["id"] for one in page["items"] + rest["items"]]
        assert found == sorted(found, reverse=True)
        assert len(found) == 5
        assert rest["next"] is None

    def test_shows_are_listed_and_leave(self, program: Program) -> None:
        listed(3)
        page = program.get("/shows", limit=2).json
        rest = program.get("/shows", limit=2, cursor=page["next"]).json
        assert [one["slug"] for one in page["items"] + rest["items"]] == ["show-3", "show-2", "show-1"]
        link = program.post("/shows/show-1/export-links").json["export_links"][0]
        assert link["revoked_at"] is None
        assert program.post(f"/export-links/{link['id']}/revoke").json["export_links"][0]["revoked_at"]
        assert program.get("/shows/show-1").json["feed_url"].endswith("/feeds/show-1/rss.xml")
        assert code(program.get("/shows/nowhere")) == (404, "not-found")

    def test_counts_and_places_and_people(self, program: Program) -> None:
        received()
        programme(places=3)
        assert program.get("/backlog").json["states"] == dict.fromkeys(BACKLOG, 0) | {"submitted": 1}
        (one,) = program.get("/programmes").json["items"]
        assert (one["places"], one["left"]) == (3, 3)
        assert [one["name"] for one in program.get("/colleagues").json["items"]] == ["Rosa Iqbal"]
        assert program.get("/me").json["scopes"] == ["read", "write"]


class TestStrictness:
    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ('{"body": "a", "extra": 1}', "extra"),
            ('{"body": 1}', "body"),
            ('{"body": ""}', "body"),
            ('{"body": " \\n "}', "body"),
            ('{"body": "a\\u0000b"}', "body"),
            ('{"body": "a\\ud800b"}', "body"),
            ('{"a\\udc00": "b"}', "a\ufffd"),
            ("{}", "body"),
            ("[]", ""),
            ("null", ""),
            ('{"body": "' + "x" * 5001 + '"}', "body"),
        ],
    )
    def test_body_that_fits_no_shape_is_refused_by_name(self, program: Program, body: str, field: str) -> None:
        id_ = received()
        answer = self.send(program, f"/applications/{id_}/notes", body)
        assert code(answer) == (422, "invalid")
        assert [fault["field"] for fault in answer.json["errors"]][-1:] == [field]
        assert rows(Note) == []

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("", 400),
            ("{", 400),
            ("[" * 200_000, 400),
            ("\udc80", 400),
            ('{"body": "' + "x" * 300_000 + '"}', 413),
        ],
        ids=["nothing", "half", "deep", "not-utf-8", "big"],
    )
    def test_body_that_is_no_json_is_refused(self, program: Program, body: str, status: int) -> None:
        answer = self.send(program, f"/applications/{received()}/notes", body)
        assert code(answer)[0] == status

    def test_body_of_another_kind_is_refused(self, program: Program) -> None:
        answer = self.send(program, f"/applications/{received()}/notes", "body=a", "application/x-www-form-urlencoded")
        assert code(answer) == (415, "unsupported-media-type")

    @staticmethod
    def send(program: Program, path: str, body: str, kind: str = "application/json") -> Any:
        raw = body.encode("utf-8", "surrogateescape")
        return program.client.post(f"/api/v1{path}", data=raw, content_type=kind, headers=program.headers())

    @pytest.mark.parametrize("path", ["/nowhere", "/applications/0x1", "/applications/99999999999", "/%00", "/"])
    def test_address_that_leads_nowhere_is_a_problem(self, program: Program, path: str) -> None:
        assert code(program.get(path)) == (404, "not-found")

    def test_method_that_is_none_says_which_are(self, program: Program) -> None:
        answer = program.client.put("/api/v1/applications", headers=program.headers())
        assert code(answer) == (405, "method-not-allowed")
        assert "GET" in answer.headers["Allow"]

    def test_our_own_mistakes_tell_no_secret(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("review.reads.people.staff", lambda: 1 // 0)
        answer = program.get("/colleagues")
        assert code(answer) == (500, "internal-server-error")
        assert len(answer.json["reference"]) == 8
        assert "Zero" not in answer.text


def test_document_is_openapi_and_complete(program: Program, admin: Program) -> None:
    found = program.get("/openapi.json").json
    validate(found)
    told = {(path, method) for path, methods in found["paths"].items() for method in methods}
    assert len(told) == len(OPERATIONS) + 1
    for path, methods in found["paths"].items():
        for operation in methods.values():
            assert {"401", "403", "429", "500", "503"} <= set(operation["responses"]), path
            assert operation["summary"]
    for name, schema in found["components"]["schemas"].items():
        assert not name.endswith("Body") or schema["examples"], name
