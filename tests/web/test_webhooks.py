"""The pages of webhooks: made with a secret shown once, tried out, switched off and on, what each was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.db import transaction
from review.models.event import Event
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.webhook import DeliveryState, Webhook, WebhookDelivery
from review.rules import Role
from review.services import webhooks
from tests.factories import NOW, person, received, rows
from tests.web.browsing import beside, buttons, links, press, tree, words
from tests.web.stage import counted

Enter = Callable[..., FlaskClient]
HOOK = {"name": "Archive", "url": "https://hooks.example/told"}


@pytest.fixture
def admin(staff: Enter) -> FlaskClient:
    return staff(Role.ADMIN, name="Ada Moreau")


def alter(table: Any, id_: int, **columns: Any) -> None:
    with transaction() as session:
        for name, value in columns.items():
            setattr(session.get_one(table, id_), name, value)


def test_a_webhook_is_made_and_its_secret_shown_once(admin: FlaskClient) -> None:
    page = press(admin, "/desk/webhooks", "/webhooks", **HOOK, verbs=["approve", "decline"])
    (secret,) = tree(page).xpath("//input[@readonly]/@value")
    assert secret.startswith("whsec_")
    again = admin.get("/desk/webhooks")
    assert secret not in again.text
    assert "Archive https://hooks.example/told 2 kinds of events · nothing sent yet" in words(again)
    assert rows(Webhook)[0].verbs == ["approve", "decline"]
    assert rows(Event)[-1].verb == "webhook-made"


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"name": ""}, "name", "which program"),
        ({"url": "hooks.example"}, "url", "full web address"),
        ({"url": ""}, "url", "full web address"),
        ({"verbs": ["nonsense"]}, "verbs", "valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    admin: FlaskClient, change: dict[str, Any], field: str, sentence: str
) -> None:
    page = press(admin, "/desk/webhooks", "/webhooks", **HOOK | change)
    assert page.status_code == 422
    assert sentence in beside(page, field)
    assert rows(Webhook) == []


def test_it_is_tried_out_switched_off_and_on_and_taken_away(admin: FlaskClient) -> None:
    press(admin, "/desk/webhooks", "/webhooks", **HOOK, verbs=["note"])
    one = "/desk/webhooks/1"
    assert "Nothing yet. Send a ping" in words(admin.get(one))
    assert press(admin, one, "/ping").location == one
    assert "ping msg_1 on its way" in words(admin.get(one))
    press(admin, one, "/off")
    page = admin.get(one)
    assert "It is switched off." in words(page)
    assert "Send a ping" not in buttons(page)
    assert "switched off" in words(admin.get("/desk/webhooks"), "//ul[@class='integrations']")
    press(admin, one, "/on")
    assert press(admin, one, "/remove").location == "/desk/webhooks"
    assert rows(Webhook) == []
    assert admin.get(one).status_code == 404


def test_the_log_says_what_became_of_each_message(admin: FlaskClient) -> None:
    press(admin, "/desk/webhooks", "/webhooks", **HOOK, verbs=["verify"])
    ids = [received() for _ in range(3)]
    arrived, failing, dead = rows(WebhookDelivery)
    effects = rows(OutboxItem, kind=Kind.WEBHOOK)
    alter(WebhookDelivery, arrived.id, state=DeliveryState.DELIVERED, attempts=1, status=200, answer="<b>ok</b>")
    alter(OutboxItem, effects[0].id, state=ItemState.DONE)
    alter(WebhookDelivery, failing.id, state=DeliveryState.FAILED, attempts=2, answer="dns", attempted_at=NOW)
    alter(WebhookDelivery, dead.id, state=DeliveryState.FAILED, attempts=9, status=500)
    alter(OutboxItem, effects[2].id, state=ItemState.DEAD)
    page = admin.get("/desk/webhooks/1")
    lines = [words(page, f"//main//ol/li[{number}]") for number in (1, 2, 3)]
    assert "failed for good 9 tries · 500 Send again" in lines[0]
    assert "it is tried again 26 Nov 2024, 12:00 2 tries · 26 Nov 2024, 12:00 · The host could not be" in lines[1]
    assert f"msg_{arrived.id} · application {ids[0]} arrived 1 try · 200 · <b>ok</b> Send again" in lines[2]
    assert f"/desk/{ids[0]}" in links(page)
    answer = press(admin, "/desk/webhooks/1", f"/deliveries/{arrived.id}/replay")
    assert answer.location == "/desk/webhooks/1"
    assert rows(Event)[-1].verb == "webhook-replayed"


def test_the_log_is_paged_and_asks_as_often_for_many(admin: FlaskClient) -> None:
    press(admin, "/desk/webhooks", "/webhooks", **HOOK, verbs=["note"])
    ada, numbers = rows(type(person()))[0], []
    for _ in range(2):
        for _ in range(30):
            webhooks.ping(1, by=ada, now=NOW)
        with counted() as statements:
            page = admin.get("/desk/webhooks/1")
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]
    (older,) = [href for href in links(page) if "before=" in href]
    assert len(tree(page).xpath("//main//ol/li")) == 50
    assert len(tree(admin.get(older)).xpath("//main//ol/li")) == 10
    assert admin.get("/desk/webhooks/1?before=nonsense").status_code == 200


def test_one_that_is_gone_says_so(admin: FlaskClient) -> None:
    press(admin, "/desk/webhooks", "/webhooks", **HOOK)
    alter(Webhook, 1, active=False, trouble="gone")
    assert "It answered 410" in words(admin.get("/desk/webhooks/1"))
    assert "answered that it is gone" in words(admin.get("/desk/webhooks"))


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
def test_admins_alone_see_them(app: Flask, staff: Enter, role: Role) -> None:
    browser = staff(role)
    assert browser.get("/desk/webhooks").status_code == 403
    assert browser.get("/desk/webhooks/1").status_code == 403
    token = tree(browser.get("/desk/tokens")).xpath("//input[@name='csrf_token']/@value")[0]
    assert browser.post("/desk/webhooks", data={"csrf_token": token, **HOOK}).status_code == 403
    assert "Webhooks" not in words(browser.get("/desk"), "//nav")
