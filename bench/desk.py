"""How fast the desk is with ten and with a hundred thousand applications, embedded and on PostgreSQL, and whether many
hands on one queue decide anything twice.

The machine may be shared, so a figure means something only beside those of the same run. Targets are those of one
person who sifts: a second to open, a tenth of one to the next application.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import Connection, NullPool, create_engine, event, text

from bench import hands
from bench.connections import running, say
from bench.figures import Setup, missed, table
from review.app import create_app
from review.config import load
from review.db import db
from review.demo import load as demo
from review.rules import Role
from review.services import likeness, people, programmes
from stack import packages, product
from stack.broker import Redis
from stack.database import PgBouncer, Postgres
from stack.process import StackError
from stack.server import free_ports, reachable
from tests import chromium
from tests.web.browsing import fields

SIZES = tuple(int(size) for size in os.environ.get("BENCH_SIZES", "10000,100000").split(","))
SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
COLLISIONS = int(os.environ.get("BENCH_COLLISIONS", "1000"))
REVIEWERS, PLAIN, TRIES = 20, 60, 15
LIMITS = {f"RATE_LIMIT_{name}": "100000 per minute" for name in ("ADDRESS", "NETWORK", "EMAIL")}
PAGES = {
    "cold list": "/desk",
    "list of all": "/desk?q=is:any",
    "facet: language": "/desk?q=is:any+lang:de",
    "facet: topic and feed": "/desk?q=is:any+topic:arts+feed:good",
    "words": "/desk?q=harbour",
    "page 100": "/desk?q=is:any&page=100",
}


class Embedded(product.Web):
    """One gunicorn with one worker of threads: what `make run` starts."""

    def command(self) -> list[str | Path]:
        return [word for word in super().command() if word not in ("-k", "gevent")]


@dataclass(frozen=True, slots=True)
class Running:
    """A product that answers: where, who signs in, and its database."""

    url: str
    people: list[str]
    password: str
    env: dict[str, str]
    folder: Path

    def database(self) -> Connection:
        url = load(self.env | {"DATA_DIR": str(self.folder)}).database_url
        return create_engine(url, poolclass=NullPool).connect()


@contextmanager
def embedded(folder: Path, count: int) -> Iterator[Running]:
    """SQLite and one process."""
    (port,) = free_ports(1)
    env = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "SECRET_KEY": secrets.token_hex(32)} | LIMITS
    with _filled(folder, env, count) as (people, password), running([Embedded("web", folder, env, port)]):
        yield Running(env["PUBLIC_URL"], people, password, env, folder)


@contextmanager
def stacked(folder: Path, count: int) -> Iterator[Running]:
    """PostgreSQL behind pgBouncer, Redis, one gevent worker; words are searched in the database."""
    postgres, redis, pooler, web = free_ports(4)
    database, broker = Postgres(folder / "postgres", postgres), Redis(folder / "redis", redis)
    pool = PgBouncer(folder / "pgbouncer", pooler, database)
    with ExitStack() as stack:
        for servers in ([database, broker], [pool]):
            stack.enter_context(running(servers))
        env = {
            "DATABASE_URL": pool.url(),
            "DATABASE_DIRECT_URL": database.url(),
            "REDIS_URL": broker.url,
            "PUBLIC_URL": f"http://127.0.0.1:{web}",
            "SECRET_KEY": secrets.token_hex(32),
        } | LIMITS
        people, password = stack.enter_context(_filled(folder / "web", env, count))
        stack.enter_context(running([product.Web("web", folder / "web", env, web)]))
        yield Running(env["PUBLIC_URL"], people, password, env, folder / "web")


SETUPS = {"embedded": embedded, "stack": stacked}


@contextmanager
def _filled(folder: Path, env: dict[str, str], count: int) -> Iterator[tuple[list[str], str]]:
    """A database with so many applications and REVIEWERS reviewers; and enough places for all of them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    app, now = create_app(load(env | {"DATA_DIR": str(folder)})), datetime.now(UTC)
    password, emails = secrets.token_urlsafe(12), [f"reviewer{number}@staff.example" for number in range(REVIEWERS)]
    with app.app_context():
        upgrade()
        demo.load(count, seed=1, password=password, now=now)
        programmes.change(slug=None, places=count, opens_at=None, closes_at=None, always_open=True, rules=None, now=now)
        for email in emails:
            people.invite(email, name=email.partition("@")[0], role=Role.REVIEWER, password=password, now=now)
        while likeness.mark_unmarked(now=now):
            pass
        db.engine.dispose()
    yield emails, password


def measure(name: str, count: int, folder: Path) -> Setup:
    """Everything there is to measure of one setup at one size."""
    setup, slow = Setup(name, count), count > 10_000
    say(f"{name}, {count:,} applications: filling the database ...")
    began = time.perf_counter()
    with SETUPS[name](folder, count) as product_:
        say(f"  {time.perf_counter() - began:.0f} s; pages ...")
        _pages(setup, product_)
        _queries(setup, product_)
        say("  keys ...")
        _keys(setup, product_, slow=slow)
        say(f"  {REVIEWERS} reviewers for {SECONDS:g} s, then {COLLISIONS} collisions ...")
        _hands(setup, product_)
    return setup


def _pages(setup: Setup, product_: Running) -> None:
    reviewer = hands.Reviewer(product_.url, product_.people[0], product_.password)
    for name, path in PAGES.items():
        first = hands.milliseconds(lambda path=path: reviewer.get(path), 1)  # type: ignore[misc]
        if name == "cold list":
            setup.add("cold open of the queue", first, "ms", 1000)
            continue
        warm = hands.milliseconds(lambda path=path: reviewer.get(path, part="listing"), TRIES)  # type: ignore[misc]
        setup.add(f"list, {name.removeprefix('list of ')}", warm, "ms", 200)
    answer = reviewer.get("/desk?q=is:any", part="listing")
    rows = max(1, answer.text.count('class="row"') + answer.text.count('class="row row--unread"'))
    setup.add("bytes per 50 rows", len(answer.content) / rows * 50 / 1000, "kB", 60)


def _queries(setup: Setup, product_: Running) -> None:
    """Asked of an app in this process, on the same database."""
    app = create_app(load(product_.env | {"DATA_DIR": str(product_.folder)}))
    client, statements = app.test_client(), list[str]()
    signing = fields(client.get("/sign-in").text) | {"email": product_.people[1], "password": product_.password}
    client.post("/sign-in", data=signing)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    one = int(re.findall(r'href="/desk/(\d+)', client.get("/desk").text)[0])
    for name, path in (
        ("the whole desk", "/desk"),
        ("one application", f"/desk/{one}"),
        ("views", "/desk/views/counts"),
    ):
        statements.clear()
        client.get(path)
        setup.add(f"queries, {name}", len(statements), "queries")
    with app.app_context():
        db.engine.dispose()


def _keys(setup: Setup, product_: Running, *, slow: bool) -> None:
    with hands.keyboard(product_.url, product_.people[2], product_.password) as page:
        setup.add("key to next application painted", hands.next_painted(page, TRIES), "ms", 100)
        setup.add("decision acknowledged", hands.acknowledged(page, TRIES), "ms", 250 if slow else 150)
        setup.add(f"{PLAIN} decided by keyboard", hands.decide_by_keys(page, PLAIN), "s", 60)


def _hands(setup: Setup, product_: Running) -> None:
    reviewers = [hands.Reviewer(product_.url, email, product_.password) for email in product_.people]
    shift = hands.work_off(reviewers, seconds=SECONDS)
    for failure in shift.failures[:3]:
        say(f"  failed: {failure}")
    setup.add(f"decided by {REVIEWERS} side by side", shift.statuses[200])
    setup.add("errors meanwhile", shift.errors, most=0)
    with product_.database() as connection:
        waiting = "SELECT id FROM applications WHERE state = 'submitted' ORDER BY received_at LIMIT :number"
        ids = [row.id for row in connection.execute(text(waiting), {"number": COLLISIONS})]
    outcomes = hands.collide(reviewers[0], reviewers[1], ids)
    wrong = sum(outcomes.values()) - outcomes[200, 409]
    setup.add(f"of {COLLISIONS} collisions not decided once", wrong, most=0)
    if wrong:
        say(f"  collisions were answered {dict(outcomes)}")
    with product_.database() as connection:
        since = {"since": datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)}
        twice = (
            "SELECT count(*) FROM (SELECT application_id FROM decisions WHERE undone_at IS NULL AND verb = 'approve' "
            "AND at >= :since GROUP BY application_id HAVING count(*) > 1) AS d"
        )
        letters = (
            "SELECT count(*) FROM (SELECT application_id FROM letters WHERE kind = 'approved' AND state <> 'cancelled' "
            "AND created_at >= :since GROUP BY application_id HAVING count(*) > 1) AS l"
        )
        setup.add("double decisions", connection.scalar(text(twice), since) or 0, most=0)
        setup.add("double letters", connection.scalar(text(letters), since) or 0, most=0)


def main() -> int:
    """Measure and tell. 1 where a target was not met."""
    say(f"{os.cpu_count()} cores, load of the machine before: {os.getloadavg()[0]:.1f}")
    wanted = sys.argv[1:] or list(SETUPS)
    setups = []
    try:
        if "stack" in wanted and (lacking := {"postgresql", "pgbouncer", "redis-server"} & set(packages.missing())):
            raise StackError(f"The bench needs programs that are not here: apt-get install {' '.join(sorted(lacking))}")
        if chromium.path() is None:
            raise StackError(f"The bench needs a browser: {chromium.HOW}")
        for name in wanted:
            for count in SIZES:
                with tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True) as folder:
                    setups.append(measure(name, count, reachable(Path(folder))))
    except StackError as error:
        say(str(error))
        return 1
    say("\n".join(["", *table(setups), ""]))
    lines = missed(setups)
    say("\n".join(f"NOT MET {line}" for line in lines) or "Every target is met.")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
