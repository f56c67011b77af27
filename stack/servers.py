"""The backing servers together: what `make test-stack` and the stack itself start."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from stack.broker import Redis
from stack.database import PgBouncer, Postgres
from stack.doubles import BUCKET, S3, Mailjet
from stack.process import end_all
from stack.search import Elasticsearch
from stack.server import Server, free_ports, reachable

PORTS = ("postgres", "pgbouncer", "redis", "elasticsearch", "elasticsearch-transport", "s3", "mailjet")
MAIL_FROM = "hello@greenroom.example"
Say = Callable[[Server], None]


class Servers:
    """Every backing server, in one folder, on `ports` (free ones by default). As a context, they run inside it.

    `webhook` is where Mailjet reports to, host:port/path; `fast` is meant for tests, see Postgres.
    """

    def __init__(
        self, folder: Path, ports: Mapping[str, int] | None = None, *, webhook: str = "", fast: bool = False
    ) -> None:
        self.folder = home = reachable(folder)
        port = ports or dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
        self.elasticsearch = Elasticsearch(
            home / "elasticsearch", port["elasticsearch"], port["elasticsearch-transport"]
        )
        self.postgres = Postgres(home / "postgres", port["postgres"], fast=fast)
        self.pgbouncer = PgBouncer(home / "pgbouncer", port["pgbouncer"], self.postgres)
        self.redis = Redis(home / "redis", port["redis"])
        self.s3 = S3(home / "s3", port["s3"])
        self.mailjet = Mailjet(home / "mailjet", port["mailjet"], webhook=webhook)

    @property
    def all(self) -> dict[str, Server]:
        """By name, in the order in which they are waited for."""
        return {
            "postgres": self.postgres,
            "pgbouncer": self.pgbouncer,
            "redis": self.redis,
            "s3": self.s3,
            "mailjet": self.mailjet,
            "elasticsearch": self.elasticsearch,
        }

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, started: Say = lambda _server: None, ready: Say = lambda _server: None) -> None:
        """Start them side by side and wait until all answer; tells of each. Raises StackError."""
        late = (self.pgbouncer,)  # asks PostgreSQL before it starts
        for server in (self.elasticsearch, *self.all.values()):  # the slowest one first
            if server not in late:
                server.start()
                started(server)
        for server in self.all.values():
            if server in late:
                server.start()
                started(server)
            server.wait_ready()
            ready(server)

    def stop(self) -> None:
        """End them all in good order. What lies on disk stays."""
        end_all([(server.process, server.stop_signal) for server in self.all.values() if server.process])

    def environment(self) -> dict[str, str]:
        """The product's settings that lead to these servers."""
        return {
            "DATABASE_URL": self.pgbouncer.url(),
            "DATABASE_DIRECT_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url,
            "ELASTICSEARCH_URL": self.elasticsearch.url,
            "STORAGE_URL": f"s3://{BUCKET}?endpoint={self.s3.url}&region=us-east-1&acl=public-read",
            "AWS_ACCESS_KEY_ID": S3.account_id,
            "AWS_SECRET_ACCESS_KEY": S3.account_secret,
            "FEEDS_URL": f"{self.s3.url}/{BUCKET}",
            "MAILJET_API_KEY": self.mailjet.key,
            "MAILJET_API_SECRET": self.mailjet.secret,
            "MAILJET_WEBHOOK_PASSWORD": self.mailjet.webhook_password,
            "MAILJET_API_URL": f"{self.mailjet.url}/",
            "MAIL_FROM": MAIL_FROM,
        }

    def describe(self, path: Path) -> None:
        """Write down where everything is, for processes that use these servers. Only we can read it."""
        note = {
            "env": self.environment(),
            "admin_url": self.postgres.admin_url,
            "ports": {name: server.port for name, server in self.all.items()},
            "pids": {name: server.pid for name, server in self.all.items()},
            "versions": {name: server.version() for name, server in self.all.items()},
            "folder": str(self.folder),
        }
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(note, file, indent=2)
