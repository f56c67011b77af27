"""Who may come in: a token acts for its person, goes as far as its scopes and that person's role, and ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.db import transaction
from review.models.api import ApiToken
from review.models.application import Note
from review.models.event import Event
from review.models.person import Person
from review.rules import Role
from review.services import api_tokens
from tests.factories import NOW, person, received, rows
from tests.outside import configure
from tests.servers import EMBEDDED_ONLY
from tests.web.browsing import press, tree, words
from tests.web.calling import Program, code
from tests.web.stage import counted, lose_database

Enter = Callable[..., FlaskClient]


def alter(who: Person, **columns: Any) -> None:
    with transaction() as session:
        for name, value in columns.items():
            setattr(session.get_one(Person, who.id), name, value)


class TestDoor:
    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer grt_nonsense",
            "Bearer \u00e4",
            "Basic cm9zYTpyb3Nh",
            "Token {}",
            "bearer {}x",
        ],
    )
    def test_without_a_token_that_works_nothing_opens(self, client: FlaskClient, header: str | None) -> None:
        token = Program(client, person()).token
        headers = {} if header is None else {"Authorization": header.format(token)}
        answer = client.get("/api/v1/applications", headers=headers)
        assert code(answer) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer realm=Greenroom"

    def test_a_session_opens_nothing_and_lends_nothing(self, staff: Enter) -> None:
        browser, viewer = staff(Role.ADMIN), person(Role.VIEWER)
        id_ = received()
        assert code(browser.post(f"/api/v1/applications/{id_}/notes", json={"body": "a"})) == (401, "unauthorized")
        program = Program(browser, viewer)
        assert program.get("/me").json["person"]["role"] == "viewer"
        assert code(program.post(f"/applications/{id_}/notes", {"body": "a"})) == (403, "forbidden")
        assert "Set-Cookie" not in program.get("/me").headers
        assert rows(Note) == []

    def test_a_token_opens_no_page(self, client: FlaskClient) -> None:
        program = Program(client, person(Role.ADMIN))
        assert client.get("/desk", headers=program.headers()).status_code == 302

    def test_scopes_narrow_what_the_role_allows(self, client: FlaskClient) -> None:
        who, id_ = person(Role.ADMIN), received()
        reads, writes = Program(client, who, ["read"]), Program(client, who, ["write"])
        assert code(reads.post(f"/applications/{id_}/take")) == (403, "forbidden")
        assert code(writes.get("/applications")) == (403, "forbidden")
        assert reads.get("/applications").status_code == 200
        assert writes.post(f"/applications/{id_}/take").status_code == 200

    def test_a_viewers_token_does_not_write_whatever_its_scope(self, client: FlaskClient) -> None:
        program, id_ = Program(client, person(Role.VIEWER)), received()
        body = {"verb": "decline", "version": 2}
        for path, given in (("decisions", body), ("take", None), ("notes", {"body": "a"}), ("tags", {"word": "a"})):
            assert code(program.post(f"/applications/{id_}/{path}", given, "0" * 16)) == (403, "forbidden"), path
        assert program.get(f"/applications/{id_}").json["possible"] == []

    def test_it_ends_when_its_time_is_over(self, client: FlaskClient, clock: Any) -> None:
        program = Program(client, person())
        clock.shift(timedelta(days=30) - timedelta(seconds=1))
        assert program.get("/me").status_code == 200
        clock.shift(1)
        assert program.get("/me").status_code == 401

    @pytest.mark.parametrize("change", [{"active": False}, {"role": None}], ids=["left", "podcaster"])
    def test_it_ends_with_its_persons_place_at_the_desk(self, client: FlaskClient, change: dict[str, Any]) -> None:
        who = person()
        program = Program(client, who)
        alter(who, **change)
        assert program.get("/me").status_code == 401

    def test_it_follows_its_persons_role(self, client: FlaskClient) -> None:
        who, id_ = person(Role.REVIEWER), received()
        program = Program(client, who)
        alter(who, role=Role.VIEWER)
        assert program.post(f"/applications/{id_}/take").status_code == 403

    def test_reading_writes_nothing_but_the_minute_it_was_used(self, client: FlaskClient, clock: Any) -> None:
        program = Program(client, person())
        program.get("/applications")
        (token,) = rows(ApiToken)
        assert token.last_used_at == NOW
        clock.shift(59)
        with counted() as statements:
            program.get("/applications")
        assert not [one for one in statements if not one.startswith(("SELECT", "BEGIN", "ROLLBACK", "PRAGMA"))]
        clock.shift(1)
        program.get("/applications")
        assert rows(ApiToken)[0].last_used_at == NOW + timedelta(minutes=1)

    def test_too_many_requests_are_told_how_long_to_wait(self, app: Flask, client: FlaskClient) -> None:
        configure(app, limit_token="2 per minute")
        one, other = Program(client, person()), Program(client, person())
        assert [one.get(path).status_code for path in ("/me", "/programmes")] == [200, 200]
        answer = one.get("/colleagues")
        assert code(answer) == (429, "too-many-requests")
        assert 0 < int(answer.headers["Retry-After"]) <= 61
        assert other.get("/me").status_code == 200

    @EMBEDDED_ONLY  # tests/faults lose PostgreSQL for real
    def test_a_lost_database_is_said_as_a_problem(self, client: FlaskClient) -> None:
        program = Program(client, person())
        lose_database()
        assert code(program.get("/me")) == (503, "service-unavailable")

    def test_answers_are_kept_by_nobody_on_the_way(self, client: FlaskClient) -> None:
        assert Program(client, person()).get("/me").headers["Cache-Control"] == "no-store"


class TestPage:
    def test_a_token_is_made_shown_once_and_works(self, staff: Enter) -> None:
        desk = staff()
        page = press(desk, "/desk/tokens", "/tokens", name="Slack bot", scopes=["read"], days="7")
        assert page.status_code == 200
        (shown,) = tree(page).xpath("//input[@readonly]/@value")
        assert shown.startswith("grt_")
        assert rows(ApiToken)[0].token_hash not in page.text
        answer = desk.get("/api/v1/me", headers={"Authorization": f"Bearer {shown}"})
        assert answer.json["scopes"] == ["read"]
        again = desk.get("/desk/tokens")
        assert shown not in again.text
        assert "Slack bot read 3 Dec 2024, 12:00" in words(again)
        assert [event.verb for event in rows(Event)][-1] == "token-made"
        assert shown not in str([(event.why, event.data) for event in rows(Event)])

    def test_it_is_revoked(self, staff: Enter) -> None:
        desk = staff(who=(who := person()))
        program = Program(desk, who)
        assert press(desk, "/desk/tokens", "/revoke").status_code == 303
        assert program.get("/me").status_code == 401
        page = desk.get("/desk/tokens")
        assert "revoked 26 Nov 2024, 12:00" in words(page)
        assert not tree(page).xpath("//form[contains(@action, '/revoke')]")
        assert [event.verb for event in rows(Event)][-1] == "token-revoked"

    def test_each_sees_their_own_and_an_admin_all(self, staff: Enter) -> None:
        rosa, linus = person(name="Rosa Iqbal"), person(Role.LEAD, name="Linus Adeyemi")
        api_tokens.make("hers", ["read"], days=7, by=rosa, now=NOW)
        api_tokens.make("his", ["read"], days=7, by=linus, now=NOW)
        assert "hers" not in words(staff(who=linus).get("/desk/tokens"))
        admin = staff(Role.ADMIN, name="Ada Moreau")
        assert "hers Rosa Iqbal" in words(admin.get("/desk/tokens"))
        assert press(staff(who=linus), "/desk/tokens", "/tokens/2/revoke").status_code == 303
        assert press(admin, "/desk/tokens", "/tokens/1/revoke").status_code == 303
        assert all(token.revoked_at for token in rows(ApiToken))

    def test_nobody_revokes_what_is_another_persons(self, staff: Enter) -> None:
        lead = person(Role.LEAD)
        api_tokens.make("hers", ["read"], days=7, by=person(), now=NOW)
        api_tokens.make("his", ["read"], days=7, by=lead, now=NOW)
        browser = staff(who=lead)
        token = tree(browser.get("/desk/tokens")).xpath("//input[@name='csrf_token']/@value")[0]
        assert browser.post("/desk/tokens/1/revoke", data={"csrf_token": token}).status_code == 404

    @pytest.mark.parametrize(
        ("entry", "sentence"),
        [
            ({"name": " "}, "A token needs a name"),
            ({"name": "x" * 61}, "A token needs a name"),
            ({"scopes": []}, "Say what the program may do."),
            ({"scopes": ["admin"]}, "is not a valid choice"),
            ({"days": "3650"}, "Not a valid choice"),
        ],
    )
    def test_what_is_missing_is_said_beside_its_field(self, staff: Enter, entry: dict[str, Any], sentence: str) -> None:
        page = press(staff(), "/desk/tokens", "/tokens", **{"name": "Bot", "scopes": ["read"]} | entry)
        assert page.status_code == 422
        assert sentence in words(page)
        assert rows(ApiToken) == []

    def test_there_is_an_end_to_how_many(self, staff: Enter) -> None:
        who = person()
        for number in range(20):
            api_tokens.make(f"Bot {number}", ["read"], days=7, by=who, now=NOW)
        page = press(staff(who=who), "/desk/tokens", "/tokens", name="One more", scopes=["read"])
        assert "Revoke one first." in words(page)

    def test_the_document_is_there_for_who_reads_it_in_a_browser(self, staff: Enter) -> None:
        desk = staff(Role.VIEWER)
        assert desk.get("/desk/openapi.json").json["openapi"] == "3.1.0"


class TestForgetting:
    def test_tokens_go_a_month_after_they_ended(self, app: Flask) -> None:
        who = person()
        for days in (7, 365):
            api_tokens.make("Bot", ["read"], days=days, by=who, now=NOW)
        api_tokens.make("Revoked", ["read"], days=365, by=who, now=NOW)
        api_tokens.revoke(3, by=who, now=NOW)
        assert api_tokens.forget(now=NOW + timedelta(days=30)) == 0
        assert api_tokens.forget(now=NOW + timedelta(days=31)) == 1
        assert api_tokens.forget(now=NOW + timedelta(days=38)) == 1
        assert [token.name for token in rows(ApiToken)] == ["Bot"]
