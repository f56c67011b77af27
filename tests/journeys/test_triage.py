"""A backlog sifted by single keys: no page is loaded, nothing is lost on the way, and it works without keys too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, sign_in, sign_out

Open = Callable[..., Page]
Look = Callable[[Page, str], None]
ON_ITS_WAY = "SELECT count(*) FROM decisions WHERE undone_at IS NULL"


@pytest.fixture
def desk(product: Product, open_browser: Open) -> Iterator[Page]:
    """A reviewer at the desk, where no page is loaded any more."""
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product)
    page.evaluate("window.sameDocument = true")
    yield page
    assert page.evaluate("window.sameDocument")


def title(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def opened(page: Page, before: str) -> str:
    """Wait for another application to be read; its title."""
    expect(page.get_by_role("heading", level=1)).not_to_have_text(before)
    return title(page)


def test_deciding_takes_one_key_or_two(product: Product, desk: Page, look: Look) -> None:
    desk.keyboard.press("j")
    first = opened(desk, "Desk")
    desk.keyboard.press("j")
    second = opened(desk, first)
    desk.keyboard.press("k")
    assert opened(desk, second) == first
    before = product.count(ON_ITS_WAY)
    desk.keyboard.press("w")
    opened(desk, first)
    expect(desk.get_by_role("status").filter(has_text=f"Put on the waitlist: {first}")).to_be_visible()
    expect(desk.locator(".rows").get_by_text(first, exact=True)).to_have_count(0)
    third = title(desk)
    desk.keyboard.press("d")
    look(desk, "reasons")
    desk.keyboard.press("2")
    opened(desk, third)
    expect(desk.get_by_role("status").filter(has_text=f"Declined: {third}")).to_be_visible()
    look(desk, "declined")
    assert product.count(ON_ITS_WAY) == before + 2
    desk.keyboard.press("u")
    expect(desk.get_by_text("Taken back. No letter was sent.")).to_be_visible()
    assert title(desk) == third
    assert product.count(ON_ITS_WAY) == before + 1


def test_dropped_answer_is_asked_for_again_and_decides_once(product: Product, desk: Page) -> None:
    desk.keyboard.press("j")
    read = opened(desk, "Desk")
    before = product.count(ON_ITS_WAY)
    dropped = []

    def drop(route) -> None:  # type: ignore[no-untyped-def]
        if route.request.method == "POST" and len(dropped) < 2:
            route.fetch()  # it was done, and nobody heard of it
            dropped.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    desk.route("**/waitlist*", drop)
    desk.keyboard.press("w")
    expect(desk.get_by_text("it is being sent again")).to_be_visible()
    expect(desk.get_by_role("status").filter(has_text=f"Put on the waitlist: {read}")).to_be_visible()
    assert len(dropped) == 2
    assert product.count(ON_ITS_WAY) == before + 1


def test_decision_under_way_outlives_its_page(product: Product, open_browser: Open) -> None:
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product)
    page.keyboard.press("j")
    read = opened(page, "Desk")
    before = product.count(ON_ITS_WAY)
    page.on("dialog", lambda dialog: dialog.accept())
    page.context.set_offline(True)
    page.keyboard.press("w")
    expect(page.get_by_text("it is being sent again")).to_be_visible()
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_role("status").filter(has_text=f"Put on the waitlist: {read}")).to_be_visible()
    assert product.count(ON_ITS_WAY) == before + 1


def test_second_of_two_keys_is_told_who_was_first(product: Product, open_browser: Open, look: Look) -> None:
    pages = [open_browser(viewport=DESKTOP) for _ in range(2)]
    for page, email in zip(pages, ("", "lead@greenroom.example"), strict=True):
        sign_in(page, product, email=email)
        with page.expect_response(re.compile("/claim")):  # who reads first is first
            page.keyboard.press("j")
    read = opened(pages[0], "Desk")
    assert opened(pages[1], "Desk") == read
    pages[0].keyboard.press("w")
    expect(pages[0].get_by_role("status").filter(has_text=f"Put on the waitlist: {read}")).to_be_visible()
    pages[1].keyboard.press("w")
    expect(pages[1].get_by_role("alert")).to_contain_text("Rosa Iqbal put it on the waitlist")
    expect(pages[1].get_by_text("What you were about to send")).to_be_visible()
    look(pages[1], "somebody-was-first")
    sign_out(pages[1])


def test_keys_never_fire_while_somebody_types(product: Product, desk: Page) -> None:
    desk.keyboard.press("j")
    opened(desk, "Desk")
    before = product.count(ON_ITS_WAY)
    desk.keyboard.press("n")
    desk.keyboard.type("waiting for a decision")
    expect(desk.get_by_label("Note for colleagues")).to_have_value("waiting for a decision")
    desk.keyboard.press("Control+w")
    assert product.count(ON_ITS_WAY) == before
    desk.get_by_label("Note for colleagues").fill("")


def test_letter_that_was_edited_needs_one_more_key(product: Product, desk: Page) -> None:
    desk.keyboard.press("j")
    read = opened(desk, "Desk")
    desk.keyboard.press("e")
    letter = desk.get_by_label("Letter", exact=True)
    letter.fill("Dear friend, welcome. [[show-link]]")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("status").filter(has_text="Approved")).to_be_visible()
    assert title(desk) == read
    desk.keyboard.press("u")
    expect(desk.get_by_text("Taken back. No letter was sent.")).to_be_visible()


def test_views_and_actions_are_a_key_away(desk: Page, look: Look) -> None:
    desk.keyboard.press("g")
    desk.keyboard.press("w")
    expect(desk.get_by_role("heading", name="Waitlisted")).to_be_visible()
    desk.keyboard.press("Control+k")
    look(desk, "palette")
    desk.keyboard.type("search")
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Search all applications")).to_be_focused()
    desk.keyboard.press("Tab")
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_be_visible()
    desk.keyboard.press("Escape")


def test_snoozed_application_stands_apart(desk: Page) -> None:
    desk.keyboard.press("j")
    read = opened(desk, "Desk")
    desk.keyboard.press("s")
    desk.keyboard.press("1")
    expect(desk.get_by_text("It comes back by itself.")).to_be_visible()
    desk.keyboard.press("g")
    desk.keyboard.press("z")
    expect(desk.get_by_role("link", name=re.compile(re.escape(read)))).to_be_visible()
    desk.get_by_role("button", name="Bring it back now").click()
    expect(desk.get_by_text("It is back among those to decide.")).to_be_visible()


def test_keys_can_be_chosen_and_switched_off(product: Product, open_browser: Open, look: Look) -> None:
    page = open_browser(viewport=PHONE, color_scheme="dark")
    sign_in(page, product, email="viewer@greenroom.example")
    page.goto("/desk/keys")
    look(page, "keys")
    page.get_by_label("Next application").fill("y")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your keys are saved.")).to_be_visible()
    page.wait_for_load_state()  # the words are there before the script that listens for keys
    page.keyboard.press("y")
    opened(page, "Desk")
    page.goto("/desk/keys")
    page.get_by_label("No keys, please").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your keys are saved.")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("y")
    page.wait_for_timeout(500)
    assert title(page) == "Desk"


def test_a_field_that_is_swapped_away_leaves_the_rest_of_the_word_without_effect(product: Product, desk: Page) -> None:
    desk.keyboard.press("j")
    read = opened(desk, "Desk")
    before = product.count(ON_ITS_WAY)
    desk.keyboard.press("n")
    desk.keyboard.type("wai")
    desk.evaluate("document.querySelector('#pane textarea').remove()")
    desk.keyboard.type("ad?w")
    expect(desk.locator("#palette")).to_be_hidden()
    assert (title(desk), product.count(ON_ITS_WAY)) == (read, before)
    desk.wait_for_timeout(1600)
    desk.keyboard.press("?")
    expect(desk.locator("#palette")).to_be_visible()
