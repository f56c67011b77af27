"""Redis with the settings production has."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis

from stack.server import DEPLOY, HOST, Server


class Redis(Server):
    """Redis with deploy/redis.conf; only port, address and folder are other ones."""

    name = "Redis"
    account = "redis"

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def prepare(self) -> None:
        super().prepare()
        self.write("redis.conf", (DEPLOY / "redis.conf").read_text())

    def command(self) -> list[str | Path]:
        here = {
            "--port": str(self.port),
            "--bind": HOST,
            "--dir": str(self.folder),
            "--logfile": "",
            "--supervised": "no",
        }
        return [shutil.which("redis-server") or "/usr/bin/redis-server", "redis.conf", *sum(here.items(), ())]

    def probe(self) -> None:
        with redis.Redis(host=HOST, port=self.port, socket_timeout=3) as client:
            client.ping()

    def version(self) -> str:
        with redis.Redis(host=HOST, port=self.port, socket_timeout=3) as client:
            return f"Redis {client.info('server')['redis_version']}"
