"""Points beside an application, what is hidden before, and the page of the rubric."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from review.models.rubric import Criterion
from review.reads import people as people_now
from review.rules import Role
from review.services import scoring
from tests.factories import NOW, person, received, rows
from tests.web.browsing import press, tree, words
from tests.web.stage import counted

Enter = Callable[..., FlaskClient]


@pytest.fixture
def rubric(desk: FlaskClient) -> tuple[int, int]:
    admin = person(Role.ADMIN, name="Ada Moreau")
    return (
        scoring.put_criterion(1, None, "Voice", ["", "", "", "", "cannot stop"], weight=2, by=admin, now=NOW),
        scoring.put_criterion(1, None, "Community", [], weight=1, by=admin, now=NOW),
    )


def blind() -> None:
    scoring.set_blind(1, True, by=person(Role.ADMIN), now=NOW)


class TestPoints:
    def test_without_a_rubric_the_page_speaks_of_no_points(self, desk: FlaskClient) -> None:
        assert not tree(desk.get(f"/desk/{received()}")).xpath("//section[@id='scores']")

    def test_points_are_given_and_then_others_are_seen(
        self, desk: FlaskClient, staff: Enter, rubric: tuple[int, int]
    ) -> None:
        id_, lead = received(), staff(Role.LEAD, name="Linus Adeyemi")
        press(lead, f"/desk/{id_}", "/score", **{f"points-{rubric[0]}": "2", f"points-{rubric[1]}": "2"})
        before = words(desk.get(f"/desk/{id_}"), "//section[@id='scores']")
        assert "1 colleague has given points." in before
        assert "Linus" not in before
        assert "cannot stop" in before
        answer = press(desk, f"/desk/{id_}", "/score", **{f"points-{rubric[0]}": "5", f"points-{rubric[1]}": "4"})
        assert answer.location == f"/desk/{id_}#scores"
        after = words(desk.get(f"/desk/{id_}"), "//section[@id='scores']")
        assert "Linus Adeyemi 2 2 2.0" in after
        assert "Rosa Iqbal 5 4 4.7" in after
        assert "Mean 3.3 · spread 2.7 You are far apart: talk it over." in after

    def test_points_that_are_missing_are_asked_for(self, desk: FlaskClient, rubric: tuple[int, int]) -> None:
        id_ = received()
        for nonsense in ({}, {f"points-{rubric[0]}": "5"}, {f"points-{rubric[0]}": "x", "points-": "1"}):
            answer = press(desk, f"/desk/{id_}", "/score", **nonsense)
            assert answer.status_code == 400
            assert "Give points for every criterion." in words(answer)

    def test_viewers_see_points_and_give_none(self, desk: FlaskClient, staff: Enter, rubric: tuple[int, int]) -> None:
        id_ = received()
        press(desk, f"/desk/{id_}", "/score", **{f"points-{one}": "5" for one in rubric})
        page = staff(Role.VIEWER).get(f"/desk/{id_}")
        assert "Rosa Iqbal 5 5 5.0" in words(page)
        assert not tree(page).xpath("//section[@id='scores']//form")


class TestBlind:
    def test_nothing_says_whose_it_is_before_points_are_given(self, desk: FlaskClient, rubric: tuple[int, int]) -> None:
        blind()
        id_ = received(
            name="Maren Oduya",
            email="maren@mail.example",
            links=("https://maren.example",),
            feed_url="https://f.example",
        )
        received(show_title="The same person again")
        for path in (f"/desk/{id_}", "/desk"):
            said = desk.get(path).text
            for trace in ("Maren", "maren@mail", "maren.example"):
                assert trace not in said, (path, trace)
        page = desk.get(f"/desk/{id_}")
        assert not tree(page).xpath("//nav[@class='decisions']//form[contains(@action, 'approve')]")
        for path in (f"/desk/{id_}/approve", f"/desk/{id_}/decline"):
            assert "Maren" not in desk.get(path).text
            assert desk.get(path).status_code == 400
        assert desk.get(f"/desk/{id_}/progress").status_code == 404
        press(desk, f"/desk/{id_}", "/score", **{f"points-{one}": "3" for one in rubric})
        assert "Maren Oduya" in words(desk.get(f"/desk/{id_}"), "//article//header")
        assert "Maren Oduya" in desk.get(f"/desk/{id_}/approve").text

    def test_the_lists_queries_do_not_grow(self, desk: FlaskClient, rubric: tuple[int, int]) -> None:
        blind()
        numbers = []
        for _ in range(2):
            for _ in range(4):
                received()
            with counted() as statements:
                desk.get("/desk")
            numbers.append(len(statements))
        assert numbers[0] == numbers[1]


class TestRubric:
    def test_an_admin_adds_changes_moves_and_retires(self, staff: Enter) -> None:
        admin = staff(Role.ADMIN)
        assert "Nothing yet" in words(admin.get("/desk/rubric"))
        for name in ("Voice", "Community"):
            new = {"criterion-new-name": name, "criterion-new-weight": "2", "criterion-new-guidance_5": "the best"}
            assert press(admin, "/desk/rubric", "/rubric", **new).status_code == 303
        first, second = rows(Criterion)
        assert (first.name, first.weight, first.guidance) == ("Voice", 2, ["", "", "", "", "the best"])
        press(admin, "/desk/rubric", f"/{second.id}", **{f"criterion-{second.id}-name": "Neighbours"})
        press(admin, "/desk/rubric", f"/{second.id}/up")
        headings = tree(admin.get("/desk/rubric")).xpath("//section[contains(@class, 'rubric')]/h2/text()")
        assert [" ".join(text.split()) for text in headings] == ["Neighbours", "Voice"]
        press(admin, "/desk/rubric", f"/{second.id}/retire")
        assert "Neighbours" not in words(admin.get("/desk/rubric"))
        press(admin, "/desk/rubric", "/blind", blind="y")
        assert "On: nobody sees whose" in words(admin.get("/desk/rubric"))

    def test_a_fault_is_said_beside_its_field(self, staff: Enter) -> None:
        admin = staff(Role.ADMIN)
        answer = press(
            admin, "/desk/rubric", "/rubric", **{"criterion-new-name": "", "criterion-new-guidance_1": "kept"}
        )
        assert answer.status_code == 422
        assert "Give it a name." in words(answer)
        assert "kept" in answer.text
        answer = press(admin, "/desk/rubric", "/rubric", **{"criterion-new-name": "x" * 81})
        assert (answer.status_code, "at most 80 characters" in words(answer)) == (422, True)

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
    def test_only_admins_see_it(self, staff: Enter, role: Role) -> None:
        assert staff(role).get("/desk/rubric").status_code == 403
        assert people_now.staff() is not None
