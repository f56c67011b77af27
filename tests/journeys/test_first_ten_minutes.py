"""What a new user does in the first ten minutes: from an application to a show on the air, and out again."""

from __future__ import annotations

import hashlib
import json
import re
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, find, sign_in

Open = Callable[..., Page]
Look = Callable[[Page, str], None]


def apply(page: Page, look: Look, *, title: str, email: str, feed: str = "") -> None:
    """Fill in the form and send it."""
    page.goto("/")
    look(page, "home")
    page.get_by_role("link", name=re.compile("^Apply for")).click()
    if page.get_by_role("heading", name="What would you like to apply for?").count():  # another journey offers more
        page.get_by_role("link", name="Community plan").click()
    look(page, "form")
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_text("Tell us your name.").first).to_be_visible()
    look(page, "form-with-errors")
    pitch = "Made in a library by people who listen for a living."
    fill_in(page, name="Nadia Brennan", email=email, title=title, pitch=pitch, topic="Fiction > Drama")
    if feed:
        page.get_by_label("I have a show already").check()
        page.get_by_label("Address of its feed").fill(feed)
    page.get_by_role("button", name="Send the application").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("look into your mail")
    look(page, "sent")


def fill_in(page: Page, *, name: str, email: str, title: str, pitch: str, topic: str) -> None:
    """All that must be filled in."""
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Title of the show").fill(title)
    page.get_by_label("Why should we host it?").fill(pitch)
    page.get_by_label(topic, exact=True).check()
    page.get_by_label("How often will it appear?").fill("monthly")
    page.get_by_label("I have read the rules").check()
    page.get_by_label("You may keep what I wrote").check()


def open_letter(page: Page, product: Product, subject: str) -> None:
    """Wait for a letter in the mailbox and open it."""
    for _ in range(60):
        page.goto(product.letters)
        letter = page.get_by_role("link", name=subject)
        if letter.count():
            letter.first.click()
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"no letter: {subject}")


def follow(page: Page, path: str) -> None:
    """Follow the letter's link that leads to `path`."""
    page.locator(f":is(.letter-body, .text) a[href*='{path}']").first.click()


@pytest.mark.parametrize(
    ("viewport", "feed", "title"),
    [(DESKTOP, "theatre", "Small Hours Radio Theatre"), (PHONE, "forest", "Kuuntele metsää")],
    ids=["desktop", "phone"],
)
def test_from_an_application_to_the_air_and_out_again(
    product: Product, open_browser: Open, look: Look, tmp_path: Path, viewport: dict[str, int], feed: str, title: str
) -> None:
    phone = viewport is PHONE
    applicant, reviewer = open_browser(viewport=viewport), open_browser(viewport=viewport)
    email = f"nadia.{feed}@mail.example"

    apply(applicant, look, title=title, email=email, feed=f"{product.url}/demo/{feed}/rss.xml")
    open_letter(applicant, product, f"Please confirm your address: {title}")
    look(applicant, "letter-received")
    follow(applicant, "/apply/verify/")
    look(applicant, "confirm")
    applicant.get_by_role("button", name="Yes, it is mine").click()
    expect(applicant.get_by_text("It waits to be read.")).to_be_visible()
    look(applicant, "status-submitted")

    sign_in(reviewer, product)
    look(reviewer, "desk")
    find(reviewer, title, words=email)
    expect(reviewer.get_by_role("heading", level=1)).to_have_text(title)
    expect(reviewer.get_by_text("one every")).to_be_visible()  # the feed was read meanwhile
    look(reviewer, "application")
    reviewer.get_by_role("link", name="Edit the letter").first.click()
    reviewer.get_by_label("Fits the community plan").check()
    reviewer.get_by_role("button", name="Write the letter with these").click()
    expect(reviewer.get_by_label("Letter", exact=True)).to_have_value(re.compile("kind of community"))
    look(reviewer, "letter-approve")
    reviewer.get_by_role("button", name="Approve").click()
    expect(reviewer.get_by_role("button", name="Undo")).to_be_visible()
    look(reviewer, "approved")
    reviewer.get_by_role("link", name="Open the show").click(timeout=40_000)
    expect(reviewer.get_by_role("heading", level=1)).to_have_text(title)
    look(reviewer, "show")

    address = reviewer.get_by_label("Address of the feed").input_value()
    with urllib.request.urlopen(address) as response:
        assert response.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
        guids = [item.findtext("guid") for item in etree.parse(response).iter("item")]
    assert len(guids) == 4
    assert set(guids) == {f"{feed}-{number:03d}@shows.example" for number in range(1, 5)}

    open_letter(applicant, product, f"Welcome: {title} has a place")
    look(applicant, "letter-approved")
    follow(applicant, "/shows/enter/")
    look(applicant, "enter")
    applicant.get_by_role("button", name="Go on").click()
    applicant.get_by_role("link", name=title).click()
    look(applicant, "owner-show")
    for _ in range(60):
        if applicant.get_by_text("at the old host").count() == 0:
            break
        applicant.wait_for_timeout(250)
        applicant.reload()
    applicant.get_by_role("link", name="Send an export link").click()
    look(applicant, "export")
    applicant.get_by_role("button", name="Send it").click()
    open_letter(applicant, product, f"Everything of {title}, to take along")
    follow(applicant, "/move/")
    look(applicant, "move")
    with applicant.expect_download() as downloading:
        applicant.get_by_role("button", name="Download everything").click()
    check_archive(Path(downloading.value.path()), episodes=4)
    if not phone:
        reviewer.reload()
        expect(reviewer.get_by_text("downloaded the archive")).to_be_visible()
        look(reviewer, "show-after-download")


def check_archive(path: Path, *, episodes: int) -> None:
    """Unzip and compare every file with the manifest."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        for file in manifest["files"]:
            data = archive.read(file["name"])
            assert len(data) == file["bytes"], file["name"]
            assert hashlib.sha256(data).hexdigest() == file["sha256"], file["name"]
        names = archive.namelist()
    assert {"feed.xml", "README.txt", "manifest.json"} <= set(names)
    assert sum(name.endswith(".mp3") for name in names) == episodes
    assert manifest["not_included"] == []
