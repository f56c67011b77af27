"""Webhooks: admins say who is told of what; jobs ask for a message, send it, and note what was answered."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from review import alerts as texts
from review import outbox, tokens
from review.db import transaction
from review.errors import Forbidden, Missing, Refused
from review.models.event import Actor
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.webhook import DeliveryState, Webhook, WebhookDelivery
from review.rules import may_configure
from review.services import broadcast
from review.services.audit import record
from review.typed import is_web_address

MOST = 20
KEEP_DAYS = 30
GONE = 410
"""HTTP: the program is there no longer and wants to hear nothing more."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One attempt at a message."""

    url: str
    body: bytes
    headers: dict[str, str]


def make(
    name: str, url: str, verbs: Collection[str], *, alerts: dict[str, int] | None = None, by: Person, now: datetime
) -> str:
    """Tell an address of these Events, or (none given) of all; or, with `alerts`, a chat of these conditions.

    Returns what messages are signed with, this one time. Raises Forbidden, or Refused without a name, for what is no
    address of the web, or with too many.
    """
    _check_admin(by)
    name, url = " ".join(name.split()), url.strip()
    if not name or len(name) > Webhook.name.type.length:
        raise Refused("webhook-name", field="name")
    if not is_web_address(url) or "@" in url.partition("//")[2].partition("/")[0]:
        raise Refused("webhook-url", field="url")
    if url.startswith("http:") and current_app.config["GREENROOM"].secure:
        raise Refused("webhook-plain", field="url")
    with transaction() as session:
        if (session.scalar(select(func.count(Webhook.id))) or 0) >= MOST:
            raise Refused("too-many-webhooks", field="name")
        hook = Webhook(
            name=name,
            url=url,
            salt=secrets.token_urlsafe(24),
            verbs=sorted(set(verbs)),
            alerts=alerts,
            active=True,
            made_by_id=by.id,
            created_at=now,
        )
        session.add(hook)
        session.flush()  # the Event names it
        verb = "webhook-made" if alerts is None else "channel-made"
        record(session, verb, at=now, person=by, why=name, webhook=hook.id)
        return "whsec_" + base64.b64encode(_key(hook)).decode()


def set_active(webhook_id: int, active: bool, *, by: Person, now: datetime) -> None:
    """Switch it off or on. What happens while it is off it never hears of, unless somebody sends it again."""
    with transaction() as session:
        hook = _held(session, webhook_id, by)
        if hook.active != active:
            hook.active, hook.trouble, hook.looked_at = active, "", now
            record(session, "webhook-on" if active else "webhook-off", at=now, person=by, why=hook.name)


def remove(webhook_id: int, *, by: Person, now: datetime) -> None:
    """Take it away, and all that is known of what it was told."""
    with transaction() as session:
        hook = _held(session, webhook_id, by)
        session.execute(delete(WebhookDelivery).where(WebhookDelivery.webhook_id == hook.id))
        session.delete(hook)
        session.flush()  # it is not to be told of its own end
        record(session, "webhook-removed", at=now, person=by, why=hook.name)


def ping(webhook_id: int, *, by: Person, now: datetime) -> None:
    """Send a message that tells nothing, to see whether it arrives. Raises Refused while it is off."""
    with transaction() as session:
        hook = _held(session, webhook_id, by)
        if not hook.active:
            raise Refused("webhook-is-off")
        payload = {"type": "ping", "timestamp": now.isoformat(), "data": {}}
        payload = payload if hook.alerts is None else {"text": texts.ping()}
        broadcast.put(session, hook.id, payload, event_id=None, now=now)
        record(session, "webhook-pinged", at=now, person=by, why=hook.name)


def replay(delivery_id: int, *, by: Person, now: datetime) -> int:
    """Send a message again under its own id, whether it arrived or not. Returns the webhook's id. Raises Refused while
    that is off."""
    with transaction() as session:
        _check_admin(by)
        told = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        if told is None:
            raise Missing
        if not told.webhook.active:
            raise Refused("webhook-is-off")
        if not _is_under_way(session, told, now):
            outbox.put(session, Kind.WEBHOOK, told.id, now=now)
        told.state = DeliveryState.WAITING
        record(session, "webhook-replayed", at=now, person=by, why=told.webhook.name, delivery=told.id)
        return told.webhook_id


def _is_under_way(session: Session, told: WebhookDelivery, now: datetime) -> bool:
    """Whether its effect still lives; a dead one is brought back."""
    alive = (ItemState.WAITING, ItemState.LEASED, ItemState.DEAD)
    found = select(OutboxItem).where(
        OutboxItem.kind == Kind.WEBHOOK, OutboxItem.target_id == told.id, OutboxItem.state.in_(alive)
    )
    item = session.scalar(found.limit(1).with_for_update())
    if item is not None and item.state is not ItemState.LEASED:
        item.state, item.attempts, item.due_at, item.done_at = ItemState.WAITING, 0, now, None
    return item is not None


def begin(delivery_id: int, *, now: datetime) -> Outgoing | None:
    """The message as it is to be sent now. None where it arrived, or where nobody wants it any more."""
    with transaction() as session:
        told = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        if told is None or told.state is DeliveryState.DELIVERED:
            return None
        if not told.webhook.active:
            told.state = DeliveryState.DROPPED
            return None
        told.attempts, told.attempted_at = told.attempts + 1, now
        body = json.dumps(told.payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        message_id, at = f"msg_{told.id}", int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(at),
            "webhook-signature": tokens.signature(_key(told.webhook), message_id, at, body),
        }
        return Outgoing(told.webhook.url, body, headers)


def answered(delivery_id: int, status: int | None, answer: str, *, now: datetime) -> bool:
    """Note what was answered, or (no status) why nothing was. Returns whether it need not be sent again.

    Who answers that it is gone is switched off.
    """
    with transaction() as session:
        told = session.get(WebhookDelivery, delivery_id, with_for_update=True)
        if told is None:
            return True
        taken = status is not None and 200 <= status < 300
        told.state = DeliveryState.DELIVERED if taken else DeliveryState.FAILED
        told.status, told.answer = status, answer[: WebhookDelivery.answer.type.length]
        if status == GONE and told.webhook.active:
            told.webhook.active, told.webhook.trouble = False, "gone"
            session.flush()  # it is not to be told
            record(session, "webhook-gone", at=now, actor=Actor.SYSTEM, why=told.webhook.name)
        return taken or status == GONE


def forget(*, now: datetime) -> int:
    """Let go of what was told a month ago. Returns how many messages."""
    with transaction() as session:
        old = select(WebhookDelivery.id).where(WebhookDelivery.created_at < now - timedelta(days=KEEP_DAYS)).limit(5000)
        gone = delete(WebhookDelivery).where(WebhookDelivery.id.in_(old)).returning(WebhookDelivery.id)
        return len(session.scalars(gone).all())


def _check_admin(by: Person) -> None:
    if not may_configure(by.role):
        raise Forbidden


def _held(session: Session, webhook_id: int, by: Person) -> Webhook:
    _check_admin(by)
    hook = session.get(Webhook, webhook_id, with_for_update=True)
    if hook is None:
        raise Missing
    return hook


def _key(hook: Webhook) -> bytes:
    return tokens.derive(str(current_app.config["SECRET_KEY"]), "webhook", hook.salt)
