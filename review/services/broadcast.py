"""What happens is told to other programs: each Event becomes a message to every webhook that wants it, in its own
transaction, and leaves through the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from review import outbox
from review.models.application import Application
from review.models.event import Event
from review.models.outbox import Kind
from review.models.person import Person
from review.models.show import Show
from review.models.webhook import DeliveryState, Webhook, WebhookDelivery

OWN = ("webhook-pinged", "webhook-replayed")
"""Events that speak of one message: telling of them would make another one of each."""


def tell(session: Session, event: Event, person: Person | None) -> None:
    """Put a message for each webhook that wants the Event, in the caller's transaction."""
    wanting = [webhook_id for webhook_id, verbs in _hooks(session) if not verbs or event.verb in verbs]
    if not wanting or event.verb in OWN:
        return
    session.flush()  # the message names the Event
    payload = _payload(session, event, person)
    for webhook_id in wanting:
        put(session, webhook_id, payload, event_id=event.id, now=event.at)


def _hooks(session: Session) -> Sequence[tuple[int, list[str]]]:
    """Who is to be told, asked once for each transaction, however many Events it has."""
    transaction, known = session.get_transaction(), session.info.get("webhooks")
    if known is None or known[0] is not transaction:
        found = session.execute(select(Webhook.id, Webhook.verbs).where(Webhook.active, Webhook.alerts.is_(None)))
        known = session.info["webhooks"] = (transaction, [(row.id, row.verbs) for row in found])
    hooks: Sequence[tuple[int, list[str]]] = known[1]
    return hooks


def _payload(session: Session, event: Event, person: Person | None) -> dict[str, Any]:
    """What happened, in numbers and codes. Of people no more than which colleague it was."""
    application = session.get(Application, event.application_id) if event.application_id else None
    show = session.get(Show, event.show_id) if event.show_id else None
    staff = person is not None and person.is_staff
    return {
        "type": event.verb,
        "timestamp": event.at.isoformat(),
        "data": {
            "event": event.id,
            "actor": event.actor.value,
            "person": {"id": person.id, "name": person.name} if person and staff else None,
            "application": {"id": application.id, "state": application.state.value} if application else None,
            "show": {"id": show.id, "slug": show.slug} if show else None,
        },
    }


def put(session: Session, webhook_id: int, payload: dict[str, Any], *, event_id: int | None, now: datetime) -> int:
    """Put one message, in the caller's transaction. Returns the delivery's id."""
    delivery = WebhookDelivery(
        webhook_id=webhook_id, event_id=event_id, payload=payload, state=DeliveryState.WAITING, created_at=now
    )
    session.add(delivery)
    session.flush()  # the effect needs its id
    outbox.put(session, Kind.WEBHOOK, delivery.id, now=now)
    return delivery.id
