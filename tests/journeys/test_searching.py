"""A reviewer looks for an application: by typing, by ticking, by what others would call a mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, sign_in

Open = Callable[..., Page]
Look = Callable[[Page, str], None]
SCREENS = pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]
)


def typed(page: Page) -> str:
    """What the address says is sought."""
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


@pytest.fixture
def desk(product: Product, open_browser: Open) -> Page:
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product)
    return page


def test_what_is_typed_is_found_while_it_is_typed(desk: Page, look: Look) -> None:
    desk.get_by_role("heading", name="To decide").wait_for()
    desk.keyboard.press("/")
    box = desk.get_by_role("combobox", name="Search all applications")
    expect(box).to_be_focused()
    desk.keyboard.type("kitchen harb")
    first = desk.locator("ol.rows a").first
    expect(first).to_contain_text("Harbour Kitchen")
    expect(first.locator("mark").first).to_have_text("Harbour")
    expect(desk).to_have_url(re.compile(r"q=kitchen(\+|%20)harb$"))
    look(desk, "typed")
    box.fill("is:any reason:")
    offered = desk.locator("#suggestions option")
    expect(offered.first).to_have_attribute("value", re.compile("^is:any reason:."))
    expect(offered.first).to_have_attribute("label", re.compile(r"\(\d+\)$"))
    box.fill("界" * 500)  # as much as the box takes, and nine bytes each in the address
    expect(desk.get_by_text("too long; the rest is left out")).to_be_visible()
    desk.reload()
    expect(box).to_have_value("界" * 500)
    box.fill('<script>alert("x")</script> (((')
    expect(desk).to_have_url(re.compile("script"))
    expect(desk.get_by_text("Nothing matches.")).to_be_visible()
    desk.reload()
    expect(box).to_have_value('<script>alert("x")</script> (((')


def test_what_is_ticked_and_what_is_typed_are_one(desk: Page, look: Look) -> None:
    desk.goto("/desk?q=is:any")
    desk.get_by_text("Narrow down").click()
    box, ticked = desk.locator("#topbar-q"), desk.locator("#facets [aria-current=true]")
    feed = desk.get_by_role("region", name="Feed", exact=True)
    number = int(feed.get_by_role("link", name="Reads well").locator(".states-count").inner_text())
    feed.get_by_role("link", name="Reads well").click()
    expect(box).to_have_value("is:any feed:good")
    expect(desk.get_by_role("status").filter(has_text=f"{number} applications")).to_be_visible()
    assert typed(desk) == "is:any feed:good"
    expect(ticked).to_contain_text(["reads well"])
    feed.get_by_role("link", name="Cannot be read").click()
    expect(box).to_have_value("is:any feed:good,broken")
    expect(ticked).to_have_count(2)
    look(desk, "ticked")
    desk.go_back()
    expect(box).to_have_value("is:any feed:good")
    box.fill("is:any -feed:good")
    box.press("Enter")
    expect(desk).to_have_url(re.compile("-feed(:|%3A)good$"))
    expect(desk.locator("#facets section").first).to_be_visible()
    expect(ticked).to_have_count(0)
    desk.get_by_role("link", name="Clear", exact=True).click()
    expect(box).to_have_value("")
    expect(desk.get_by_role("heading", name="To decide")).to_be_visible()
    box.fill("is:any lang:")  # the box that came with the list goes on being one
    expect(desk.locator("#suggestions option").first).to_have_attribute("value", re.compile("^is:any lang:."))


@SCREENS
def test_what_could_not_be_used_is_said_and_mended(
    product: Product, open_browser: Open, look: Look, viewport: dict[str, int], scheme: str
) -> None:
    page = open_browser(viewport=viewport, color_scheme=scheme)
    sign_in(page, product)
    page.goto("/desk?q=hst:127 harbor is:submited")
    hint = page.get_by_role("list", name="What could not be used").get_by_role("listitem")
    expect(hint).to_have_count(2)
    expect(page.get_by_text("words spelled like them were sought")).to_be_visible()
    page.get_by_text("Narrow down").click()
    expect(page.locator("#facets section").first).to_be_visible()
    look(page, "hints")
    hint.first.get_by_role("link", name="host:127").click()
    expect(hint).to_have_count(1)
    expect(page.locator("#topbar-q")).to_have_value("host:127 harbor is:submited")
    hint.first.get_by_role("link", name="Take is:submited away").click()
    expect(hint).to_have_count(0)
    expect(page.locator("#topbar-q")).to_have_value("host:127 harbor")
    page.get_by_role("link", name="What one can search for").click()
    expect(page.get_by_role("heading", name="Searching")).to_be_visible()
    look(page, "explained")
    page.goto("/desk?q=nothing-like-it")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    look(page, "nothing")
    page.goto("/desk/facets?q=is:any")
    look(page, "facets")
