"""A programme is made with questions of its own, applied for, read, and decided in its own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, find, sign_in, sign_out
from tests.journeys.test_first_ten_minutes import fill_in, follow, open_letter

Open = Callable[..., Page]
Look = Callable[[Page, str], None]
NAME = "Schools plan"


@pytest.fixture
def admin(product: Product, open_browser: Open) -> Iterator[Page]:
    """An admin, who leaves nothing on offer that was not: all journeys have one product."""
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product, email="admin@greenroom.example")
    yield page
    page.goto("/desk/programmes")
    for link in page.get_by_role("link", name=NAME).all():
        page.goto(link.get_attribute("href") or "")
        if page.get_by_role("button", name="Offer it no longer").count():
            page.get_by_role("button", name="Offer it no longer").click()
        page.goto("/desk/programmes")
    sign_out(page)


def ask(page: Page, look: Look, wording: str, kind: str, *, choices: str = "", required: bool = False) -> None:
    page.get_by_role("link", name="Add a question").click()
    page.get_by_label("The question").fill(wording)
    page.get_by_label("An answer is").select_option(label=kind)
    page.get_by_label("Choices, one a line").fill(choices)
    if required:
        page.get_by_label("It must be answered").check()
    page.get_by_role("button", name="Show it").click()
    expect(page.locator(".sample").get_by_text(wording)).to_be_visible()
    look(page, f"question-{kind.lower().replace(' ', '-')}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#questions").get_by_text(wording)).to_be_visible()


def make(page: Page, look: Look) -> None:
    """Make the programme with its questions and its letter, look at its form, offer it."""
    page.goto("/desk/programmes")
    look(page, "programmes")
    page.get_by_text("Make another programme").click()
    page.get_by_label(re.compile("^Name")).fill(NAME)
    page.get_by_label("What it is, in a sentence or two").fill("For podcasts made in classrooms.")
    page.get_by_label("Places").fill("12")
    page.get_by_label("Rules").fill("1. It is made in a school.\n2. Pupils speak.")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("Not on offer · 12 places left of 12")).to_be_visible()
    ask(page, look, "What kind of school is it?", "One of several choices", choices="Primary\nSecondary", required=True)
    ask(page, look, "How many pupils take part?", "A number")
    ask(page, look, "Letter of the head teacher", "A file", required=True)
    page.get_by_role("link", name="Word the letter: Decline").click()
    page.get_by_label("Letter", exact=True).fill(
        "Dear {name},\n\nnot this school year.\n\n{reasons}\n\n[[status-link]]"
    )
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_text("Dear Ada Larsen,")).to_be_visible()
    look(page, "letter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("in its own words")).to_be_visible()
    page.goto(page.url.partition("#")[0])
    look(page, "programme")
    page.get_by_role("link", name="See the form").click()
    look(page, "preview")
    expect(page.get_by_role("button", name="Send the application")).to_be_disabled()
    page.get_by_role("link", name="Back to the programme").click()
    page.get_by_role("button", name="Offer it", exact=True).click()
    expect(page.get_by_text("People apply at")).to_be_visible()


def apply(page: Page, look: Look, title: str, letter: Path) -> None:
    """Choose it, and fill in its form; first without the answers."""
    page.goto("/apply")
    look(page, "choose")
    page.get_by_role("link", name=NAME).last.click()
    pitch = "Made by pupils of year seven, every second week, on what they wonder about."
    fill_in(page, name="Nora Quill", email="nora@school.example", title=title, pitch=pitch, topic="Education")
    page.get_by_label("How many pupils take part?").fill("many")
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_text("Write a number such as 1200 or 2.5.").first).to_be_visible()
    expect(page.get_by_label("Title of the show")).to_have_value(title)
    look(page, "form-with-errors")
    page.get_by_label("What kind of school is it?").select_option("Secondary")
    page.get_by_label("How many pupils take part?").fill("24.0")
    page.get_by_label("Letter of the head teacher").set_input_files(letter)
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("look into your mail")


def test_a_programme_asks_and_writes_in_its_own_words(
    product: Product, open_browser: Open, admin: Page, look: Look, tmp_path: Path
) -> None:
    title = "Break Time Radio"
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4 signed")
    make(admin, look)
    applicant = open_browser(viewport=PHONE, color_scheme="dark")
    apply(applicant, look, title, tmp_path / "letter.pdf")
    open_letter(applicant, product, f"Please confirm your address: {title}")
    follow(applicant, "/apply/verify/")
    applicant.get_by_role("button", name="Yes, it is mine").click()
    applicant.get_by_text("What you sent us").click()
    expect(applicant.get_by_text("Secondary")).to_be_visible()
    look(applicant, "status")

    find(admin, title, words="Secondary Break")
    expect(admin.get_by_role("heading", name="Answers to our questions")).to_be_visible()
    with admin.expect_download() as paper:
        admin.get_by_role("link", name="letter.pdf").click()
    assert Path(paper.value.path()).read_bytes() == b"%PDF-1.4 signed"
    look(admin, "answers")
    admin.goto("/desk")
    admin.get_by_text("Narrow down").click()
    admin.get_by_role("region", name="Answer").get_by_text("Secondary").click()
    admin.wait_for_url("**answer:**")
    expect(admin.locator("ol.rows .row")).to_have_count(1)
    look(admin, "narrowed")
    admin.locator("ol.rows .row").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text(title)
    admin.keyboard.press("d")
    admin.get_by_role("link", name="Edit the letter").last.click()
    expect(admin.get_by_label("Letter", exact=True)).to_have_value(re.compile("not this school year"))
