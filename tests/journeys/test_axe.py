"""Every kind of page, in light and dark, wide and narrow, before axe's eyes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import DESKTOP, PHONE, Product, sign_in
from tests.servers import running

Open = Callable[..., Page]
Look = Callable[[Page, str], None]


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_axe_finds_nothing_on_any_page(
    product: Product, open_browser: Open, look: Look, scheme: str, viewport: dict[str, int]
) -> None:
    page = open_browser(viewport=viewport, color_scheme=scheme)
    for path in ("/apply/link", "/shows/link", "/sign-in", "/no-such-page"):
        page.goto(path)
        look(page, path.strip("/").replace("/", "-"))
    sign_in(page, product, email="admin@greenroom.example")
    paths = ["/desk?q=nothing-like-it", "/desk/6", "/desk/7", "/desk/10", "/desk/18", "/desk/21", "/desk/1/ask"]
    paths += ["/desk/1/duplicate", "/desk/25/reopen", "/desk/outbox", "/desk/status", "/shows"]
    if scheme == "dark":  # what the other journeys see in the light
        paths += [
            "/",
            "/apply",
            *(["/mailbox"] if running() is None else []),
            "/desk",
            "/desk/5",
            "/shows/quiet-machines",
        ]
    for path in paths:
        page.goto(path)
        look(page, re.sub(r"\W+", "-", path.strip("/")) or "home")
