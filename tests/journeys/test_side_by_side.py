"""Two people at one backlog: each sees the other, neither is in the other's way, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, sign_in, sign_out
from tests.journeys.test_triage import opened

Open = Callable[..., Page]
Look = Callable[[Page, str], None]


def test_each_sees_what_the_other_reads(product: Product, open_browser: Open, look: Look) -> None:
    first, second = open_browser(viewport=DESKTOP), open_browser(viewport=PHONE, color_scheme="dark")
    sign_in(first, product)
    sign_in(second, product, email="lead@greenroom.example")
    first.keyboard.press("t")
    one = opened(first, "Desk")
    second.get_by_role("button", name="Next free one").click()
    expect(second.get_by_role("heading", level=1)).not_to_have_text(one)
    second.goto(first.url)
    expect(second.get_by_text("Rosa Iqbal is reading this and was first")).to_be_visible()
    look(second, "somebody-reads")
    second.get_by_role("button", name="Take it over").click()
    expect(second.get_by_text("It is yours now.")).to_be_visible()
    first.reload()
    expect(first.get_by_text("Linus Adeyemi is reading this and was first")).to_be_visible()
    first.keyboard.press("w")
    expect(first.get_by_text("A colleague is reading this application and was first.")).to_be_visible()
    look(first, "claimed")
    sign_out(second)


def test_what_was_typed_is_there_after_the_browser_died(product: Product, open_browser: Open) -> None:
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product)
    page.keyboard.press("j")
    opened(page, "Desk")
    with page.expect_response(lambda answer: "/drafts/note" in answer.url):
        page.get_by_label("Note for colleagues").press_sequentially("Half a thought")
    where = page.url
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("e")
    with page.expect_response(lambda answer: "/drafts/approve" in answer.url):
        page.get_by_label("Letter", exact=True).fill("Dear friend, [[show-link]]")
    page.context.close()
    again = open_browser(viewport=DESKTOP)
    sign_in(again, product)
    again.goto(where)
    expect(again.get_by_label("Note for colleagues")).to_have_value("Half a thought")
    again.keyboard.press("e")
    expect(again.get_by_label("Letter", exact=True)).to_have_value("Dear friend, [[show-link]]")
    expect(again.get_by_text("This is your draft of")).to_be_visible()
