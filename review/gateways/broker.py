"""The broker as operators need to see it: what waits in its queues, and which workers serve them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from review.errors import TryLater

SKEW = 5
"""Seconds by which two clocks may differ: leases and undo windows are counted in such."""


@dataclass(frozen=True, slots=True)
class Serving:
    """One worker: what it serves, what it does, when it was last heard of."""

    host: str
    pid: int
    queues: tuple[str, ...]
    state: str
    heard_at: datetime | None


class Broker:
    """Redis at `url`. Every method raises TryLater while it does not answer."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)

    def check(self) -> str:
        """What answered, and its clock's time is this machine's."""
        with _answering():
            seconds, _micros = self._redis.time()
            version = self._redis.info("server")["redis_version"]
        skew = abs(datetime.now(UTC).timestamp() - int(seconds))
        if skew > SKEW:
            raise TryLater(f"Redis: its clock differs from this machine's by {skew:.0f} s")
        return f"Redis {version} answers"

    def ping(self) -> None:
        """Return when it answers."""
        with _answering():
            self._redis.ping()

    def queues(self) -> dict[str, int]:
        """How many ids wait in each queue there is."""
        with _answering():
            return {queue.name: queue.count for queue in Queue.all(connection=self._redis, serializer=JSONSerializer)}

    def workers(self) -> list[Serving]:
        """Every worker that has been heard of lately."""
        with _answering():
            return [
                Serving(
                    host=worker.hostname or "",
                    pid=worker.pid or 0,
                    queues=tuple(worker.queue_names()),
                    state=str(worker.get_state()),
                    heard_at=worker.last_heartbeat and worker.last_heartbeat.replace(tzinfo=UTC),
                )
                for worker in Worker.all(connection=self._redis, serializer=JSONSerializer)
            ]


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise TryLater(f"Redis does not answer ({type(error).__name__})") from None
