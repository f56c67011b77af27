"""Webhooks and what each was told, as admins see them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from review.db import db
from review.errors import Missing
from review.models.event import Event
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.webhook import Webhook, WebhookDelivery
from review.reads.pages import Slice


@dataclass(frozen=True, slots=True)
class Told:
    """One message and its Event; `effect` is that of its next attempt, or of the one that failed for good."""

    delivery: WebhookDelivery
    event: Event | None
    effect: OutboxItem | None


def webhooks(*, chats: bool = False) -> list[tuple[Webhook, WebhookDelivery | None]]:
    """Those that are told of Events, or the chats, each with the last message it was sent; by name."""
    newest = select(func.max(WebhookDelivery.id)).group_by(WebhookDelivery.webhook_id)
    last = (WebhookDelivery.webhook_id == Webhook.id) & WebhookDelivery.id.in_(newest)
    wanted = select(Webhook, WebhookDelivery).outerjoin(WebhookDelivery, last).order_by(func.lower(Webhook.name))
    which = Webhook.alerts.is_not(None) if chats else Webhook.alerts.is_(None)
    return [(hook, told) for hook, told in db.session.execute(wanted.where(which))]


def webhook(webhook_id: int) -> Webhook:
    """One webhook. Raises Missing."""
    hook = db.session.get(Webhook, webhook_id, options=[joinedload(Webhook.made_by)])
    if hook is None:
        raise Missing
    return hook


def log(webhook_id: int, *, before: int | None = None, limit: int = 50) -> Slice[Told]:
    """What it was told, newest first, in a fixed number of queries."""
    wanted = select(WebhookDelivery, Event).outerjoin(Event, Event.id == WebhookDelivery.event_id)
    wanted = wanted.where(WebhookDelivery.webhook_id == webhook_id)
    if before is not None:
        wanted = wanted.where(WebhookDelivery.id < before)
    found = db.session.execute(wanted.order_by(WebhookDelivery.id.desc()).limit(limit + 1)).all()
    rows, effects = found[:limit], _effects([delivery.id for delivery, _event in found[:limit]])
    told = [Told(delivery, event, effects.get(delivery.id)) for delivery, event in rows]
    return Slice(told, str(rows[-1][0].id) if len(found) > limit else None)


def _effects(ids: list[int]) -> dict[int, OutboxItem]:
    open_ones = (ItemState.WAITING, ItemState.LEASED, ItemState.DEAD)
    wanted = select(OutboxItem).where(
        OutboxItem.kind == Kind.WEBHOOK, OutboxItem.target_id.in_(ids), OutboxItem.state.in_(open_ones)
    )
    return {item.target_id: item for item in db.session.scalars(wanted)}
