"""Greenroom's own processes: five web instances, and three hosts with a relay, a clock and a worker for each queue."""

from __future__ import annotations

import sys
from abc import ABC
from collections.abc import Mapping
from pathlib import Path

import redis
import urllib3
from rq import Worker

from stack.process import StackError, run
from stack.server import HOST, ROOT, Server, base_environment

INSTANCES = 5
HOSTS = {
    "a": ("letters", "provisioning", "feeds", "desk"),
    "b": ("letters", "search", "bulk", "desk", "webhooks"),
    "c": ("provisioning", "feeds", "bulk", "webhooks"),
}


class Part(Server, ABC):
    """A process of the product, with the settings it gets from its environment."""

    patience = 60  # twenty of them start side by side

    def __init__(self, name: str, folder: Path, env: Mapping[str, str], port: int = 0) -> None:
        super().__init__(folder, port)
        self.name = name
        self._env = env

    def where(self) -> Path:
        return ROOT

    def environment(self) -> dict[str, str]:
        return super().environment() | settings(self.folder, self._env)

    def version(self) -> str:
        return "Greenroom"


class Web(Part):
    """One gunicorn with one gevent worker."""

    def command(self) -> list[str | Path]:
        return [
            *_module("gunicorn"),
            "-c",
            "deploy/gunicorn.py",
            "-k",
            "gevent",
            "-b",
            f"{HOST}:{self.port}",
            "wsgi:app",
        ]

    def probe(self) -> None:
        answer = urllib3.request("GET", f"http://{HOST}:{self.port}/healthz", timeout=5, retries=False)
        if answer.status != 200:
            raise StackError(f"it answers {answer.status}")


class Job(Part):
    """A relay, a clock, or a worker on one queue; `words` are what `python -m jobs.run` is given."""

    def __init__(self, name: str, folder: Path, env: Mapping[str, str], words: tuple[str, ...]) -> None:
        super().__init__(name, folder, env)
        self._words = words

    @property
    def log(self) -> Path:
        """The processes of a host share its folder, and each has a log of its own there."""
        return self.folder / f"{'-'.join(self._words)}.log"

    def command(self) -> list[str | Path]:
        return [*_module("jobs.run"), *self._words]

    def probe(self) -> None:
        """A worker has put its name down in Redis; of the others it can only be seen that they live."""
        if self._words[0] == "worker":
            with redis.Redis.from_url(self._env["REDIS_URL"], socket_timeout=3) as client:
                if self.pid not in {worker.pid for worker in Worker.all(client)}:
                    raise StackError("it has not put its name down yet")


def web(folder: Path, ports: Mapping[str, int], env: Mapping[str, str]) -> list[Web]:
    """The web instances; `ports` calls them `web 1` and so on."""
    names = [f"web {number}" for number in range(1, INSTANCES + 1)]
    return [Web(name, folder / name.replace(" ", "-"), env, ports[name]) for name in names]


def jobs(folder: Path, env: Mapping[str, str]) -> list[Job]:
    """What runs on the worker hosts."""
    found = []
    for host, queues in HOSTS.items():
        for words in (("relay",), ("clock",), *(("worker", queue) for queue in queues)):
            found.append(Job(f"host {host}: {' '.join(words)}", folder / f"host-{host}", env, words))
    return found


def flask(folder: Path, env: Mapping[str, str], *words: str) -> str:
    """Run one of the product's commands and return what it says. Raises StackError where it fails."""
    folder.mkdir(mode=0o700, exist_ok=True)
    log = folder / f"{'-'.join(words)}.log"
    log.unlink(missing_ok=True)
    everything = base_environment(folder) | settings(folder, env)
    run([*_module("flask"), "--app", "wsgi", *words], log=log, folder=ROOT, env=everything)
    said = log.read_text()
    log.unlink()  # the demo says passwords
    return said


def settings(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    """The settings of a process whose DATA_DIR is `folder`."""
    return {"DATA_DIR": str(folder)} | dict(env)


def _module(name: str) -> list[str | Path]:
    return [sys.executable, "-m", name]
