"""Parts of the desk's pages, asked for by the script; and what each is without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from flask.testing import FlaskClient
from time_machine import Traveller

from review import errors
from review.models.application import Decision
from review.reads import dossier
from review.rules import Role, State, Verb
from review.services import decisions
from tests.factories import NOW, decided, get, person, received
from tests.web.browsing import buttons, fields, links, press, send, tree, words
from tests.web.stage import mail, rows

PANE = {"HX-Request": "true", "HX-Target": "pane"}
LISTING = {"HX-Request": "true", "HX-Target": "listing"}
TOASTS = {"HX-Request": "true", "HX-Target": "toasts"}


def at_once(browser: FlaskClient, id_: int, verb: Verb, **chosen: Any) -> dict[str, Any]:
    """What the reading pane's own form sends for a decision."""
    return fields(browser.get(f"/desk/{id_}").text, f"/{verb}") | chosen


class TestParts:
    """What comes where only a part of the page is wanted."""

    @pytest.mark.parametrize("tail", ["", "/ask"])
    def test_pane_comes_without_the_list(self, desk: FlaskClient, tail: str) -> None:
        id_ = received(show_title="Soup")
        part = desk.get(f"/desk/{id_}{tail}", headers=PANE)
        assert "Soup" in words(part)
        assert not tree(part).xpath("//*[@class='rows']|//header[@class='topbar']")
        assert "Soup" in tree(part).findtext(".//title")

    def test_list_comes_without_the_pane(self, desk: FlaskClient) -> None:
        received(show_title="Soup")
        part = desk.get("/desk?state=submitted", headers=LISTING)
        assert "Soup" in words(part)
        assert not tree(part).xpath("//article|//header[@class='topbar']")

    def test_failure_is_a_part_too(self, desk: FlaskClient) -> None:
        part = desk.get("/desk/999", headers=PANE)
        assert part.status_code == 404
        assert "There is no such page" in words(part)
        assert "<html" not in part.text

    def test_who_is_signed_out_is_led_to_the_sign_in_page(self, client: FlaskClient) -> None:
        answer = client.get("/desk/1", headers=PANE)
        assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in?next=/desk/1")

    def test_what_was_done_is_said_in_the_pane(self, desk: FlaskClient) -> None:
        id_ = received()
        form = fields(desk.get(f"/desk/{id_}").text, "/snooze/3")
        answer = desk.post(f"/desk/{id_}/snooze/3", data=form, headers=PANE, follow_redirects=True)
        assert "It comes back by itself." in words(answer)


class TestAtOnce:
    """Decisions by one button, with the letter as it is written."""

    @pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.WAITLIST])
    def test_one_button_decides_and_sends_the_letter_as_it_is_written(
        self, desk: FlaskClient, drain: Callable[..., int], verb: Verb
    ) -> None:
        id_ = received(now=NOW - timedelta(hours=1))
        letter = decisions.preview(get(id_), verb, reasons=(), asked=())
        assert press(desk, f"/desk/{id_}", f"/{verb}").status_code == 303
        assert get(id_).state is {Verb.APPROVE: State.APPROVED, Verb.WAITLIST: State.WAITLISTED}[verb]
        drain(NOW + timedelta(hours=1))
        assert letter.subject in [message.subject for message in mail()]

    def test_approval_shows_its_letter_beforehand(self, desk: FlaskClient) -> None:
        id_ = received()
        letter = decisions.preview(get(id_), Verb.APPROVE, reasons=(), asked=())
        assert letter.text in tree(desk.get(f"/desk/{id_}")).xpath(
            "string(//section[@aria-labelledby='approval-heading']//details)"
        )

    def test_declining_takes_a_reason_whose_words_are_in_the_letter(self, desk: FlaskClient) -> None:
        id_ = received()
        form = at_once(desk, id_, Verb.DECLINE, reasons="commercial")
        assert desk.post(f"/desk/{id_}/decline", data=form).status_code == 303
        letter = dossier.dossier(id_, reader=0).letters[-1]
        assert letter.text == decisions.preview(get(id_), Verb.DECLINE, reasons=("commercial",), asked=()).text

    def test_duplicate_takes_the_original(self, desk: FlaskClient) -> None:
        original, id_ = received(now=NOW - timedelta(days=1)), received()
        form = at_once(desk, id_, Verb.DUPLICATE, duplicate_of=str(original))
        assert desk.post(f"/desk/{id_}/duplicate", data=form).status_code == 303
        assert get(id_).duplicate_of_id == original

    def test_answer_to_the_script_is_the_undo(self, desk: FlaskClient) -> None:
        id_ = received(show_title="Soup")
        answer = desk.post(f"/desk/{id_}/waitlist", data=at_once(desk, id_, Verb.WAITLIST), headers=TOASTS)
        assert answer.status_code == 200
        assert "Put on the waitlist: Soup" in words(answer)
        assert "Undo" in buttons(answer, "//body")

    def test_answer_that_comes_after_the_undo_window_says_so(self, desk: FlaskClient, clock: Traveller) -> None:
        id_ = received(show_title="Soup")
        form = at_once(desk, id_, Verb.WAITLIST)
        assert desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS).status_code == 200
        clock.shift(timedelta(minutes=1))
        answer = desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS)
        assert "Put on the waitlist: Soup by Rosa Iqbal. The letter is on its way." in words(answer)
        assert buttons(answer, "//body") == []

    def test_sent_again_it_is_the_same_decision(self, desk: FlaskClient) -> None:
        id_ = received()
        form = at_once(desk, id_, Verb.WAITLIST)
        answers = [desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        assert rows(Decision) == 1

    def test_who_was_second_learns_who_was_first_and_what_was_not_sent(self, desk: FlaskClient) -> None:
        id_ = received(show_title="Soup")
        form = at_once(desk, id_, Verb.WAITLIST)
        decided(id_, Verb.DECLINE, by=person(name="Ada Moreau"))
        answer = desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS)
        assert answer.status_code == 409
        assert "Ada Moreau declined" in words(answer)
        assert form["csrf_token"] not in answer.text
        assert decisions.preview(get(id_), Verb.WAITLIST, reasons=(), asked=()).subject in words(answer)

    def test_refusal_is_a_sentence(self, desk: FlaskClient) -> None:
        id_ = received()
        answer = desk.post(f"/desk/{id_}/decline", data=at_once(desk, id_, Verb.DECLINE, reasons="x"), headers=TOASTS)
        assert 400 <= answer.status_code < 500
        assert len(words(answer)) > 20

    def test_lost_database_is_tried_again(self, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        id_ = received()
        form = at_once(desk, id_, Verb.WAITLIST)
        with monkeypatch.context() as away:
            away.setattr(decisions, "decide", Mock(side_effect=errors.TryLater))
            assert desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS).status_code == 503
        assert desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS).status_code == 200

    def test_viewer_is_offered_nothing_and_can_do_nothing(self, staff: Callable[..., FlaskClient]) -> None:
        viewer, id_ = staff(Role.VIEWER), received()
        page = viewer.get(f"/desk/{id_}")
        assert not tree(page).xpath("//*[@data-quick]")
        form = {"csrf_token": fields(viewer.get("/desk/keys").text)["csrf_token"], "as_written": "1"}
        assert viewer.post(f"/desk/{id_}/approve", data=form).status_code == 403


class TestKeys:
    """Keys of one's own."""

    def test_every_key_can_be_chosen(self, desk: FlaskClient) -> None:
        assert send(desk, "/desk/keys", approve="Y", undo="").status_code == 303
        page = desk.get("/desk")
        assert '"y": "approve"' in tree(page).xpath("string(//@data-keys)")
        assert "undo" not in tree(page).xpath("string(//@data-keys)")

    def test_switched_off_there_is_none(self, desk: FlaskClient) -> None:
        assert send(desk, "/desk/keys", off="y").status_code == 303
        page = desk.get(f"/desk/{received()}")
        assert tree(page).xpath("string(//@data-keys)") == "{}"
        assert not tree(page).xpath("//@aria-keyshortcuts|//*[@class='decisions']//button/kbd[text()='A']")

    def test_one_key_for_two_actions_is_refused_and_kept(self, desk: FlaskClient) -> None:
        answer = send(desk, "/desk/keys", approve="x")
        assert answer.status_code == 422
        assert "Each action needs a key of its own" in words(answer)
        assert fields(answer.text)["approve"] == "x"

    def test_list_of_keys_is_for_everybody_at_the_desk(self, staff: Callable[..., FlaskClient]) -> None:
        assert "/desk/keys" in links(staff(Role.VIEWER).get("/desk"))
