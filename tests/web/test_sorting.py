"""Sorting the backlog together, as pages show it."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from review.models.desk import View
from review.reads import backlog
from review.rules import Role, Verb
from review.services import applications, reviewing, sorting
from tests.factories import NOW, WINDOW, decided, get, person, received, rows
from tests.web.browsing import links, press, tree, words
from tests.web.stage import counted

Enter = Callable[..., FlaskClient]


def texts(page: object, xpath: str) -> list[str]:
    return [" ".join(one.text_content().split()) for one in tree(page).xpath(xpath)]  # type: ignore[arg-type]


class TestPane:
    def test_a_tag_is_put_on_found_by_and_taken_off(self, desk: FlaskClient) -> None:
        id_ = received()
        assert press(desk, f"/desk/{id_}", "/tags", word="Needs ears").location == f"/desk/{id_}"
        page = desk.get(f"/desk/{id_}")
        assert texts(page, "//section[@class='sorting']//ul[@class='tags']/li/a") == ["needs ears"]
        assert texts(page, "//ol[contains(@class, 'rows')]//span[@class='tag']") == ["needs ears"]
        assert "/desk?q=is:any+tag:%22needs+ears%22" in links(page)
        assert "tagged it" in words(page)
        press(desk, f"/desk/{id_}", "/tags/remove")
        assert texts(desk.get(f"/desk/{id_}"), "//ul[@class='tags']") == []

    def test_what_is_no_tag_is_answered_with_a_sentence(self, desk: FlaskClient) -> None:
        answer = press(desk, f"/desk/{received()}", "/tags", word="one, two")
        assert answer.status_code == 400
        assert "A tag has between 1 and 40 characters, and no comma." in words(answer)

    def test_it_is_given_to_a_colleague_and_to_nobody(self, desk: FlaskClient) -> None:
        id_, linus = received(), person(Role.LEAD, name="Linus Adeyemi")
        press(desk, f"/desk/{id_}", "/assign", person=str(linus.id))
        page = desk.get(f"/desk/{id_}")
        assert "For Linus Adeyemi" in words(page, "//section[@class='sorting']")
        assert texts(page, "//span[@class='row-assignee']") == ["for Linus Adeyemi"]
        press(desk, f"/desk/{id_}", "/assign", person="")
        assert get(id_).assignee_id is None

    def test_a_second_opinion_is_asked_for(self, desk: FlaskClient) -> None:
        id_, linus = received(), person(Role.LEAD, name="Linus Adeyemi")
        press(desk, f"/desk/{id_}", "/opinion", person=str(linus.id))
        assert "Rosa Iqbal asked for the opinion of Linus Adeyemi" in words(desk.get(f"/desk/{id_}"))
        for nobody in ("", "x", "99999"):
            assert press(desk, f"/desk/{id_}", "/opinion", person=nobody).status_code == 400

    def test_after_a_conflict_it_is_gone_until_a_lead_brings_it_back(self, desk: FlaskClient, staff: Enter) -> None:
        id_, lead = received(), staff(Role.LEAD, name="Linus Adeyemi")
        assert press(desk, f"/desk/{id_}", "/conflict").location == "/desk"
        assert desk.get(f"/desk/{id_}").status_code == 404
        assert desk.get(f"/desk/{id_}/progress").status_code == 404
        assert desk.get(f"/desk/{id_}/approve").status_code == 404
        assert "Nothing waits to be decided." in words(desk.get("/desk"))
        page = lead.get(f"/desk/{id_}")
        assert "Rosa Iqbal has declared a conflict and does not see this." in words(page)
        press(lead, f"/desk/{id_}", "/lift")
        assert desk.get(f"/desk/{id_}").status_code == 200

    def test_viewers_see_what_is_said_and_no_button(self, desk: FlaskClient, staff: Enter) -> None:
        id_ = received()
        press(desk, f"/desk/{id_}", "/tags", word="ears")
        page = staff(Role.VIEWER).get(f"/desk/{id_}")
        assert texts(page, "//section[@class='sorting']//ul[@class='tags']/li/a") == ["ears"]
        assert not tree(page).xpath("//section[@class='sorting']//button")


class TestForYou:
    def test_a_mention_is_counted_listed_and_settled(self, staff: Enter) -> None:
        rosa = person(email="rosa@staff.example")
        desk, id_ = staff(who=rosa), received(show_title="Harbour Kitchen")
        assert "Nobody calls you." in words(desk.get("/desk/for-you"))
        reviewing.note(id_, "@rosa?", by=person(Role.LEAD, name="Linus Adeyemi"), now=NOW)
        assert "For you 1 not looked at" in words(desk.get("/desk"), "//header")
        page = desk.get("/desk/for-you")
        assert "Harbour Kitchen submitted Linus Adeyemi mentioned you" in words(page)
        assert f"/desk/{id_}" in links(page)
        press(desk, "/desk/for-you", "/clear")
        page = desk.get("/desk/for-you")
        assert "done" in words(page, "//ol[@class='calls']")
        assert not tree(page).xpath("//main//button")
        assert "not looked at" not in words(desk.get("/desk"), "//header")

    def test_its_queries_do_not_grow(self, staff: Enter) -> None:
        rosa, lead = person(email="rosa@staff.example"), person(Role.LEAD)
        desk = staff(who=rosa)
        numbers = []
        for _ in range(2):
            for _ in range(4):
                reviewing.note(received(), "@rosa", by=lead, now=NOW)
            with counted() as statements:
                desk.get("/desk/for-you")
            numbers.append(len(statements))
        assert numbers[0] == numbers[1]


class TestViews:
    def test_what_the_list_shows_is_kept_and_let_go(self, desk: FlaskClient) -> None:
        received(language="fi")
        answer = press(desk, "/desk?language=fi&page=2", "/views", name="In Finnish")
        assert answer.location == "/desk?q=is:waiting+lang:fi&page=2"
        page = desk.get("/desk?language=fi")
        assert texts(page, "//ul[@id='views']//a/span[1]") == ["In Finnish"]
        assert tree(page).xpath("//ul[@id='views']//a/@href") == ["/desk?q=is:waiting+lang:fi"]
        assert tree(page).xpath("//ul[@id='views']//a/@aria-current") == ["true"]
        assert texts(desk.get("/desk/views/counts"), "//span[@class='states-count']") == ["1"]
        press(desk, "/desk", "/drop")
        assert rows(View) == []

    def test_only_leads_are_offered_to_share(self, desk: FlaskClient, staff: Enter) -> None:
        assert not tree(desk.get("/desk")).xpath("//input[@name='shared']")
        lead = staff(Role.LEAD, name="Linus Adeyemi")
        press(lead, "/desk?state=asked", "/views", name="Asked", shared="y")
        page = desk.get("/desk")
        assert "Asked" in words(page, "//ul[@id='views']")
        assert "Linus Adeyemi" in words(page, "//ul[@id='views']")
        assert not tree(page).xpath("//ul[@id='views']//button")

    def test_all_counts_are_one_query_more_than_none(self, desk: FlaskClient) -> None:
        rosa = rows(type(person()))[0]
        numbers = []
        for name in ("One", "Two", "Three"):
            sorting.keep_view(name, {"q": name}, shared=False, by=rosa, now=NOW)
            with counted() as statements:
                desk.get("/desk/views/counts")
            numbers.append(len(statements))
        assert len(set(numbers)) == 1


class TestList:
    def test_queries_do_not_grow_with_tags_and_people(self, desk: FlaskClient) -> None:
        rosa = rows(type(person()))[0]
        numbers = []
        for round_ in range(2):
            for number in range(5):
                id_ = received()
                sorting.tag(id_, f"tag {round_} {number}", by=rosa, now=NOW)
                sorting.assign(id_, person(Role.LEAD, name=f"Lead {number}").id, by=rosa, now=NOW)
            with counted() as statements:
                desk.get("/desk")
            numbers.append(len(statements))
        assert numbers[0] == numbers[1]

    def test_answers_stand_first_for_who_asked(self, staff: Enter) -> None:
        rosa = person(email="rosa@staff.example")
        received(show_title="Older", now=NOW)
        id_ = received(show_title="Asked")
        decided(id_, Verb.ASK, by=rosa, reasons=("pitch-short",), asked=("pitch",), now=NOW - WINDOW)
        before = get(id_).pitch
        applications.answer(id_, changes={"pitch": "Far more than it said."}, body="", now=NOW)
        page = staff(who=rosa).get(f"/desk/{id_}")
        assert texts(page, "//h3[@class='rows-heading']") == ["Answered, for you"]
        assert texts(page, "//ol[contains(@class, 'rows--returned')]//span[@class='row-title']") == ["Asked"]
        assert texts(page, "//span[@class='row-title']") == ["Asked", "Older"]
        assert "The applicant has changed this in answer to your question:" in words(page)
        assert before in words(page, "//div[contains(@class, 'changed')]")
        assert "for you" not in words(staff(Role.LEAD).get("/desk"), "//section[@class='list']")

    def test_an_address_with_nonsense_filters_shows_the_list(self, desk: FlaskClient) -> None:
        received(show_title="There")
        for query in ("assigned=x", "assigned=999999999999", "tag=%00", "tag=" + "x" * 500, "assigned=-1"):
            assert desk.get(f"/desk?{query}").status_code == 200
        assert "There" in words(desk.get("/desk?assigned=nobody"))
        assert backlog.tags() == []
