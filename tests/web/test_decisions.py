"""Deciding: the letter shown is the letter sent, once; what is stale, senseless or not allowed changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from time_machine import Traveller

from review.db import db
from review.models.application import Decision
from review.models.event import Event
from review.models.letter import Letter
from review.rules import REASONS, REVERSALS, Role, State, Verb, after
from review.services import applications, decisions, reviewing
from tests.factories import NOW, decided, get, person, programme, received
from tests.web.browsing import beside, buttons, fields, links, press, send, tree, words
from tests.web.stage import mail, moment, rows, status_token

VERBS = [Verb.APPROVE, Verb.DECLINE, Verb.ASK, Verb.WAITLIST, Verb.DUPLICATE, Verb.REOPEN, Verb.REVERSE]


@pytest.fixture
def lead(staff: Callable[..., FlaskClient]) -> FlaskClient:
    """A lead may take every decision."""
    return staff(Role.LEAD, name="Linus Adeyemi")


def ready(verb: Verb) -> tuple[int, dict[str, Any]]:
    """An application this can be decided on, and what has to be chosen besides the letter."""
    id_ = received(now=NOW - timedelta(days=1))
    if verb is Verb.REOPEN:
        decided(id_, Verb.DECLINE, now=NOW - timedelta(hours=1))
    if verb is Verb.REVERSE:
        decided(id_, Verb.APPROVE, now=NOW - timedelta(hours=1))
    if verb is Verb.DUPLICATE:
        return id_, {"duplicate_of": str(received(now=NOW - timedelta(days=2)))}
    return id_, {}


@pytest.mark.parametrize("verb", VERBS)
def test_page_shows_what_will_happen_and_the_exact_letter(lead: FlaskClient, verb: Verb) -> None:
    id_, _ = ready(verb)
    page = lead.get(f"/desk/{id_}/{verb}")
    assert page.status_code == 200
    letter = decisions.preview(get(id_), verb, reasons=(), asked=())
    shown = fields(page.text)
    assert shown["subject"] == letter.subject
    assert shown["text"].replace("\r\n", "\n") == letter.text
    assert "You can take it back for 20 seconds" in words(page)
    assert "Maren Oduya <maren@mail.example>" in words(page)
    reasons = tree(page).xpath("//input[@name='reasons']/@value")
    assert tuple(reasons) == REASONS[verb]
    assert rows(Letter) == (2 if verb in (Verb.DUPLICATE, *REVERSALS) else 1)


@pytest.mark.parametrize("verb", VERBS)
def test_writing_the_letter_anew_uses_the_reasons_and_decides_nothing(lead: FlaskClient, verb: Verb) -> None:
    id_, chosen = ready(verb)
    before = get(id_).state
    reasons = [REASONS[verb][-1]]
    page = send(lead, f"/desk/{id_}/{verb}", fill="1", reasons=reasons, asked=["pitch"], text="By hand", **chosen)
    assert page.status_code == 200
    letter = decisions.preview(get(id_), verb, reasons=tuple(reasons), asked=("pitch",))
    assert fields(page.text)["text"].replace("\r\n", "\n") == letter.text
    assert tree(page).xpath("//input[@name='reasons'][@checked]/@value") == reasons
    assert get(id_).state is before
    sent = lead.post(f"/desk/{id_}/{verb}", data=fields(page.text) | chosen)
    assert sent.status_code == 303


@pytest.mark.parametrize("verb", VERBS)
def test_decision_takes_effect_and_its_letter_waits(
    lead: FlaskClient, drain: Callable[..., int], clock: Traveller, verb: Verb
) -> None:
    id_, chosen = ready(verb)
    drain(NOW)
    before = len(mail())
    path = f"/desk/{id_}/{verb}?q=harbour+is:any"
    page = lead.get(path)
    data = fields(page.text) | chosen | {"reasons": REASONS[verb][0], "text": "Dear Maren,\r\n\r\nhere it is."}
    response = lead.post(path, data=data)
    assert (response.status_code, response.location) == (303, f"/desk/{id_}?q=harbour+is:any")
    assert get(id_).state is after(verb)
    shown = lead.get(response.location)
    assert "by Linus Adeyemi. The letter still waits." in words(shown)
    assert "Undo" in buttons(shown)
    drain(NOW + timedelta(seconds=19))
    assert len(mail()) == before
    clock.shift(21)
    assert "Undo" not in buttons(lead.get(f"/desk/{id_}"))
    drain(NOW + timedelta(seconds=21))
    (letter,) = mail()[before:]
    assert letter.subject == data["subject"]
    assert letter.text.strip() == "Dear Maren,\n\nhere it is."


@pytest.mark.parametrize("verb", VERBS)
def test_undo_brings_everything_back_and_no_letter_leaves(
    lead: FlaskClient, drain: Callable[..., int], verb: Verb
) -> None:
    id_, chosen = ready(verb)
    drain()
    before, letters = get(id_).state, len(mail())
    send(lead, f"/desk/{id_}/{verb}", **chosen)
    decision = db.session.scalars(select(Decision.id).order_by(Decision.id.desc()).limit(1)).one()
    response = press(lead, f"/desk/{id_}?q=is:any", f"/desk/undo/{decision}")
    assert (response.status_code, response.location) == (303, f"/desk/{id_}?q=is:any")
    page = lead.get(response.location)
    assert "Taken back. No letter was sent." in words(page)
    assert "Undo" not in buttons(page)
    assert get(id_).state is before
    drain()
    assert len(mail()) == letters


def test_undo_after_the_window_is_too_late(lead: FlaskClient, drain: Callable[..., int], clock: Traveller) -> None:
    id_ = received()
    send(lead, f"/desk/{id_}/decline")
    data = fields(lead.get(f"/desk/{id_}").text, "/desk/undo/")
    clock.shift(20)
    response = lead.post("/desk/undo/1", data=data)
    assert response.status_code == 409
    assert "can no longer be taken back" in words(response)
    assert get(id_).state is State.DECLINED


def test_undo_twice_is_once(lead: FlaskClient) -> None:
    id_ = received()
    send(lead, f"/desk/{id_}/decline")
    data = fields(lead.get(f"/desk/{id_}").text, "/desk/undo/")
    assert [lead.post("/desk/undo/1", data=data).status_code for _ in range(2)] == [303, 303]
    assert get(id_).version == 4


def test_reviewer_undoes_only_their_own(desk: FlaskClient) -> None:
    id_ = received()
    decided(id_, Verb.DECLINE, by=person(Role.LEAD))
    page = desk.get(f"/desk/{id_}")
    assert "Undo" not in buttons(page)
    token = fields(page.text, "/notes")["csrf_token"]
    assert desk.post("/desk/undo/1", data={"csrf_token": token}).status_code == 403
    own = received()
    send(desk, f"/desk/{own}/decline")
    assert "Undo" in buttons(desk.get(f"/desk/{own}"))


@pytest.mark.parametrize("verb", VERBS)
def test_form_sent_twice_is_one_decision_and_one_letter(
    lead: FlaskClient, drain: Callable[..., int], verb: Verb
) -> None:
    id_, chosen = ready(verb)
    drain()
    before, made = len(mail()), rows(Decision)
    data = fields(lead.get(f"/desk/{id_}/{verb}").text) | chosen
    answers = [lead.post(f"/desk/{id_}/{verb}", data=data) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert rows(Decision) == made + 1
    drain()
    assert len(mail()) == before + 1


def test_second_reviewer_learns_who_was_first_and_keeps_the_letter(
    desk: FlaskClient, lead: FlaskClient, drain: Callable[..., int], clock: Traveller
) -> None:
    id_ = received(now=NOW - timedelta(days=1))
    drain()
    data = fields(desk.get(f"/desk/{id_}/approve").text) | {"subject": "Hooray!", "text": "Dear Maren, come <in>."}
    clock.shift(60)
    send(lead, f"/desk/{id_}/decline")
    response = desk.post(f"/desk/{id_}/approve?q=is:any", data=data)
    assert response.status_code == 409
    text = words(response)
    assert "Nothing was changed: somebody was first" in text
    assert f"Linus Adeyemi declined, {moment(NOW + timedelta(minutes=1))}. No letter of yours was sent." in text
    assert "Hooray!" in text
    assert "Dear Maren, come <in>." in text
    assert f"/desk/{id_}?q=is:any" in links(response)
    assert rows(Decision) == 1
    drain()
    assert [letter.subject for letter in mail()[1:]] == ["Your application for Harbour Kitchen"]


def test_answer_of_the_applicant_comes_first(desk: FlaskClient, client: FlaskClient) -> None:
    id_ = received(now=NOW - timedelta(days=1))
    decided(id_, Verb.ASK, now=NOW - timedelta(hours=1), asked=("pitch",))
    data = fields(desk.get(f"/desk/{id_}/decline").text)
    path = f"/apply/{status_token(id_)}"
    send(client, path, to=f"{path}/answer", body="It is about soup.")
    response = desk.post(f"/desk/{id_}/decline", data=data)
    assert response.status_code == 409
    assert f"The applicant answered, {moment(NOW)}" in words(response)


def test_colleague_who_only_took_it_is_named(desk: FlaskClient) -> None:
    id_ = received()
    data = fields(desk.get(f"/desk/{id_}/decline").text)
    reviewing.take(id_, by=person(name="Linus Adeyemi"), now=NOW)
    response = desk.post(f"/desk/{id_}/decline", data=data)
    assert response.status_code == 409
    assert "Linus Adeyemi started reviewing" in words(response)


def test_decision_that_cannot_follow_the_state_changes_nothing(lead: FlaskClient) -> None:
    id_ = received()
    applications.withdraw(id_, why="", now=NOW)
    response = send(lead, f"/desk/{id_}/approve")
    assert response.status_code == 409
    assert get(id_).state is State.WITHDRAWN


WRONG: list[tuple[Verb, dict[str, Any], str, str]] = [
    (Verb.DECLINE, {"reasons": ["nonsense"]}, "reasons", ""),
    (Verb.DECLINE, {"reasons": ["fits-community"]}, "reasons", ""),
    (Verb.DECLINE, {"subject": ""}, "subject", "The letter needs a subject."),
    (Verb.DECLINE, {"subject": "x" * 256}, "subject", "255"),
    (Verb.DECLINE, {"text": ""}, "text", "The letter is empty."),
    (Verb.DECLINE, {"text": " \r\n\t"}, "text", "The letter is empty."),
    (Verb.DECLINE, {"text": "x" * 20001}, "text", "20000"),
    (Verb.ASK, {"asked": ["email"]}, "asked", ""),
    (Verb.DUPLICATE, {"duplicate_of": ""}, "duplicate_of", "Choose the application that this one repeats."),
    (Verb.DUPLICATE, {"duplicate_of": "999"}, "duplicate_of", "Choose the application that this one repeats."),
    (Verb.DUPLICATE, {"duplicate_of": "²"}, "duplicate_of", "Choose the application that this one repeats."),
    (Verb.DUPLICATE, {"duplicate_of": None}, "duplicate_of", "Choose the application that this one repeats."),
]


@pytest.mark.parametrize(("verb", "change", "field", "sentence"), WRONG, ids=lambda v: str(v)[:30])
def test_wrong_decision_is_told_beside_the_field_and_the_letter_kept(
    lead: FlaskClient, verb: Verb, change: dict[str, Any], field: str, sentence: str
) -> None:
    id_, chosen = ready(verb)
    letter = {"subject": "About it", "text": "Dear Maren,\r\n\r\nby hand."}
    response = send(lead, f"/desk/{id_}/{verb}", **chosen | letter | change)
    assert response.status_code == 422
    assert sentence in beside(response, field)
    for name in letter:
        if name != field:
            assert fields(response.text)[name] == letter[name]
    assert rows(Decision) == 0


def test_duplicate_of_itself_or_of_a_duplicate_is_refused(lead: FlaskClient) -> None:
    first, second, third = received(), received(), received()
    decided(second, Verb.DUPLICATE, duplicate_of=first)
    for wrong in (third, second):
        response = send(lead, f"/desk/{third}/duplicate", duplicate_of=str(wrong))
        assert response.status_code == 422
        assert beside(response, "duplicate_of")
    assert send(lead, f"/desk/{third}/duplicate", duplicate_of=str(first)).status_code == 303
    assert f"/desk/{first}" in links(lead.get(f"/desk/{third}"))


def test_without_another_application_nothing_can_be_a_duplicate(lead: FlaskClient) -> None:
    id_ = received()
    assert "there is nothing it could repeat" in words(lead.get(f"/desk/{id_}/duplicate"))
    assert send(lead, f"/desk/{id_}/duplicate").status_code == 422


@pytest.mark.parametrize("change", [{"version": "x"}, {"version": "²"}, {"form_key": ""}, {"form_key": "a b"}])
def test_altered_page_is_refused_and_the_letter_kept(lead: FlaskClient, change: dict[str, str]) -> None:
    id_ = received()
    response = send(lead, f"/desk/{id_}/decline", text="By hand", **change)
    assert response.status_code == 422
    assert "Please open the application again" in words(response)
    assert fields(response.text)["text"] == "By hand"


def test_page_of_another_browser_is_refused_and_the_letter_kept(lead: FlaskClient) -> None:
    id_ = received()
    response = send(lead, f"/desk/{id_}/decline", text="By hand", csrf_token="wrong")
    assert response.status_code == 400
    assert "This page was open too long" in words(response)
    assert lead.post(f"/desk/{id_}/decline", data=fields(response.text)).status_code == 303


def test_form_of_another_application_is_refused(lead: FlaskClient) -> None:
    first, second = received(), received()
    data = fields(lead.get(f"/desk/{first}/decline").text)
    lead.post(f"/desk/{first}/decline", data=data)
    response = lead.post(f"/desk/{second}/decline", data=data)
    assert response.status_code == 422
    assert "was used for another application already" in words(response)
    assert get(second).state is State.SUBMITTED


def test_reopening_needs_a_lead(desk: FlaskClient, lead: FlaskClient) -> None:
    id_ = received(now=NOW - timedelta(days=1))
    decided(id_, Verb.DECLINE, now=NOW - timedelta(hours=1))
    assert "Reopen" not in buttons(desk.get(f"/desk/{id_}"))
    assert desk.get(f"/desk/{id_}/reopen").status_code == 403
    assert "Reopen" in buttons(lead.get(f"/desk/{id_}"))
    assert send(lead, f"/desk/{id_}/reopen").status_code == 303


def test_approved_application_is_not_reopened(lead: FlaskClient) -> None:
    id_ = received()
    decided(id_, Verb.APPROVE, now=NOW - timedelta(hours=1))
    assert "Reopen" not in buttons(lead.get(f"/desk/{id_}"))
    assert send(lead, f"/desk/{id_}/reopen").status_code == 409


def test_decision_leaves_a_line_with_who_and_why(lead: FlaskClient) -> None:
    id_ = received()
    send(lead, f"/desk/{id_}/decline", reasons=["commercial", "rights"])
    text = words(lead.get(f"/desk/{id_}"), "//ol[@class='timeline']")
    assert f"Linus Adeyemi declined {moment(NOW)} Commercial show, Rights are unclear" in text
    assert len(db.session.scalars(select(Event).where(Event.verb == "decline")).all()) == 1


@pytest.mark.parametrize("verb", ["nonsense", "undo", "verify", "take"])
def test_word_that_is_no_decision_is_not_found(lead: FlaskClient, verb: str) -> None:
    assert lead.get(f"/desk/{received()}/{verb}").status_code in (404, 405)


def test_approving_past_the_places_has_its_own_tick(desk: FlaskClient) -> None:
    programme(places=0)
    id_ = received()
    assert "0 places left" in words(desk.get("/desk"))
    answer = press(desk, f"/desk/{id_}", "/approve")
    assert answer.status_code == 422
    assert "All places are taken" in beside(answer, "past_places")
    assert send(desk, f"/desk/{id_}/approve", past_places="y").status_code == 303
    assert get(id_).state is State.APPROVED


def test_once_it_cannot_be_undone_a_lead_is_offered_to_reverse_it(lead: FlaskClient, clock: Traveller) -> None:
    id_ = received()
    decided(id_, Verb.APPROVE)
    undo = "//div[@class='undo']"
    (offer,) = tree(lead.get(f"/desk/{id_}")).xpath(f"{undo}//a[@data-undo-after]")
    assert (offer.get("hidden"), offer.get("href")) == ("", f"/desk/{id_}/reverse")
    clock.shift(timedelta(minutes=1))
    page = lead.get(f"/desk/{id_}")
    assert "Reverse the approval" in words(page, "//nav[@class='decisions']")
    assert send(lead, f"/desk/{id_}/reverse", reasons="rights-claimed").status_code == 303
    assert get(id_).state is State.DECLINED


def test_reviewers_are_not_offered_what_only_leads_may(desk: FlaskClient) -> None:
    id_ = received()
    decided(id_, Verb.APPROVE)
    page = desk.get(f"/desk/{id_}")
    assert not tree(page).xpath("//a[contains(@href, 'reverse')]")
    assert desk.get(f"/desk/{id_}/reverse").status_code == 403
