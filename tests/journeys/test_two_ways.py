"""Without JavaScript, by keyboard alone, two reviewers at once, and second thoughts."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.conftest import UNDO_SECONDS
from tests.journeys.conftest import DESKTOP, PHONE, Product, find, sign_in, sign_out
from tests.journeys.test_first_ten_minutes import fill_in, follow, open_letter

Open = Callable[..., Page]
Look = Callable[[Page, str], None]


def test_everything_an_applicant_does_works_without_javascript(product: Product, open_browser: Open) -> None:
    applicant = open_browser(java_script_enabled=False, viewport=PHONE)
    reviewer = open_browser(java_script_enabled=False, viewport=DESKTOP)
    applicant.goto("/apply/for/community-plan")
    pitch = "A show about doing without. We do without most things."
    fill_in(
        applicant, name="Otto Feld", email="otto@mail.example", title="Plain Radio", pitch=pitch, topic="Technology"
    )
    applicant.get_by_role("button", name="Send the application").click()
    open_letter(applicant, product, "Please confirm your address: Plain Radio")
    follow(applicant, "/apply/verify/")
    applicant.get_by_role("button", name="Yes, it is mine").click()
    status = applicant.url

    sign_in(reviewer, product)
    find(reviewer, "Plain Radio", words="otto@mail.example")
    reviewer.get_by_role("link", name="Ask", exact=True).click()
    reviewer.get_by_label("How often will it appear?").check()
    reviewer.get_by_label("the schedule").check()
    reviewer.get_by_role("button", name="Write the letter with these").click()
    reviewer.get_by_role("button", name="Ask", exact=True).click()
    expect(reviewer.get_by_text("The letter still waits.")).to_be_visible()

    applicant.goto(status)
    expect(applicant.get_by_text("It waits to be read.")).to_be_visible()  # what can be undone is not told yet
    open_letter(applicant, product, "A question about Plain Radio")
    follow(applicant, "/apply/")
    applicant.get_by_label("How often will it appear?").fill("every full moon")
    applicant.get_by_label("Your answer").fill("As often as the moon is full.")
    applicant.get_by_role("button", name="Send the answer").click()
    expect(applicant.get_by_text("Your answer is with us.")).to_be_visible()

    find(reviewer, "Plain Radio", words="otto@mail.example")
    expect(reviewer.get_by_text("every full moon")).to_be_visible()
    expect(reviewer.get_by_text("As often as the moon is full.")).to_be_visible()
    applicant.get_by_role("link", name="Withdraw the application").click()
    applicant.get_by_role("button", name="Withdraw it").click()
    expect(applicant.get_by_text("You have withdrawn it.")).to_be_visible()


def test_second_of_two_reviewers_is_told_who_was_first(product: Product, open_browser: Open, look: Look) -> None:
    first, second = open_browser(viewport=DESKTOP), open_browser(viewport=DESKTOP)
    sign_in(first, product)
    sign_in(second, product, email="lead@greenroom.example")
    for page in (first, second):
        find(page, "night bus", words="night bus")
        page.get_by_role("link", name="Edit the letter").first.click()
    second.get_by_label("Letter", exact=True).fill("A letter that took ten minutes to write.")
    first.get_by_role("button", name="Approve").click()
    expect(first.get_by_role("button", name="Undo")).to_be_visible()
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("somebody was first")
    expect(second.get_by_role("alert")).to_contain_text("Rosa Iqbal approved")
    expect(second.get_by_text("A letter that took ten minutes to write.")).to_be_visible()
    look(second, "conflict")
    sign_out(second)


def test_undone_decision_sends_nothing(product: Product, open_browser: Open) -> None:
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product)
    find(page, "Chess for People Who Lose", words="chess lose", state="submitted")
    page.locator("summary", has_text="Decline").click()
    page.get_by_role("button", name="Commercial show").dblclick()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back. No letter was sent.")).to_be_visible()
    page.wait_for_timeout(1000 * (UNDO_SECONDS + 1))  # the time in which a letter would have left
    page.goto(product.letters)
    expect(page.get_by_role("link", name="Your application for Chess")).to_have_count(0)


def test_deciding_needs_no_mouse(product: Product, open_browser: Open) -> None:
    page = open_browser(viewport=DESKTOP)
    sign_in(page, product)
    page.goto("/desk?q=parish")
    tab_to(page, re.compile("The Parish Ledger"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/\d+"))
    tab_to(page, re.compile("^Waitlist"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def tab_to(page: Page, words: re.Pattern[str]) -> None:
    """Press Tab until the focus is on something that says so."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if words.search(page.evaluate("(document.activeElement.innerText || '').trim()")):
            return
    raise AssertionError(f"the keyboard does not reach {words.pattern}")


def test_browsers_back_button_loses_nothing_and_sends_nothing_twice(product: Product, open_browser: Open) -> None:
    page = open_browser(viewport=DESKTOP)
    page.goto("/apply/for/community-plan")
    page.get_by_role("button", name="Send the application").click()  # now the page before is one that was posted
    pitch = "Commuters talk about the way home, one line per episode."
    fill_in(page, name="Bea Zurück", email="bea@mail.example", title="There and Back", pitch=pitch, topic="Technology")
    page.get_by_role("button", name="Send the application").dblclick()
    page.wait_for_url("**/apply/sent")
    page.go_back()
    expect(page.get_by_label("Title of the show")).to_have_value("There and Back")
    page.get_by_role("button", name="Send the application").click()
    page.wait_for_url("**/apply/sent")
    assert product.count("SELECT count(*) FROM applications WHERE email LIKE 'bea@%'") == 1
