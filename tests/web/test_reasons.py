"""The page where admins word the reasons."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from review.rules import Role, Verb
from tests.factories import decided, received
from tests.web.browsing import press, send, tree, words

Enter = Callable[..., FlaskClient]


def test_an_admin_adds_words_and_retires_and_the_desk_follows(staff: Enter, desk: FlaskClient) -> None:
    admin = staff(Role.ADMIN, name="Ada Moreau")
    assert press(admin, "/desk/reasons", "/add/decline", label_="Too alike", sentence="We have it.").status_code == 303
    id_ = received(language="de")
    assert "Too alike" in words(desk.get(f"/desk/{id_}"), "//nav[@class='decisions']")
    code = tree(desk.get(f"/desk/{id_}/decline")).xpath("//input[@name='reasons']/@value")[-1]
    press(admin, "/desk/reasons", f"/{code}", label_="Alike", sentence="We have one.")
    form = next(
        form
        for form in tree(admin.get("/desk/reasons")).forms
        if form.action.endswith(f"/{code}") and form.xpath(".//select[@name='language']")
    )
    german = dict(form.form_values()) | {"language": "de", "sentence": "Wir haben eine."}
    assert admin.post(form.action, data=german).status_code == 303
    page = words(admin.get("/desk/reasons"))
    assert "For shows in German" in page
    shown = send(desk, f"/desk/{id_}/decline", reasons=code, fill="y")
    assert "Wir haben eine." in shown.text
    decided(id_, Verb.DECLINE, reasons=(code,))
    press(admin, "/desk/reasons", f"/{code}/retire")
    assert "Alike" not in words(desk.get(f"/desk/{received()}"), "//nav[@class='decisions']")
    assert "declined" in words(desk.get(f"/desk/{id_}"), "//ol[@class='timeline']")
    assert "Alike" in words(desk.get(f"/desk/{id_}"), "//ol[@class='timeline']"), "history still says why"
    press(admin, "/desk/reasons", f"/{code}/retire", again="y")
    assert "Alike" in words(desk.get(f"/desk/{received()}"), "//nav[@class='decisions']")


@pytest.mark.parametrize(
    ("path", "typed", "sentence"),
    [
        ("/add/decline", {"label_": "", "sentence": "kept as typed"}, "A reason needs a name"),
        ("/rights", {"label_": "kept as typed", "sentence": ""}, "Write what the letter is to say"),
    ],
)
def test_a_fault_is_said_beside_its_field_and_nothing_typed_is_lost(
    staff: Enter, path: str, typed: dict[str, str], sentence: str
) -> None:
    answer = press(staff(Role.ADMIN), "/desk/reasons", path, **typed)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "kept as typed" in answer.text
    assert tree(answer).xpath("//details[@open]")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
def test_only_admins_see_it(staff: Enter, role: Role) -> None:
    assert staff(role).get("/desk/reasons").status_code == 403
