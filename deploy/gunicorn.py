"""Gunicorn's settings. One worker of threads where nothing else is said, because a download or a slow phone must not
hold a process. On a busy host it is started with `-k gevent`, and WEB_CONCURRENCY says how many workers it has.

Nothing that is imported here may bring urllib3 or prometheus_client with it: a gevent worker patches the standard
library after it was forked, and the first must see it patched; the second looks for its folder when it is imported.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger

from review import logs
from review.config import load

METRICS = "PROMETHEUS_MULTIPROC_DIR"

worker_class = "gthread"
threads = 16
# A worker takes in as many connections as it may hold to the database. The others wait at the door, in order: in the
# queue of the pool, who came first would not be served first.
worker_connections = int(os.environ.get("DATABASE_POOL") or 50)
timeout = 60
graceful_timeout = 10
# One connection, one request. An idle connection would keep its place while others wait at the door, and the next
# request on it would be served before theirs.
keepalive = 0
# What is typed into the search box is part of the address, and each of its signs may take nine bytes there.
limit_request_line = 8190
accesslog = None
loglevel = "warning"
control_socket_disable = True


class Log(Logger):
    """Gunicorn's own lines in the product's format, and so in every worker, which inherits this."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        logs.configure(load().log_format)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


logger_class = Log


def on_starting(server: Arbiter) -> None:
    """Several workers add up what they count in a folder of their own: not that of another instance, nor an old one."""
    if server.cfg.workers > 1:
        os.environ[METRICS] = tempfile.mkdtemp(prefix="greenroom-metrics-")


def child_exit(server: Arbiter, worker: Any) -> None:
    """Forget what an ended worker had in hand; what it counted stays. As prometheus_client's mark_process_dead does."""
    if server.cfg.workers > 1:
        for gauge in Path(os.environ[METRICS]).glob(f"gauge_live*_{worker.pid}.db"):
            gauge.unlink()


def on_exit(server: Arbiter) -> None:
    if server.cfg.workers > 1:
        shutil.rmtree(os.environ[METRICS], ignore_errors=True)
