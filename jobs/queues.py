"""Which effects go through which queue. Each RQ worker process serves exactly one.

A worker on several queues takes an id off one and may die before it has noted that it began: the id would be lost until
its lease runs out. On one queue RQ moves the id instead. It also keeps letters from waiting behind copies.
"""

from __future__ import annotations

from collections.abc import Mapping

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from review.config import Settings
from review.environment import BadSetting
from review.models.outbox import Kind

Layout = Mapping[str, frozenset[Kind]]

SPREAD: Layout = {
    "letters": frozenset({Kind.LETTER, Kind.MAIL_REPORT}),
    "provisioning": frozenset({Kind.PROVISION, Kind.RETIRE}),
    "feeds": frozenset({Kind.FEED, Kind.FEED_CHECK}),
    "search": frozenset({Kind.SEARCH, Kind.DRIFT}),
    "bulk": frozenset({Kind.MEDIA, Kind.SWEEP}),
    "desk": frozenset({Kind.INTAKE, Kind.BULK}),
    "webhooks": frozenset({Kind.WEBHOOK}),
}
"""With a Redis of its own the product has as many workers as it needs."""

_PATIENT = SPREAD["bulk"] | SPREAD["webhooks"]
EMBEDDED: Layout = {"prompt": frozenset(Kind) - _PATIENT, "bulk": _PATIENT}
"""On one machine two workers do, and the laptop stays cool: a letter waits for no copy and no stranger's server."""


def layout(settings: Settings) -> Layout:
    """The queues there are, and what goes through them."""
    return EMBEDDED if settings.embedded_broker else SPREAD


def connect(settings: Settings) -> Redis:
    """A connection of this process's own."""
    return Redis.from_url(settings.redis_url, socket_connect_timeout=5, health_check_interval=30)


def queue(name: str, connection: Redis) -> Queue:
    """JSON arguments only: who writes to Redis must not be able to run code here."""
    return Queue(name, connection=connection, serializer=JSONSerializer)


def named(name: str, settings: Settings) -> str:
    """The name, if there is such a queue. Raises BadSetting."""
    known = layout(settings)
    if name not in known:
        raise BadSetting(f"QUEUE: there is none called {name!r}, but {', '.join(known)}")
    return name
