"""Tables come in and go out, and many are decided at once: by keyboard alone, wide and narrow, light and dark."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, sign_in

Open = Callable[..., Page]
Look = Callable[[Page, str], None]
HEAD = "Timestamp,Email Address,What is your name?,Name of your show,Tell us about it,Category\n"


def table(word: str) -> str:
    """Four rows of a form, one of them wrong. `word` is how they are found again."""
    sent = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%d %H:%M:%S}"
    rows = [
        f'{sent},{word}{n}@mail.example,Ada {n},{word} {n},"A show about {word}, every week.",History' for n in range(3)
    ]
    return HEAD + "\n".join([*rows, f"{sent},nobody,Bo,{word} 9,We talk.,"]) + "\n"


def press(page: Page, what: Locator) -> None:
    """Go there with Tab, and press Enter."""
    expect(what).to_be_visible()
    for _ in range(150):
        if what.evaluate("element => element === document.activeElement"):
            return page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {what}")


@pytest.mark.parametrize(
    ("viewport", "scheme", "word"),
    [(DESKTOP, "light", "zebrafish"), (PHONE, "dark", "quokka")],
    ids=["desktop", "phone"],
)
def test_table_comes_in_is_decided_at_once_taken_back_and_goes_out(
    product: Product,
    open_browser: Open,
    look: Look,
    tmp_path: Path,
    viewport: dict[str, int],
    scheme: str,
    word: str,
) -> None:
    page = open_browser(viewport=viewport, color_scheme=scheme)
    sign_in(page, product, email="lead@greenroom.example")
    bring_in(page, look, tmp_path, word)
    bring_in_again(page, tmp_path, word)
    decide_and_take_back(page, look, word)
    decide(page, look, word)
    take_away(page, look, word)


def bring_in(page: Page, look: Look, folder: Path, word: str) -> None:
    give(page, folder, word, look)
    expect(page.get_by_text("4 rows. Nothing is brought in before you say so.")).to_be_visible()
    expect(page.get_by_text("“nobody” is no e-mail address")).to_be_visible()
    look(page, "mapping")
    press(page, page.get_by_role("button", name="Bring 3 applications in"))
    expect(page.get_by_text("4 of 4 rows")).to_be_visible()
    expect(page.get_by_text("It was brought in")).to_be_visible()
    look(page, "imported")
    press(page, page.get_by_role("link", name=f"{word} 0"))
    expect(page.get_by_text("not agreed to ours: it was brought in from a table")).to_be_visible()


def give(page: Page, folder: Path, word: str, look: Look | None = None) -> None:
    (folder / "forms.csv").write_text(table(word))
    page.goto("/desk/import")
    if look:
        look(page, "upload")
    page.set_input_files("input[type=file]", folder / "forms.csv")
    press(page, page.get_by_role("button", name="Look at it"))


def bring_in_again(page: Page, folder: Path, word: str) -> None:
    give(page, folder, word)
    expect(page.get_by_text("3 are here already")).to_be_visible()
    expect(page.get_by_role("button", name="Bring")).to_have_count(0)
    press(page, page.get_by_role("button", name="Let go of the table"))
    expect(page.get_by_text("The table is gone.")).to_be_visible()


def open_with_all(page: Page, where: str) -> None:
    """The list, with what can be done with all it finds. A search index learns of what is new a moment later."""
    for _ in range(60):
        page.goto(where)
        if page.get_by_text("With all 3 found").count():
            return press(page, page.locator("summary", has_text="With all 3 found"))
        page.wait_for_timeout(250)
    raise AssertionError(f"not found: {where}")


def prepare(page: Page, word: str, verb: str) -> None:
    """From the list to the page that shows what it would do."""
    open_with_all(page, f"/desk?q={word}")
    press(page, page.get_by_role("link", name=f"{verb} …"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{verb}: all 3 applications found")


def decide_and_take_back(page: Page, look: Look, word: str) -> None:
    prepare(page, word, "Decline")
    page.get_by_label("Commercial show").focus()
    page.keyboard.press("Space")
    look(page, "plan")
    press(page, page.get_by_role("button", name="Write the letters"))
    expect(page.get_by_text("Nothing is decided yet.")).to_be_visible()
    press(page, page.locator(".batch summary").first)
    expect(page.get_by_text("carries advertising").first).to_be_visible()
    look(page, "letters")
    press(page, page.get_by_role("button", name=f"Leave it out {word} 0"))
    press(page, page.get_by_role("button", name="Decline 2 applications"))
    expect(page.get_by_text("Decided by Linus Adeyemi")).to_be_visible()
    expect(page.get_by_text("The letters leave in")).to_be_visible()
    look(page, "decided")
    press(page, page.get_by_role("button", name="Take all 2 decisions back"))
    expect(page.get_by_text("It was taken back by Linus Adeyemi")).to_be_visible()
    look(page, "taken-back")


def decide(page: Page, look: Look, word: str) -> None:
    prepare(page, word, "Waitlist")
    press(page, page.get_by_role("button", name="Write the letters"))
    press(page, page.get_by_role("button", name="Waitlist 3 applications"))
    expect(page.get_by_text("Decided by Linus Adeyemi")).to_be_visible()
    press(page, page.get_by_role("link", name=f"{word} 2"))
    expect(page.get_by_role("link", name="together with others").first).to_be_visible()
    page.goto("/desk/bulk")
    look(page, "earlier-ones")


def take_away(page: Page, look: Look, word: str) -> None:
    open_with_all(page, f"/desk?q={word}&state=waitlisted")
    look(page, "with-all")
    with page.expect_download() as download:
        press(page, page.get_by_role("button", name="Download 3 rows"))
    data = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(data, newline="")))
    assert sorted(row["Title"] for row in found) == [f"{word} {n}" for n in range(3)]
    assert {row["Decision"] for row in found} == {"Put on the waitlist"}
