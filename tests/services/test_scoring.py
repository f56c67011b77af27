"""Judging by points, blind or not, and the rubric admins edit."""

from __future__ import annotations

import pytest
from flask import Flask

from review.errors import Forbidden, Missing, Refused
from review.models.event import Event
from review.models.person import Person
from review.models.rubric import Criterion, Score
from review.reads import backlog, dossier, scores
from review.rules import Role, State, Verb
from review.services import decisions, scoring
from tests.factories import NOW, WINDOW, choice, decided, get, person, received, rows, seeking

GUIDANCE = ["nothing to hear", "", "", "", "could not stop listening"]


@pytest.fixture
def admin(app: Flask) -> Person:
    return person(Role.ADMIN, name="Ada Moreau")


@pytest.fixture
def rubric(admin: Person) -> tuple[int, int]:
    """Two criteria, the first weighing twice."""
    return (
        scoring.put_criterion(1, None, "Voice", GUIDANCE, weight=2, by=admin, now=NOW),
        scoring.put_criterion(1, None, "Community", [], weight=1, by=admin, now=NOW),
    )


def standing(id_: int, reader: Person) -> scores.Scores:
    return scores.scores(get(id_), reader=reader.id)


class TestScoring:
    def test_points_are_kept_weighed_and_can_be_given_again(self, rubric: tuple[int, int]) -> None:
        id_, rosa = received(), person()
        scoring.score(id_, {rubric[0]: 5, rubric[1]: 2}, by=rosa, now=NOW)
        assert standing(id_, rosa).totals == [4.0]
        scoring.score(id_, {rubric[0]: 1, rubric[1]: 1}, by=rosa, now=NOW)
        assert [row.points for row in rows(Score)] == [1, 1]
        assert [(event.verb, event.why) for event in rows(Event, application_id=id_)][-2:] == [
            ("score", "4.0"),
            ("score", "1.0"),
        ]

    def test_how_far_people_are_apart_is_seen(self, rubric: tuple[int, int]) -> None:
        id_, rosa, linus = received(), person(), person(Role.LEAD)
        scoring.score(id_, dict.fromkeys(rubric, 4), by=rosa, now=NOW)
        assert (standing(id_, rosa).spread, standing(id_, rosa).are_apart) == (None, False)
        scoring.score(id_, dict.fromkeys(rubric, 2), by=linus, now=NOW)
        found = standing(id_, rosa)
        assert (found.mean, found.spread, found.are_apart) == (3.0, 2.0, True)
        assert [one.person_id for one in found.judgements] == [rosa.id, linus.id]

    @pytest.mark.parametrize("points", [0, 6, -1])
    def test_points_go_from_one_to_five(self, rubric: tuple[int, int], points: int) -> None:
        with pytest.raises(Refused, match="score-points"):
            scoring.score(received(), {rubric[0]: 3, rubric[1]: points}, by=person(), now=NOW)
        assert rows(Score) == []

    def test_every_criterion_is_judged_and_no_other(self, rubric: tuple[int, int], admin: Person) -> None:
        id_ = received()
        for points in ({}, {rubric[0]: 3}, {rubric[0]: 3, rubric[1]: 3, 999: 3}):
            with pytest.raises(Refused, match="score-incomplete"):
                scoring.score(id_, points, by=person(), now=NOW)
        scoring.retire_criterion(1, rubric[1], by=admin, now=NOW)
        scoring.score(id_, {rubric[0]: 3}, by=person(), now=NOW)

    def test_without_a_rubric_there_is_nothing_to_give(self, app: Flask) -> None:
        with pytest.raises(Refused, match="score-incomplete"):
            scoring.score(received(), {}, by=person(), now=NOW)

    def test_what_is_decided_is_judged_no_more_and_viewers_never_judge(self, rubric: tuple[int, int]) -> None:
        id_ = received()
        with pytest.raises(Forbidden):
            scoring.score(id_, dict.fromkeys(rubric, 3), by=person(Role.VIEWER), now=NOW)
        decided(id_, Verb.DECLINE, reasons=("rights",))
        with pytest.raises(Refused, match="score-decided"):
            scoring.score(id_, dict.fromkeys(rubric, 3), by=person(), now=NOW)


class TestBlind:
    @pytest.fixture
    def blind(self, rubric: tuple[int, int], admin: Person) -> tuple[int, int]:
        scoring.set_blind(1, True, by=admin, now=NOW)
        return rubric

    def test_whose_it_is_stays_hidden_until_one_has_judged(self, blind: tuple[int, int]) -> None:
        id_, other, rosa, linus = received(), received(), person(), person(Role.LEAD)
        assert dossier.dossier(id_, reader=rosa.id).hides
        assert backlog.page(seeking(reader=rosa.id), now=NOW).hidden == {id_, other}
        scoring.score(id_, dict.fromkeys(blind, 3), by=rosa, now=NOW)
        assert not dossier.dossier(id_, reader=rosa.id).hides
        assert backlog.page(seeking(reader=rosa.id), now=NOW).hidden == {other}
        assert backlog.page(seeking(reader=linus.id), now=NOW).hidden == {id_, other}

    def test_no_search_tells_whose_it_is(self, blind: tuple[int, int]) -> None:
        id_, rosa = received(), person()
        found = lambda text: [row.id for row in backlog.page(seeking(text=text, reader=rosa.id), now=NOW).rows]  # noqa: E731
        assert [found(word) for word in ("oduya", "maren@mail.example")] == [[], []]
        assert [found(word) for word in ("harbour", "port district")] == [[id_], [id_]]
        scoring.score(id_, dict.fromkeys(blind, 3), by=rosa, now=NOW)
        assert found("oduya") == [id_]

    def test_nobody_decides_before(self, blind: tuple[int, int]) -> None:
        id_, linus = received(), person(Role.LEAD)
        with pytest.raises(Refused, match="score-first"):
            decisions.decide(choice(id_, Verb.APPROVE), by=linus, now=NOW, undo_window=WINDOW)
        scoring.score(id_, dict.fromkeys(blind, 3), by=linus, now=NOW)
        decisions.decide(choice(id_, Verb.APPROVE), by=linus, now=NOW, undo_window=WINDOW)
        assert get(id_).state is State.APPROVED
        assert not dossier.dossier(id_, reader=person().id).hides, "what is decided is known to all"

    def test_a_new_criterion_asks_for_points_again(self, blind: tuple[int, int], admin: Person) -> None:
        id_, rosa = received(), person()
        scoring.score(id_, dict.fromkeys(blind, 3), by=rosa, now=NOW)
        third = scoring.put_criterion(1, None, "Sound", [], weight=1, by=admin, now=NOW)
        assert dossier.dossier(id_, reader=rosa.id).hides
        scoring.retire_criterion(1, third, by=admin, now=NOW)
        assert not dossier.dossier(id_, reader=rosa.id).hides

    def test_it_needs_something_to_judge_by(self, admin: Person) -> None:
        with pytest.raises(Refused, match="blind-without-rubric"):
            scoring.set_blind(1, True, by=admin, now=NOW)

    def test_the_last_criterion_retired_hides_nothing_for_ever(self, blind: tuple[int, int], admin: Person) -> None:
        id_ = received()
        for criterion in blind:
            scoring.retire_criterion(1, criterion, by=admin, now=NOW)
        assert not dossier.dossier(id_, reader=person().id).hides

    def test_switching_leaves_one_line(self, blind: tuple[int, int], admin: Person) -> None:
        for wanted in (True, False, False):
            scoring.set_blind(1, wanted, by=admin, now=NOW)
        assert [event.verb for event in rows(Event) if event.verb.startswith("blind")] == ["blind-on", "blind-off"]


class TestRubric:
    def test_criteria_stand_in_their_order_and_can_be_moved(self, rubric: tuple[int, int], admin: Person) -> None:
        programme = get(received()).programme_id
        third = scoring.put_criterion(1, None, "Sound", [], weight=1, by=admin, now=NOW)
        scoring.move_criterion(1, third, by=admin, now=NOW)
        assert [one.id for one in scores.rubric(programme)] == [rubric[0], third, rubric[1]]
        scoring.move_criterion(1, rubric[0], by=admin, now=NOW)
        assert [one.id for one in scores.rubric(programme)] == [rubric[0], third, rubric[1]]

    def test_a_criterion_is_changed_in_place(self, rubric: tuple[int, int], admin: Person) -> None:
        scoring.put_criterion(1, rubric[1], "  The   community ", ["x" * 900], weight=5, by=admin, now=NOW)
        changed = rows(Criterion)[1]
        assert (changed.name, changed.weight, len(changed.guidance[0])) == ("The community", 5, 500)

    def test_what_makes_no_sense_is_refused(self, rubric: tuple[int, int], admin: Person) -> None:
        for name, weight, code in (
            ("", 1, "criterion-name"),
            ("x" * 81, 1, "criterion-name"),
            ("Voice", 0, "criterion-weight"),
            ("Voice", 6, "criterion-weight"),
        ):
            with pytest.raises(Refused, match=code):
                scoring.put_criterion(1, None, name, [], weight=weight, by=admin, now=NOW)
        scoring.retire_criterion(1, rubric[0], by=admin, now=NOW)
        for gone in (rubric[0], 999):
            with pytest.raises(Missing):
                scoring.put_criterion(1, gone, "Voice", [], weight=1, by=admin, now=NOW)
            with pytest.raises(Missing):
                scoring.retire_criterion(1, gone, by=admin, now=NOW)

    def test_there_is_an_end_to_them(self, admin: Person) -> None:
        for number in range(scoring.MOST_CRITERIA):
            scoring.put_criterion(1, None, f"Criterion {number}", [], weight=1, by=admin, now=NOW)
        with pytest.raises(Refused, match="too-many-criteria"):
            scoring.put_criterion(1, None, "One more", [], weight=1, by=admin, now=NOW)

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
    def test_only_admins_edit_it(self, rubric: tuple[int, int], role: Role) -> None:
        who = person(role)
        acts = (
            lambda: scoring.put_criterion(1, None, "Sound", [], weight=1, by=who, now=NOW),
            lambda: scoring.retire_criterion(1, rubric[0], by=who, now=NOW),
            lambda: scoring.move_criterion(1, rubric[1], by=who, now=NOW),
            lambda: scoring.set_blind(1, True, by=who, now=NOW),
        )
        for act in acts:
            with pytest.raises(Forbidden):
                act()
