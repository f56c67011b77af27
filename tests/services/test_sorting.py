"""Tags, assignment, second opinions, conflicts and views: what they do, whom they call, and who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from review.errors import Forbidden, Missing, Refused
from review.models.application import Tag
from review.models.desk import Call, Claim, Conflict, Notice, View
from review.models.event import Event
from review.models.letter import Letter
from review.models.person import Person
from review.reads import backlog, dossier, notices, views
from review.rules import Role, State, Verb
from review.services import applications, claims, decisions, reviewing, sorting
from review.services import notices as calls
from tests.factories import NOW, WINDOW, choice, decided, get, person, received, rows, seeking

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def rosa(app: Flask) -> Person:
    return person(name="Rosa Iqbal", email="rosa@staff.example")


@pytest.fixture
def linus(app: Flask) -> Person:
    return person(Role.LEAD, name="Linus Adeyemi", email="linus.a@staff.example")


def said(id_: int) -> list[tuple[str, str]]:
    """What staff did to it, and why."""
    return [(event.verb, event.why) for event in rows(Event, application_id=id_) if event.actor == "staff"]


def called(who: Person) -> list[Call]:
    return [notice.call for notice in rows(Notice, person_id=who.id) if notice.seen_at is None]


def titles(**filters: Any) -> list[str]:
    return [row.show_title for row in backlog.page(seeking(**filters), now=NOW).rows]


class TestTags:
    def test_a_word_is_folded_kept_once_and_taken_off_again(self, rosa: Person) -> None:
        id_ = received()
        for word in ("  Needs   Ears ", "needs ears"):
            sorting.tag(id_, word, by=rosa, now=NOW)
        assert [tag.word for tag in rows(Tag)] == ["needs ears"]
        for word in ("NEEDS EARS", "needs ears"):
            sorting.untag(id_, word, by=rosa, now=NOW)
        assert rows(Tag) == []
        assert said(id_) == [("tag", "needs ears"), ("untag", "needs ears")]

    @pytest.mark.parametrize("word", ["", "  ", "x" * 41, "one, two"])
    def test_what_is_no_tag_is_refused(self, rosa: Person, word: str) -> None:
        id_ = received()
        with pytest.raises(Refused, match="tag-length"):
            sorting.tag(id_, word, by=rosa, now=NOW)
        assert said(id_) == []

    def test_there_is_an_end_to_them(self, rosa: Person) -> None:
        id_ = received()
        for number in range(sorting.MOST_TAGS):
            sorting.tag(id_, f"tag {number}", by=rosa, now=NOW)
        sorting.tag(id_, "tag 3", by=rosa, now=NOW)
        with pytest.raises(Refused, match="too-many-tags"):
            sorting.tag(id_, "one more", by=rosa, now=NOW)

    def test_a_tag_narrows_the_list_and_is_offered(self, rosa: Person) -> None:
        sorting.tag(received(show_title="One"), "ears", by=rosa, now=NOW)
        received(show_title="Two")
        assert titles(tag="ears") == ["One"]
        assert titles(tag="ear") == []
        assert backlog.tags() == ["ears"]

    def test_viewers_sort_nothing(self, app: Flask) -> None:
        id_, viewer = received(), person(Role.VIEWER)
        verbs = (
            lambda: sorting.tag(id_, "word", by=viewer, now=NOW),
            lambda: sorting.untag(id_, "word", by=viewer, now=NOW),
            lambda: sorting.assign(id_, None, by=viewer, now=NOW),
            lambda: sorting.ask_opinion(id_, viewer.id, by=viewer, now=NOW),
            lambda: sorting.declare_conflict(id_, by=viewer, now=NOW),
            lambda: sorting.keep_view("Mine", {}, shared=False, by=viewer, now=NOW),
        )
        for verb in verbs:
            with pytest.raises(Forbidden):
                verb()
        assert said(id_) == []


class TestAssigning:
    def test_whoever_it_is_given_to_is_called_once(self, rosa: Person, linus: Person) -> None:
        id_ = received(show_title="Harbour Kitchen")
        for _ in range(2):
            sorting.assign(id_, rosa.id, by=linus, now=NOW)
        assert get(id_).assignee_id == rosa.id
        assert called(rosa) == [Call.ASSIGNMENT]
        (letter,) = rows(Letter, person_id=rosa.id)
        assert letter.subject == "Linus Adeyemi gave you an application: Harbour Kitchen"
        assert f"/desk/{id_}" in letter.text
        sorting.assign(id_, None, by=linus, now=NOW)
        assert get(id_).assignee_id is None
        assert said(id_) == [("assign", "Rosa Iqbal"), ("assign", "")]

    def test_one_who_takes_it_themselves_is_not_called(self, rosa: Person) -> None:
        id_ = received()
        sorting.assign(id_, rosa.id, by=rosa, now=NOW)
        assert called(rosa) == []
        assert rows(Letter, person_id=rosa.id) == []

    def test_only_who_can_decide_it_can_be_given_it(self, rosa: Person, linus: Person) -> None:
        id_ = received()
        for nobody in (person(Role.VIEWER).id, person(None).id, 9999):
            with pytest.raises(Refused, match="no-such-colleague"):
                sorting.assign(id_, nobody, by=linus, now=NOW)
        sorting.declare_conflict(id_, by=rosa, now=NOW)
        with pytest.raises(Refused, match="colleague-in-conflict"):
            sorting.assign(id_, rosa.id, by=linus, now=NOW)

    def test_the_list_is_narrowed_to_whose_it_is(self, rosa: Person, linus: Person) -> None:
        sorting.assign(received(show_title="Hers"), rosa.id, by=linus, now=NOW)
        received(show_title="Nobody's")
        assert titles(assigned="me", reader=rosa.id) == ["Hers"]
        assert titles(assigned="me", reader=linus.id) == []
        assert titles(assigned=str(rosa.id), reader=linus.id) == ["Hers"]
        assert titles(assigned="nobody") == ["Nobody's"]


class TestCalling:
    @pytest.mark.parametrize(
        "text",
        ["@rosa look", "What do you say, @Rosa?", "(@rosa)", "ears: @rosa.", "@rosa @rosa", "@rosa@staff.example"],
    )
    def test_a_mention_calls_who_is_mentioned(self, rosa: Person, linus: Person, text: str) -> None:
        id_ = received()
        reviewing.note(id_, text, by=linus, now=NOW)
        assert called(rosa) == [Call.MENTION]
        assert [letter.kind for letter in rows(Letter, person_id=rosa.id)] == ["called"]

    @pytest.mark.parametrize("text", ["rosa", "x@rosa", "@rosa.b", "@ros", "@", "@nobody"])
    def test_what_only_looks_like_one_calls_nobody(self, rosa: Person, linus: Person, text: str) -> None:
        reviewing.note(received(), text, by=linus, now=NOW)
        assert called(rosa) == []

    def test_handles_have_dots_and_nobody_mentions_themselves(self, rosa: Person, linus: Person) -> None:
        id_ = received()
        reviewing.note(id_, "@linus.a and @rosa", by=rosa, now=NOW)
        assert (called(linus), called(rosa)) == ([Call.MENTION], [])

    def test_viewers_are_not_called_for_they_cannot_answer(self, linus: Person) -> None:
        viewer = person(Role.VIEWER, email="vera@staff.example")
        reviewing.note(received(), "@vera", by=linus, now=NOW)
        assert called(viewer) == []

    def test_reading_the_application_settles_it(self, rosa: Person, linus: Person) -> None:
        id_ = received()
        reviewing.note(id_, "@rosa", by=linus, now=NOW)
        assert notices.waiting(rosa.id) == 1
        claims.renew(id_, writing=False, by=rosa, now=LATER)
        assert notices.waiting(rosa.id) == 0
        assert [call.seen_at for call in notices.calls(rosa.id)] == [LATER]
        reviewing.note(id_, "@rosa again", by=linus, now=LATER)
        assert notices.waiting(rosa.id) == 1, "a new call is a new line"

    def test_all_can_be_settled_at_once_but_opinions_owed(self, rosa: Person, linus: Person) -> None:
        reviewing.note(received(), "@rosa", by=linus, now=NOW)
        sorting.ask_opinion(received(), rosa.id, by=linus, now=NOW)
        assert calls.clear(by=rosa, now=LATER) == 1
        assert called(rosa) == [Call.OPINION]


class TestSecondOpinion:
    def test_the_next_note_is_the_answer_and_who_asked_hears_of_it(self, rosa: Person, linus: Person) -> None:
        id_ = received()
        sorting.ask_opinion(id_, rosa.id, by=linus, now=NOW)
        assert [(one.by_id, one.person_id) for one in notices.owed(id_)] == [(linus.id, rosa.id)]
        claims.renew(id_, writing=False, by=rosa, now=NOW)
        assert called(rosa) == [Call.OPINION], "reading it is not giving it"
        reviewing.note(id_, "I would take them.", by=rosa, now=LATER)
        assert (called(rosa), called(linus), notices.owed(id_)) == ([], [Call.OPINION_GIVEN], [])
        reviewing.note(id_, "And a second thought.", by=rosa, now=LATER)
        assert called(linus) == [Call.OPINION_GIVEN]

    def test_nobody_asks_themselves(self, rosa: Person) -> None:
        with pytest.raises(Refused, match="own-opinion"):
            sorting.ask_opinion(received(), rosa.id, by=rosa, now=NOW)


class TestConflicts:
    def test_who_declares_one_does_not_see_it_anywhere(self, rosa: Person, linus: Person) -> None:
        id_, other = received(show_title="Near"), received(show_title="Far")
        sorting.assign(id_, rosa.id, by=linus, now=NOW)
        reviewing.note(id_, "@rosa", by=linus, now=NOW)
        claims.renew(id_, writing=False, by=rosa, now=NOW)
        sorting.declare_conflict(id_, by=rosa, now=NOW)
        sorting.declare_conflict(other, by=rosa, now=NOW)
        sorting.lift_conflict(other, rosa.id, by=linus, now=NOW)
        assert titles(reader=rosa.id) == ["Far"]
        assert titles(reader=rosa.id, text="near") == []
        assert titles(reader=linus.id) == ["Near", "Far"]
        assert [one.application.id for one in dossier.dossier(other, reader=rosa.id).others] == []
        assert [one.application.id for one in dossier.dossier(other, reader=linus.id).others] == [id_]
        assert (get(id_).assignee_id, called(rosa), rows(Claim)) == (None, [], [])
        assert claims.take_next(by=rosa, now=NOW) == other

    def test_they_cannot_act_on_it_either(self, rosa: Person) -> None:
        id_ = received()
        made = choice(id_, Verb.APPROVE)
        sorting.declare_conflict(id_, by=rosa, now=NOW)
        acts = (
            lambda: dossier.dossier(id_, reader=rosa.id),
            lambda: decisions.decide(made, by=rosa, now=NOW, undo_window=WINDOW),
            lambda: reviewing.take(id_, by=rosa, now=NOW),
            lambda: reviewing.note(id_, "Take them", by=rosa, now=NOW),
            lambda: reviewing.snooze(id_, 3, by=rosa, now=NOW),
            lambda: claims.renew(id_, writing=False, by=rosa, now=NOW),
            lambda: claims.take_over(id_, by=rosa, now=NOW),
            lambda: claims.keep_draft(id_, "note", "Take them", by=rosa, now=NOW),
            lambda: sorting.tag(id_, "word", by=rosa, now=NOW),
        )
        for act in acts:
            with pytest.raises(Missing):
                act()
        assert said(id_) == [("declare-conflict", "")]

    def test_a_decision_made_before_is_not_undone_by_them(self, rosa: Person) -> None:
        id_ = received()
        made = decided(id_, Verb.DECLINE, by=rosa, reasons=("commercial",))
        sorting.declare_conflict(id_, by=rosa, now=NOW)
        with pytest.raises(Missing):
            decisions.undo(made, by=rosa, now=NOW)
        assert get(id_).state is State.DECLINED

    def test_declaring_twice_is_once(self, rosa: Person) -> None:
        id_ = received()
        sorting.declare_conflict(id_, by=rosa, now=NOW)
        with pytest.raises(Missing):
            sorting.declare_conflict(id_, by=rosa, now=NOW)
        assert len(rows(Conflict)) == 1

    def test_a_lead_lifts_it_but_not_their_own(self, rosa: Person, linus: Person) -> None:
        id_ = received()
        sorting.declare_conflict(id_, by=rosa, now=NOW)
        assert [one.name for one in notices.in_conflict(id_)] == ["Rosa Iqbal"]
        with pytest.raises(Forbidden):
            sorting.lift_conflict(id_, rosa.id, by=person(Role.REVIEWER, email="x@staff.example"), now=NOW)
        sorting.lift_conflict(id_, rosa.id, by=linus, now=NOW)
        assert titles(reader=rosa.id) == ["Harbour Kitchen"]
        sorting.declare_conflict(id_, by=linus, now=NOW)
        with pytest.raises(Missing):
            sorting.lift_conflict(id_, linus.id, by=linus, now=NOW)
        assert said(id_)[:2] == [("declare-conflict", ""), ("lift-conflict", "Rosa Iqbal")]


class TestViews:
    def test_a_view_is_a_search_under_a_name_and_counted(self, rosa: Person) -> None:
        sorting.tag(received(language="fi"), "ears", by=rosa, now=NOW)
        received(language="en")
        asked = {"language": "fi", "page": "3", "nonsense": "x", "q": ""}
        finnish = sorting.keep_view(" In  Finnish ", asked, shared=False, by=rosa, now=NOW)
        mine = sorting.keep_view("Ears", {"state": "all", "tag": "ears"}, shared=False, by=rosa, now=NOW)
        assert [(view.name, view.query) for view in rows(View)] == [
            ("In Finnish", {"q": "is:waiting lang:fi"}),
            ("Ears", {"q": "is:any tag:ears"}),
        ]
        assert views.counts(rosa.id, now=NOW) == {finnish: 1, mine: 1}

    def test_the_same_name_again_replaces_it(self, rosa: Person) -> None:
        ids = [sorting.keep_view(name, {"q": name}, shared=False, by=rosa, now=NOW) for name in ("Harbour", "harbour")]
        assert ids[0] == ids[1]
        assert [(view.name, view.query) for view in rows(View)] == [("harbour", {"q": "harbour"})]

    def test_leads_share_and_let_go_of_what_is_shared(self, rosa: Person, linus: Person) -> None:
        shared = sorting.keep_view("Everybody's", {}, shared=True, by=linus, now=NOW)
        own = sorting.keep_view("Mine", {}, shared=False, by=rosa, now=NOW)
        with pytest.raises(Forbidden):
            sorting.keep_view("Not so", {}, shared=True, by=rosa, now=NOW)
        assert [view.name for view in views.views(rosa.id)] == ["Mine", "Everybody's"]
        assert [view.name for view in views.views(linus.id)] == ["Everybody's"]
        with pytest.raises(Forbidden):
            sorting.drop_view(shared, by=rosa, now=NOW)
        with pytest.raises(Missing):
            sorting.drop_view(own, by=linus, now=NOW)
        sorting.drop_view(shared, by=person(Role.ADMIN, email="ada@staff.example"), now=NOW)
        sorting.drop_view(own, by=rosa, now=NOW)
        assert rows(View) == []

    @pytest.mark.parametrize("name", ["", "  ", "x" * 61])
    def test_a_view_needs_a_name(self, rosa: Person, name: str) -> None:
        with pytest.raises(Refused, match="view-name"):
            sorting.keep_view(name, {}, shared=False, by=rosa, now=NOW)

    def test_there_is_an_end_to_them(self, rosa: Person) -> None:
        for number in range(sorting.MOST_VIEWS):
            sorting.keep_view(f"View {number}", {}, shared=False, by=rosa, now=NOW)
        sorting.keep_view("view 3", {}, shared=False, by=rosa, now=NOW)
        with pytest.raises(Refused, match="too-many-views"):
            sorting.keep_view("One more", {}, shared=False, by=rosa, now=NOW)

    def test_what_colleagues_hide_from_themselves_is_not_counted(self, rosa: Person) -> None:
        view = sorting.keep_view("All", {"state": "all"}, shared=False, by=rosa, now=NOW)
        sorting.declare_conflict(received(), by=rosa, now=NOW)
        assert views.counts(rosa.id, now=NOW) == {view: 0}


class TestAnswers:
    def answered(self, by: Person) -> int:
        id_ = received(show_title="Asked", pitch="A pitch that is a little short.")
        received(show_title="Another")
        decided(id_, Verb.ASK, by=by, reasons=("pitch-short",), asked=("pitch", "schedule"), now=NOW - WINDOW)
        mended = {"pitch": "A pitch that says far more.", "schedule": get(id_).schedule}
        applications.answer(id_, changes=mended, body="Here it is.", now=NOW)
        return id_

    def test_it_returns_to_who_asked_at_the_top(self, rosa: Person, linus: Person) -> None:
        id_ = self.answered(rosa)
        hers, his = (backlog.page(seeking(reader=who.id), now=NOW) for who in (rosa, linus))
        assert [row.id for row in hers.returned] == [id_]
        assert id_ not in [row.id for row in hers.rows]
        assert his.returned == ()
        assert id_ in [row.id for row in his.rows]
        assert backlog.page(seeking(reader=rosa.id, text="asked"), now=NOW).returned == ()

    def test_what_it_said_before_is_shown_until_it_is_decided(self, rosa: Person) -> None:
        id_ = self.answered(rosa)
        assert dossier.dossier(id_, reader=rosa.id).changed == {"pitch": "A pitch that is a little short."}
        made = decided(id_, Verb.WAITLIST, by=rosa)
        assert dossier.dossier(id_, reader=rosa.id).changed == {}
        assert backlog.page(seeking(reader=rosa.id), now=NOW).returned == ()
        decisions.undo(made, by=rosa, now=NOW)
        assert [row.id for row in backlog.page(seeking(reader=rosa.id), now=NOW).returned] == [id_]
