"""Shows: podcasters come by a link and see their own, staff see all; both can send the export link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from time_machine import Traveller

from review.db import transaction
from review.models.person import AccessLink, Person
from review.models.show import ExportLink, Show
from review.rules import Role, Verb
from review.services import moves
from tests import servers
from tests.factories import NOW, decided, person, received
from tests.web.browsing import beside, buttons, fields, links, press, send, tree, words
from tests.web.stage import episode, export_link, link, mail, moment, on_air, owner_token, rows, status_token


@pytest.fixture
def show(client: FlaskClient, drain: Callable[..., int]) -> Show:
    """Harbour Kitchen, on the air."""
    return on_air(drain)


@pytest.fixture
def owner(client: FlaskClient, show: Show) -> FlaskClient:
    """Its owner, come by the link."""
    assert send(client, f"/shows/enter/{owner_token(show.owner)}").status_code == 303
    return client


def titles(client: FlaskClient) -> list[str]:
    return [" ".join(cell.text_content().split()) for cell in tree(client.get("/shows")).xpath("//tbody//a")]


def test_welcome_letter_leads_to_the_show(client: FlaskClient, show: Show) -> None:
    path = link(next(letter for letter in mail() if "/shows/enter/" in letter.text), "/shows/enter/")
    page = client.get(path)
    assert "Welcome, Maren Oduya" in words(page)
    assert buttons(page) == ["Go on"]
    assert client.get("/shows").status_code == 302, "a GET signs nobody in"
    response = send(client, path)
    assert (response.status_code, response.location) == (303, "/shows")
    assert titles(client) == ["Harbour Kitchen"]


def test_link_signs_in_again_until_it_expires(client: FlaskClient, show: Show, clock: Traveller) -> None:
    path = f"/shows/enter/{owner_token(show.owner)}"
    for _ in range(2):
        assert send(client, path).status_code == 303
    data = fields(client.get(path).text)
    clock.shift(timedelta(days=30, seconds=1))
    for page in (client.get(path), client.post(path, data=data)):
        assert page.status_code == 410
        assert "You can ask for a new one" in words(page)


def test_wrong_link_is_not_found(client: FlaskClient, show: Show) -> None:
    token = owner_token(show.owner)
    status = status_token(show.application_id)
    for wrong in (token[:-2], "x", token[:-2] + "AA", status):
        assert client.get(f"/shows/enter/{wrong}").status_code == 404
        assert client.post(f"/shows/enter/{wrong}").status_code == 404
    assert client.get(f"/apply/{token}").status_code == 404


def test_link_of_a_closed_account_signs_nobody_in(client: FlaskClient, show: Show) -> None:
    path = f"/shows/enter/{owner_token(show.owner)}"
    data = fields(client.get(path).text)
    with transaction() as session:
        session.get_one(Person, show.owner_id).active = False
    assert client.post(path, data=data).status_code == 410
    assert client.get("/shows").status_code == 302


def test_link_ends_the_session_that_was_before(staff: Callable[..., FlaskClient], show: Show) -> None:
    browser = staff(Role.ADMIN)
    send(browser, f"/shows/enter/{owner_token(show.owner)}")
    assert browser.get("/desk").status_code == 403
    assert titles(browser) == ["Harbour Kitchen"]


def test_button_of_another_page_signs_nobody_in(client: FlaskClient, show: Show) -> None:
    assert client.post(f"/shows/enter/{owner_token(show.owner)}").status_code == 400
    assert client.get("/shows").status_code == 302


def test_owner_sees_only_their_own(owner: FlaskClient, drain: Callable[..., int]) -> None:
    other = on_air(drain, email="other@mail.example", show_title="Signal and Noise")
    assert titles(owner) == ["Harbour Kitchen"]
    assert owner.get("/shows/harbour-kitchen").status_code == 200
    for path in (f"/shows/{other.slug}", f"/shows/{other.slug}/export"):
        assert owner.get(path).status_code == 404
    token = fields(owner.get("/shows/harbour-kitchen/export").text)["csrf_token"]
    assert owner.post(f"/shows/{other.slug}/export", data={"csrf_token": token}).status_code == 404
    moves.make_link(other.slug, by=other.owner, now=NOW)
    id_ = export_link().id
    assert owner.post(f"/shows/export-links/{id_}/revoke", data={"csrf_token": token}).status_code == 404
    assert export_link().revoked_at is None


def test_staff_see_all(desk: FlaskClient, show: Show, drain: Callable[..., int]) -> None:
    on_air(drain, email="other@mail.example", show_title="Signal and Noise")
    assert sorted(titles(desk)) == ["Harbour Kitchen", "Signal and Noise"]
    assert desk.get("/shows/signal-and-noise").status_code == 200


def test_without_shows_the_page_says_so(desk: FlaskClient) -> None:
    assert "No show is on the air yet" in words(desk.get("/shows"))


@pytest.mark.parametrize("slug", ["nowhere", "Harbour-Kitchen", "x" * 3000, "%00", "enter", "..%2f"])
def test_unknown_show_is_not_found(desk: FlaskClient, show: Show, slug: str) -> None:
    assert desk.get(f"/shows/{slug}").status_code == 404


def test_show_page_tells_feed_episodes_and_history(owner: FlaskClient, show: Show) -> None:
    episode(show, "Soup <b>one</b>", b"x" * 2000)
    episode(show, "Soup two", None)
    page = owner.get("/shows/harbour-kitchen")
    said = words(page)
    assert "1 of 2 files are copied so far" in said
    assert "Soup <b>one</b>" in said
    assert "2.0 kB" in said
    assert "at the old host" in said
    assert "Greenroom the show was created" in said
    (address,) = tree(page).xpath("//div[@class='copybox']//input/@value")
    assert address.endswith("/feeds/harbour-kitchen/rss.xml")
    media = next(href for href in links(page) if href.startswith("/media/"))
    assert servers.fetched(owner, media) == b"x" * 2000


@pytest.mark.parametrize("who", ["owner", "desk"])
def test_export_link_is_explained_then_mailed_to_the_owner(
    request: pytest.FixtureRequest, show: Show, drain: Callable[..., int], who: str
) -> None:
    browser = request.getfixturevalue(who)
    before = len(mail())
    assert "/shows/harbour-kitchen/export" in links(browser.get("/shows/harbour-kitchen"))
    page = browser.get("/shows/harbour-kitchen/export")
    assert "maren@mail.example gets a letter with a private link" in words(page)
    assert rows(ExportLink) == 0
    response = send(browser, "/shows/harbour-kitchen/export")
    assert (response.status_code, response.location) == (303, "/shows/harbour-kitchen")
    assert "on its way to the show's owner" in words(browser.get(response.location))
    drain()
    (letter,) = mail()[before:]
    assert letter.to == "Maren Oduya <maren@mail.example>"
    assert browser.get(link(letter, "/move/")).status_code == 200
    assert "unlocked: another host may import it" in words(browser.get("/shows/harbour-kitchen"))


def test_export_link_is_revoked_by_a_button(owner: FlaskClient, show: Show) -> None:
    send(owner, "/shows/harbour-kitchen/export")
    id_ = export_link().id
    response = press(owner, "/shows/harbour-kitchen", f"/shows/export-links/{id_}/revoke")
    assert (response.status_code, response.location) == (303, "/shows/harbour-kitchen")
    page = owner.get(response.location)
    assert "The export link no longer works" in words(page)
    assert f"revoked {moment(NOW)}" in words(page)
    assert "Revoke" not in buttons(page)
    assert "locked: other hosts are asked not to import it" in words(page)


def test_expired_export_link_has_no_button(owner: FlaskClient, show: Show, clock: Traveller) -> None:
    moves.make_link(show.slug, by=show.owner, now=NOW - timedelta(days=14))
    page = owner.get("/shows/harbour-kitchen")
    assert "expired" in words(page)
    assert "Revoke" not in buttons(page)


@pytest.mark.parametrize("path", ["/shows/harbour-kitchen/export", "/shows/export-links/1/revoke"])
def test_button_of_another_page_is_refused(owner: FlaskClient, show: Show, path: str) -> None:
    moves.make_link(show.slug, by=show.owner, now=NOW)
    assert owner.post(path).status_code == 400
    assert export_link().revoked_at is None
    assert rows(ExportLink) == 1


def test_lost_link_says_the_same_to_everybody(client: FlaskClient, show: Show, drain: Callable[..., int]) -> None:
    before = len(mail())
    received(email="applicant@mail.example", now=NOW)
    drain()
    after = len(mail())
    said = set()
    for email in ("MAREN@mail.example", "nobody@mail.example", "applicant@mail.example", person().email):
        response = send(client, "/shows/link", email=email)
        assert response.status_code == 200
        said.add(words(response))
    assert len(said) == 1
    drain()
    (letter,) = mail()[after:]
    assert before < after
    assert letter.subject == "Your link to Greenroom"
    assert send(client, link(letter, "/shows/enter/")).status_code == 303


@pytest.mark.parametrize("email", ["", "maren", "x" * 300 + "@mail.example"])
def test_lost_link_wants_an_address(client: FlaskClient, email: str) -> None:
    response = send(client, "/shows/link", email=email)
    assert response.status_code == 422
    assert beside(response, "email")
    assert rows(AccessLink) == 0


def test_a_show_taken_off_the_air_says_so_and_can_still_be_taken_along(
    staff: Callable[..., FlaskClient], show: Show, drain: Callable[..., int]
) -> None:
    slug, lead = show.slug, staff(Role.LEAD)
    decided(show.application_id, Verb.REVERSE)
    drain()
    page = lead.get(f"/shows/{slug}")
    assert "Off the air since" in words(page)
    assert "off the air" in words(lead.get("/shows"))
    assert send(lead, f"/shows/{slug}/export").status_code == 303
    drain()
    assert servers.objects(f"feeds/{slug}/") == []
