"""Why a busy host needs pgBouncer: the same load with it and without it, on a PostgreSQL with few connections.

PostgreSQL gives each connection a process, so it has few of them: 30 here. Five web instances, each with one gevent worker
that may hold 50, want up to 250. Behind nginx, pgBouncer lends them at most 25, a transaction at a time. Without it most
of the 250 are refused, and so are the people whose pages needed them.

500 clients ask one thing after the other, each as soon as its last answer is there. Everything else is production's: nginx,
pgBouncer, gunicorn and the role's limits are set by the files in deploy/. The machine may be shared, so figures mean
something only beside those of the same run.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any, LiteralString

import psycopg

from stack import product
from stack.broker import Redis
from stack.database import ROLE, PgBouncer, Postgres
from stack.front import Nginx
from stack.server import base_environment, free_ports, reachable

CLIENTS = 500
POSTGRES_CONNECTIONS = 30
MOST_CONNECTIONS = 25
MOST_SPREAD = 3.0
WARM_UP, SECONDS, QUIET = 5, 15, 10
LUA = Path(__file__).with_name("load.lua")
PASSWORD = secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one setup. Times in milliseconds, as the clients saw them.

    `kept` counts the reports that were answered with 200, `stored` the rows there are of them afterwards; `silent` are
    requests that had no answer when the clients left.
    """

    name: str
    answered: int
    statuses: Mapping[int, int]
    broken: int
    silent: int
    p50: float
    p99: float
    longest: float
    connections: int
    kept: int
    stored: int
    refusals: Mapping[str, int]

    @property
    def fives(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def failed(self) -> int:
        """Requests that got something else than their page."""
        return sum(count for status, count in self.statuses.items() if status != 200) + self.broken + self.silent

    @property
    def spread(self) -> float:
        return self.p99 / self.p50 if self.p50 else 0.0

    @property
    def per_second(self) -> float:
        return self.statuses.get(200, 0) / SECONDS


class Watch:
    """Counts the connections PostgreSQL has for the product, ten times a second, and keeps the highest number."""

    def __init__(self, postgres: Postgres) -> None:
        self.most = 0
        self._over = Event()
        self._connection = psycopg.connect(postgres.admin_url, dbname=ROLE, autocommit=True)  # on a reserved slot
        self._thread = Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        self._connection.close()

    def stored(self) -> int:
        return self._number("SELECT count(*) FROM mail_reports")

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.most = max(
                self.most, self._number("SELECT count(*) FROM pg_stat_activity WHERE usename = 'greenroom'")
            )

    def _number(self, query: LiteralString) -> int:
        (number,) = self._connection.execute(query).fetchone() or (0,)
        return int(number)


class Bench:
    """PostgreSQL and Redis in `folder`, and on them one setup of the product after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        postgres, redis, pooler, nginx, *web = free_ports(4 + product.INSTANCES)
        self.postgres = Postgres(folder / "postgres", postgres, max_connections=POSTGRES_CONNECTIONS)
        self.redis = Redis(folder / "redis", redis)
        self.pooler = PgBouncer(folder / "pgbouncer", pooler, self.postgres)
        self.nginx = Nginx(folder / "nginx", nginx, web)
        self._web_ports = {f"web {number}": port for number, port in enumerate(web, start=1)}
        self._secret_key = secrets.token_hex(32)

    @contextmanager
    def servers(self) -> Iterator[None]:
        """The servers with an empty database."""
        with running([self.postgres, self.redis]):
            product.flask(self.folder / "commands", self._environment(self.postgres.url()), "db", "upgrade")
            yield

    def pooled(self) -> Outcome:
        with running([self.pooler]):
            return self._measure("pgBouncer", self.pooler.url())

    def direct(self) -> Outcome:
        return self._measure("no pgBouncer", self.postgres.url())

    def _environment(self, database_url: str) -> dict[str, str]:
        return {
            "DATABASE_URL": database_url,
            "DATABASE_DIRECT_URL": self.postgres.url(),
            "REDIS_URL": self.redis.url,
            "SECRET_KEY": self._secret_key,
            "PUBLIC_URL": self.nginx.url,
            "TRUSTED_PROXIES": "1",
            "LOG_FORMAT": "json",
            "MAIL_FROM": "hello@greenroom.example",
            "MAILJET_API_KEY": "unused",
            "MAILJET_API_SECRET": "unused",  # noqa: S105 - nothing is sent: no worker runs
            "MAILJET_WEBHOOK_PASSWORD": PASSWORD,
        }

    def _measure(self, name: str, database_url: str) -> Outcome:
        web = product.web(self.folder, self._web_ports, self._environment(database_url))
        with running([*web, self.nginx]):
            say(f"{name}: warming up for {WARM_UP} s, measuring for {SECONDS} s ...")
            load(self.nginx.url, seconds=WARM_UP)
            with Watch(self.postgres) as watch:
                said, stored = len(self.postgres.log.read_text()), watch.stored()
                seen = load(self.nginx.url, seconds=SECONDS)
                stored = watch.stored() - stored
        return Outcome(
            name=name,
            answered=seen["answered"],
            statuses={int(status): count for status, count in seen["statuses"].items()},
            broken=seen["broken"],
            silent=seen["sent"] - seen["answered"],
            p50=seen["p50"],
            p99=seen["p99"],
            longest=seen["longest"],
            connections=watch.most,
            kept=seen["kept"],
            stored=stored,
            refusals=Counter(re.findall(r"FATAL:  (.*)", self.postgres.log.read_text()[said:])),
        )


@contextmanager
def running(servers: list[Any]) -> Iterator[None]:
    """Start servers side by side, wait until all answer, and end them in any case."""
    with ExitStack() as ending:
        for server in servers:
            ending.callback(server.stop)
            server.start()
        for server in servers:
            server.wait_ready()
        yield


def load(url: str, *, seconds: int) -> dict[str, Any]:
    """Send requests from all clients for so many seconds, wait for the last answers, and return what load.lua tells."""
    env = base_environment(Path.home()) | {
        "BENCH_SECONDS": str(seconds),
        "BENCH_AUTHORIZATION": "Basic " + base64.b64encode(f"mailjet:{PASSWORD}".encode()).decode(),
    }
    duration = seconds + QUIET
    words = ["wrk", "-t2", f"-c{CLIENTS}", f"-d{duration}s", "--timeout", f"{duration}s", "-s", LUA, url]
    said = subprocess.run(words, env=env, check=True, capture_output=True, text=True, timeout=duration + 30).stdout
    result: dict[str, Any] = json.loads(said.rpartition("RESULT ")[2])
    return result


def report(outcomes: Sequence[Outcome]) -> None:
    """The setups side by side."""
    first = outcomes[0]
    say(
        f"\n{'setup':<13}{'requests':>9}{'5xx':>7}{'socket':>7}{'rps':>6}{'p50 ms':>8}{'p99 ms':>8}{'p99/p50':>8}"
        f"{'max ms':>8}{'connections':>12}"
    )
    for one in outcomes:
        say(
            f"{one.name:<13}{one.answered:>9}{one.fives:>7}{one.broken:>7}{one.per_second / first.per_second:>6.2f}"
            f"{one.p50:>8.0f}{one.p99:>8.0f}{one.spread:>8.2f}{one.longest:>8.0f}{one.connections:>12}"
        )
    for one in outcomes:
        say(f"\n{one}")


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True) as name:
        bench = Bench(reachable(Path(name)))
        with bench.servers():
            outcomes = [bench.pooled(), bench.direct()]
    report(outcomes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
