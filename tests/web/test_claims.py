"""Reading side by side, as pages show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from review.rules import Role, Verb
from review.services import claims
from tests.factories import NOW, person, received
from tests.web.browsing import buttons, fields, press, words

Staff = Callable[..., FlaskClient]
TOASTS = {"HX-Request": "true", "HX-Target": "toasts"}


def token(browser: FlaskClient, id_: int) -> dict[str, str]:
    return {"csrf_token": fields(browser.get(f"/desk/{id_}").text, "/notes")["csrf_token"]}


def test_colleague_is_seen_reading_and_writing(desk: FlaskClient) -> None:
    id_ = received()
    assert "is reading this" not in words(desk.get(f"/desk/{id_}"))
    claims.renew(id_, writing=False, by=person(name="Ada Moreau"), now=NOW)
    page = desk.get(f"/desk/{id_}")
    assert "Ada Moreau is reading this and was first" in words(page)
    assert "Take it over" in buttons(page)
    assert "Ada Moreau" in words(desk.get("/desk"), "//*[@class='row-held']")
    answer = desk.post(f"/desk/{id_}/claim", data=token(desk, id_) | {"writing": "y"})
    assert "Ada Moreau is reading this" in words(answer)
    claims.renew(id_, writing=True, by=person(name="Vera Lund"), now=NOW + timedelta(seconds=1))
    assert "Vera Lund is writing here" in words(desk.get(f"/desk/{id_}"))


def test_nobody_is_shown_to_themselves(desk: FlaskClient) -> None:
    id_ = received()
    assert "Rosa" not in words(desk.post(f"/desk/{id_}/claim", data=token(desk, id_)), "//p")


def test_deciding_what_a_colleague_has_claimed_says_so(desk: FlaskClient) -> None:
    id_ = received()
    claims.renew(id_, writing=False, by=person(), now=NOW)
    form = fields(desk.get(f"/desk/{id_}").text, "/waitlist")
    answer = desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS)
    assert answer.status_code == 400
    assert "A colleague is reading this application" in words(answer)
    assert press(desk, f"/desk/{id_}", "/take-over").status_code == 303
    assert desk.post(f"/desk/{id_}/waitlist", data=form, headers=TOASTS).status_code == 200


def test_signing_out_ends_the_claim(desk: FlaskClient, staff: Staff) -> None:
    id_ = received()
    assert desk.post(f"/desk/{id_}/claim", data=token(desk, id_)).status_code == 200
    press(desk, "/desk", "/sign-out")
    assert "is reading this" not in words(staff(name="Ada Moreau").get(f"/desk/{id_}"))


def test_next_free_one_is_opened(desk: FlaskClient, staff: Staff) -> None:
    old, new = received(now=NOW - timedelta(days=2)), received(now=NOW - timedelta(days=1))
    answers = [press(browser, "/desk", "/next") for browser in (desk, staff(Role.LEAD), staff(Role.ADMIN))]
    assert [answer.location for answer in answers] == [f"/desk/{old}", f"/desk/{new}", "/desk"]


def test_draft_is_there_when_its_writer_comes_back(desk: FlaskClient, staff: Staff) -> None:
    id_ = received()
    typed = token(desk, id_) | {"body": "Half a thought", "subject": "Hm", "text": "Dear Maren,\r\nno."}
    assert desk.post(f"/desk/{id_}/drafts/note", data=typed).status_code == 204
    assert desk.post(f"/desk/{id_}/drafts/{Verb.DECLINE}", data=typed).status_code == 204
    assert fields(desk.get(f"/desk/{id_}").text, "/notes")["body"] == "Half a thought"
    page = desk.get(f"/desk/{id_}/decline")
    assert (fields(page.text)["text"], fields(page.text)["subject"]) == ("Dear Maren,\r\nno.", "Hm")
    assert "This is your draft" in words(page)
    other = staff(Role.LEAD)
    assert fields(other.get(f"/desk/{id_}").text, "/notes")["body"] == ""
    assert "This is your draft" not in words(other.get(f"/desk/{id_}/decline"))
