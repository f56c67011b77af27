"""Chats that are told how the desk stands: admins say which and of what, the clock has it looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from review import alerts
from review.alerts import Condition
from review.db import transaction
from review.errors import Forbidden, Missing, Refused
from review.models.person import Person
from review.models.webhook import Webhook
from review.reads import pulse
from review.rules import may_configure
from review.services import broadcast, webhooks
from review.services.audit import record


def make_channel(name: str, url: str, watched: Mapping[str, int], *, by: Person, now: datetime) -> None:
    """Tell a chat's incoming webhook (Slack's, or one that takes the same) of these conditions.

    Raises Forbidden, or Refused as `webhooks.make` does, without a condition, or for a number that makes no sense.
    """
    webhooks.make(name, url, (), alerts=_checked(watched), by=by, now=now)


def change_channel(webhook_id: int, watched: Mapping[str, int], *, by: Person, now: datetime) -> None:
    """Tell it of other conditions. Raises Missing, Forbidden, Refused."""
    checked = _checked(watched)
    with transaction() as session:
        if not may_configure(by.role):
            raise Forbidden
        hook = session.get(Webhook, webhook_id, with_for_update=True)
        if hook is None or hook.alerts is None:
            raise Missing
        hook.alerts, hook.said = checked, [one for one in hook.said if one in checked]
        record(session, "channel-changed", at=now, person=by, why=hook.name)


def _checked(watched: Mapping[str, int]) -> dict[str, int]:
    if not watched:
        raise Refused("channel-conditions", field="new")
    for condition, number in watched.items():
        if condition not in list(Condition) or not 1 <= number <= alerts.MOST[Condition(condition)]:
            raise Refused("channel-number", field=condition if condition in list(Condition) else "new")
    return dict(watched)


def look(*, now: datetime) -> int:
    """Tell each chat what has come true since it was last looked. Returns how many were told something."""
    with transaction() as session:
        chats = select(Webhook).where(Webhook.active, Webhook.alerts.is_not(None)).order_by(Webhook.id)
        return sum(_tell(session, hook, now) for hook in session.scalars(chats.with_for_update(skip_locked=True)).all())


def _tell(session: Session, hook: Webhook, now: datetime) -> bool:
    seen = pulse.pulse(since=hook.looked_at or hook.created_at, now=now)
    holds = seen.true(hook.alerts or {})
    said = alerts.rising(holds, {Condition(one) for one in hook.said})
    hook.said, hook.looked_at = sorted(holds), now
    if said:
        where = current_app.config["PUBLIC_URL"]
        text = "\n".join(alerts.sentence(one, seen, where) for one in said)
        broadcast.put(session, hook.id, {"text": text}, event_id=None, now=now)
    return bool(said)
