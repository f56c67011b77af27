"""Programmes: made, offered, asking and writing in their own words; and what is answered to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from review.errors import Forbidden, GreenroomError, Missing, Refused
from review.models.application import Application
from review.models.event import Event
from review.models.person import Person
from review.models.programme import Answer, AnswerFile, Programme, Question
from review.questions import FILE_BYTES, Audience, Kind, code
from review.reads import backlog, dossier, index
from review.reads import intake as kept_tables
from review.reads import programmes as known
from review.rules import Role, State, Verb
from review.services import applications, decisions, expiry, intake, programmes, questions, scoring, wording
from review.services.answers import Given
from review.services.applications import Filled
from review.services.programmes import Terms
from review.services.questions import Wanted
from tests.factories import (
    DRAFT,
    NOW,
    choice,
    decided,
    filled,
    get,
    person,
    programme,
    received,
    rows,
    seeking,
    submitted,
)

TERMS = Terms("Schools plan", "Made in classrooms.", 5, None, None, "Pupils speak.")
ASKED = Wanted(Kind.TEXT, "What school is it?", "", False, (), Audience.DESK)
WEEK = timedelta(days=7)


@pytest.fixture
def admin(app: Flask) -> Person:
    return person(Role.ADMIN, name="Ada Moreau")


@pytest.fixture
def schools(admin: Person) -> int:
    """A second programme, on offer."""
    made = programmes.make(TERMS, by=admin, now=NOW)
    programmes.offer(made, True, by=admin, now=NOW)
    return made


def ask(to: int, by: Person, **changes: Any) -> int:
    return questions.put_question(to, None, replace(ASKED, **changes), by=by, now=NOW)


def told(verb: str) -> list[Event]:
    return rows(Event, verb=verb)


def refused(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Refused) as found:
        act()
    return found.value.code, found.value.field


class TestTerms:
    def test_one_that_is_made_is_offered_to_nobody_yet(self, admin: Person) -> None:
        made = programmes.make(TERMS, by=admin, now=NOW)
        assert [one.id for one in known.offered()] == [known.first().id]
        with pytest.raises(Missing):
            known.by_slug("schools-plan")
        with pytest.raises(Refused, match="programme-withdrawn"):
            applications.submit(DRAFT, Filled(made, 1), form_key="k", now=NOW)
        programmes.offer(made, True, by=admin, now=NOW)
        assert known.by_slug("schools-plan").id == made
        assert [event.person_id for event in told("programme-made") + told("programme-offered")] == [admin.id] * 2

    def test_names_may_repeat_and_addresses_do_not(self, admin: Person) -> None:
        made = [programmes.make(TERMS, by=admin, now=NOW) for _ in range(3)]
        slugs = [known.programme(id_).slug for id_ in made]
        assert slugs == ["schools-plan", "schools-plan-2", "schools-plan-3"]

    def test_what_it_said_before_stands_in_the_trail_and_other_rules_are_a_new_version(
        self, admin: Person, schools: int
    ) -> None:
        changed = replace(TERMS, places=7, opens_at=NOW, rules="Teachers speak.")
        programmes.set_terms(schools, changed, by=admin, now=NOW)
        programmes.set_terms(schools, changed, by=admin, now=NOW)
        row = known.programme(schools)
        assert (row.places, row.rules, row.rules_version) == (7, "Teachers speak.", 2)
        (event,) = told("programme-changed")
        assert event.data["before"] == {"places": 5, "opens_at": None, "rules": "Pupils speak."}
        programmes.set_terms(schools, replace(changed, places=8, opens_at=None), by=admin, now=NOW)
        assert told("programme-changed")[1].data["before"] == {"places": 7, "opens_at": NOW.isoformat()}
        assert known.programme(schools).rules_version == 2

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 121}, "name"),
            ({"summary": "x" * 501}, "summary"),
            ({"places": -1}, "places"),
            ({"places": 1_000_001}, "places"),
            ({"opens_at": NOW, "closes_at": NOW}, "closes_at"),
            ({"rules": ""}, "rules"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, admin: Person, schools: int, change: Any, field: str) -> None:
        terms = replace(TERMS, **change)
        assert refused(lambda: programmes.make(terms, by=admin, now=NOW))[1] == field
        assert refused(lambda: programmes.set_terms(schools, terms, by=admin, now=NOW))[1] == field
        assert len(rows(Programme)) == 2

    def test_there_is_an_end_to_them(self, admin: Person) -> None:
        for _ in range(programmes.MOST - 1):
            programmes.make(TERMS, by=admin, now=NOW)
        assert refused(lambda: programmes.make(TERMS, by=admin, now=NOW))[0] == "too-many-programmes"

    def test_operator_sets_one_by_its_address(self, admin: Person, schools: int) -> None:
        keep: dict[str, Any] = {"opens_at": None, "closes_at": None, "always_open": False, "rules": None, "now": NOW}
        programmes.change(slug="schools-plan", places=3, **keep)
        assert [one.places for one in known.programmes()] == [40, 3]
        with pytest.raises(Missing):
            programmes.change(slug="nowhere", places=3, **keep)

    def test_places_are_counted_for_each(self, admin: Person, schools: int) -> None:
        programmes.set_terms(schools, replace(TERMS, places=1), by=admin, now=NOW)
        decided(received(programme_id=schools), Verb.APPROVE)
        assert known.all_places_left(known.programmes()) == {known.first().id: 40, schools: 0}
        late = received(programme_id=schools)
        assert get(late).state is State.WAITLISTED
        assert refused(lambda: decided(late, Verb.APPROVE))[0] == "no-places-left"
        decided(received(), Verb.APPROVE)
        decided(late, Verb.APPROVE, past_places=True)
        assert known.places_left(known.programme(schools)) == 0

    def test_one_that_is_offered_no_longer_goes_on_with_what_it_has(self, admin: Person, schools: int) -> None:
        id_ = received(programme_id=schools)
        programmes.offer(schools, False, by=admin, now=NOW)
        programmes.offer(schools, False, by=admin, now=NOW)
        assert len(told("programme-withdrawn")) == 1
        decided(id_, Verb.APPROVE)
        assert get(id_).state is State.APPROVED


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
def test_only_admins_make_them(admin: Person, schools: int, role: Role) -> None:
    who, asked = person(role), ask(schools, admin)
    events = len(rows(Event))
    acts: list[Callable[[], object]] = [
        lambda: programmes.make(TERMS, by=who, now=NOW),
        lambda: programmes.set_terms(schools, replace(TERMS, places=1), by=who, now=NOW),
        lambda: programmes.offer(schools, False, by=who, now=NOW),
        lambda: ask(schools, who),
        lambda: questions.retire_question(schools, asked, True, by=who, now=NOW),
        lambda: questions.move_question(schools, asked, by=who, now=NOW),
        lambda: wording.word_letter(schools, Verb.DECLINE, "No", "No [[status-link]]", by=who, now=NOW),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    assert len(rows(Event)) == events


class TestQuestions:
    def test_they_stand_in_their_order_and_can_be_moved(self, admin: Person, schools: int) -> None:
        first, second, third = (ask(schools, admin, wording=f"Question {n}") for n in range(3))
        questions.move_question(schools, third, by=admin, now=NOW)
        questions.move_question(schools, first, by=admin, now=NOW)
        assert [one.id for one in known.questions(schools)] == [first, third, second]
        assert known.questions(known.first().id) == []

    def test_every_change_makes_another_form(self, admin: Person, schools: int) -> None:
        seen = [known.programme(schools).form_version]
        id_ = ask(schools, admin)
        other = ask(schools, admin)
        for act in (
            lambda: questions.put_question(schools, id_, replace(ASKED, wording="Which school?"), by=admin, now=NOW),
            lambda: questions.move_question(schools, other, by=admin, now=NOW),
            lambda: questions.retire_question(schools, id_, True, by=admin, now=NOW),
            lambda: questions.retire_question(schools, id_, False, by=admin, now=NOW),
        ):
            act()
            seen.append(known.programme(schools).form_version)
        assert seen == [1, 4, 5, 6, 7]
        verbs = [event.verb for event in known.history(schools)]
        assert verbs[:6] == [
            "question-restored",
            "question-retired",
            "question-changed",
            "question-changed",
            "question-added",
            "question-added",
        ]
        assert told("question-changed")[0].data["before"]["wording"] == "What school is it?"

    def test_retired_ones_come_back_at_the_end(self, admin: Person, schools: int) -> None:
        first, second = ask(schools, admin), ask(schools, admin)
        questions.retire_question(schools, first, True, by=admin, now=NOW)
        assert [one.id for one in known.questions(schools)] == [second]
        assert [one.id for one in known.questions(schools, retired=True)] == [first]
        with pytest.raises(Missing):
            questions.put_question(schools, first, ASKED, by=admin, now=NOW)
        questions.retire_question(schools, first, False, by=admin, now=NOW)
        assert [one.id for one in known.questions(schools)] == [second, first]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"wording": ""}, "wording"),
            ({"wording": "x" * 301}, "wording"),
            ({"help": "x" * 501}, "help"),
            ({"kind": Kind.CHOICE}, "choices"),
            ({"choices": ("a", "b")}, "choices"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, admin: Person, schools: int, change: Any, field: str) -> None:
        assert refused(lambda: ask(schools, admin, **change))[1] == field
        assert rows(Question) == []

    def test_one_of_another_programme_is_none(self, admin: Person, schools: int) -> None:
        id_ = ask(known.first().id, admin)
        for act in (
            lambda: questions.put_question(schools, id_, ASKED, by=admin, now=NOW),
            lambda: questions.retire_question(schools, id_, True, by=admin, now=NOW),
            lambda: questions.move_question(schools, id_, by=admin, now=NOW),
            lambda: questions.move_question(999, id_, by=admin, now=NOW),
        ):
            with pytest.raises(Missing):
                act()

    def test_there_is_an_end_to_them(self, admin: Person, schools: int) -> None:
        files = [ask(schools, admin, kind=Kind.FILE) for _ in range(questions.MOST_FILES)]
        assert refused(lambda: ask(schools, admin, kind=Kind.FILE)) == ("too-many-files", "kind")
        for _ in range(questions.MOST - len(files)):
            ask(schools, admin)
        assert refused(lambda: ask(schools, admin))[0] == "too-many-questions"
        questions.retire_question(schools, files[0], True, by=admin, now=NOW)
        ask(schools, admin, kind=Kind.FILE)
        assert refused(lambda: questions.retire_question(schools, files[0], False, by=admin, now=NOW))[0].startswith(
            "too-many"
        )

    def test_what_was_answered_keeps_its_wording_its_kind_and_its_readers(self, admin: Person, schools: int) -> None:
        id_ = ask(schools, admin)
        received(programme_id=schools, answers={id_: Given("Harbour School")})
        questions.put_question(schools, id_, replace(ASKED, wording="Which school?"), by=admin, now=NOW)
        (answer,) = rows(Answer)
        assert (answer.wording, answer.value) == ("What school is it?", "Harbour School")
        for change, field in ({"kind": Kind.LONG}, "kind"), ({"audience": Audience.LEADS}, "audience"):
            wanted = replace(ASKED, **change)  # type: ignore[arg-type]
            act = lambda wanted=wanted: questions.put_question(schools, id_, wanted, by=admin, now=NOW)  # noqa: E731
            assert refused(act) == ("question-answered", field)


class TestAnswers:
    def test_they_are_kept_with_the_application(self, admin: Person, schools: int) -> None:
        text, number = ask(schools, admin), ask(schools, admin, kind=Kind.NUMBER, required=True)
        paper = ask(schools, admin, kind=Kind.FILE)
        skipped = ask(schools, admin)
        given = {text: Given(" Harbour  School "), number: Given("7.0"), paper: Given("a.pdf", b"%PDF")}
        id_ = received(programme_id=schools, answers=given | {skipped: Given("")})
        assert [(one.question_id, one.value) for one in known.answers(id_)] == [
            (text, "Harbour School"),
            (number, "7"),
            (paper, "a.pdf"),
        ]
        assert known.file(id_, known.answers(id_)[2].id) == ("a.pdf", b"%PDF")
        with pytest.raises(Missing):
            known.file(received(), known.answers(id_)[2].id)
        with pytest.raises(Missing):
            known.file(id_, known.answers(id_)[0].id)

    @pytest.mark.parametrize(
        ("changes", "given", "why"),
        [
            ({"required": True}, None, "answer-missing"),
            ({"required": True}, Given("  "), "answer-missing"),
            ({"kind": Kind.NUMBER}, Given("many"), "answer-number"),
            ({"kind": Kind.CHOICE, "choices": ("a", "b")}, Given("c"), "answer-choice"),
            ({"kind": Kind.FILE}, Given("a.pdf"), "answer-file-empty"),
            ({"kind": Kind.FILE}, Given("a.pdf", b"x" * (FILE_BYTES + 1)), "answer-file-size"),
            ({"kind": Kind.FILE, "required": True}, None, "answer-missing"),
        ],
    )
    def test_what_does_not_fit_is_refused_and_nothing_is_kept(
        self, admin: Person, schools: int, changes: Any, given: Given | None, why: str
    ) -> None:
        id_ = ask(schools, admin, **changes)
        answers = {id_: given} if given else {}
        assert refused(lambda: submitted(programme_id=schools, answers=answers)) == (why, code(id_))
        assert (count(Answer), rows(AnswerFile)) == (0, [])

    def test_an_answer_nobody_asked_for_is_refused(self, admin: Person, schools: int) -> None:
        other = ask(known.first().id, admin)
        act = lambda: submitted(programme_id=schools, answers={other: Given("x")})  # noqa: E731
        assert refused(act)[0] == "unknown-question"

    def test_a_form_that_has_changed_meanwhile_is_looked_over_once_more(self, admin: Person, schools: int) -> None:
        before = filled(to=schools)
        ask(schools, admin)
        act = lambda: applications.submit(DRAFT, before, form_key="k", now=NOW)  # noqa: E731
        assert refused(act)[0] == "form-changed"

    def test_the_same_form_twice_is_one_application_whatever_became_of_its_questions(
        self, admin: Person, schools: int
    ) -> None:
        text, paper = ask(schools, admin), ask(schools, admin, kind=Kind.FILE)
        form = filled({text: Given("Harbour School"), paper: Given("a.pdf", b"one")}, to=schools)
        first = applications.submit(DRAFT, form, form_key="k", now=NOW)
        assert applications.submit(DRAFT, form, form_key="k", now=NOW) == first
        for other in (
            {text: Given("Hill School"), paper: Given("a.pdf", b"one")},
            {text: Given("Harbour School"), paper: Given("a.pdf", b"two")},
            {text: Given("Harbour School")},
        ):
            again = replace(form, answers=other)
            act = lambda again=again: applications.submit(DRAFT, again, form_key="k", now=NOW)  # noqa: E731
            assert refused(act)[0] == "form-sent-already"
        assert count(Answer) == 2

    def test_they_go_when_the_address_is_never_confirmed(self, admin: Person, schools: int) -> None:
        paper = ask(schools, admin, kind=Kind.FILE)
        id_ = submitted(programme_id=schools, answers={paper: Given("a.pdf", b"one")})
        assert expiry.expire_unverified(now=NOW + WEEK) == 1
        assert (count(Answer), rows(AnswerFile), get(id_).answers_text) == (0, [], "")

    def test_words_of_an_answer_find_the_application_where_all_may_read_it(self, admin: Person, schools: int) -> None:
        asked = {audience: ask(schools, admin, audience=audience) for audience in Audience}
        words = {Audience.DESK: "Harbour Café", Audience.JUDGED: "Anchor", Audience.LEADS: "Lantern"}
        id_ = received(programme_id=schools, answers={asked[one]: Given(words[one]) for one in Audience})
        found = {word: backlog.page(seeking(text=word), now=NOW).total for word in ("cafe", "anchor", "lantern")}
        assert found == {"cafe": 1, "anchor": 0, "lantern": 0}
        document, _revision = index.document(id_)
        assert document is not None
        assert {"qharbour", "qcafe"} <= set(document.lexemes)
        assert not {"qanchor", "qlantern"} & set(document.lexemes)
        assert document.fields["programme"] == schools


def count(table: type[Any]) -> int:
    return len(rows(table))


class TestMending:
    @pytest.fixture
    def asked(self, admin: Person, schools: int) -> tuple[int, int, int]:
        """An application that is asked for its school and a file; and the questions."""
        text, paper = ask(schools, admin, required=True), ask(schools, admin, kind=Kind.FILE)
        given = {text: Given("Harbour School"), paper: Given("a.pdf", b"one")}
        id_ = received(programme_id=schools, answers=given)
        decided(id_, Verb.ASK, asked=("pitch", code(text), code(paper)))
        return id_, text, paper

    def answer(self, id_: int, given: dict[int, Given], **changes: Any) -> None:
        applications.answer(id_, changes=changes, given=given, body="", now=NOW + WEEK)

    def test_letter_names_the_questions(self, asked: tuple[int, int, int]) -> None:
        text = dossier.dossier(asked[0], reader=0).letters[-1].text
        assert "the pitch, “What school is it?”, “What school is it?”" in text

    def test_what_was_asked_for_is_mended_and_marked(self, asked: tuple[int, int, int]) -> None:
        id_, text, paper = asked
        self.answer(id_, {text: Given("Hill School"), paper: Given("b.pdf", b"two")})
        assert [one.value for one in known.answers(id_)] == ["Hill School", "b.pdf"]
        assert [one.content for one in rows(AnswerFile)] == [b"two"]
        file = dossier.dossier(id_, reader=0)
        assert file.changed == {code(text): "Harbour School", code(paper): "a.pdf"}
        assert file.wording(code(text)) == "What school is it?"
        assert backlog.page(seeking(text="hill"), now=NOW).total == 1
        assert backlog.page(seeking(text="school harbour"), now=NOW).total == 1, "the title has it still"
        assert backlog.page(seeking(text='"harbour school"'), now=NOW).total == 0

    def test_a_file_that_is_not_given_anew_stays(self, asked: tuple[int, int, int]) -> None:
        id_, text, _paper = asked
        self.answer(id_, {text: Given("Harbour School")}, pitch="Another pitch, and a longer one than before.")
        assert [one.content for one in rows(AnswerFile)] == [b"one"]
        assert set(dossier.dossier(id_, reader=0).changed) == {"pitch"}

    def test_what_nobody_asked_for_is_refused(self, admin: Person, schools: int, asked: tuple[int, int, int]) -> None:
        other = ask(schools, admin)
        assert refused(lambda: self.answer(asked[0], {other: Given("x")}))[0] == "not-asked"
        assert refused(lambda: self.answer(asked[0], {asked[1]: Given("")})) == ("answer-missing", code(asked[1]))
        assert refused(lambda: self.answer(asked[0], {asked[1]: Given("Harbour School")}))[0] == "empty-answer"

    def test_only_questions_of_its_programme_can_be_asked_for(self, admin: Person, schools: int) -> None:
        own, other = ask(schools, admin), ask(known.first().id, admin)
        id_ = received(programme_id=schools)
        assert refused(lambda: decided(id_, Verb.ASK, asked=(code(other),)))[0] == "unknown-field"
        assert refused(lambda: decided(id_, Verb.ASK, asked=("email",)))[0] == "unknown-field"
        decided(id_, Verb.ASK, asked=(code(own),))
        assert get(id_).asked == [code(own)]

    def test_who_may_not_read_an_answer_does_not_learn_what_it_said_before(self, admin: Person, schools: int) -> None:
        secret, rosa = ask(schools, admin, audience=Audience.LEADS), person()
        id_ = received(programme_id=schools, answers={secret: Given("Lantern")})
        decided(id_, Verb.ASK, asked=(code(secret),))
        self.answer(id_, {secret: Given("Anchor")})
        assert (dossier.dossier(id_, reader=rosa.id).changed, dossier.dossier(id_, reader=rosa.id).answers) == ({}, [])
        assert dossier.dossier(id_, reader=admin.id).changed == {code(secret): "Lantern"}


class TestReaders:
    def test_answers_are_seen_by_whom_they_are_for(self, admin: Person, schools: int) -> None:
        asked = {audience: ask(schools, admin, audience=audience) for audience in Audience}
        id_ = received(programme_id=schools, answers={one: Given("x") for one in asked.values()})
        criterion = scoring.put_criterion(schools, None, "Voice", [], weight=1, by=admin, now=NOW)
        scoring.set_blind(schools, True, by=admin, now=NOW)
        rosa, lead = person(), person(Role.LEAD, name="Linus Berg")
        seen = lambda who: [one.question.audience for one in dossier.dossier(id_, reader=who.id).answers]  # noqa: E731
        assert [seen(who) for who in (rosa, lead)] == [[Audience.DESK]] * 2
        for who in (rosa, lead):
            scoring.score(id_, {criterion: 3}, by=who, now=NOW)
        assert seen(rosa) == [Audience.DESK, Audience.JUDGED]
        assert seen(lead) == list(Audience)

    def test_a_file_is_handed_to_whom_it_is_for(self, admin: Person, schools: int) -> None:
        paper, rosa = ask(schools, admin, kind=Kind.FILE, audience=Audience.LEADS), person()
        id_ = received(programme_id=schools, answers={paper: Given("a.pdf", b"one")})
        (answer,) = known.answers(id_)
        assert known.file_for(id_, answer.id, reader=admin.id) == ("a.pdf", b"one")
        with pytest.raises(Missing):
            known.file_for(id_, answer.id, reader=rosa.id)

    def test_the_list_is_narrowed_by_what_was_chosen(self, admin: Person, schools: int) -> None:
        choices: dict[str, Any] = {"kind": Kind.CHOICE, "choices": ("Primary", "Secondary: upper")}
        open_, secret = ask(schools, admin, **choices), ask(schools, admin, audience=Audience.LEADS, **choices)
        given = {open_: Given("Secondary: upper"), secret: Given("Primary")}
        id_ = received(programme_id=schools, answers=given)
        received(programme_id=schools, answers={open_: Given("Primary")})
        received()
        rosa = person()
        found = lambda who, **by: [row.id for row in backlog.page(seeking(reader=who.id, **by), now=NOW).rows]  # noqa: E731
        assert found(rosa, answer=f"{open_}:Secondary: upper") == [id_]
        assert len(found(rosa, programme=schools)) == 2
        assert found(admin, answer=f"{secret}:Primary", programme=schools) == [id_]
        assert found(rosa, answer=f"{secret}:Primary") == [], "what one may not read is not found out by trying"
        assert [one.id for one in known.choosable(rosa.id)] == [open_]


class TestWording:
    OWN = ("About {title}", "Dear {name},\n\n{programme} says no.\n\n{reasons}\n\n[[status-link]]")

    def test_letters_of_a_programme_are_in_its_words(self, admin: Person, schools: int) -> None:
        wording.word_letter(schools, Verb.DECLINE, *self.OWN, by=admin, now=NOW)
        id_, other = received(programme_id=schools), received()
        letter = decisions.preview(get(id_), Verb.DECLINE, reasons=("commercial",), asked=())
        assert letter.subject == "About Harbour Kitchen"
        assert letter.text.startswith("Dear Maren Oduya,\n\nSchools plan says no.\n\nThe community plan is for shows")
        assert letter.text.endswith("[[status-link]]\n")
        assert "thank you for the time" in decisions.preview(get(other), Verb.DECLINE, reasons=(), asked=()).text
        decided(id_, Verb.DECLINE)
        assert dossier.dossier(id_, reader=0).letters[-1].subject == "About Harbour Kitchen"

    def test_back_in_our_words(self, admin: Person, schools: int) -> None:
        wording.word_letter(schools, Verb.DECLINE, *self.OWN, by=admin, now=NOW)
        wording.word_letter(schools, Verb.DECLINE, "", "", by=admin, now=NOW)
        wording.word_letter(schools, Verb.DECLINE, "", "", by=admin, now=NOW)
        assert known.programme(schools).letters == {}
        worded = told("programme-worded")
        assert [event.data["before"] for event in worded] == [{}, {"subject": self.OWN[0], "text": self.OWN[1]}]

    @pytest.mark.parametrize(
        ("subject", "text", "why"),
        [
            ("", "Dear [[status-link]]", "letter-without-subject"),
            ("x" * 256, "Dear [[status-link]]", "letter-without-subject"),
            ("Hello", "", "empty-letter"),
            ("Hello", "x" * 20_001, "empty-letter"),
            ("Hello", "Dear {naem} [[status-link]]", "letter-places"),
            ("{x}", "Dear [[status-link]]", "letter-places"),
            ("Hello", "Dear {name}", "letter-link"),
        ],
    )
    def test_what_would_not_do_is_refused(self, admin: Person, schools: int, subject: str, text: str, why: str) -> None:
        act = lambda: wording.word_letter(schools, Verb.DECLINE, subject, text, by=admin, now=NOW)  # noqa: E731
        assert refused(act)[0] == why
        assert known.programme(schools).letters == {}

    @pytest.mark.parametrize("verb", decisions.LETTERS)
    def test_our_own_words_would_do_for_every_letter(self, admin: Person, schools: int, verb: Verb) -> None:
        ours = decisions.pattern(verb)
        wording.word_letter(schools, verb, ours.subject, ours.text, by=admin, now=NOW)
        id_ = received(programme_id=schools)
        plain = replace(choice(id_, verb), form_key="x" * 16)
        programme_letter = decisions.preview(get(id_), verb, reasons=(), asked=("pitch",))
        wording.word_letter(schools, verb, "", "", by=admin, now=NOW)
        assert decisions.preview(get(id_), verb, reasons=(), asked=("pitch",)).text == programme_letter.text
        assert plain.subject == programme_letter.subject

    def test_only_decisions_have_letters(self, admin: Person, schools: int) -> None:
        with pytest.raises(GreenroomError):
            wording.word_letter(schools, Verb.NOTE, *self.OWN, by=admin, now=NOW)


class TestTables:
    HEAD = "Email,Name,Title,Why,What school is it?,How many?\n"

    def test_rows_come_in_with_their_answers_and_for_their_programme(self, admin: Person, schools: int) -> None:
        school, number = ask(schools, admin), ask(schools, admin, wording="How many?", kind=Kind.NUMBER, required=True)
        data = (
            self.HEAD + "a@mail.example,Ada,Show,We talk.,Harbour School,24\nb@mail.example,Bo,Other,We sing.,,many\n"
        )
        kept = intake.keep(data.encode(), "forms.csv", programme_id=schools, by=admin, now=NOW)
        intake.start(kept, by=admin, now=NOW)
        while intake.take_in_next(kept, now=NOW):
            pass
        first, second = rows(Application)
        assert {first.programme_id, second.programme_id} == {schools}
        assert [(one.question_id, one.value) for one in known.answers(first.id)] == [
            (school, "Harbour School"),
            (number, "24"),
        ]
        assert known.answers(second.id) == [], "what it leaves open was asked by another form"
        assert backlog.page(seeking(text="harbour school"), now=NOW).total == 1
        brought = rows(Event, verb="imported", application_id=second.id)[0]
        assert brought.data["left_out"] == {code(number): ["many"]}

    def test_a_column_can_be_said_to_hold_a_question(self, admin: Person, schools: int) -> None:
        school, other = ask(schools, admin), ask(known.first().id, admin)
        kept = intake.keep(self.HEAD.encode() + b"a,b,c,d,e,f\n", "x.csv", programme_id=schools, by=admin, now=NOW)
        intake.arrange(kept, {code(school): 5}, dates="mdy", language="en", by=admin)
        assert kept_tables.table(kept).columns == {code(school): 5}
        act = lambda: intake.arrange(kept, {code(other): 5}, dates="mdy", language="en", by=admin)  # noqa: E731
        assert refused(act)[0] == "import-columns"


def test_first_programme_is_the_oldest_on_offer(admin: Person, schools: int) -> None:
    assert known.first().slug == "community-plan"
    programmes.offer(known.first().id, False, by=admin, now=NOW)
    assert known.first().id == schools
    programmes.offer(schools, False, by=admin, now=NOW)
    assert known.first().slug == "community-plan"
    programme(places=3)
