"""Who may open what: strangers are shown the way in, podcasters stay outside the desk, viewers only look."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.models.show import ExportLink
from review.rules import Role, Verb
from tests.factories import decided, person, received
from tests.servers import running
from tests.web.browsing import fields, links, send, words
from tests.web.stage import on_air, owner_token, rows

STAFF_PAGES = ("/desk", "/desk/1", "/desk/1/approve", "/desk/1/progress", "/desk/outbox", "/snapshots/1-a.png")
STAFF_PAGES += ("/desk/import", "/desk/bulk", "/desk/bulk/decline", "/desk/1/answers/1")
STAFF_PAGES += (
    "/desk/programmes",
    "/desk/programmes/1",
    "/desk/programmes/1/preview",
    "/desk/programmes/1/questions/new",
)
STAFF_PAGES += ("/desk/programmes/1/letters/decline",)
SIGNED_IN_PAGES = ("/shows", "/shows/harbour-kitchen", "/shows/harbour-kitchen/export")
MAILBOX = ("/mailbox",) if running() is None else ()
OPEN_PAGES = ("/", "/healthz", "/apply", "/apply/sent", "/apply/link", "/shows/link", "/sign-in", *MAILBOX)
ACTIONS = (
    "/desk/1/approve",
    "/desk/1/take",
    "/desk/1/notes",
    "/desk/1/check-feed",
    "/desk/1/send-link",
    "/desk/undo/1",
    "/desk/outbox/1/retry",
    "/desk/export",
    "/desk/import",
    "/desk/import/1/start",
    "/desk/bulk/decline",
    "/desk/bulk/1/run",
    "/desk/bulk/1/undo",
    "/desk/programmes",
    "/desk/programmes/1",
    "/desk/programmes/1/offer",
    "/desk/programmes/1/questions/new",
    "/desk/programmes/1/letters/decline",
)


@pytest.fixture
def owner(client: FlaskClient, drain: Callable[..., int]) -> FlaskClient:
    """A podcaster who came by the link."""
    show = on_air(drain)
    assert send(client, f"/shows/enter/{owner_token(show.owner)}").status_code == 303
    return client


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_open_page_opens_for_everybody(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_stranger_at_the_desk_is_asked_to_sign_in(client: FlaskClient, path: str) -> None:
    received()
    response = client.get(path)
    assert response.status_code == 302
    assert response.location.startswith("/sign-in?next=/")


@pytest.mark.parametrize("path", SIGNED_IN_PAGES)
def test_stranger_at_the_shows_is_offered_a_link(stranger: FlaskClient, drain: Callable[..., int], path: str) -> None:
    on_air(drain)
    response = stranger.get(path)
    assert (response.status_code, response.location) == (302, "/shows/link")


def test_stranger_does_nothing_at_the_desk(client: FlaskClient) -> None:
    decided(received(), Verb.DECLINE)
    token = fields(client.get("/sign-in").text)["csrf_token"]
    for path in ACTIONS:
        response = client.post(path, data={"csrf_token": token})
        assert (response.status_code, response.location) == (302, "/sign-in?next=/desk"), path


def test_podcaster_stays_outside_the_desk(owner: FlaskClient) -> None:
    for path in STAFF_PAGES:
        response = owner.get(path)
        assert response.status_code == 403, path
        assert "Not for your account" in words(response)
    token = fields(owner.get("/sign-in").text)["csrf_token"]
    for path in ACTIONS:
        assert owner.post(path, data={"csrf_token": token}).status_code == 403, path


def test_podcaster_is_led_to_nothing_of_the_desk(owner: FlaskClient) -> None:
    for path in ("/shows", "/shows/harbour-kitchen", *MAILBOX):
        assert not [href for href in links(owner.get(path)) if href.startswith("/desk")]


def test_viewer_sees_shows_and_sends_no_export_link(
    staff: Callable[..., FlaskClient], drain: Callable[..., int]
) -> None:
    on_air(drain)
    viewer = staff(Role.VIEWER)
    assert viewer.get("/shows").status_code == 200
    page = viewer.get("/shows/harbour-kitchen")
    assert "Send an export link" not in words(page)
    assert viewer.get("/shows/harbour-kitchen/export").status_code == 403
    token = fields(viewer.get("/apply/link").text)["csrf_token"]
    assert viewer.post("/shows/harbour-kitchen/export", data={"csrf_token": token}).status_code == 403
    assert rows(ExportLink) == 0


def test_view_that_was_given_no_guard_stays_closed(
    app: Flask, staff: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = staff(Role.ADMIN)
    monkeypatch.setitem(app.view_functions, "desk.outbox", lambda: "secret")
    response = browser.get("/desk/outbox")
    assert response.status_code == 403
    assert "secret" not in response.text


def test_frame_of_the_desk_names_who_is_signed_in(staff: Callable[..., FlaskClient]) -> None:
    browser = staff(who=person(Role.LEAD, name="Linus <b>Adeyemi</b>"))
    page = browser.get("/desk")
    assert "Linus <b>Adeyemi</b> lead" in words(page)
    assert {"/desk", "/shows", "/desk/outbox", *MAILBOX} <= set(links(page))
