"""Colleagues sort a backlog together: they call each other, judge by points, and take back what was a mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, find, sign_in, sign_out
from tests.journeys.test_triage import opened, title

Open = Callable[..., Page]
Look = Callable[[Page, str], None]


@pytest.fixture
def admin(product: Product, open_browser: Open) -> Iterator[Page]:
    """An admin, who leaves everything as it was: all journeys have one product."""
    page = open_browser(viewport=DESKTOP, color_scheme="dark")
    sign_in(page, product, email="admin@greenroom.example")
    yield page
    page.goto("/desk/rubric")
    if page.get_by_role("button", name="Judge openly").count():
        page.get_by_role("button", name="Judge openly").click()
    while page.get_by_role("button", name=re.compile("^Retire")).count():
        page.get_by_role("button", name=re.compile("^Retire")).first.click()
    sign_out(page)


def test_colleagues_are_called_to_what_needs_them(product: Product, open_browser: Open, look: Look) -> None:
    rosa, linus = open_browser(viewport=DESKTOP), open_browser(viewport=PHONE, color_scheme="dark")
    sign_in(rosa, product)
    rosa.keyboard.press("j")
    show = opened(rosa, "Desk")
    rosa.keyboard.press("l")
    expect(rosa.get_by_label("Tag", exact=True).and_(rosa.locator("#tag-word"))).to_be_focused()
    look(rosa, "sorting")
    rosa.keyboard.type("needs ears")
    rosa.keyboard.press("Enter")
    expect(rosa.locator(".sorting .tag").get_by_text("needs ears")).to_be_visible()
    rosa.keyboard.press("l")
    rosa.locator("#opinion-person").select_option(label="Linus Adeyemi")
    rosa.get_by_role("button", name="Ask", exact=True).click()
    expect(rosa.get_by_text("They have been asked.")).to_be_visible()
    rosa.wait_for_load_state()
    rosa.keyboard.press("n")
    rosa.keyboard.press("Control+a")  # a draft of an earlier day may stand there
    rosa.keyboard.type("@lead, do you hear the hiss?")
    rosa.get_by_role("button", name="Add the note").click()
    expect(rosa.get_by_text("@lead, do you hear the hiss?", exact=True).first).to_be_visible()
    look(rosa, "called")

    sign_in(linus, product, email="lead@greenroom.example")
    linus.get_by_role("link", name="For you").click()
    expect(linus.get_by_text("asks for your opinion").first).to_be_visible()
    look(linus, "for-you")
    linus.get_by_role("link", name=show).first.click()
    expect(linus.get_by_role("heading", level=1)).to_have_text(show)
    look(linus, "sorted")
    linus.get_by_label("Note for colleagues").fill("I do, and I would take them.")
    linus.get_by_role("button", name="Add the note").click()
    expect(linus.get_by_text("I do, and I would take them.", exact=True).first).to_be_visible()
    rosa.goto("/desk/for-you")
    expect(rosa.get_by_text("gave the opinion you asked for").first).to_be_visible()
    sign_out(linus)


def test_a_search_is_kept_and_found_again_by_keys(product: Product, open_browser: Open, look: Look) -> None:
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product)
    page.goto("/desk?q=is:any+feed:broken")
    page.get_by_text("Narrow down").click()
    page.get_by_label("Keep what is shown now as a view").fill("Broken feeds")
    page.keyboard.press("Enter")
    view = page.locator("#views").get_by_role("link", name=re.compile("Broken feeds"))
    expect(view.locator(".states-count")).to_have_text(re.compile(r"\d"))
    look(page, "view")
    page.goto("/desk")
    page.get_by_role("heading", name="To decide").click()
    page.keyboard.press("g")
    page.keyboard.press("1")
    page.wait_for_url("**feed:broken**")
    page.get_by_role("button", name="Let go of the view Broken feeds").click()
    expect(page.locator("#views")).to_have_count(0)


def test_what_is_judged_blind_is_known_once_it_was_judged(
    product: Product, open_browser: Open, admin: Page, look: Look
) -> None:
    admin.goto("/desk/rubric")
    for name in ("Voice", "Community"):
        new = admin.get_by_role("region", name="Add a criterion")
        new.get_by_label("What to look for").fill(name)
        new.get_by_label("What earns 5").fill("Could not stop listening")
        new.get_by_role("button", name="Add").click()
        expect(admin.get_by_role("heading", name=name)).to_be_visible()
    admin.get_by_role("button", name="Judge blind").click()
    look(admin, "rubric")
    admin.goto("/desk/reasons")
    admin.get_by_text("Commercial show", exact=True).click()
    look(admin, "reasons")

    page = open_browser(viewport=PHONE)
    sign_in(page, product)
    page.goto("/desk")
    page.keyboard.press("j")
    opened(page, "Desk")
    expect(page.get_by_text("hidden until you have given your points")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    look(page, "blind")
    for name in ("Voice", "Community"):
        page.get_by_role("group", name=name).get_by_role("radio").nth(4).focus()
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your points are kept.")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    expect(page.get_by_role("row", name="Rosa Iqbal 5 5 5.0")).to_be_visible()
    look(page, "judged")


def test_an_approval_is_reversed_after_its_window(product: Product, open_browser: Open, look: Look) -> None:
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product, email="lead@greenroom.example")
    show = "Second Language, First Joke"
    find(page, show, words="second language joke", state="submitted")
    expect(page.get_by_role("heading", level=1)).to_have_text(show)
    where = page.url.partition("?")[0]
    page.keyboard.press("a")
    opened(page, show)
    reverse = page.get_by_role("link", name="Reverse the decision")
    expect(reverse).to_be_hidden()
    expect(reverse).to_be_visible(timeout=15_000)
    look(page, "reversible")
    reverse.click()
    expect(page.get_by_role("button", name="Reverse the approval")).to_be_visible()
    page.get_by_label("Approved by mistake").check()
    page.get_by_role("button", name=re.compile("Write the letter")).click()
    expect(page.get_by_label("Letter", exact=True)).to_have_value(re.compile("It was our mistake"))
    look(page, "reversal")
    page.get_by_role("button", name="Reverse the approval").click()
    expect(page.get_by_role("status").filter(has_text="Approval reversed")).to_be_visible()
    page.goto(where)
    assert title(page) == show
    expect(page.locator("article").get_by_text("declined").first).to_be_visible()
    sign_out(page)
