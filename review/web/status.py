"""What programs and operators watch: readiness, metrics, and the status page of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask_login import current_user
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from werkzeug.wrappers import Response

from review.errors import Forbidden
from review.reads import effects, standing
from review.rules import may_operate
from review.web.access import monitor, staff

status = Blueprint("status", __name__)


@status.get("/readyz")
@monitor
def ready() -> tuple[dict[str, object], int]:
    """What the product needs, each with its latency. 503 while the database is away: all else can be done without."""
    parts = standing.parts()
    told = {
        part.name: {"ok": not part.trouble, "milliseconds": round(part.seconds * 1000, 1)}
        | ({"trouble": part.trouble} if part.trouble else {})
        for part in parts
    }
    down = any(part.trouble for part in parts if part.name == "database")
    return {"ready": not down, "parts": told}, 503 if down else 200


@status.get("/metrics")
@monitor
def metrics() -> Response:
    """Prometheus: what all web processes of this host have counted, and what the database says now."""
    folder, counted, seen = current_app.config["GREENROOM"].metrics_dir, REGISTRY, CollectorRegistry()
    if folder is not None:
        counted = CollectorRegistry()
        counted.register(_Processes(folder))
    seen.register(_Rows())
    return Response(generate_latest(counted) + generate_latest(seen), content_type=CONTENT_TYPE_LATEST)


class _Processes(Collector):
    """What several processes have counted, each in files of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """A file is empty for a moment after its process has made it, and prometheus_client cannot read it then."""
        files = [str(path) for path in self._folder.glob("*.db") if _size(path)]
        return MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call, no-any-return]


def _size(path: Path) -> int:
    """In bytes. 0 where the process has ended meanwhile, and its file with it."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


class _Rows(Collector):
    """Gauges that any process can answer, because they are in the database."""

    def collect(self) -> Iterator[Metric]:
        now, kinds = datetime.now(UTC), standing.outbox()
        waiting = GaugeMetricFamily("greenroom_outbox_waiting", "Effects that wait.", labels=["kind"])
        oldest = GaugeMetricFamily("greenroom_outbox_oldest_seconds", "How long the oldest is due.", labels=["kind"])
        dead = GaugeMetricFamily("greenroom_outbox_dead", "Effects that failed for good.", labels=["kind"])
        for depth in kinds:
            waiting.add_metric([depth.kind], depth.waiting)
            dead.add_metric([depth.kind], depth.dead)
            oldest.add_metric([depth.kind], max(0, (now - depth.oldest).total_seconds()) if depth.oldest else 0)
        letters = GaugeMetricFamily("greenroom_letters", "Letters by state.", labels=["state"])
        for state, number in standing.letters().items():
            letters.add_metric([state], number)
        yield from (waiting, oldest, dead, letters)


@status.get("/desk/status")
@staff
def page() -> str:
    """Queues, workers, outbox, servers: for admins."""
    if not may_operate(current_user.role):
        raise Forbidden
    return render_template("desk/status.html", status=standing.status(), effects=effects.effects(), can_act=True)
