"""The desk: the list and what narrows it, one application, the small verbs, the outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from time_machine import Traveller

from review import outbox
from review.db import db, transaction
from review.models.application import FeedCheck, Note
from review.models.outbox import ItemState, Kind, OutboxItem
from review.rules import Role, State, Verb
from review.services import applications, reviewing
from tests.factories import NOW, decided, get, person, received, submitted
from tests.web.browsing import beside, fields, links, press, send, tree, words
from tests.web.stage import mail, moment, rows

EARLIER = NOW - timedelta(hours=1)


def listed(client: FlaskClient, query: str = "") -> list[str]:
    """The titles in the list, in order."""
    page = client.get(f"/desk{query}")
    assert page.status_code == 200
    return [" ".join(row.text_content().split()) for row in tree(page).xpath("//a//*[@class='row-title']")]


def checked(application_id: int, failure: str = "") -> None:
    """The application's feed has been read."""
    url = get(application_id).feed_url
    reviewing.feed_checked(application_id, {"url": url, "failure": failure}, now=NOW)


@pytest.fixture
def dead(desk: FlaskClient) -> int:
    """An effect that failed for good; its id."""
    id_ = received()
    reviewing.send_link(id_, by=person(), now=NOW)
    for held in outbox.lease(limit=9, now=NOW, period=timedelta(minutes=1)):
        outbox.dead(held, "the mail service said no", now=NOW)
    return db.session.scalars(select(OutboxItem.id).order_by(OutboxItem.id.desc()).limit(1)).one()


class TestList:
    """The backlog."""

    def test_list_shows_the_oldest_first_and_only_what_waits(self, desk: FlaskClient) -> None:
        received(show_title="New", now=NOW - timedelta(hours=1))
        received(show_title="Old", now=NOW - timedelta(days=3))
        submitted(show_title="Not verified")
        decided(received(show_title="Declined"), Verb.DECLINE)
        assert listed(desk) == ["Old", "New"]

    def test_list_is_empty_when_all_is_done(self, desk: FlaskClient) -> None:
        assert "All done" in words(desk.get("/desk"))

    def test_counts_stand_beside_the_states(self, desk: FlaskClient) -> None:
        reviewing.take(received(), by=person(), now=NOW)
        for _ in range(2):
            received()
        for verb in (Verb.DECLINE, Verb.DECLINE, Verb.APPROVE):
            decided(received(), verb)
        submitted()
        counts = words(desk.get("/desk"), "//nav[@class='states']")
        for said in ("To decide 3", "submitted 2", "in review 1", "approved 1", "declined 2", "waitlisted 0", "all 6"):
            assert said in counts

    @pytest.mark.parametrize("state", ["declined", "approved", "withdrawn", "asked"])
    def test_state_narrows_the_list(self, desk: FlaskClient, state: str) -> None:
        for verb in (Verb.DECLINE, Verb.APPROVE, Verb.ASK):
            decided(received(show_title=verb), verb)
        applications.withdraw(received(show_title="withdraw"), why="", now=NOW)
        title = {"declined": "decline", "approved": "approve", "withdrawn": "withdraw", "asked": "ask"}[state]
        assert listed(desk, f"?state={state}") == [title]
        assert len(listed(desk, "?state=all")) == 4

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ("?q=CAFE", ["Café Sofia"]),
            ("?q=café+lisboa", []),
            ("?q=oduya", ["Café Sofia", "C# show"]),
            ("?q=c%23+show", ["C# show"]),
            ("?q=100%25", ["C# show"]),
            ("?q=_", []),
            ("?q=x.example", ["Café Sofia"]),
            ("?feed=none", ["C# show"]),
            ("?feed=good", []),
            ("?feed=broken", ["Café Sofia"]),
            ("?language=fi", ["C# show"]),
            ("?language=en&q=sofia", ["Café Sofia"]),
            ("?topic=Comedy", ["C# show"]),
            ("?topic=Arts", ["Café Sofia"]),
            ("?topic=Arts+%3E+Food", ["Café Sofia"]),
            ("?topic=food", ["Café Sofia"]),
            ("?q=hst:anchor", ["Café Sofia", "C# show"]),
            ("?feed=nonsense&state=nonsense&page=nonsense", ["Café Sofia", "C# show"]),
            ("?state=unverified", ["Café Sofia", "C# show"]),
        ],
    )
    def test_filters_find_what_they_say(self, desk: FlaskClient, query: str, titles: list[str]) -> None:
        id_ = received(show_title="Café Sofia", feed_url="https://x.example/feed", now=NOW - timedelta(days=1))
        checked(id_, "not-found")
        received(show_title="C# show", language="fi", topics=("Comedy",), pitch="Free for 100% of all who listen.")
        assert listed(desk, query) == titles

    def test_filters_are_kept_on_the_way_to_an_application_and_back(self, desk: FlaskClient) -> None:
        id_ = received()
        kept = "?q=harbour&state=all&language=en&topic=Arts&feed=none"
        (row,) = [href for href in links(desk.get(f"/desk{kept}")) if href.startswith(f"/desk/{id_}?")]
        page = desk.get(row)
        text = "harbour is:any topic:Arts lang:en feed:none"
        assert tree(page).xpath("//input[@name='q']/@value") == [text]
        (back,) = tree(page).xpath("//a[@class='back']/@href")
        assert listed(desk, back.removeprefix("/desk")) == ["Harbour Kitchen"]
        assert parse_qs(back.partition("?")[2]) == {"q": [text]}

    def test_long_list_comes_in_pages(self, desk: FlaskClient) -> None:
        for number in range(53):
            received(show_title=f"Show {number:02}", now=NOW - timedelta(hours=100 - number))
        assert listed(desk)[::49] == ["Show 00", "Show 49"]
        assert listed(desk, "?page=2") == ["Show 50", "Show 51", "Show 52"]
        for beyond in ("3", "999999999", "9" * 200):
            assert listed(desk, f"?page={beyond}")[-1] in ("Show 52", "Show 49")
        assert "/desk?page=2" in links(desk.get("/desk"))

    @pytest.mark.parametrize("page", ["0", "-1", "1e3", "٣", "²", "1.0", ""])
    def test_page_that_is_no_number_is_the_first(self, desk: FlaskClient, page: str) -> None:
        received()
        assert listed(desk, f"?page={quote(page)}") == ["Harbour Kitchen"]

    def test_half_a_character_in_the_search_finds_nothing(self, desk: FlaskClient) -> None:
        received()
        assert listed(desk, "?q=%ED%A0%80%FF%00") == []

    ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80)

    @given(asked=st.dictionaries(st.sampled_from(["q", "state", "page", "topic", "language", "feed"]), ANY))
    @hypothesis_settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_nothing_asked_for_breaks_the_list(self, desk: FlaskClient, asked: dict[str, str]) -> None:
        assert desk.get("/desk", query_string=asked).status_code == 200


class TestApplication:
    """One application beside the list."""

    def test_application_is_shown_whole(self, desk: FlaskClient) -> None:
        page = desk.get(f"/desk/{received(links=('https://a.example/',), feed_url='https://x.example/feed')}")
        said = words(page)
        for text in ("Harbour Kitchen", "Maren Oduya", "maren@mail.example", "every other Thursday", "Arts > Food"):
            assert text in said
        assert {"https://a.example/", "https://x.example/feed", "mailto:maren@mail.example"} <= set(links(page))
        assert "Applicant applied" in said

    def test_machine_says_what_it_saw_and_when(self, desk: FlaskClient) -> None:
        id_ = received(pitch="Our sponsors pay for it.", feed_url="https://x.example/feed")
        assert "The feed has not been read yet." in words(desk.get(f"/desk/{id_}"), "//ul[@class='checks']")
        checked(id_, "dns")
        page = desk.get(f"/desk/{id_}")
        seen = words(page, "//ul[@class='checks']")
        assert "wrong: The feed cannot be read: The host could not be found." in seen
        assert "worth a look: Words of selling: sponsors." in seen
        assert f"Feed read {moment(NOW)}" in words(page)

    @pytest.mark.parametrize("id_", ["0", "999", "2147483648", "9" * 19, "9" * 40, "9" * 5000])
    @pytest.mark.parametrize("tail", ["", "/approve", "/progress"])
    def test_unknown_application_is_not_found(self, desk: FlaskClient, id_: str, tail: str) -> None:
        assert desk.get(f"/desk/{id_}{tail}").status_code == 404

    @pytest.mark.parametrize("path", ["/desk/undo/{}", "/desk/outbox/{}/retry", "/shows/export-links/{}/revoke"])
    @pytest.mark.parametrize("id_", ["999", "9" * 19, "9" * 40])
    def test_unknown_thing_cannot_be_acted_on(self, desk: FlaskClient, path: str, id_: str) -> None:
        token = fields(desk.get(f"/desk/{received()}").text, "/notes")["csrf_token"]
        assert desk.post(path.format(id_), data={"csrf_token": token}).status_code == 404

    @pytest.mark.parametrize("tail", ["", "/approve", "/progress"])
    def test_unverified_application_is_not_there_yet(self, desk: FlaskClient, tail: str) -> None:
        assert desk.get(f"/desk/{submitted()}{tail}").status_code == 404

    @pytest.mark.parametrize("tail", ["take", "send-link"])
    def test_unverified_application_is_left_alone(self, desk: FlaskClient, tail: str) -> None:
        token = fields(desk.get(f"/desk/{received()}").text, "/notes")["csrf_token"]
        id_ = submitted(feed_url="https://x.example/feed")
        response = desk.post(f"/desk/{id_}/{tail}", data={"csrf_token": token, "body": "Hello"})
        assert response.status_code in (404, 409)

    def test_same_person_and_same_feed_are_pointed_out(self, desk: FlaskClient) -> None:
        first = received(feed_url="https://x.example/feed")
        second = received(show_title="Second", email="maren+two@mail.example", feed_url="http://x.example/feed/")
        page = desk.get(f"/desk/{second}")
        assert f"/desk/{first}" in links(page)
        assert "same person, same feed" in words(page)

    def test_feed_is_shown_as_it_was_read(self, desk: FlaskClient) -> None:
        id_ = received(feed_url="https://x.example/feed")
        assert "It is being read" in words(desk.get(f"/desk/{id_}"))
        with transaction() as session:
            for item in session.scalars(select(OutboxItem)):
                item.state = ItemState.DONE
        checked(id_, "not-found")
        assert "There is nothing at the address." in words(desk.get(f"/desk/{id_}"))

    def test_progress_is_a_fragment_that_refreshes_while_something_happens(self, desk: FlaskClient) -> None:
        id_ = received(feed_url="https://x.example/feed")
        page = desk.get(f"/desk/{id_}/progress")
        assert page.status_code == 200
        assert "<html" not in page.text
        assert f'data-refresh="/desk/{id_}/progress"' in page.text
        quiet = desk.get(f"/desk/{received()}/progress")
        assert "data-refresh" not in quiet.text

    def test_progress_tells_the_steps_of_provisioning(self, desk: FlaskClient, drain: Callable[..., int]) -> None:
        id_ = received(now=NOW - timedelta(days=1))
        decided(id_, Verb.APPROVE)
        assert "waits for the undo window to close" in words(desk.get(f"/desk/{id_}/progress"))
        drain()
        page = desk.get(f"/desk/{id_}/progress")
        assert words(page).count("done") == 6
        assert "/shows/harbour-kitchen" in links(page)


class TestSmallVerbs:
    """Take, note, read the feed again, send the link again."""

    def test_taking_shows_who_reviews(self, desk: FlaskClient) -> None:
        id_ = received()
        response = press(desk, f"/desk/{id_}?q=harbour", f"/desk/{id_}/take")
        assert (response.status_code, response.location) == (303, f"/desk/{id_}?q=harbour")
        assert get(id_).state is State.IN_REVIEW
        assert "by Rosa Iqbal" in words(desk.get(f"/desk/{id_}"))

    def test_taking_what_somebody_else_took_changes_nothing(self, desk: FlaskClient) -> None:
        id_ = received()
        data = fields(desk.get(f"/desk/{id_}").text, "/take")
        reviewing.take(id_, by=person(name="Linus Adeyemi"), now=NOW)
        response = desk.post(f"/desk/{id_}/take", data=data)
        assert response.status_code == 409
        assert "Nothing was changed" in words(response)

    def test_note_is_kept_for_colleagues(self, desk: FlaskClient) -> None:
        id_ = received()
        response = send(desk, f"/desk/{id_}?q=is:any", action="/notes", to=f"/desk/{id_}/notes?q=is:any", body="Hm <b>")
        assert (response.status_code, response.location) == (303, f"/desk/{id_}?q=is:any#notes")
        assert f"Rosa Iqbal {moment(NOW)} Hm <b>" in words(desk.get(f"/desk/{id_}"), "//*[@id='notes']")

    @pytest.mark.parametrize(
        ("body", "sentence"), [("", "at least a word"), (" \n ", "at least a word"), ("x" * 5001, "at most 5,000")]
    )
    def test_wrong_note_is_told_beside_it_and_kept(self, desk: FlaskClient, body: str, sentence: str) -> None:
        id_ = received()
        response = send(desk, f"/desk/{id_}", action="/notes", to=f"/desk/{id_}/notes", body=body)
        assert response.status_code == 422
        assert sentence in beside(response, "body")
        assert fields(response.text, "/notes")["body"] == body.strip()
        assert rows(Note) == 0

    def test_note_from_a_page_too_old_is_told_and_kept(self, desk: FlaskClient) -> None:
        id_ = received()
        response = send(
            desk, f"/desk/{id_}", action="/notes", to=f"/desk/{id_}/notes", csrf_token=None, body="An hour of thought"
        )
        assert response.status_code in (400, 422)
        assert "This page was open too long" in words(response)
        assert fields(response.text, "/notes")["body"] == "An hour of thought"

    def test_reading_the_feed_again_is_queued(self, desk: FlaskClient) -> None:
        id_ = received(feed_url="https://x.example/feed")
        with transaction() as session:
            for item in session.scalars(select(OutboxItem)):
                item.state = ItemState.DONE
        response = press(desk, f"/desk/{id_}", f"/desk/{id_}/check-feed")
        assert "The feed is being read again" in words(desk.get(response.location))
        assert rows(FeedCheck) == 0

    def test_reading_a_feed_that_was_never_given_is_refused(self, desk: FlaskClient) -> None:
        id_ = received()
        token = fields(desk.get(f"/desk/{id_}").text, "/notes")["csrf_token"]
        response = desk.post(f"/desk/{id_}/check-feed", data={"csrf_token": token})
        assert response.status_code == 400
        assert "This application gives no feed to read" in words(response)

    def test_new_link_goes_to_the_applicant(self, desk: FlaskClient, drain: Callable[..., int]) -> None:
        id_ = received()
        drain()
        response = press(desk, f"/desk/{id_}", f"/desk/{id_}/send-link")
        assert "A new link is on its way" in words(desk.get(response.location))
        drain()
        assert mail()[-1].subject == "Your private link: Harbour Kitchen"

    @pytest.mark.parametrize("tail", ["take", "check-feed", "send-link", "notes"])
    def test_button_of_another_page_is_refused(self, desk: FlaskClient, tail: str) -> None:
        id_ = received(feed_url="https://x.example/feed")
        assert desk.post(f"/desk/{id_}/{tail}", data={"body": "x"}).status_code in (400, 422)
        assert get(id_).version == 2

    @pytest.mark.parametrize(
        "query", ["application_id=7", "endpoint=x", "_external=1&_scheme=javascript", "_anchor=x", "values=1"]
    )
    def test_anything_in_the_address_leads_back_to_the_application(self, desk: FlaskClient, query: str) -> None:
        id_ = received()
        token = fields(desk.get(f"/desk/{id_}").text, "/notes")["csrf_token"]
        response = desk.post(f"/desk/{id_}/take?{query}", data={"csrf_token": token})
        assert (response.status_code, response.location) == (303, f"/desk/{id_}")


class TestOutbox:
    """Effects that failed and those to come."""

    def test_outbox_shows_what_is_to_come(self, desk: FlaskClient) -> None:
        received(feed_url="https://x.example/feed")
        said = words(desk.get("/desk/outbox"))
        assert "Nothing has failed." in said
        assert "Still to come 2" in said
        assert "Read a feed · application 1" in said

    def test_dead_effect_says_why_and_is_brought_back(self, desk: FlaskClient, dead: int) -> None:
        assert "the mail service said no" in words(desk.get("/desk/outbox"))
        response = press(desk, "/desk/outbox", f"/desk/outbox/{dead}/retry")
        assert (response.status_code, response.location) == (303, "/desk/outbox")
        assert "It will be tried again at once" in words(desk.get("/desk/outbox"))
        db.session.rollback()
        assert db.session.get_one(OutboxItem, dead).state is ItemState.WAITING

    def test_retrying_what_is_not_dead_is_not_found(self, desk: FlaskClient, dead: int) -> None:
        data = fields(desk.get("/desk/outbox").text, f"/{dead}/retry")
        desk.post(f"/desk/outbox/{dead}/retry", data=data)
        assert desk.post(f"/desk/outbox/{dead}/retry", data=data).status_code == 404

    def test_stuck_show_is_tried_again_from_the_application(self, desk: FlaskClient) -> None:
        id_ = received()
        decided(id_, Verb.APPROVE, now=EARLIER)
        for held in outbox.lease(limit=9, now=NOW, period=timedelta(minutes=1)):
            outbox.dead(held, "already-on-the-air: harbour", now=NOW)
        page = desk.get(f"/desk/{id_}")
        assert "stuck This podcast is already on the air here. (harbour)" in words(page)
        item = db.session.scalars(select(OutboxItem.id).where(OutboxItem.kind == Kind.PROVISION)).one()
        assert press(desk, f"/desk/{id_}", f"/desk/outbox/{item}/retry").status_code == 303


class TestViewer:
    """Looks, and does nothing."""

    @pytest.fixture
    def viewer(self, staff: Callable[..., FlaskClient]) -> FlaskClient:
        return staff(Role.VIEWER)

    def test_viewer_reads_but_finds_no_buttons(self, viewer: FlaskClient, dead: int, clock: Traveller) -> None:
        id_ = received(feed_url="https://x.example/feed")
        with transaction() as session:
            for item in session.scalars(select(OutboxItem).where(OutboxItem.id != dead)):
                item.state = ItemState.DONE
        undoable = received()
        decided(undoable, Verb.DECLINE)
        for path in (f"/desk/{id_}", f"/desk/{id_}/progress", f"/desk/{undoable}", "/desk/outbox"):
            page = viewer.get(path)
            assert page.status_code == 200
            assert [form for form in tree(page).forms if form.method == "POST" and "sign-out" not in form.action] == []
        assert "Decide" not in viewer.get(f"/desk/{id_}").text

    def test_viewer_is_refused_by_every_verb(self, viewer: FlaskClient, dead: int) -> None:
        id_ = received(feed_url="https://x.example/feed")
        decision = decided(received(), Verb.DECLINE)
        token = _token(viewer)
        for path in self._verbs(id_, decision, dead):
            response = viewer.post(path, data={"csrf_token": token, "body": "Hello"})
            assert response.status_code == 403, path
            assert "Your role does not allow this" in words(response)
        assert get(id_).state is State.SUBMITTED

    @staticmethod
    def _verbs(id_: int, decision: int, item: int) -> Iterator[str]:
        for tail in ("approve", "decline", "ask", "waitlist", "duplicate", "reopen"):
            yield f"/desk/{id_}/{tail}"
        for tail in ("take", "notes", "check-feed", "send-link"):
            yield f"/desk/{id_}/{tail}"
        yield f"/desk/undo/{decision}"
        yield f"/desk/outbox/{item}/retry"

    def test_viewer_is_refused_the_decision_page(self, viewer: FlaskClient) -> None:
        assert viewer.get(f"/desk/{received()}/approve").status_code == 403

    def test_viewer_is_refused_an_empty_note_too(self, viewer: FlaskClient) -> None:
        response = viewer.post(f"/desk/{received()}/notes", data={"csrf_token": _token(viewer), "body": ""})
        assert response.status_code == 403


def _token(client: FlaskClient) -> str:
    """The token that stands in the sign-out button of every page."""
    return str(tree(client.get("/desk")).xpath("//form[contains(@action, 'sign-out')]//input/@value")[0])
