"""The page of notifications: one's digest, and for admins the chats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from review.models.person import Person, Rhythm
from review.models.webhook import Webhook
from review.rules import Role
from tests.factories import person, rows
from tests.web.browsing import beside, press, tree, words

Enter = Callable[..., FlaskClient]
URL = "https://hooks.slack.example/services/T0/B0/secret"
CHAT = {"chat-new-name": "#desk", "chat-new-url": URL}


@pytest.fixture
def admin(staff: Enter) -> FlaskClient:
    return staff(Role.ADMIN, name="Ada Moreau")


def test_a_digest_is_chosen(staff: Enter) -> None:
    desk = staff(Role.VIEWER, who=person(Role.VIEWER, email="vera@staff.example"))
    page = desk.get("/desk/notifications")
    assert "At 8:00 (UTC), to vera@staff.example." in words(page)
    assert "Chats" not in words(page)
    assert press(desk, "/desk/notifications", "/digest", digest="weekly").status_code == 303
    assert rows(Person)[0].digest is Rhythm.WEEKLY
    page = desk.get("/desk/notifications")
    assert tree(page).xpath("//option[@selected]/@value") == ["weekly"]
    assert press(desk, "/desk/notifications", "/digest", digest="hourly").status_code == 422


def test_a_chat_is_told_and_its_address_not_shown_again(admin: FlaskClient) -> None:
    answer = press(admin, "/desk/notifications", "/chats", **CHAT, **{"chat-new-new": "y", "chat-new-backlog": "50"})
    assert answer.status_code == 303
    assert rows(Webhook)[0].alerts == {"new": 1, "backlog": 50}
    page = admin.get("/desk/notifications")
    assert "secret" not in page.text
    assert "#desk https://hooks.slack.example/…cret new applications, more than 50 waiting" in words(page)
    log = admin.get("/desk/webhooks/1")
    assert "secret" not in log.text
    assert "new applications, more than 50 waiting" in words(log)
    press(admin, "/desk/webhooks/1", "/ping")
    assert "Greenroom can be heard here." in words(admin.get("/desk/webhooks/1"))
    assert "#desk" not in words(admin.get("/desk/webhooks"))


def test_what_a_chat_is_told_is_changed(admin: FlaskClient) -> None:
    press(admin, "/desk/notifications", "/chats", **CHAT, **{"chat-new-new": "y"})
    changed = {"chat-1-oldest": "7", "chat-1-dead": "y"}
    assert press(admin, "/desk/notifications", "/chats/1", **changed).status_code == 303
    assert rows(Webhook)[0].alerts == {"new": 1, "dead": 1, "oldest": 7}
    page = press(admin, "/desk/notifications", "/chats/1", **{"chat-1-oldest": "999"})
    assert page.status_code == 422
    assert "Give a whole number above zero" in beside(page, "chat-1-oldest")
    assert tree(page).xpath("//details[@open]")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({}, "chat-new-new", "Say at least one thing"),
        ({"chat-new-new": "y", "chat-new-name": ""}, "chat-new-name", "which program"),
        ({"chat-new-new": "y", "chat-new-url": "slack"}, "chat-new-url", "full web address"),
        ({"chat-new-backlog": "many"}, "chat-new-backlog", "whole number"),
        ({"chat-new-backlog": "0"}, "chat-new-backlog", "whole number"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    admin: FlaskClient, change: dict[str, Any], field: str, sentence: str
) -> None:
    page = press(admin, "/desk/notifications", "/chats", **CHAT | change)
    assert page.status_code == 422
    assert sentence in beside(page, field)
    assert rows(Webhook) == []


def test_admins_alone_have_chats_told(staff: Enter) -> None:
    lead = staff(Role.LEAD)
    token = tree(lead.get("/desk/notifications")).xpath("//input[@name='csrf_token']/@value")[0]
    for path in ("/desk/notifications/chats", "/desk/notifications/chats/1"):
        assert lead.post(path, data={"csrf_token": token, **CHAT, "chat-new-new": "y"}).status_code == 403
