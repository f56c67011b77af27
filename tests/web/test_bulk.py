"""Deciding many at once, by its pages: planned, looked at, begun, watched, taken back; each accounted for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from time_machine import Traveller

from review.models.application import Decision
from review.models.batch import Batch, BatchItem
from review.models.letter import Letter
from review.models.person import Person
from review.reads import bulk as batches
from review.rules import Role, State, Verb
from review.services import bulk, bulk_work, claims, scoring, sorting
from review.services.bulk import Plan
from tests.factories import NOW, count, decided, person, programme, received, rows
from tests.web.browsing import beside, buttons, fields, links, press, send, tree, words
from tests.web.stage import counted

WINDOW = timedelta(minutes=10)


@pytest.fixture
def linus(app: object) -> Person:
    return person(Role.LEAD, name="Linus Adeyemi")


@pytest.fixture
def lead(staff: Callable[..., FlaskClient], linus: Person) -> FlaskClient:
    return staff(who=linus)


@pytest.fixture
def ids(app: object) -> list[int]:
    return [received(show_title=f"Harbour {n}", language="fi", email=f"a{n}@mail.example") for n in range(3)]


def prepared(client: FlaskClient, verb: str = "decline", query: str = "?language=fi", **changes: object) -> str:
    """Plan a batch on its page; where it is looked at."""
    response = send(client, f"/desk/bulk/{verb}{query}", **changes)
    assert response.status_code == 303, words(response)
    return response.location


def steps(where: str, most: int = 99) -> None:
    for _ in range(most):
        if not bulk_work.step(int(where.rpartition("/")[2]), now=NOW, undo_window=WINDOW):
            return


def test_lead_declines_all_that_is_found(
    lead: FlaskClient, ids: list[int], clock: Traveller, drain: Callable[..., int]
) -> None:
    received(show_title="Elsewhere")
    page = lead.get("/desk?language=fi")
    (plan,) = [href for href in links(page) if "/desk/bulk/decline" in href]
    page = lead.get(plan)
    assert "Decline: all 3 applications found" in words(page)
    where = prepared(lead, reasons=["commercial"], note="We had 300 applications.")
    page = lead.get(where)
    assert "Decline: 3 applications" in words(page)
    assert "3 would be decided" in words(page)
    assert words(page, "//ol[@class='batch']").count("We had 300 applications.") == 3
    assert count(State.DECLINED) == 0
    assert "Decline 3 applications" in buttons(page)
    assert press(lead, where, "/run").location == where
    page = lead.get(where)
    assert "0 of 3" in words(page)
    assert "data-refresh" in page.text
    steps(where)
    page = lead.get(where)
    assert "Decided by Linus Adeyemi" in words(page)
    assert "Take all 3 decisions back" in buttons(page)
    assert "The letters still wait." in words(page)
    assert count(State.DECLINED) == 3
    assert where in links(lead.get(f"/desk/{ids[0]}"))
    clock.shift(WINDOW)
    page = lead.get(where)
    assert "The letters are on their way." in words(page)
    assert not [button for button in buttons(page) if "back" in button]
    drain()
    assert [letter.to_email for letter in rows(Letter, kind="declined")] == [f"a{n}@mail.example" for n in range(3)]


def test_all_is_taken_back_with_one_button(lead: FlaskClient, ids: list[int]) -> None:
    where = prepared(lead)
    press(lead, where, "/run")
    steps(where)
    assert press(lead, where, "/undo").location == where
    assert "All of it is being taken back." in words(lead.get(where))
    steps(where)
    page = lead.get(where)
    assert "It was taken back by Linus Adeyemi" in words(page)
    assert "3 taken back" in words(page)
    assert count(State.SUBMITTED) == 3


def test_it_is_stopped_while_it_runs(lead: FlaskClient, ids: list[int]) -> None:
    where = prepared(lead)
    press(lead, where, "/run")
    steps(where, 1)
    page = lead.get(where)
    assert "1 decided 2 to come" in words(page)
    assert "Stop, and take all back" in buttons(page)
    press(lead, where, "/undo")
    steps(where)
    page = lead.get(where)
    assert "1 taken back 2 skipped" in words(page)
    assert words(page).count("skipped: It was stopped before it came to this one.") == 2


def test_what_stands_in_the_way_is_said_of_each(lead: FlaskClient, ids: list[int]) -> None:
    where = prepared(lead)
    decided(ids[0], Verb.APPROVE, by=person(Role.LEAD, name="Ada Okafor"))
    claims.renew(ids[1], writing=False, by=person(name="Rosa Iqbal"), now=NOW)
    page = words(lead.get(where))
    assert "1 would be decided 1 are being read by a colleague 1 cannot be decided so from their state" in page
    assert "would be skipped: It is “approved”, and cannot be decided so from there." in page
    assert "would be skipped: Rosa Iqbal is reading it." in page
    press(lead, where, "/run")
    steps(where)
    page = words(lead.get(where))
    assert "skipped: It has changed since: it is “approved” now. (Ada Okafor)" in page
    assert "1 decided 2 skipped" in page


def test_one_is_left_out_and_taken_in_again(lead: FlaskClient, ids: list[int]) -> None:
    where = prepared(lead)
    press(lead, where, f"/leave-out/{ids[1]}")
    page = lead.get(where)
    assert "2 would be decided 1 left out" in words(page)
    assert "would be skipped" not in words(page)
    press(lead, where, f"/leave-out/{ids[1]}")
    assert "3 would be decided" in words(lead.get(where))


def test_nothing_is_decided_where_nobody_goes_on(lead: FlaskClient, ids: list[int]) -> None:
    where = prepared(lead)
    assert press(lead, where, "/discard").location == "/desk?q=is:waiting+lang:fi"
    assert "Nothing was decided." in words(lead.get("/desk"))
    assert (rows(Batch), rows(Decision)) == ([], [])
    assert lead.get(where).status_code == 404


def test_approving_says_how_many_places_there_are(lead: FlaskClient, ids: list[int]) -> None:
    programme(places=2)
    page = lead.get("/desk/bulk/approve?language=fi")
    assert "2 places are left. Who comes after that is skipped, unless you tick it here." in words(page)
    assert "2 would be decided 1 find no place left" in words(lead.get(prepared(lead, "approve")))
    assert "3 would be decided" in words(lead.get(prepared(lead, "approve", past_places="y")))
    programme(places=40)
    assert not tree(lead.get("/desk/bulk/approve?language=fi")).xpath("//input[@name='past_places']")


def test_asking_names_what_may_be_changed(lead: FlaskClient, ids: list[int]) -> None:
    where = prepared(lead, "ask", asked=["pitch"], reasons=["pitch-short"])
    assert "You can change these on your page: the pitch." in words(lead.get(where))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"note": "x" * 5001}, "note"), ({"reasons": ["nonsense"]}, "reasons")],
    ids=["note", "reason"],
)
def test_what_cannot_be_is_said_beside_its_field(
    lead: FlaskClient, ids: list[int], changes: dict[str, object], field: str
) -> None:
    response = send(lead, "/desk/bulk/decline", **changes)
    assert response.status_code == 422
    assert beside(response, field)
    assert rows(Batch) == []


def test_nothing_and_too_much_are_said_instead_of_a_form(
    lead: FlaskClient, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "The search finds nothing to decide." in words(lead.get("/desk/bulk/decline?language=de"))
    monkeypatch.setattr("review.web.bulk.MOST", 2)
    page = lead.get("/desk/bulk/decline?language=fi")
    assert "At most 1,000 can be decided at once." in words(page)
    assert "Write the letters" not in buttons(page)


def test_only_some_decisions_have_such_a_page(lead: FlaskClient) -> None:
    for verb in ("duplicate", "reopen", "nonsense"):
        assert lead.get(f"/desk/bulk/{verb}").status_code == 404


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_reviewers_see_nothing_of_it(
    staff: Callable[..., FlaskClient], linus: Person, ids: list[int], role: Role
) -> None:
    id_ = bulk.prepare(ids, Plan(Verb.DECLINE), filters={}, by=linus, now=NOW)
    browser = staff(role)
    assert not [href for href in links(browser.get("/desk")) if "/bulk" in href]
    token = {"csrf_token": fields(browser.get("/apply/link").text)["csrf_token"]}
    for path in ("", "/decline", f"/{id_}", f"/{id_}/progress"):
        assert browser.get(f"/desk/bulk{path}").status_code == 403, path
    for path in ("/decline", f"/{id_}/run", f"/{id_}/undo", f"/{id_}/discard", f"/{id_}/leave-out/{ids[0]}"):
        assert browser.post(f"/desk/bulk{path}", data=token).status_code == 403, path


def test_another_lead_looks_and_may_only_take_it_back(
    staff: Callable[..., FlaskClient], linus: Person, ids: list[int]
) -> None:
    id_ = bulk.prepare(ids, Plan(Verb.DECLINE), filters={}, by=linus, now=NOW)
    ada = staff(who=person(Role.LEAD, name="Ada Okafor"))
    page = ada.get(f"/desk/bulk/{id_}")
    assert "Linus Adeyemi has prepared this, and alone can go on with it." in words(page)
    assert [button for button in buttons(page) if "Decline" in button] == []
    bulk.run(id_, by=linus, now=NOW)
    assert "Stop, and take all back" in buttons(ada.get(f"/desk/bulk/{id_}"))


def test_who_is_to_judge_blind_or_has_a_conflict_sees_no_letter(
    staff: Callable[..., FlaskClient], linus: Person, ids: list[int]
) -> None:
    id_ = bulk.prepare(ids, Plan(Verb.DECLINE), filters={}, by=linus, now=NOW)
    admin, ada = person(Role.ADMIN), person(Role.LEAD, name="Ada Okafor")
    sorting.declare_conflict(ids[0], by=ada, now=NOW)
    scoring.put_criterion(1, None, "Voice", [""] * 5, weight=1, by=admin, now=NOW)
    scoring.set_blind(1, True, by=admin, now=NOW)
    page = words(staff(who=ada).get(f"/desk/bulk/{id_}"))
    assert "Harbour 0" not in page
    assert "Harbour 1 judged blind" in page
    assert "Hello Maren" not in page


def test_earlier_ones_are_listed(lead: FlaskClient, ids: list[int]) -> None:
    where = prepared(lead)
    assert "Decline · 3 applications Linus Adeyemi 26 Nov 2024, 12:00 only looked at" in words(lead.get("/desk/bulk"))
    press(lead, where, "/run")
    steps(where)
    page = lead.get("/desk/bulk")
    assert "Linus Adeyemi 26 Nov 2024, 12:00 done" in words(page)
    assert where in links(page)


def test_large_batch_is_shown_page_by_page(lead: FlaskClient, ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAGE_SIZE", 2)
    where = prepared(lead)
    assert "Page 2 of 2" in words(lead.get(f"{where}?page=9"))
    assert "Page 1 of 2" in words(lead.get(f"{where}?page=nonsense"))
    assert press(lead, f"{where}?page=2", f"/leave-out/{ids[2]}").location == f"{where}?page=2"


def test_queries_of_its_pages_do_not_grow(lead: FlaskClient, ids: list[int], linus: Person) -> None:
    def asked(path: str) -> int:
        with counted() as statements:
            assert lead.get(path).status_code == 200
        return len(statements)

    few = f"/desk/bulk/{bulk.prepare(ids[:1], Plan(Verb.DECLINE), filters={}, by=linus, now=NOW)}"
    many = f"/desk/bulk/{bulk.prepare(ids, Plan(Verb.DECLINE), filters={}, by=linus, now=NOW)}"
    assert asked(few) == asked(many)
    assert asked("/desk/bulk") == asked("/desk/bulk")
    for where in (few, many):
        press(lead, where, "/run")
        steps(where)
    assert asked(few) == asked(many)
    assert len(rows(BatchItem)) == 4
