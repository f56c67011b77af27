"""What is late is found and read, the clock stands still while an applicant is asked, and statistics tell how it goes.

All of it by keyboard.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, sign_in
from tests.journeys.test_triage import opened

Open = Callable[..., Page]
Look = Callable[[Page, str], None]
LATE = "SELECT count(*) FROM applications WHERE due_at IS NOT NULL"


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus."""
    for _ in range(200):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never comes to it")


def go(page: Page, letter: str, heading: str) -> None:
    """To a view, by G and its letter."""
    page.keyboard.press("g")
    page.keyboard.press(letter)
    expect(page.get_by_role("heading", level=2, name=heading, exact=True)).to_be_visible()


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_reviewer_sees_what_is_late_and_how_the_review_goes(
    product: Product, open_browser: Open, look: Look, viewport: dict[str, int], scheme: str
) -> None:
    page = open_browser(viewport=viewport, color_scheme=scheme)
    sign_in(page, product)
    _late(page, product, look)
    page.goto("/desk")
    _asked(page, look)
    page.goto("/desk")
    _statistics(page, look)


def _late(page: Page, product: Product, look: Look) -> None:
    """The clock gives the demo's applications their dates as soon as the product runs."""
    while not product.count(LATE):
        page.wait_for_timeout(250)
    go(page, "o", "Overdue")
    rows = page.locator(".rows .row")
    expect(rows.first).to_contain_text(re.compile(r"overdue \d+ (min|h|d)"))
    assert rows.count() == rows.filter(has_text="overdue").count()
    look(page, "overdue")
    page.keyboard.press("j")
    opened(page, "Desk")
    expect(page.get_by_text("overdue since")).to_be_visible()
    look(page, "overdue-one")


def _asked(page: Page, look: Look) -> None:
    go(page, "a", "Asked")
    expect(page.locator(".rows .row").first).to_contain_text("with the applicant")
    page.keyboard.press("j")
    opened(page, "Desk")
    expect(page.get_by_text("The clock stands still while we wait for the applicant")).to_be_visible()
    expect(page.get_by_text("Without an answer a reminder goes out")).to_be_visible()
    look(page, "asked")


def _statistics(page: Page, look: Look) -> None:
    tab_to(page, page.get_by_role("link", name="Statistics"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Statistics")
    expect(page.get_by_role("img", name="Backlog")).to_be_visible()
    look(page, "statistics")
    tab_to(page, page.get_by_role("link", name="90 days"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/stats?days=90")
    expect(page.get_by_role("link", name="90 days")).to_have_attribute("aria-current", "page")
    table = page.locator(".table-wrap").first
    expect(table).to_be_hidden()
    tab_to(page, page.locator("summary").first)
    page.keyboard.press("Enter")
    expect(table.get_by_role("row")).to_have_count(91)
    page.keyboard.press("Tab")
    expect(table).to_be_focused()
    page.keyboard.press("End")
    page.wait_for_function("element => element.scrollTop > 100", arg=table.element_handle())
    look(page, "statistics-table")
