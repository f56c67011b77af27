"""Staff sign in by password and sign out by a button; nothing tells a stranger who is known here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from time_machine import Traveller

from review.db import transaction
from review.models.person import Person
from review.rules import Role
from tests.factories import person
from tests.web.browsing import beside, fields, links, press, send, sign_in, tree, words


def close_account(who: Person) -> None:
    id_ = who.id
    with transaction() as session:
        session.get_one(Person, id_).active = False


def test_password_opens_the_desk(client: FlaskClient) -> None:
    response = send(client, "/sign-in", email=person(Role.VIEWER).email, password="correct horse")
    assert (response.status_code, response.location) == (303, "/desk")
    assert client.get("/desk").status_code == 200
    assert client.get("/sign-in").location == "/desk"


@pytest.mark.parametrize("typed", [" {} ", "{}\n"])
def test_address_is_known_however_it_is_typed(client: FlaskClient, typed: str) -> None:
    who = person(email="rosa@staff.example")
    for email in (typed.format(who.email), who.email.upper()):
        assert send(client, "/sign-in", email=email, password="correct horse").status_code == 303
        press(client, "/desk", "/sign-out")


def test_every_wrong_sign_in_looks_the_same(client: FlaskClient) -> None:
    known, closed, podcaster = person(), person(), person(role=None)
    close_account(closed)
    said = set()
    for email, password in (
        (known.email, "wrong horse"),
        ("nobody@staff.example", "correct horse"),
        (closed.email, "correct horse"),
        (podcaster.email, "correct horse"),
        (podcaster.email, "no one has this password"),
        ("x\x00", "\x00"),
        ("not an address", "x" * 1000),
    ):
        response = send(client, "/sign-in", email=email, password=password)
        assert response.status_code == 401
        assert password not in response.text
        said.add(words(response))
    assert len(said) == 1
    assert "Address and password do not belong together" in said.pop()
    assert client.get("/desk").status_code == 302


def test_address_is_kept_and_the_password_is_not(client: FlaskClient) -> None:
    shown = fields(send(client, "/sign-in", email="rosa@staff.example", password="secret word").text)
    assert shown["email"] == "rosa@staff.example"
    assert shown["password"] in (None, "")


@pytest.mark.parametrize(
    ("field", "sentence"), [("email", "Enter your address."), ("password", "Enter your password.")]
)
def test_what_is_missing_is_told_beside_it(client: FlaskClient, field: str, sentence: str) -> None:
    response = send(client, "/sign-in", **{"email": "a@b.example", "password": "x"} | {field: ""})
    assert response.status_code == 422
    assert beside(response, field) == sentence


def test_sign_in_from_another_page_is_refused(client: FlaskClient) -> None:
    who = person()
    response = send(client, "/sign-in", email=who.email, password="correct horse", csrf_token="wrong")
    assert response.status_code in (400, 422)
    assert client.get("/desk").status_code == 302


@pytest.mark.parametrize("target", ["/desk/7?q=a+b&state=all", "/desk", "/desk/outbox"])
def test_sign_in_leads_back_to_where_one_was_going(client: FlaskClient, target: str) -> None:
    who = person()
    way = client.get(target)
    assert way.status_code == 302
    response = send(client, way.location, email=who.email, password="correct horse")
    assert response.location == target


def test_sign_in_leads_back_to_the_shows(client: FlaskClient) -> None:
    who = person()
    for target in ("/shows", "/shows/harbour-kitchen/export"):
        response = send(client, f"/sign-in?next={target}", email=who.email, password="correct horse")
        assert response.location == target
        press(client, "/desk", "/sign-out")


@pytest.mark.parametrize(
    "target",
    [
        "/deskevil",
        "//evil.example",
        "///evil.example/desk",
        "https://evil.example/desk",
        "https:evil.example",
        "https:/desk",
        "\\\\evil.example",
        "/\\evil.example",
        "/desk\\..\\..\\evil",
        "javascript:alert(1)",
        "//evil.example/desk",
        "/\t/evil.example/desk",
        "/desk\r\nSet-Cookie: a=b",
        "http://[::1/desk",
        "@evil.example",
        "desk",
        "",
    ],
)
def test_sign_in_leads_nowhere_else(client: FlaskClient, target: str) -> None:
    who = person()
    form = client.get("/sign-in")
    response = client.post(
        "/sign-in",
        query_string={"next": target},
        data=fields(form.text) | {"email": who.email, "password": "correct horse"},
    )
    assert response.status_code == 303
    assert response.location == "/desk"


def test_nothing_of_the_session_before_survives(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    before = fields(client.get("/sign-in").text)["csrf_token"]
    sign_in(client, person())
    with client.session_transaction() as session:
        assert "planted" not in session
    page = client.get("/desk")
    assert before not in page.text
    assert client.post("/sign-out", data={"csrf_token": before}).status_code == 400


def test_signing_out_takes_a_button(client: FlaskClient, staff: Callable[..., FlaskClient]) -> None:
    browser = staff()
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").status_code == 400
    assert browser.get("/desk").status_code == 200
    token = tree(browser.get("/desk")).xpath("//form[@action='/sign-out']//input/@value")[0]
    response = browser.post("/sign-out", data={"csrf_token": token})
    assert (response.status_code, response.location) == (303, "/")
    assert browser.get("/desk").status_code == 302


def test_closed_account_is_out_at_once(staff: Callable[..., FlaskClient]) -> None:
    who = person()
    browser = staff(who=who)
    close_account(who)
    response = browser.get("/desk")
    assert response.status_code == 302
    assert response.location.startswith("/sign-in")


def test_session_does_not_last_for_ever(staff: Callable[..., FlaskClient], clock: Traveller) -> None:
    browser = staff()
    clock.shift(timedelta(days=15))
    assert browser.get("/desk").status_code == 302


@pytest.mark.parametrize("cookie", ["x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "\x01"])
def test_forged_session_is_nobody(client: FlaskClient, cookie: str) -> None:
    person(Role.ADMIN)
    assert client.get("/desk", headers={"Cookie": f"greenroom={cookie}"}).status_code == 302


@pytest.mark.parametrize("id_", ["x", "-1", "0", "999", None])
def test_session_of_no_person_is_nobody(client: FlaskClient, id_: object) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = id_
    assert client.get("/desk").status_code == 302


def test_podcasters_are_shown_their_way(client: FlaskClient) -> None:
    assert "/shows/link" in links(client.get("/sign-in"))
