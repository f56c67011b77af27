"""What programs may do about webhooks, chats, digests and tokens; and that they make nothing that has a secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.models.event import Event
from review.models.webhook import Webhook, WebhookDelivery
from review.rules import Role
from review.services import alerts, webhooks
from tests.factories import NOW, person, rows
from tests.web.calling import Program, code


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> Program:
    return Program(client, person(Role.ADMIN, name="Ada Moreau"))


@pytest.fixture
def hook(admin: Program) -> int:
    webhooks.make("Bot", "https://bot.example/in", ("approve",), by=person(Role.ADMIN), now=NOW)
    return rows(Webhook)[0].id


def test_a_webhook_is_read_pinged_switched_and_removed(admin: Program, hook: int) -> None:
    (item,) = admin.get("/webhooks").json["items"]
    assert (item["name"], item["url"], item["verbs"], item["alerts"], item["active"]) == (
        "Bot",
        "https://bot.example/in",
        ["approve"],
        None,
        True,
    )
    path = f"/webhooks/{hook}"
    (delivery,) = admin.post(f"{path}/ping").json["items"]
    assert (delivery["payload"]["type"], delivery["state"], delivery["status"]) == ("ping", "waiting", None)
    assert admin.get(path, limit=1).json["items"] == [delivery]
    assert admin.get(path, cursor=delivery["id"]).json == admin.get(path).json | {"items": [], "next": None}
    assert admin.post(f"{path}/switch", {"active": False}).json["active"] is False
    assert code(admin.post(f"{path}/ping")) == (409, "webhook-is-off")
    assert code(admin.post(f"/webhooks/deliveries/{delivery['id']}/replay")) == (409, "webhook-is-off")
    admin.post(f"{path}/switch", {"active": True})
    assert admin.post(f"/webhooks/deliveries/{delivery['id']}/replay").json["items"][0]["state"] == "waiting"
    assert admin.post(f"{path}/remove").status_code == 204
    assert rows(WebhookDelivery) == []
    assert code(admin.get(path)) == (404, "not-found")
    assert code(admin.post("/webhooks/deliveries/9/replay")) == (404, "not-found")


def test_a_chat_is_told_of_other_things_and_its_address_is_kept(admin: Program, hook: int) -> None:
    alerts.make_channel("Desk", "https://chat.example/T0/secret", {"new": 1}, by=person(Role.ADMIN), now=NOW)
    chat = admin.get("/webhooks").json["items"][1]
    assert (chat["alerts"], chat["url"]) == ({"new": 1}, "https://chat.example/…cret")
    body = {"alerts": [{"condition": "backlog", "number": 30}, {"condition": "dead"}]}
    assert admin.post(f"/webhooks/{chat['id']}/alerts", body).json["alerts"] == {"backlog": 30, "dead": 1}
    too_much = {"alerts": [{"condition": "oldest", "number": 9999}]}
    assert code(admin.post(f"/webhooks/{chat['id']}/alerts", too_much)) == (409, "channel-number")
    assert code(admin.post(f"/webhooks/{chat['id']}/alerts", {"alerts": []})) == (422, "invalid")
    assert code(admin.post(f"/webhooks/{hook}/alerts", body)) == (404, "not-found"), "it is no chat"


def test_others_neither_see_nor_change_them(client: FlaskClient, hook: int) -> None:
    lead = Program(client, person(Role.LEAD))
    acts: list[Callable[[], object]] = [
        lambda: lead.get("/webhooks"),
        lambda: lead.get(f"/webhooks/{hook}"),
        lambda: lead.post(f"/webhooks/{hook}/ping"),
        lambda: lead.post(f"/webhooks/{hook}/switch", {"active": False}),
        lambda: lead.post(f"/webhooks/{hook}/alerts", {"alerts": [{"condition": "new"}]}),
        lambda: lead.post(f"/webhooks/{hook}/remove"),
    ]
    assert [code(act()) for act in acts] == [(403, "forbidden")] * len(acts)  # type: ignore[arg-type]


def test_everybody_chooses_their_digest(client: FlaskClient, app: Flask) -> None:
    rosa = Program(client, person())
    assert rosa.get("/digest").json == {"digest": "off"}
    assert rosa.post("/digest", {"digest": "weekly"}).json == rosa.get("/digest").json == {"digest": "weekly"}
    assert [event.verb for event in rows(Event)][-1] == "digest-chosen"
    assert code(rosa.post("/digest", {"digest": "hourly"})) == (422, "invalid")


def test_tokens_are_listed_and_revoked_but_not_made(client: FlaskClient, admin: Program) -> None:
    rosa = Program(client, person())
    (mine,) = rosa.get("/tokens").json["items"]
    everybody = admin.get("/tokens").json["items"]
    assert len(everybody) == 2
    assert not any("hash" in name or "secret" in name for one in everybody for name in one)
    other = next(one["id"] for one in everybody if one["id"] != mine["id"])
    assert code(rosa.post(f"/tokens/{other}/revoke")) == (404, "not-found")
    assert admin.post(f"/tokens/{mine['id']}/revoke").json["items"][0]["revoked_at"]
    assert code(rosa.get("/tokens"))[0] == 401
    assert admin.post("/tokens").status_code == admin.post("/webhooks").status_code == 405
