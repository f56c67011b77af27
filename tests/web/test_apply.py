"""Applying: the form keeps what was typed, says what is wrong beside it, and takes an application in once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from time_machine import Traveller
from werkzeug.test import TestResponse

from review.db import db
from review.models.application import Application
from review.models.outbox import Kind, OutboxItem
from review.rules import State, Verb
from review.services import programmes
from tests.factories import NOW, decided, get, programme, received, submitted, verify_token
from tests.web.browsing import beside, fields, send, tree, words
from tests.web.stage import APPLICATION, link, mail, moment, rows, status_token

EXACT = ("name", "email", "show_title", "pitch", "language", "schedule", "feed_url")


def kept(response: TestResponse, *, but: str = "") -> None:
    """Everything typed is still in the form, except for the field named."""
    now = fields(response.text)
    for name, value in APPLICATION.items():
        if name != but:
            assert now.get(name) == value, name


def only() -> Application:
    """The one application there is."""
    db.session.rollback()
    return db.session.scalars(select(Application)).one()


def test_form_shows_free_places_and_rules(client: FlaskClient) -> None:
    page = client.get("/apply")
    assert page.status_code == 200
    assert "40 free places are left" in words(page)
    assert "you hold the rights to everything in it" in words(page)


def test_form_says_when_one_place_is_left(client: FlaskClient) -> None:
    programme(places=1)
    assert "One free place is left" in words(client.get("/apply"))


def test_valid_form_is_taken_in_and_leads_to_the_mail(client: FlaskClient, drain: Callable[..., int]) -> None:
    response = send(client, "/apply", **APPLICATION)
    assert (response.status_code, response.location) == (303, "/apply/sent")
    assert "look into your mail" in words(client.get("/apply/sent"))
    row = only()
    assert row.state is State.UNVERIFIED
    assert {name: getattr(row, name) for name in EXACT} == {name: APPLICATION[name] for name in EXACT}
    assert row.topics == APPLICATION["topics"]
    assert row.links == APPLICATION["links"].split("\r\n")
    drain()
    (letter,) = mail()
    assert "maren@mail.example" in letter.to
    assert "/apply/verify/" in letter.text


def test_application_needs_no_feed(client: FlaskClient) -> None:
    response = send(client, "/apply", **APPLICATION | {"feed_url": "", "links": "", "has_show": None})
    assert response.status_code == 303
    assert (only().feed_url, only().links) == ("", [])


WRONG: list[tuple[str, Any, str]] = [
    ("name", "", "Tell us your name."),
    ("name", "x" * 201, "200"),
    ("email", "", "We need an address to write to."),
    ("email", "maren@", "does not look like an e-mail address"),
    ("email", "maren oduya@mail.example", "does not look like an e-mail address"),
    ("email", f"{'x' * 60}@{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 30}.example", "address"),
    ("show_title", "  \t ", "Give the show a title."),
    ("show_title", "x" * 201, "200"),
    ("pitch", "", "Tell us about the show."),
    ("pitch", "It is short.", "at least a sentence or two"),
    ("pitch", "x" * 5001, "more than 5,000 characters"),
    ("topics", None, "Choose at least one topic."),
    ("topics", ["Arts", "Arts > Food", "Comedy", "History"], "at most three topics"),
    ("topics", ["Arts", "Gardening for cats"], "not"),
    ("language", "tlh", "Not a valid choice"),
    ("links", "harbour.example", "“harbour.example” is no full web address."),
    ("links", "\n".join(f"https://{i}.example" for i in range(6)), "at most five links"),
    ("schedule", "", "A rough idea is enough."),
    ("schedule", "x" * 501, "500"),
    ("feed_url", "", "Where is the feed of your show?"),
    ("feed_url", "harbour.example/feed.xml", "starts with http:// or https://"),
    ("feed_url", "ftp://harbour.example/feed.xml", "starts with http:// or https://"),
    ("feed_url", "http://[::1", "starts with http:// or https://"),
    ("feed_url", "https://x.example:99999/feed", "starts with http:// or https://"),
    ("feed_url", "https://x.example/" + "x" * 2000, "2000"),
    ("consent_rules", None, "Without it we cannot take you in."),
    ("consent_data", None, "Without it we cannot read your application."),
]


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG, ids=lambda v: str(v)[:24])
def test_wrong_field_is_told_beside_it_and_the_rest_kept(
    client: FlaskClient, field: str, value: Any, sentence: str
) -> None:
    response = send(client, "/apply", **APPLICATION | {field: value})
    assert response.status_code == 422
    assert sentence in beside(response, field)
    kept(response, but=field)
    summary = tree(response).xpath("//*[@role='alert']//a/@href")
    assert len(summary) == 1, "the summary names one field"
    assert tree(response).xpath("//*[@id=$id]", id=summary[0][1:])
    assert rows(Application) == 0


def test_wrong_value_is_still_there_to_be_mended(client: FlaskClient) -> None:
    response = send(client, "/apply", **APPLICATION | {"email": "maren@", "links": "harbour.example"})
    assert fields(response.text)["email"] == "maren@"
    assert fields(response.text)["links"] == "harbour.example"


@pytest.mark.parametrize("token", [None, "", "wrong", "IjEi.aaaa.bbbb"])
def test_form_without_our_token_is_refused_plainly_and_kept(client: FlaskClient, token: str | None) -> None:
    response = send(client, "/apply", **APPLICATION | {"csrf_token": token})
    assert response.status_code == 400
    assert "CSRF" not in words(response)
    assert "This page was open too long, or your browser sent no cookie" in words(response)
    kept(response)
    again = client.post("/apply", data=fields(response.text))
    assert again.status_code == 303
    assert rows(Application) == 1


def test_token_of_another_browser_is_refused(client: FlaskClient, stranger: FlaskClient) -> None:
    stranger.get("/apply")
    data = fields(client.get("/apply").text) | APPLICATION
    assert stranger.post("/apply", data=data).status_code == 400
    assert rows(Application) == 0


def test_form_sent_twice_is_one_application(client: FlaskClient, drain: Callable[..., int]) -> None:
    data = fields(client.get("/apply").text) | APPLICATION
    assert [client.post("/apply", data=data).status_code for _ in range(2)] == [303, 303]
    assert rows(Application) == 1
    drain()
    assert len(mail()) == 1


def test_two_forms_are_two_applications(client: FlaskClient) -> None:
    for _ in range(2):
        send(client, "/apply", **APPLICATION)
    assert rows(Application) == 2


def test_field_that_people_do_not_see_is_told_plainly(client: FlaskClient) -> None:
    response = send(client, "/apply", **APPLICATION | {"website": "https://spam.example"})
    assert response.status_code == 400
    assert "A field that people cannot see was filled in" in words(response)
    kept(response)
    assert fields(response.text)["website"] == "https://spam.example"
    assert rows(Application) == 0


@pytest.fixture
def slow_form(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.conftest.settings_for", None)


def test_form_filled_in_too_fast_is_told_plainly(
    app: Flask, client: FlaskClient, clock: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "GREENROOM", replace(app.config["GREENROOM"], fill_seconds=3))
    data = fields(client.get("/apply").text) | APPLICATION
    clock.shift(2)
    response = client.post("/apply", data=data)
    assert response.status_code == 400
    assert "faster than a person can type" in words(response)
    kept(response)
    clock.shift(2)
    assert client.post("/apply", data=fields(response.text)).status_code == 303


def test_page_open_for_more_than_a_day_is_sent_again(client: FlaskClient, clock: Traveller) -> None:
    data = fields(client.get("/apply").text) | APPLICATION
    clock.shift(timedelta(hours=24, seconds=1))
    response = client.post("/apply", data=data)
    assert response.status_code == 400
    assert "open for more than a day. Nothing is lost" in words(response)
    kept(response)
    assert client.post("/apply", data=fields(response.text)).status_code == 303


@pytest.mark.parametrize("key", ["", "x", "WyJhIiwxXQ.sig", "ä" * 50, "\x00", None])
def test_altered_form_key_is_refused_and_kept(client: FlaskClient, key: str | None) -> None:
    response = send(client, "/apply", **APPLICATION | {"form_key": key})
    assert response.status_code == 400
    kept(response)
    assert rows(Application) == 0
    assert client.post("/apply", data=fields(response.text)).status_code == 303


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "٣", "²"])
def test_altered_rules_version_is_refused(client: FlaskClient, version: str) -> None:
    response = send(client, "/apply", **APPLICATION | {"rules_version": version})
    assert response.status_code == 422
    assert "Please load the page again" in words(response)
    kept(response)


def change_rules() -> None:
    programmes.change(
        slug=None, places=None, opens_at=None, closes_at=None, always_open=False, rules="Be kind.", now=NOW
    )


def test_rules_changed_meanwhile_are_shown_and_the_form_kept(client: FlaskClient) -> None:
    data = fields(client.get("/apply").text) | APPLICATION
    change_rules()
    response = client.post("/apply", data=data)
    assert response.status_code == 409
    assert "The rules have changed since you opened this page" in words(response)
    assert "Be kind." in words(response)
    kept(response)
    assert rows(Application) == 0
    assert client.post("/apply", data=fields(response.text)).status_code == 303
    assert only().rules_version == 2


CLOSED: list[tuple[dict[str, Any], str]] = [
    ({"closes_at": NOW - timedelta(days=1)}, "Applications are closed at the moment"),
    ({"opens_at": NOW + timedelta(days=7)}, f"Applications open on {moment(NOW + timedelta(days=7))}"),
    ({"places": 0}, "All 0 places are taken"),
]


@pytest.mark.parametrize(("changes", "sentence"), CLOSED, ids=["closed", "not yet open", "full"])
def test_without_a_place_people_join_the_waitlist(
    client: FlaskClient, drain: Callable[..., int], changes: dict[str, Any], sentence: str
) -> None:
    programme(**changes)
    page = client.get("/apply")
    assert sentence in words(page)
    assert "Join the waitlist" in words(page, "//h1")
    assert words(page, "//form//button") == "Join the waitlist"
    send(client, "/apply", **APPLICATION)
    drain()
    response = send(client, link(mail()[0], "/apply/verify/"))
    assert only().state is State.WAITLISTED
    assert "It is on the waitlist" in words(client.get(response.location))


def test_last_place_given_away_closes_the_form(client: FlaskClient) -> None:
    programme(places=1)
    decided(received(), Verb.APPROVE)
    assert "All 1 places are taken" in words(client.get("/apply"))


def test_body_too_big_to_be_an_application_is_refused(client: FlaskClient) -> None:
    response = send(client, "/apply", **APPLICATION | {"pitch": "x" * 300_000})
    assert response.status_code == 413
    assert "Please shorten it" in words(response)


def test_form_with_thousands_of_fields_is_refused(client: FlaskClient) -> None:
    data = {f"field-{i}": "x" for i in range(2000)}
    assert client.post("/apply", data=data, content_type="multipart/form-data").status_code == 413


STRANGE = {
    "control characters": ("Har\x00bour\x07 Kit\x1bchen\x85", "Harbour Kitchen"),
    "line breaks": ("Harbour\r\nKitchen\nTwo", "Harbour Kitchen Two"),
    "spaces": ("  Harbour \t  Kitchen ", "Harbour Kitchen"),
    "right to left": ("مطبخ الميناء", "مطبخ الميناء"),
    "emoji": ("Kitchen 👩🏽‍🍳🏳️‍🌈", "Kitchen 👩🏽‍🍳🏳️‍🌈"),
    "decomposed": ("Cafe\u0301", "Caf\u00e9"),
    "percent": ("100%(name)s %s {x} {{ 7*7 }}", "100%(name)s %s {x} {{ 7*7 }}"),
}


@pytest.mark.parametrize(("typed", "expected"), STRANGE.values(), ids=STRANGE.keys())
def test_strange_title_is_cleaned_or_survives_to_the_status_page(
    client: FlaskClient, drain: Callable[..., int], typed: str, expected: str
) -> None:
    assert send(client, "/apply", **APPLICATION | {"show_title": typed}).status_code == 303
    assert only().show_title == expected
    drain()
    assert expected in mail()[0].text
    status = send(client, link(mail()[0], "/apply/verify/"))
    assert words(client.get(status.location), "//h1") == expected


def test_half_a_character_does_not_break_the_form(client: FlaskClient) -> None:
    data = fields(client.get("/apply").text)
    parts = {**data, **APPLICATION, "topics": "Arts"} | {"show_title": "MARK"}
    body = client.application.test_request_context("/apply", method="POST", data=parts).request.get_data()
    response = client.post(
        "/apply", data=body.replace(b"MARK", b"a%ED%A0%80b%FFc"), content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 303
    only().show_title.encode()


def test_longest_pitch_survives_to_the_letter(client: FlaskClient) -> None:
    pitch = ("Väriä ja ääntä. 🎙️\n" * 400)[:4999] + "."
    assert send(client, "/apply", **APPLICATION | {"pitch": pitch.replace("\n", "\r\n")}).status_code == 303
    assert only().pitch == pitch
    token = verify_token(only().id)
    status = send(client, f"/apply/verify/{token}")
    assert pitch in client.get(status.location).text


MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;b&gt;"


def test_markup_in_every_field_is_shown_as_text(client: FlaskClient, desk: FlaskClient) -> None:
    """The client fails on any inline script or handler by itself."""
    fresh = {name: MARKUP for name in ("name", "show_title", "pitch", "schedule")}
    id_ = received(**fresh, links=("https://x.example/?" + MARKUP,), feed_url="https://x.example/?" + MARKUP)
    for browser, path in (
        (client, f"/apply/{status_token(id_)}"),
        (desk, f"/desk/{id_}"),
        (desk, "/desk"),
        (desk, f"/desk/{id_}/decline"),
    ):
        page = browser.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert MARKUP in words(page)


def test_wrong_form_shows_markup_as_text(client: FlaskClient) -> None:
    wrong = {name: MARKUP for name in ("name", "email", "show_title", "pitch", "links", "feed_url", "schedule")}
    page = send(client, "/apply", **APPLICATION | wrong | {"topics": [MARKUP], "language": MARKUP})
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert fields(page.text)["name"] == MARKUP


def test_link_that_would_run_a_script_is_refused(client: FlaskClient) -> None:
    response = send(client, "/apply", **APPLICATION | {"links": "javascript:alert(1)"})
    assert "is no full web address" in beside(response, "links")


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60)


@given(data=st.dictionaries(st.sampled_from([*APPLICATION, "form_key", "rules_version", "website"]), TEXT))
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_typed_breaks_the_form(client: FlaskClient, data: dict[str, str]) -> None:
    assert send(client, "/apply", **APPLICATION | data).status_code in (303, 400, 409, 422)


class TestVerify:
    """Confirming the address."""

    def test_opening_the_link_changes_nothing(self, client: FlaskClient) -> None:
        id_ = submitted()
        page = client.get(f"/apply/verify/{verify_token(id_)}")
        assert words(page, "//main//button") == "Yes, it is mine"
        assert get(id_).state is State.UNVERIFIED

    def test_pressing_the_button_moves_it_into_the_backlog(self, client: FlaskClient) -> None:
        id_ = submitted(feed_url="https://harbour.example/feed.xml")
        response = send(client, f"/apply/verify/{verify_token(id_)}")
        assert response.status_code == 303
        assert get(id_).state is State.SUBMITTED
        assert "It waits to be read" in words(client.get(response.location))
        checks = select(OutboxItem.id).where(OutboxItem.kind == Kind.FEED_CHECK)
        assert len(db.session.scalars(checks).all()) == 1

    def test_pressing_it_twice_is_once(self, client: FlaskClient) -> None:
        id_ = submitted()
        path = f"/apply/verify/{verify_token(id_)}"
        answers = [send(client, path) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert get(id_).version == 2
        for answer in answers:
            assert client.get(answer.location).status_code == 200

    def test_altered_link_is_not_found(self, client: FlaskClient) -> None:
        token = verify_token(submitted())
        for altered in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, "x", token.split(".")[0]):
            assert client.get(f"/apply/verify/{altered}").status_code == 404
            assert client.post(f"/apply/verify/{altered}").status_code in (400, 404)

    def test_expired_link_says_so(self, client: FlaskClient, clock: Traveller) -> None:
        path = f"/apply/verify/{verify_token(submitted())}"
        data = fields(client.get(path).text)
        clock.shift(timedelta(days=3, seconds=1))
        for page in (client.get(path), client.post(path, data=data)):
            assert page.status_code == 410
            assert "You can ask for a new one" in words(page)

    def test_button_of_another_page_is_refused(self, client: FlaskClient) -> None:
        id_ = submitted()
        response = client.post(f"/apply/verify/{verify_token(id_)}")
        assert response.status_code == 400
        assert get(id_).state is State.UNVERIFIED
