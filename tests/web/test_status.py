"""The applicant's page: where it stands, the conversation, the answer, the way out; and the link sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from time_machine import Traveller
from werkzeug.test import TestResponse

from review.db import db
from review.models.application import Application
from review.models.letter import Letter
from review.models.outbox import Kind, OutboxItem
from review.rules import Role, State, Verb, after
from review.services import applications, decisions, reviewing
from tests import servers
from tests.factories import NOW, decided, get, person, received, submitted
from tests.web.browsing import beside, fields, links, send, tree, words
from tests.web.stage import link, mail, rows, status_token

EARLIER = NOW - timedelta(hours=1)


def asked(*wanted: str, now: object = EARLIER) -> int:
    """An application whose applicant has been asked."""
    id_ = received(now=NOW - timedelta(days=1))
    decided(id_, Verb.ASK, now=now, reasons=("pitch-short",), asked=wanted)  # type: ignore[arg-type]
    return id_


def standing_in(state: State) -> int:
    """An application in this state, long enough ago not to be undone any more."""
    id_ = received(now=NOW - timedelta(days=1))
    if state is State.IN_REVIEW:
        reviewing.take(id_, by=person(), now=EARLIER)
    elif state is State.WITHDRAWN:
        applications.withdraw(id_, why="", now=EARLIER)
    elif state is State.DUPLICATE:
        decided(id_, Verb.DUPLICATE, now=EARLIER, duplicate_of=received(now=NOW - timedelta(days=2)))
    elif state is not State.SUBMITTED:
        verb = {State.ASKED: Verb.ASK, State.APPROVED: Verb.APPROVE, State.DECLINED: Verb.DECLINE}
        decided(id_, verb.get(state, Verb.WAITLIST), now=EARLIER)
    assert get(id_).state is state
    return id_


STANDING = {
    State.SUBMITTED: "It waits to be read",
    State.IN_REVIEW: "Somebody is reading it right now",
    State.ASKED: "We have a question for you",
    State.APPROVED: "It has a place. Welcome!",
    State.DECLINED: "We could not offer it a place this time",
    State.WAITLISTED: "It is on the waitlist",
    State.WITHDRAWN: "You have withdrawn it",
    State.DUPLICATE: "It repeats another application of yours",
}


@pytest.mark.parametrize("state", STANDING)
def test_every_state_has_its_words(client: FlaskClient, state: State) -> None:
    page = client.get(f"/apply/{status_token(standing_in(state))}")
    assert page.status_code == 200
    said = words(page)
    assert [other for other, sentence in STANDING.items() if sentence in said] == [state]


def test_page_repeats_what_was_sent(client: FlaskClient) -> None:
    said = words(client.get(f"/apply/{status_token(received(feed_url='https://x.example/feed'))}"))
    for text in ("Maren Oduya", "maren@mail.example", "Cooks from the port", "Arts > Food", "https://x.example/feed"):
        assert text in said


def test_approved_page_links_the_feed_once_it_is_published(client: FlaskClient, drain: Callable[..., int]) -> None:
    id_ = standing_in(State.APPROVED)
    path = f"/apply/{status_token(id_)}"
    assert not [href for href in links(client.get(path)) if href.startswith("/feeds/")]
    drain()
    (feed,) = [href for href in links(client.get(path)) if href.startswith("/feeds/")]
    assert servers.fetched(client, feed).startswith(b"<?xml")


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DECLINE, Verb.ASK, Verb.WAITLIST])
def test_decision_is_not_shown_while_it_can_be_undone(client: FlaskClient, clock: Traveller, verb: Verb) -> None:
    id_ = received(now=NOW - timedelta(days=1))
    path = f"/apply/{status_token(id_)}"
    before = words(client.get(path))
    decided(id_, verb)
    assert words(client.get(path)).replace(" Withdraw the application", "") in (
        before.replace(" Withdraw the application", "")
    )
    clock.shift(20)
    assert words(client.get(path)) != before


def test_decision_taken_back_was_never_seen(client: FlaskClient, clock: Traveller, drain: Callable[..., int]) -> None:
    lead = person(Role.LEAD)
    id_ = received(now=NOW - timedelta(days=1))
    before = words(client.get(f"/apply/{status_token(id_)}"))
    decisions.undo(decided(id_, Verb.ASK, by=lead, reasons=("pitch-short",)), by=lead, now=NOW)
    clock.shift(60)
    assert words(client.get(f"/apply/{status_token(id_)}")) == before


def test_conversation_is_shown_with_both_names(client: FlaskClient) -> None:
    id_ = asked("pitch")
    path = f"/apply/{status_token(id_)}"
    send(client, path, to=f"{path}/answer", body="It is about soup.\r\n<b>Soup</b>")
    turns = [" ".join(turn.text_content().split()) for turn in tree(client.get(path)).xpath("//ol[@class='talk']/li")]
    assert turns[0].startswith("Greenroom")
    assert "Could you tell us a little more" in turns[0]
    assert "(private link)" in turns[0]
    assert turns[1].startswith("You")
    assert turns[1].endswith("It is about soup. <b>Soup</b>")


def test_answer_mends_the_fields_asked_for(client: FlaskClient) -> None:
    id_ = asked("pitch", "links", "feed_url")
    path = f"/apply/{status_token(id_)}"
    shown = fields(client.get(path).text)
    assert set(shown) == {"csrf_token", "pitch", "links", "feed_url", "body"}
    assert shown["pitch"] == get(id_).pitch
    response = send(
        client,
        path,
        to=f"{path}/answer",
        pitch="A longer pitch about soup, and who eats it.",
        links="https://a.example/\r\n\r\nhttps://b.example/",
        feed_url="https://x.example/feed",
    )
    assert response.status_code == 303
    assert "Your answer is with us" in words(client.get(response.location))
    row = get(id_)
    assert (row.state, row.asked) == (State.SUBMITTED, [])
    assert row.pitch == "A longer pitch about soup, and who eats it."
    assert row.links == ["https://a.example/", "https://b.example/"]
    checks = select(OutboxItem.id).where(OutboxItem.kind == Kind.FEED_CHECK)
    assert len(db.session.scalars(checks).all()) == 1


def test_fields_nobody_asked_for_stay_as_they_are(client: FlaskClient) -> None:
    id_ = asked("pitch")
    path = f"/apply/{status_token(id_)}"
    send(client, path, to=f"{path}/answer", body="Hello", show_title="Other", name="Other", email="o@x.example")
    row = get(id_)
    assert (row.show_title, row.name, row.email) == ("Harbour Kitchen", "Maren Oduya", "maren@mail.example")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("pitch", "Short.", "at least a sentence or two"),
        ("show_title", "", "Give the show a title."),
        ("links", "soup", "is no full web address"),
        ("feed_url", "soup", "starts with http:// or https://"),
        ("body", "x" * 5001, "5000"),
    ],
)
def test_wrong_answer_is_told_beside_it_and_kept(client: FlaskClient, field: str, value: str, sentence: str) -> None:
    id_ = asked("pitch", "show_title", "links", "feed_url")
    path = f"/apply/{status_token(id_)}"
    typed = {"pitch": "A longer pitch about soup, and who eats it.", "body": "Hello there"} | {field: value}
    response = send(client, path, to=f"{path}/answer", **typed)
    assert response.status_code == 422
    assert sentence in beside(response, field)
    assert {name: fields(response.text)[name] for name in typed} == typed
    assert get(id_).state is State.ASKED


def test_answer_from_another_page_is_refused_and_kept(client: FlaskClient) -> None:
    id_ = asked("pitch")
    path = f"/apply/{status_token(id_)}"
    response = send(client, path, to=f"{path}/answer", csrf_token=None, body="Hello there")
    assert response.status_code in (400, 422)
    assert "your browser sent no cookie" in words(response)
    assert fields(response.text)["body"] == "Hello there"
    assert get(id_).state is State.ASKED


def moved_on(response: TestResponse) -> None:
    """Told that nothing was changed, and not what was decided."""
    assert response.status_code == 409
    assert "Nothing was changed" in words(response)
    assert not [state for state in ("approved", "declined", "submitted", "waitlist") if state in words(response)]


def test_answer_when_nothing_is_asked_changes_nothing(client: FlaskClient) -> None:
    id_ = asked("pitch")
    path = f"/apply/{status_token(id_)}"
    data = fields(client.get(path).text) | {"body": "Hello"}
    assert client.post(f"{path}/answer", data=data).status_code == 303
    moved_on(client.post(f"{path}/answer", data=data))
    moved_on(client.post(f"{path}/answer", data={}))


def test_question_that_can_be_undone_cannot_be_answered_yet(client: FlaskClient) -> None:
    id_ = asked("pitch", now=NOW)
    path = f"/apply/{status_token(id_)}"
    token = fields(client.get(f"{path}/withdraw").text)["csrf_token"]
    moved_on(client.post(f"{path}/answer", data={"csrf_token": token, "body": "Too early"}))
    assert get(id_).state is State.ASKED


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DECLINE, Verb.WAITLIST])
def test_answer_does_not_learn_a_decision_that_can_be_undone(client: FlaskClient, verb: Verb) -> None:
    id_ = asked("pitch")
    path = f"/apply/{status_token(id_)}"
    data = fields(client.get(path).text) | {"body": "Hello"}
    decided(id_, verb)
    moved_on(client.post(f"{path}/answer", data=data))


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DECLINE, Verb.ASK, Verb.WAITLIST])
def test_withdrawal_does_not_learn_a_decision_that_can_be_undone(client: FlaskClient, verb: Verb) -> None:
    id_ = received(now=NOW - timedelta(days=1))
    path = f"/apply/{status_token(id_)}/withdraw"
    data = fields(client.get(path).text)
    decided(id_, verb)
    moved_on(client.post(path, data=data))
    assert get(id_).state is after(verb)


def test_withdrawing_asks_first(client: FlaskClient) -> None:
    id_ = received()
    path = f"/apply/{status_token(id_)}"
    assert f"{path}/withdraw" in links(client.get(path))
    page = client.get(f"{path}/withdraw")
    assert "We stop reading “Harbour Kitchen” and close it" in words(page)
    assert get(id_).state is State.SUBMITTED


def test_withdrawing_twice_is_once(client: FlaskClient, drain: Callable[..., int]) -> None:
    id_ = received()
    drain()
    before = len(mail())
    path = f"/apply/{status_token(id_)}"
    data = fields(client.get(f"{path}/withdraw").text) | {"why": "No time <i>now</i>"}
    for _ in range(2):
        assert client.post(f"{path}/withdraw", data=data).status_code == 303
    assert "Your application is withdrawn" in words(client.get(path))
    assert (get(id_).state, get(id_).version) == (State.WITHDRAWN, 3)
    assert f"{path}/withdraw" not in links(client.get(path))
    drain()
    assert len(mail()) == before


@pytest.mark.parametrize("change", [{"csrf_token": None}, {"why": "x" * 501}])
def test_wrong_withdrawal_is_told_and_kept(client: FlaskClient, change: dict[str, str | None]) -> None:
    id_ = received()
    path = f"/apply/{status_token(id_)}/withdraw"
    response = send(client, path, **{"why": "No time"} | change)
    assert response.status_code in (400, 422)
    assert fields(response.text)["why"] == change.get("why", "No time")
    assert get(id_).state is State.SUBMITTED


@pytest.mark.parametrize("tail", ["", "/withdraw"])
def test_wrong_link_is_not_found_and_expired_one_says_so(client: FlaskClient, clock: Traveller, tail: str) -> None:
    token = status_token(received())
    for wrong in (token[:-2], token.swapcase(), "x.y", token.replace(".", "-", 1)):
        assert client.get(f"/apply/{wrong}{tail}").status_code == 404
    clock.shift(timedelta(days=180, seconds=1))
    page = client.get(f"/apply/{token}{tail}")
    assert page.status_code == 410
    assert "You can ask for a new one" in words(page)


def test_wrong_and_expired_links_take_no_answer(client: FlaskClient, clock: Traveller) -> None:
    token = status_token(asked("pitch"))
    assert client.post(f"/apply/{token[:-2]}/answer").status_code == 404
    clock.shift(timedelta(days=181))
    assert client.post(f"/apply/{token}/answer").status_code == 410


def test_lost_link_says_the_same_to_everybody(client: FlaskClient) -> None:
    received()
    known = send(client, "/apply/link", email="maren@mail.example")
    unknown = send(client, "/apply/link", email="nobody@mail.example")
    assert known.status_code == unknown.status_code == 200
    assert words(known) == words(unknown)
    assert "If we know this address" in words(known)


def test_lost_link_sends_one_letter_for_each_application(client: FlaskClient, drain: Callable[..., int]) -> None:
    received()
    received(show_title="Second Show")
    submitted(show_title="Third Show")
    received(email="other@mail.example")
    drain()
    before = len(mail())
    send(client, "/apply/link", email=" MAREN@mail.example ")
    drain()
    fresh = mail()[before:]
    assert sorted(letter.subject for letter in fresh) == [
        "Please confirm your address: Third Show",
        "Your private link: Harbour Kitchen",
        "Your private link: Second Show",
    ]
    assert {letter.to for letter in fresh} == {"Maren Oduya <maren@mail.example>"}
    page = client.get(link(next(letter for letter in fresh if "Second" in letter.subject), "/apply/"))
    assert words(page, "//h1") == "Second Show"


@pytest.mark.parametrize("email", ["", "maren", "maren@", "x" * 300 + "@mail.example"])
def test_lost_link_wants_an_address(client: FlaskClient, email: str) -> None:
    response = send(client, "/apply/link", email=email)
    assert response.status_code == 422
    assert beside(response, "email")
    assert fields(response.text)["email"] == email
    assert rows(Letter) == 0


def test_page_never_shows_notes_reasons_or_who_decided(client: FlaskClient) -> None:
    id_ = received(now=NOW - timedelta(days=1))
    reviewer = person(name="Rosa Iqbal")
    reviewing.take(id_, by=reviewer, now=EARLIER)
    reviewing.note(id_, "A secret among colleagues", by=reviewer, now=EARLIER)
    decided(id_, Verb.ASK, by=reviewer, now=EARLIER, reasons=("pitch-short",), asked=("pitch",))
    path = f"/apply/{status_token(id_)}"
    send(client, path, to=f"{path}/answer", body="Hello")
    decided(id_, Verb.DECLINE, by=reviewer, now=NOW - timedelta(minutes=5), reasons=("commercial",))
    for page in (client.get(path), client.get(f"{path}/withdraw")):
        for secret in (
            "A secret among colleagues",
            "Commercial show",
            "commercial",
            "Rosa Iqbal",
            "Pitch is very short",
        ):
            assert secret not in page.text
    assert rows(Application) == 1
