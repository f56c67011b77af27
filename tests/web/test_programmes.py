"""The pages of programmes: made and looked at by admins, filled in by applicants, read at the desk and by programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from review.db import db
from review.models.application import Application
from review.models.event import Event
from review.models.person import Person
from review.models.programme import Answer, Programme, Question
from review.questions import Audience, Kind, code
from review.reads import people as people_now
from review.reads import programmes as known
from review.rules import Role, State, Verb
from review.services import bulk, programmes, questions
from review.services.answers import Given
from review.services.bulk import Plan
from review.services.programmes import Terms
from review.services.questions import Wanted
from tests.factories import NOW, decided, get, person, received, rows
from tests.web.browsing import beside, fields, links, press, send, tree, words
from tests.web.calling import Program
from tests.web.calling import code as problem
from tests.web.stage import APPLICATION, counted, status_token

Enter = Callable[..., FlaskClient]
ONE = {"name": "Schools plan", "places": "5", "rules": "Pupils speak."}
DAY = timedelta(days=1)


@pytest.fixture
def ada(app: Flask) -> Person:
    return person(Role.ADMIN, name="Ada Moreau")


@pytest.fixture
def admin(staff: Enter, ada: Person) -> FlaskClient:
    return staff(who=ada)


@pytest.fixture
def schools(ada: Person) -> int:
    """A second programme, on offer."""
    made = programmes.make(Terms("Schools plan", "In classrooms.", 5, None, None, "Pupils speak."), by=ada, now=NOW)
    programmes.offer(made, True, by=ada, now=NOW)
    return made


def settle(client: FlaskClient, page: str, **changes: Any) -> TestResponse:
    """Send the form of what a programme offers."""
    return press(client, page, page, **changes)


def asked(client: FlaskClient, path: str) -> int:
    """How many queries a page takes."""
    with counted() as statements:
        assert client.get(path).status_code == 200
    return len(statements)


def ask(to: int, wording: str = "What school is it?", kind: Kind = Kind.TEXT, **changes: Any) -> int:
    by = people_now.active(db.session.scalars(select(Person.id).where(Person.role == Role.ADMIN)).first() or 0)
    assert isinstance(by, Person)
    wanted = {"help": "", "required": False, "choices": (), "audience": Audience.DESK} | changes
    return questions.put_question(to, None, Wanted(kind, wording, **wanted), by=by, now=NOW)


class TestMaking:
    def test_made_asked_looked_at_and_offered(self, admin: FlaskClient, client: FlaskClient) -> None:
        made = send(admin, "/desk/programmes", **ONE)
        assert made.status_code == 303
        page = made.location
        assert "Not on offer · 5 places left of 5" in words(admin.get(page))
        assert client.get("/apply/for/schools-plan").status_code == 404
        asked = send(
            admin, f"{page}/questions/new", wording="What school is it?", kind="choice", choices="Primary\r\nSecondary"
        )
        assert asked.location == f"{page}#questions"
        assert "What school is it? One of several choices: Primary, Secondary" in words(admin.get(page))
        preview = admin.get(f"{page}/preview")
        assert "This is how applicants see it." in words(preview)
        assert tree(preview).xpath("//select[@name='question-1']/option/text()")[1:] == ["Primary", "Secondary"]
        assert tree(preview).xpath("//form//button[@disabled]")
        press(admin, page, "/offer")
        assert client.get("/apply/for/schools-plan").status_code == 200
        assert "made a programme" in words(admin.get(page), "//ol[contains(@class, 'timeline')]")
        press(admin, page, "/offer", no_longer="y")
        assert client.get("/apply/for/schools-plan").status_code == 404

    @pytest.mark.parametrize(
        ("field", "typed", "said"),
        [
            ("name", "", "Give it a name."),
            ("places", "many", "Places are a whole number from 0 to 1,000,000."),
            ("places", "-1", "Places are a whole number from 0 to 1,000,000."),
            ("places", "2000000", "Places are a whole number from 0 to 1,000,000."),
            ("closes_at", "2024-01-01T00:00", "It must close after it opens."),
            ("rules", "  ", "Write what applicants agree to."),
        ],
    )
    def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
        self, admin: FlaskClient, schools: int, field: str, typed: str, said: str
    ) -> None:
        form = ONE | {"opens_at": "2024-12-01T00:00", field: typed}
        for page in ("/desk/programmes", f"/desk/programmes/{schools}"):
            answer = (send if page == "/desk/programmes" else settle)(admin, page, **form)
            assert answer.status_code == 422
            assert beside(answer, field) == said
            assert tree(answer).xpath("//input[@name='opens_at']/@value") == ["2024-12-01T00:00"]
        assert len(rows(Programme)) == 2

    def test_terms_are_changed_and_dates_are_utc(self, admin: FlaskClient, schools: int) -> None:
        page = f"/desk/programmes/{schools}"
        changed = settle(admin, page, opens_at="2027-01-02T03:04", closes_at="2027-02-01T00:00", places="7")
        assert changed.location == page
        row = known.programme(schools)
        assert (row.places, row.opens_at and row.opens_at.isoformat()) == (7, "2027-01-02T03:04:00+00:00")
        assert tree(admin.get(page)).xpath("//input[@name='opens_at']/@value") == ["2027-01-02T03:04"]
        assert "Opens on" in words(admin.get("/desk/programmes"))

    def test_question_is_shown_before_it_is_asked(self, admin: FlaskClient, schools: int) -> None:
        page = f"/desk/programmes/{schools}/questions/new"
        shown = send(admin, page, wording="How old?", kind="number", help="In years.", look="y")
        assert shown.status_code == 200
        sample = "//section[contains(@class, 'sample')]"
        assert "How old? In years." in words(shown, sample)
        assert tree(shown).xpath(f"{sample}//input[@disabled and @inputmode='decimal']")
        assert rows(Question) == []
        assert "Write the question" in words(admin.get(page), sample)

    @pytest.mark.parametrize("kind", Kind)
    def test_every_kind_can_be_shown_edited_and_filled_in(self, admin: FlaskClient, schools: int, kind: Kind) -> None:
        choices = {"choices": "a\r\nb"} if kind is Kind.CHOICE else {}
        page = f"/desk/programmes/{schools}/questions/new"
        assert send(admin, page, wording="Which?", kind=kind.value, **choices, look="y").status_code == 200
        send(admin, page, wording="Which?", kind=kind.value, **choices)
        (row,) = rows(Question)
        edit = admin.get(f"/desk/programmes/{schools}/questions/{row.id}")
        assert {"wording": "Which?", "kind": kind.value, "audience": "desk"}.items() <= fields(edit.text).items()
        assert tree(admin.get("/apply/for/schools-plan")).xpath(f"//*[@name='question-{row.id}']")

    @pytest.mark.parametrize(
        ("field", "form", "said"),
        [
            ("wording", {"wording": ""}, "Write the question."),
            ("choices", {"wording": "x", "kind": "choice", "choices": "one"}, "Give between 2 and 50"),
            ("kind", {"wording": "x", "kind": "secret"}, "Not a valid choice."),
        ],
    )
    def test_what_is_no_question_is_refused(
        self, admin: FlaskClient, schools: int, field: str, form: dict[str, str], said: str
    ) -> None:
        answer = send(admin, f"/desk/programmes/{schools}/questions/new", **form)
        assert answer.status_code == 422
        assert beside(answer, field).startswith(said)

    def test_what_was_answered_is_said_to_stay_as_it_is(self, admin: FlaskClient, schools: int) -> None:
        id_ = ask(schools)
        received(programme_id=schools, answers={id_: Given("Harbour School")})
        page = f"/desk/programmes/{schools}/questions/{id_}"
        assert "It has been answered." in words(admin.get(page))
        answer = send(admin, page, kind="number")
        assert answer.status_code == 422
        assert beside(answer, "kind").startswith("It has been answered")

    def test_questions_are_moved_retired_and_asked_again(self, admin: FlaskClient, schools: int) -> None:
        first, second = ask(schools, "One?"), ask(schools, "Two?")
        page = f"/desk/programmes/{schools}"
        press(admin, page, f"/questions/{second}/up")
        press(admin, page, f"/questions/{first}/retire")
        assert [one.id for one in known.questions(schools)] == [second]
        assert "1 is asked no longer" in words(admin.get(page))
        press(admin, page, f"/questions/{first}/retire", again="again")
        assert [one.id for one in known.questions(schools)] == [second, first]

    def test_letter_is_worded_shown_and_ours_again(self, admin: FlaskClient, schools: int) -> None:
        page = f"/desk/programmes/{schools}/letters/decline"
        assert fields(admin.get(page).text)["text"].startswith("Hello {name},")
        shown = send(admin, page, text="Dear {name} of {programme}\r\n[[status-link]]", look="y")
        assert "Dear Ada Larsen of Schools plan" in words(shown, "//div[@class='letter']")
        assert known.programme(schools).letters == {}
        missing = send(admin, page, text="Dear {name}")
        assert (missing.status_code, beside(missing, "text")[:21]) == (422, "The private link must")
        send(admin, page, text="Dear {name}\r\n[[status-link]]")
        assert "Decline in its own words" in words(admin.get(f"/desk/programmes/{schools}"))
        send(admin, page, ours="y")
        assert known.programme(schools).letters == {}

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
    def test_only_admins_come_near(self, staff: Enter, schools: int, role: Role) -> None:
        id_, who = ask(schools), staff(role)
        page = f"/desk/programmes/{schools}"
        for path in (
            "/desk/programmes",
            page,
            f"{page}/preview",
            f"{page}/questions/new",
            f"{page}/questions/{id_}",
            f"{page}/letters/decline",
        ):
            assert who.get(path).status_code == 403, path
        token = fields(who.get("/desk/notifications").text)["csrf_token"]
        for path in (f"{page}/offer", f"{page}/questions/{id_}/retire", f"{page}/questions/{id_}/up"):
            assert who.post(path, data={"csrf_token": token}).status_code == 403, path
        assert not {"/desk/programmes"} & set(links(who.get("/desk")))

    @pytest.mark.parametrize("path", ["", "/preview", "/questions/new", "/questions/1", "/letters/decline"])
    def test_what_is_not_there_is_missing(self, admin: FlaskClient, path: str) -> None:
        assert admin.get(f"/desk/programmes/999{path}").status_code == 404

    def test_rubric_is_one_of_each_programme(self, admin: FlaskClient, schools: int) -> None:
        page = f"/desk/rubric?programme={schools}"
        press(admin, page, "/desk/rubric", **{"criterion-new-name": "Teaching", "criterion-new-weight": "2"})
        assert "Teaching" in words(admin.get(page))
        assert "Teaching" not in words(admin.get("/desk/rubric"), "//main")
        assert admin.get("/desk/rubric?programme=999").status_code == 404


class TestApplying:
    def test_one_programme_is_its_form_and_several_are_chosen_from(
        self, client: FlaskClient, admin: FlaskClient, schools: int
    ) -> None:
        page = client.get("/apply")
        assert "What would you like to apply for?" in words(page)
        assert {"/apply/for/community-plan", "/apply/for/schools-plan"} <= set(links(page))
        assert "In classrooms. 5 free places are left." in words(page)
        press(admin, "/desk/programmes/1", "/offer", no_longer="y")
        assert "Apply for the Schools plan" in words(client.get("/apply"))
        assert "Apply for the Schools plan" in words(client.get("/"))
        press(admin, f"/desk/programmes/{schools}", "/offer", no_longer="y")
        assert "There is nothing to apply for at the moment" in words(client.get("/apply"))
        assert client.get("/apply/for/schools-plan").status_code == 404

    def test_answers_are_taken_in_with_their_file(self, client: FlaskClient, schools: int) -> None:
        text, paper = ask(schools, required=True), ask(schools, "The letter", Kind.FILE)
        form = tree(client.get("/apply/for/schools-plan")).xpath("//form[@action='/apply/for/schools-plan']")[0]
        assert form.get("enctype") == "multipart/form-data"
        data = fields(client.get("/apply/for/schools-plan").text) | APPLICATION
        data |= {code(text): "Harbour School", code(paper): (io.BytesIO(b"%PDF"), "letter.pdf")}
        sent = client.post("/apply/for/schools-plan", data=data, content_type="multipart/form-data")
        assert (sent.status_code, sent.location) == (303, "/apply/sent")
        assert [(one.wording, one.value) for one in rows(Answer)] == [
            ("What school is it?", "Harbour School"),
            ("The letter", "letter.pdf"),
        ]
        (row,) = rows(Application)
        assert (row.programme_id, row.state) == (schools, State.UNVERIFIED)

    @pytest.mark.parametrize(
        ("kind", "typed", "said"),
        [
            (Kind.TEXT, "", "Please answer “What school is it?”."),
            (Kind.TEXT, "x" * 501, "That is too long. Please shorten it."),
            (Kind.CHOICE, "c", "Choose one of those on the list."),
            (Kind.CHOICE, "", "Please answer “What school is it?”."),
            (Kind.NUMBER, "many", "Write a number such as 1200 or 2.5."),
            (Kind.DATE, "2027-02-30", "Write a date such as 2027-03-31."),
            (Kind.LINK, "school", "Give a full web address that starts with http:// or https://."),
            (Kind.FILE, "", "Please choose a file for “What school is it?”."),
            (Kind.FILE, (b"<script>", "a.html"), "We cannot take a file of that kind."),
            (Kind.FILE, (b"", "a.pdf"), "The file is empty. Please choose it again."),
            (Kind.FILE, (b"x" * (2 * 2**20 + 1), "a.pdf"), "The file is larger than 2 MB."),
        ],
    )
    def test_what_does_not_fit_is_said_beside_it(
        self, client: FlaskClient, schools: int, kind: Kind, typed: Any, said: str
    ) -> None:
        id_ = ask(schools, kind=kind, required=True, choices=("a", "b") if kind is Kind.CHOICE else ())
        value = (io.BytesIO(typed[0]), typed[1]) if isinstance(typed, tuple) else typed
        data = fields(client.get("/apply/for/schools-plan").text) | APPLICATION | {code(id_): value}
        answer = client.post("/apply/for/schools-plan", data=data, content_type="multipart/form-data")
        answer.request.environ["wsgi.input"].close()  # a large body is a file of the test client's
        assert answer.status_code == 422
        assert beside(answer, code(id_)) == said
        assert fields(answer.text)["pitch"] == APPLICATION["pitch"]
        assert rows(Application) == []

    def test_wording_of_an_admin_is_shown_as_it_is(self, client: FlaskClient, schools: int) -> None:
        ask(schools, "<b>Which</b> {{7*7}}?", required=True, help="<i>x</i>")
        sent = send(client, "/apply/for/schools-plan", **APPLICATION)
        assert "<b>Which</b> {{7*7}}?" in words(sent)
        assert not tree(sent).xpath("//main//b | //main//i")

    def test_form_that_has_changed_is_handed_out_anew(self, client: FlaskClient, schools: int) -> None:
        data = fields(client.get("/apply/for/schools-plan").text) | APPLICATION
        id_ = ask(schools)
        answer = client.post("/apply/for/schools-plan", data=data)
        assert answer.status_code == 409
        assert "The questions have changed since you opened this page." in words(answer)
        again = {name: value for name, value in fields(answer.text).items() if value is not None}
        assert client.post("/apply/for/schools-plan", data=again | {code(id_): "x"}).status_code == 303

    def test_what_was_written_is_not_lost_when_the_programme_goes(
        self, client: FlaskClient, ada: Person, schools: int
    ) -> None:
        data = fields(client.get("/apply/for/schools-plan").text) | APPLICATION
        programmes.offer(schools, False, by=ada, now=NOW)
        answer = client.post("/apply/for/schools-plan", data=data)
        assert (answer.status_code, fields(answer.text)["pitch"]) == (409, APPLICATION["pitch"])
        assert "This programme is not on offer any more." in words(answer)

    def test_words_are_no_reason_for_a_larger_form(self, client: FlaskClient, schools: int) -> None:
        data = fields(client.get("/apply/for/schools-plan").text) | APPLICATION | {"pitch": "x" * 300_000}
        for kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            assert client.post("/apply/for/schools-plan", data=data, content_type=kind).status_code == 413

    def test_applicant_sees_what_they_sent_and_mends_what_is_asked(self, client: FlaskClient, schools: int) -> None:
        text, paper = ask(schools, required=True), ask(schools, "The letter", Kind.FILE, required=True)
        given = {text: Given("Harbour School"), paper: Given("letter.pdf", b"%PDF")}
        id_ = received(programme_id=schools, answers=given)
        page = f"/apply/{status_token(id_)}"
        assert "What school is it? Harbour School The letter letter.pdf" in words(client.get(page))
        (where,) = [link for link in links(client.get(page)) if "/files/" in link]
        handed = client.get(where)
        assert (handed.data, handed.headers["X-Content-Type-Options"]) == (b"%PDF", "nosniff")
        assert handed.headers["Content-Disposition"] == "attachment; filename=letter.pdf"
        assert handed.mimetype == "application/octet-stream"
        other = f"/apply/{status_token(received())}/files/{where.rpartition('/')[2]}"
        assert client.get(other).status_code == 404
        assert client.get(f"/apply/nonsense/files/{where.rpartition('/')[2]}").status_code == 404
        decided(id_, Verb.ASK, asked=(code(text), code(paper)), now=NOW - DAY)
        form = fields(client.get(page).text, action="/answer")
        assert form[code(text)] == "Harbour School"
        sent = client.post(f"{page}/answer", data=form | {code(text): "Hill School"})
        assert sent.status_code == 303
        assert [one.value for one in known.answers(id_)] == ["Hill School", "letter.pdf"]


class TestDesk:
    def test_answers_stand_beside_the_application(self, desk: FlaskClient, ada: Person, schools: int) -> None:
        shown, hidden = ask(schools), ask(schools, "Salary?", audience=Audience.LEADS)
        paper = ask(schools, "The letter", Kind.FILE)
        link = ask(schools, "Website?", Kind.LINK)
        given = {shown: Given("Harbour <School>"), hidden: Given("secret"), link: Given("https://a.example/")}
        id_ = received(programme_id=schools, answers=given | {paper: Given("a.pdf", b"%PDF")})
        page = desk.get(f"/desk/{id_}")
        section = "//section[@aria-labelledby='answers-heading']"
        assert words(page, section) == (
            "Answers to our questions What school is it? Harbour <School> The letter a.pdf Website? https://a.example/"
        )
        (where,) = [link for link in links(page) if "/answers/" in link]
        assert desk.get(where).data == b"%PDF"
        assert desk.get(f"/desk/{received()}/answers/{where.rpartition('/')[2]}").status_code == 404
        assert "Programme Schools plan" in words(page)
        assert "answers-heading" not in desk.get(f"/desk/{received()}").text

    def test_list_says_what_each_is_for_and_is_narrowed_by_it(
        self, desk: FlaskClient, ada: Person, schools: int
    ) -> None:
        kind = ask(schools, "What kind?", Kind.CHOICE, choices=("Primary", "Secondary"))
        received(programme_id=schools, show_title="Break Time", answers={kind: Given("Primary")})
        received(show_title="Harbour")
        rows_ = "//ol[@class='rows']"
        assert words(desk.get("/desk"), rows_).count("Schools plan") == 1
        places = words(desk.get("/desk"), "//dl[contains(@class, 'states-places')]")
        assert places == "Community plan 40 places left Schools plan 5 places left"
        assert "Harbour" not in words(desk.get(f"/desk?programme={schools}"), rows_)
        narrowed = desk.get(f"/desk?answer={kind}:Primary")
        assert "Break Time" in words(narrowed, rows_)
        ticked = "//section[@aria-labelledby='facet-answer']//a[@aria-current='true']"
        assert words(desk.get(f"/desk/facets?q=answer:{kind}:Primary"), ticked) == "What kind?: Primary 1"
        assert "Nothing matches." in words(desk.get(f"/desk?answer={kind}:Secondary"))
        assert "2 applications" in words(desk.get("/desk?answer=nonsense"))

    def test_with_one_programme_the_desk_does_not_speak_of_it(self, desk: FlaskClient) -> None:
        received()
        page = desk.get("/desk")
        assert "40 places left" in words(page, "//p[contains(@class, 'states-places')]")
        assert not tree(page).xpath("//select[@id='programme'] | //select[@id='answer']")
        assert "Community plan" not in words(page, "//section[@class='list']")

    def test_questions_can_be_asked_again(self, desk: FlaskClient, ada: Person, schools: int) -> None:
        own, other = ask(schools), ask(1, "Another programme's")
        id_ = received(programme_id=schools, answers={own: Given("x")})
        page = desk.get(f"/desk/{id_}/ask")
        offered = tree(page).xpath("//input[@name='asked']/@value")
        assert (code(own) in offered, code(other) in offered) == (True, False)
        send(desk, f"/desk/{id_}/ask", asked=[code(own)], as_written="1")
        assert get(id_).asked == [code(own)]
        assert "You can change these on your page: “What school is it?”." in words(desk.get(f"/desk/{id_}"))

    def test_queries_do_not_grow_with_questions_or_answers(self, desk: FlaskClient, ada: Person, schools: int) -> None:
        given = {ask(schools): Given("x")}
        id_ = received(programme_id=schools, answers=given)
        before = [asked(desk, path) for path in ("/desk", f"/desk/{id_}")]
        more = {ask(schools, f"{n}?"): Given("x") for n in range(6)}
        many = [received(programme_id=schools, answers=more) for _ in range(3)]
        assert [asked(desk, path) for path in ("/desk", f"/desk/{many[0]}")] == before

    def test_batch_asks_each_programme_for_its_places(self, ada: Person, schools: int, admin: FlaskClient) -> None:
        programmes.set_terms(schools, Terms("Schools plan", "", 1, None, None, "Pupils speak."), by=ada, now=NOW)
        ids = [received(programme_id=schools, email=f"a{n}@mail.example") for n in range(2)] + [received()]
        page = words(admin.get("/desk/bulk/approve?q=is:any"))
        assert "Community plan: 40 places are left. 1 application was found." in page
        assert "Schools plan: 1 place is left. 2 applications were found." in page
        batch = bulk.prepare(ids, Plan(Verb.APPROVE), filters={}, by=ada, now=NOW)
        assert "1 find no place left" in words(admin.get(f"/desk/bulk/{batch}"))
        assert "2 would be decided" in words(admin.get(f"/desk/bulk/{batch}"))

    def test_table_has_a_column_for_each_question(self, admin: FlaskClient, ada: Person, schools: int) -> None:
        own, same = ask(schools), ask(1)
        gone, unused = ask(schools, "Gone?"), ask(schools, "Unused?")
        received(programme_id=schools, answers={own: Given("=1+1"), gone: Given("was asked")})
        received(answers={same: Given("Hill School")})
        for id_ in (gone, unused):
            questions.retire_question(schools, id_, True, by=ada, now=NOW)
        table = press(admin, "/desk?q=is:any", "/export")
        first, second = list(csv.DictReader(io.StringIO(table.get_data().decode("utf-8-sig"), newline="")))
        assert (first["Programme"], second["Programme"]) == ("Schools plan", "Community plan")
        assert first[f"What school is it? (Schools plan, {own})"] == "'=1+1"
        assert second[f"What school is it? (Community plan, {same})"] == "Hill School"
        assert (first["Gone?"], "Unused?" in first) == ("was asked", False)
        narrowed = press(admin, f"/desk?programme={schools}", "/export")
        (row,) = list(csv.DictReader(io.StringIO(narrowed.get_data().decode("utf-8-sig"), newline="")))
        assert row["What school is it?"] == "'=1+1"


class TestApi:
    def test_programmes_with_their_questions(self, client: FlaskClient, ada: Person, schools: int) -> None:
        kind = ask(schools, "What kind?", Kind.CHOICE, choices=("Primary", "Secondary"), help="Of school.")
        program = Program(client, person())
        first, second = program.get("/programmes").json["items"]
        assert (first["slug"], first["left"], first["questions"]) == ("community-plan", 40, [])
        assert (second["name"], second["offered"], second["open"]) == ("Schools plan", True, True)
        assert second["questions"] == [
            {
                "id": kind,
                "kind": "choice",
                "wording": "What kind?",
                "help": "Of school.",
                "required": False,
                "choices": ["Primary", "Secondary"],
                "audience": "desk",
            }
        ]

    def test_answers_are_served_and_narrow_the_list(self, client: FlaskClient, ada: Person, schools: int) -> None:
        kind = ask(schools, "What kind?", Kind.CHOICE, choices=("Primary", "Secondary"))
        secret = ask(schools, "Salary?", Kind.FILE, audience=Audience.LEADS)
        given = {kind: Given("Primary"), secret: Given("a.pdf", b"%PDF")}
        id_ = received(programme_id=schools, answers=given)
        received()
        rosa, lead = Program(client, person()), Program(client, person(Role.LEAD, name="Linus Adeyemi"))
        mine = rosa.get(f"/applications/{id_}").json
        assert (mine["programme"], [one["value"] for one in mine["answers"]]) == (schools, ["Primary"])
        paper = lead.get(f"/applications/{id_}").json["answers"][1]
        assert (paper["kind"], paper["value"]) == ("file", "a.pdf")
        path = f"/applications/{id_}/answers/{paper['id']}/file"
        assert lead.get(path).json == {"name": "a.pdf", "content": "JVBERg=="}
        assert problem(rosa.get(path)) == (404, "not-found")
        for query in ({"programme": schools}, {"answer": f"{kind}:Primary"}):
            assert [one["id"] for one in rosa.get("/applications", **query).json["items"]] == [id_]
        assert problem(rosa.get("/applications", answer="Primary"))[0] == 422
        body = {"verb": "ask", "version": mine["version"], "asked": [code(kind)]}
        asked = rosa.post(f"/applications/{id_}/decisions", body, "k" * 20).json
        assert asked["asked"] == [code(kind)]


def test_each_change_leaves_a_line_with_its_words(admin: FlaskClient, ada: Person, schools: int) -> None:
    ask(schools)
    lines = [event.verb for event in rows(Event) if event.data.get("programme") == schools]
    assert lines == ["programme-made", "programme-offered", "question-added"]
    said = words(admin.get(f"/desk/programmes/{schools}"), "//ol[contains(@class, 'timeline')]")
    assert said.startswith("Ada Moreau added a question")


def test_table_is_brought_in_for_a_programme(staff: Enter, ada: Person, schools: int) -> None:
    lead, school = staff(who=person(Role.LEAD, name="Linus Adeyemi")), ask(schools)
    data = b"Email,Name,Title,Why,What school is it?\na@mail.example,Ada,Show,We talk.,Harbour School\n"
    form = fields(lead.get("/desk/import").text) | {"programme": str(schools), "file": (io.BytesIO(data), "forms.csv")}
    kept = lead.post("/desk/import", data=form, content_type="multipart/form-data")
    page = lead.get(kept.location)
    assert "Schools plan. 1 row." in words(page)
    assert "What school is it? Harbour School" in words(page, "//table")
    assert tree(page).xpath(f"//select[@name='{code(school)}']/option[@selected]/text()") == ["What school is it?"]
    again = press(lead, kept.location, "/columns", **{code(school): ""})
    assert "Harbour School" not in words(lead.get(again.location.partition("#")[0]), "//table")
