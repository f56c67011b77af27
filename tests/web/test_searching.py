"""The search box: whatever is typed gives a page, and the page says what it made of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from review.fields import FIELDS
from review.rules import Role, Verb
from review.services import reviewing, sorting
from tests.factories import NOW, decided, get, person, received
from tests.test_query import ALPHABET, ANYTHING, FRAGMENTS
from tests.web.browsing import links, tree, words
from tests.web.stage import counted
from tests.web.test_sorting import texts

Enter = Callable[..., FlaskClient]
ODD = ("C# show", ":", "a:b:c", "submitted:<=2023", "(", '"', "\0", "\ud800", "x" * 3000, "-", "OR OR")
PART = {"HX-Request": "true", "HX-Target": "facets"}
ROWS = "//ol[@class='rows']//a/@href"


def shown(desk: FlaskClient, query: str) -> list[str]:
    """The titles in the list."""
    return texts(desk.get(f"/desk{query}"), "//span[@class='row-title']")


@pytest.mark.parametrize(
    "typed", ["C# show", ":", "a:b:c", "submitted:<=2023", "(", '"', "\0", "\ud800", "x" * 3000, "-", "OR OR"]
)
def test_what_others_answer_with_an_error_is_answered_with_a_list(desk: FlaskClient, typed: str) -> None:
    received(show_title="C# show")
    page = desk.get("/desk", query_string={"q": typed.encode("utf-8", "surrogatepass")})
    assert page.status_code == 200
    assert tree(page).xpath("//input[@name='q']")


def test_a_pasted_address_finds_its_application_and_not_all(desk: FlaskClient) -> None:
    """hypha shows every row for one."""
    received(show_title="Bells", feed_url="https://feeds.example/bells.xml", email="bell@mail.example")
    received(show_title="Fog", email="fog@mail.example")
    assert shown(desk, "?q=https://feeds.example/bells.xml") == ["Bells"]
    assert shown(desk, "?q=http://feeds.example/bells.xml/") == ["Bells"], "the same feed, written otherwise"
    assert shown(desk, "?q=fog%2Bshow@mail.example") == ["Fog"]
    assert shown(desk, "?q=%232") == shown(desk, "?q=2") == ["Fog"]


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=ANYTHING)
def test_anything_typed_gives_a_page(desk: FlaskClient, typed: str) -> None:
    for path in ("/desk", "/desk/facets", "/desk/suggestions"):
        found = desk.get(path, query_string={"q": typed.encode("utf-8", "surrogatepass")}, headers=PART)
        assert found.status_code == 200


def test_fragments_of_the_language_give_pages(desk: FlaskClient) -> None:
    chance = random.Random(6)  # noqa: S311 - no secret
    received()
    for _ in range(150):
        parts = [chance.choice(chance.choice((FRAGMENTS, FRAGMENTS, ALPHABET))) for _ in range(chance.randrange(1, 9))]
        typed = " ".join(parts).encode("utf-8", "surrogatepass")
        assert desk.get("/desk", query_string={"q": typed}, headers={"HX-Target": "listing"}).status_code == 200


def test_what_could_not_be_used_stands_as_a_chip(desk: FlaskClient) -> None:
    received(show_title="Fog")
    page = desk.get("/desk?q=fog+hst:anchor")
    assert shown(desk, "?q=fog+hst:anchor") == ["Fog"]
    chip = words(page, "//li[@class='hint']")
    assert "hst:anchor no field is called so; did you mean host:anchor?" in chip
    assert [parse_qs(urlsplit(one).query)["q"] for one in tree(page).xpath("//li[@class='hint']//a/@href")] == [
        ["fog host:anchor"],
        ["fog"],
    ]


def test_what_was_found_is_marked_and_escaped(desk: FlaskClient) -> None:
    received(show_title="Fog", pitch="<script>alert(1)</script> fog </mark> rises")
    page = desk.get("/desk?q=fog")
    assert texts(page, "//ol[@class='rows']//mark") == ["Fog", "fog"]
    assert "<script>alert" not in page.text


def test_little_found_is_said_to_be_spelled_like_it(desk: FlaskClient) -> None:
    received(show_title="Lighthouse")
    page = desk.get("/desk?q=lihgthouse")
    if "Lighthouse" in page.text:  # PostgreSQL alone forgives nothing
        assert "words spelled like them were sought" in words(page)


def test_an_empty_box_is_what_waits_and_anything_in_it_is_all_of_the_desk(desk: FlaskClient) -> None:
    decided(received(show_title="Fog bell"), Verb.DECLINE)
    received(show_title="Fog horn")
    assert shown(desk, "") == ["Fog horn"]
    assert sorted(shown(desk, "?q=fog")) == ["Fog bell", "Fog horn"]
    assert shown(desk, "?q=fog+is:waiting") == ["Fog horn"]


def test_what_it_can_be_narrowed_to_is_counted_under_all_else(desk: FlaskClient) -> None:
    received(language="fi", topics=("Arts > Food",))
    received(language="fi", topics=("News",))
    received(language="es", topics=("Arts > Food",))
    page = desk.get("/desk/facets?q=lang:fi", headers=PART)
    found = {
        one.xpath("string(h3)"): [" ".join(li.text_content().split()) for li in one.iter("li")]
        for one in tree(page).iter("section")
    }
    assert found["Language"] == ["Finnish 2", "Spanish 1"], "others can be ticked, too"
    assert found["Topic"] == ["Arts 1", "Arts > Food 1", "News 1"]
    ticked = tree(page).xpath("//a[@aria-current]/@href")
    assert ticked == ["/desk"], "ticked again it is so no longer"
    assert "/desk?q=lang:fi,es" in links(page)
    assert "/desk?q=lang:fi+topic:%22Arts+%3E+Food%22" in links(page)


def test_facets_are_a_page_of_their_own_without_a_script(desk: FlaskClient) -> None:
    received()
    assert "Harbour" not in words(desk.get("/desk/facets"))
    assert "English" in words(desk.get("/desk/facets"))
    assert "There is nothing to narrow down." in words(desk.get("/desk/facets?q=nothing-like-it"))


def test_facets_ask_as_often_for_many(desk: FlaskClient) -> None:
    asked = []
    for count in (2, 20):
        for _ in range(count):
            received(language="fi")
        desk.get("/desk/facets")
        with counted() as found:
            desk.get("/desk/facets?q=lang:fi")
        asked.append(len(found))
    assert asked[0] == asked[1]


def test_the_text_may_go_on_with_fields_values_and_what_was_sought_before(desk: FlaskClient) -> None:
    received(language="fi")
    offered = lambda typed: tree(desk.get("/desk/suggestions", query_string={"q": typed})).xpath("//option/@value")  # noqa: E731
    assert "lang:" in offered("la")
    assert offered("lang:") == ["lang:fi"]
    assert offered("harbour lang:") == ["harbour lang:fi"]
    assert offered("is:sub") == ["is:submitted"]
    desk.get("/desk?q=fog+bell")
    desk.get("/desk?q=harbour")
    assert offered("") == ["harbour", "fog bell"]
    assert "fog bell" in offered("fo")
    for number in range(9):
        desk.get("/desk", query_string={"q": f"{number} {'🐝' * 90}"})
    assert offered("")[0].startswith("8 ")
    kept = desk.get("/desk?q=fog").headers["Set-Cookie"]
    assert len(kept) < 3000, "a browser would drop it, and the sign-in with it"


def test_the_page_that_explains_is_made_from_the_grammar(desk: FlaskClient) -> None:
    page = desk.get("/desk/searching")
    assert texts(page, "//th[@scope='row']/code") == [f"{name}:" for name in FIELDS]
    assert all(desk.get(href).status_code == 200 for href in links(page) if href.startswith("/desk?q="))


def test_viewers_find_nothing_by_notes(staff: Enter) -> None:
    reviewing.note(received(show_title="Fog"), "Ventriloquist", by=person(), now=NOW)
    viewer, reviewer = staff(Role.VIEWER), staff(Role.REVIEWER)
    assert (shown(viewer, "?q=ventriloquist"), shown(reviewer, "?q=ventriloquist")) == ([], ["Fog"])
    assert (shown(viewer, "?q=has:note"), shown(reviewer, "?q=has:note")) == ([], ["Fog"])
    assert shown(viewer, "?q=-ventriloquist") == ["Fog"], "nor by what they rule out"


def test_a_conflict_hides_it_from_every_search_and_count(staff: Enter) -> None:
    rosa = person()
    id_ = received(show_title="Fog", language="fi")
    sorting.declare_conflict(id_, by=rosa, now=NOW)
    desk = staff(who=rosa)
    for typed in ("fog", f"#{id_}", get(id_).email, "lang:fi", "is:any", "-bell"):
        assert shown(desk, f"?q={typed}") == []
    assert "Finnish" not in desk.get("/desk/facets?q=is:any", headers=PART).text


def test_days_are_those_of_the_browser(desk: FlaskClient) -> None:
    """Noon in UTC is tomorrow in Kiritimati."""
    received(show_title="Fog")
    assert shown(desk, "?q=applied:2024-11-26") == ["Fog"]
    desk.set_cookie("tz", "Pacific/Kiritimati")
    assert shown(desk, "?q=applied:2024-11-26") == []
    assert shown(desk, "?q=applied:2024-11-27") == ["Fog"]


def test_pages_go_on_where_the_last_one_ended(desk: FlaskClient) -> None:
    ids = [received(show_title=f"Fog {n}") for n in range(120)]
    seen, href = [], "/desk?q=fog"
    while href:
        page = desk.get(href)
        seen += [
            int(one.rpartition("/")[2].partition("?")[0]) for one in tree(page).xpath("//ol[@class='rows']//a/@href")
        ]
        if len(seen) == 50:
            decided(ids[3], Verb.DECLINE)  # what leaves a page that was seen takes no place from the next one
        href = next(iter(tree(page).xpath("//a[@rel='next']/@href")), "")
    assert seen == ids
    back = tree(page).xpath("//a[@rel='prev']/@href")[0]
    assert [f"/desk/{ids[50]}?", 50] == [
        tree(desk.get(back)).xpath("//ol[@class='rows']//a/@href")[0].partition("q=")[0],
        50,
    ]
