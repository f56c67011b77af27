"""What this process counts. Under several web processes the counts of all are added up by prometheus_client itself."""

from __future__ import annotations

from typing import Any

from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import Engine, event

REQUESTS = Histogram(
    "greenroom_request_seconds",
    "Answered requests, by page.",
    ["endpoint", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SEARCHES = Histogram(
    "greenroom_search_seconds",
    "Searches, by the engine that answered.",
    ["engine"],
    buckets=(0.01, 0.05, 0.1, 0.25, 1, 2),
)
FALLBACKS = Counter("greenroom_search_fallbacks_total", "Searches the database answered in place of Elasticsearch.")
CONNECTIONS = Gauge(
    "greenroom_database_connections_in_use", "Database connections in use.", multiprocess_mode="livesum"
)


def watch(engine: Engine) -> None:
    """Count the connections a process has taken out of its pool."""
    event.listen(engine, "checkout", _taken)
    event.listen(engine, "checkin", _given_back)


def _taken(_connection: Any, _record: Any, _proxy: Any) -> None:
    CONNECTIONS.inc()


def _given_back(_connection: Any, _record: Any) -> None:
    CONNECTIONS.dec()
