"""Why a busy host needs pgBouncer: the same load with it and without it, on a PostgreSQL that has few connections.

Each connection is a process to PostgreSQL, so it has few of them: 30 here. Five web instances, each with one gevent
worker that may hold 50, want up to 250. pgBouncer lends them 25 at most, for a transaction at a time. Without it most
of the 250 are refused, and so are the people whose pages needed them.

500 clients, whose connections to nginx stay open, each ask for the next thing as soon as the last answer is there. All
else is production's: the files in deploy/ set nginx, pgBouncer, gunicorn and the role's limits. The machine may be
shared, so a figure means something only beside those of the same run.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from types import FrameType
from typing import Any, LiteralString

import psycopg

from bench.outcome import Load, Outcome, answers, table, targets
from stack import packages, product
from stack.broker import Redis
from stack.database import ROLE, PgBouncer, Postgres
from stack.front import Nginx
from stack.process import StackError
from stack.server import Server, base_environment, free_ports, reachable

CLIENTS = 500
POSTGRES_CONNECTIONS = 30
WARM_UP, SECONDS, QUIET = 5, 15, 10
STOPPING = (signal.SIGINT, signal.SIGTERM)
LUA = Path(__file__).with_name("load.lua")
HOOK_PASSWORD = secrets.token_urlsafe(24)


class Watch:
    """Looks at PostgreSQL ten times a second, on a connection that is reserved for superusers."""

    def __init__(self, postgres: Postgres) -> None:
        self.most_connections = 0
        self._log = postgres.log
        self._log_before = len(self._log.read_text())
        self._connection = psycopg.connect(postgres.admin_url, dbname=ROLE, autocommit=True)
        self._stored_before = self._count("SELECT count(*) FROM mail_reports")
        self._over = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        self._connection.close()

    def outcome(self, name: str, load: Load) -> Outcome:
        """What there is to tell of a setup, up to now."""
        return Outcome(
            name=name,
            load=load,
            stored=self._count("SELECT count(*) FROM mail_reports") - self._stored_before,
            connections=self.most_connections,
            refusals=Counter(re.findall(r"FATAL:  (.*)", self._log.read_text()[self._log_before :])),
        )

    def _look(self) -> None:
        while not self._over.wait(0.1):
            now = self._count("SELECT count(*) FROM pg_stat_activity WHERE usename = 'greenroom'")
            self.most_connections = max(self.most_connections, now)

    def _count(self, query: LiteralString) -> int:
        (number,) = self._connection.execute(query).fetchone() or (0,)
        return int(number)


class Bench:
    """PostgreSQL and Redis in `folder`, and in front of them one setup of the product after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        postgres, redis, pooler, nginx, *web = free_ports(4 + product.INSTANCES)
        self._postgres = Postgres(folder / "postgres", postgres, max_connections=POSTGRES_CONNECTIONS)
        self._redis = Redis(folder / "redis", redis)
        self._pooler = PgBouncer(folder / "pgbouncer", pooler, self._postgres)
        self._nginx = Nginx(folder / "nginx", nginx, web)
        self._web_ports = {f"web {number}": port for number, port in enumerate(web, start=1)}
        self._secret_key = secrets.token_hex(32)

    def run(self) -> list[Outcome]:
        """Measure with pgBouncer, then without it. Raises StackError; no process of it is left in any case."""
        with running([self._postgres, self._redis]):
            product.flask(self._folder / "commands", self._settings(self._postgres.url()), "db", "upgrade")
            with running([self._pooler]):
                say(", ".join(server.version() for server in (self._postgres, self._pooler)))
                pooled = self._measure("pgBouncer", self._pooler.url())
            return [pooled, self._measure("no pgBouncer", self._postgres.url())]

    def _measure(self, name: str, database_url: str) -> Outcome:
        web = product.web(self._folder, self._web_ports, self._settings(database_url))
        with running([*web, self._nginx]):
            say(f"{name}: {WARM_UP} s to warm up, then {SECONDS} s ...")
            send(self._nginx.url, seconds=WARM_UP)
            with Watch(self._postgres) as watch:
                load = send(self._nginx.url, seconds=SECONDS)
                return watch.outcome(name, load)

    def _settings(self, database_url: str) -> dict[str, str]:
        return {
            "DATABASE_URL": database_url,
            "DATABASE_DIRECT_URL": self._postgres.url(),
            "REDIS_URL": self._redis.url,
            "SECRET_KEY": self._secret_key,
            "PUBLIC_URL": self._nginx.url,
            "TRUSTED_PROXIES": "1",
            "LOG_FORMAT": "json",
            "MAIL_FROM": "hello@greenroom.example",
            "MAILJET_API_KEY": "nothing is sent",
            "MAILJET_API_SECRET": "for no worker runs",
            "MAILJET_WEBHOOK_PASSWORD": HOOK_PASSWORD,
        }


@contextmanager
def running(servers: Sequence[Server]) -> Iterator[None]:
    """Start servers side by side, wait until all answer, and end them in any case."""
    with ExitStack() as ending:
        for server in servers:
            ending.callback(server.stop)
            server.start()
        for server in servers:
            server.wait_ready()
        yield


def send(url: str, *, seconds: int) -> Load:
    """Have all clients ask for so many seconds, and wait for the last answers."""
    began = time.time()
    until = int(began) + seconds + 1  # Lua's clock knows whole seconds only
    duration = seconds + QUIET
    env = base_environment(Path.home()) | {
        "BENCH_UNTIL": str(until),
        "BENCH_AUTHORIZATION": "Basic " + base64.b64encode(f"mailjet:{HOOK_PASSWORD}".encode()).decode(),
    }
    command: list[str | Path] = ["wrk", "-t2", f"-c{CLIENTS}", f"-d{duration}s", f"--timeout={duration}s", "-s", LUA]
    ended = subprocess.run([*command, url], env=env, check=True, capture_output=True, text=True, timeout=duration + 30)
    told: dict[str, Any] = json.loads(ended.stdout.rpartition("RESULT ")[2])
    statuses = {int(status): count for status, count in told.pop("statuses").items()}
    return Load(seconds=until - began, statuses=statuses, **told)


def say(line: str) -> None:
    print(line, flush=True)


def _require() -> None:
    needed = {"postgresql", "pgbouncer", "redis-server", "nginx"} & set(packages.missing())
    if not shutil.which("wrk"):
        needed.add("wrk")
    if needed:
        raise StackError(f"The bench needs programs that are not here: apt-get install {' '.join(sorted(needed))}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)  # nobody who presses Ctrl-C twice leaves servers behind
    raise KeyboardInterrupt


def main() -> int:
    """Measure and tell. 1 where a target was not met."""
    for number in STOPPING:
        signal.signal(number, _interrupt)
    say(f"{CLIENTS} clients, {os.cpu_count()} cores, load of the machine before: {os.getloadavg()[0]:.1f}")
    try:
        _require()
        with tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True) as name:
            outcomes = Bench(reachable(Path(name))).run()
    except StackError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Interrupted; what had been started is ended.")
        return 130
    met = targets(*outcomes)
    say("\n".join(["", *table(outcomes), "", *(line for outcome in outcomes for line in answers(outcome)), ""]))
    for target, holds in met.items():
        say(f"{'met    ' if holds else 'NOT MET'} {target}")
    return int(not all(met.values()))


if __name__ == "__main__":
    sys.exit(main())
