"""What programs may do about what Greenroom tells by itself: webhooks, chats, one's digest; and the tokens there are.

What has a secret (a token, a webhook, a chat) is made by people at the desk.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from review.reads import api_tokens as given
from review.reads import webhooks as told
from review.rules import may_configure
from review.services import alerts, api_tokens, digests, webhooks
from review.services.api_tokens import Caller
from review.web.access import ID
from review.web.api import shapes, tellings
from review.web.api.router import operation

HOOK = f"/webhooks/<{ID}:webhook_id>"


@operation("GET", "/webhooks", answer=tellings.Webhooks, may=may_configure)
def list_webhooks(caller: Caller) -> tellings.Webhooks:
    """Whom Greenroom tells what happens, chats among them. Admins may."""
    rows = [hook for chats in (False, True) for hook, _last in told.webhooks(chats=chats)]
    return tellings.Webhooks.model_validate({"items": rows})


@operation("GET", HOOK, query=shapes.Paged, answer=tellings.WebhookLog, may=may_configure)
def read_webhook(caller: Caller, webhook_id: int, query: shapes.Paged) -> tellings.WebhookLog:
    """One of them and what it was told, newest first. Admins may."""
    return _log(webhook_id, query.cursor, query.limit)


def _log(webhook_id: int, before: int | None = None, limit: int = 50) -> tellings.WebhookLog:
    hook, found = told.webhook(webhook_id), told.log(webhook_id, before=before, limit=limit)
    said = {name: getattr(hook, name) for name in _HOOK}
    items = [one.delivery for one in found.rows]
    return tellings.WebhookLog.model_validate(said | {"items": items, "next": found.next})


_HOOK = ("id", "name", "shown_url", "verbs", "alerts", "active", "trouble", "created_at")


@operation("POST", f"{HOOK}/ping", answer=tellings.WebhookLog)
def ping_webhook(caller: Caller, webhook_id: int) -> tellings.WebhookLog:
    """Try it out."""
    webhooks.ping(webhook_id, by=caller.person, now=datetime.now(UTC))
    return _log(webhook_id)


@operation("POST", f"{HOOK}/switch", body=tellings.SwitchBody, answer=tellings.WebhookLog)
def switch_webhook(caller: Caller, webhook_id: int, body: tellings.SwitchBody) -> tellings.WebhookLog:
    """Tell it nothing for the time being, or tell it again."""
    webhooks.set_active(webhook_id, body.active, by=caller.person, now=datetime.now(UTC))
    return _log(webhook_id)


@operation("POST", f"{HOOK}/alerts", body=tellings.AlertsBody, answer=tellings.WebhookLog)
def change_alerts(caller: Caller, webhook_id: int, body: tellings.AlertsBody) -> tellings.WebhookLog:
    """Tell a chat of other things."""
    watched = {one.condition: one.number for one in body.alerts}
    alerts.change_channel(webhook_id, watched, by=caller.person, now=datetime.now(UTC))
    return _log(webhook_id)


@operation("POST", f"{HOOK}/remove")
def remove_webhook(caller: Caller, webhook_id: int) -> None:
    """Tell it nothing any more, and forget what it was told."""
    webhooks.remove(webhook_id, by=caller.person, now=datetime.now(UTC))


@operation("POST", f"/webhooks/deliveries/<{ID}:delivery_id>/replay", answer=tellings.WebhookLog)
def replay_delivery(caller: Caller, delivery_id: int) -> tellings.WebhookLog:
    """Send a message again, under the same id."""
    return _log(webhooks.replay(delivery_id, by=caller.person, now=datetime.now(UTC)))


@operation("GET", "/digest", answer=tellings.Digest)
def read_digest(caller: Caller) -> tellings.Digest:
    """How often the caller has a digest."""
    return tellings.Digest(digest=caller.person.digest.value)


@operation("POST", "/digest", body=tellings.DigestBody, answer=tellings.Digest)
def choose_digest(caller: Caller, body: tellings.DigestBody) -> tellings.Digest:
    """Have one so often."""
    digests.set_rhythm(body.digest, by=caller.person, now=datetime.now(UTC))
    return tellings.Digest(digest=body.digest)


@operation("GET", "/tokens", answer=tellings.Tokens)
def list_tokens(caller: Caller) -> tellings.Tokens:
    """The caller's tokens; for an admin everybody's."""
    return _tokens(caller)


@operation("POST", f"/tokens/<{ID}:token_id>/revoke", answer=tellings.Tokens)
def revoke_token(caller: Caller, token_id: int) -> tellings.Tokens:
    """End one. The caller's own ends with this answer, if it is that one."""
    api_tokens.revoke(token_id, by=caller.person, now=datetime.now(UTC))
    return _tokens(caller)


def _tokens(caller: Caller) -> tellings.Tokens:
    rows: list[Any] = given.tokens(caller.person)
    return tellings.Tokens.model_validate({"items": rows})
