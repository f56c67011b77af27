"""Programs and chats are let in and told: tokens, webhooks and notifications, each shown once and taken back."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESKTOP, PHONE, Product, sign_in, sign_out

Open = Callable[..., Page]
Look = Callable[[Page, str], None]


def called(product: Product, path: str, token: str) -> dict[str, object]:
    """What the API answers to a program with this token."""
    request = urllib.request.Request(f"{product.url}/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        found = json.load(answer)
        assert isinstance(found, dict)
        return found


def refused(product: Product, path: str, token: str) -> int:
    """The status with which the API turns a program away."""
    with pytest.raises(urllib.error.HTTPError) as found:
        called(product, path, token)
    found.value.close()
    return found.value.code


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_a_program_is_let_in_and_shut_out(
    product: Product, open_browser: Open, look: Look, viewport: dict[str, int], scheme: str
) -> None:
    page, name = open_browser(viewport=viewport, color_scheme=scheme), f"Import of {scheme} days"
    sign_in(page, product)
    page.goto("/desk/tokens")
    look(page, "tokens-none")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "tokens-wrong")
    page.locator("#name").fill(name)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", name="Copy it now: it is shown this once")).to_be_focused()
    token = page.get_by_label("The token").input_value()
    look(page, "token-made")
    assert called(product, "/me", token)["person"]
    page.goto("/desk/tokens")
    assert token not in page.content()
    page.get_by_role("button", name=f"Revoke {name}").click()
    expect(page.get_by_role("row", name=name)).to_contain_text("revoked")
    look(page, "token-revoked")
    assert refused(product, "/me", token) == 401


def test_a_program_is_told_tried_out_and_told_no_more(product: Product, open_browser: Open, look: Look) -> None:
    page = open_browser(viewport=DESKTOP, color_scheme="dark")
    sign_in(page, product, email="admin@greenroom.example")
    page.goto("/desk/webhooks")
    page.locator("#name").fill("Archive")
    page.locator("#url").fill("hooks.example")
    page.get_by_role("button", name="Tell it").click()
    expect(page.locator("#error-summary")).to_contain_text("https://")
    look(page, "webhook-wrong")
    page.locator("#url").fill("https://127.0.0.1:9/greenroom")  # where nobody listens: nothing leaves this machine
    page.get_by_role("button", name="Tell it").click()
    expect(page.get_by_role("heading", name="Copy it now: it is shown this once")).to_be_focused()
    look(page, "webhook-made")
    page.goto("/desk/webhooks")
    page.get_by_role("link", name="Archive").click()
    page.get_by_role("button", name="Send a ping").click()
    expect(page.get_by_role("button", name=re.compile("^Send msg_.* again")).first).to_be_visible()
    look(page, "webhook")
    page.get_by_text("Take it away", exact=True).click()
    page.get_by_role("button", name="Take it away for good").click()
    expect(page.get_by_role("link", name="Archive")).to_have_count(0)
    sign_out(page)


def test_people_say_how_they_want_to_hear_of_the_desk(product: Product, open_browser: Open, look: Look) -> None:
    page = open_browser(viewport=PHONE)
    sign_in(page, product)
    page.goto("/desk/notifications")
    page.locator("#digest").select_option(index=1)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_be_visible()
    look(page, "digest")
    page.locator("#digest").select_option(index=0)
    page.get_by_role("button", name="Save").click()
    admin = open_browser(viewport=DESKTOP)
    sign_in(admin, product, email="admin@greenroom.example")
    admin.goto("/desk/notifications")
    admin.get_by_role("button", name="Tell it").click()
    expect(admin.locator("#error-summary")).to_be_visible()
    look(admin, "chat-wrong")
    sign_out(admin)
