"""What goes through the pooler belongs to one transaction, and what a job connects with belongs to that job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from stack.machine import Stack
from tests.faults.test_workers import jobs
from tests.faults.visitors import Visitor
from tests.faults.work import Work
from tests.servers import STACK_ONLY
from tests.waiting import wait_for

pytestmark = STACK_ONLY

STATEMENT = re.compile(r"LOG: +(?:statement|execute (?P<prepared>[^:]+)): (?P<sql>.*)")
POOLERS_OWN = r"SET (client_encoding|DateStyle|TimeZone|standard_conforming_strings|application_name)\b"
OF_A_SESSION = (
    r"(SET (?!LOCAL)|LISTEN|CREATE (LOCAL |GLOBAL )?TEMP|PREPARE|DECLARE .* WITH HOLD)\b|pg_(try_)?advisory_lock"
)


@contextmanager
def everything_logged(stack: Stack) -> Iterator[list[re.Match[str]]]:
    """Inside, PostgreSQL notes every statement; they are in the list afterwards."""
    postgres, found = stack.servers.postgres, []
    postgres.admin("ALTER SYSTEM SET log_statement = 'all'")
    postgres.admin("SELECT pg_reload_conf()")
    begun = postgres.log.stat().st_size
    try:
        yield found
    finally:
        postgres.admin("ALTER SYSTEM RESET log_statement")
        postgres.admin("SELECT pg_reload_conf()")
    with postgres.log.open() as log:
        log.seek(begun)
        found.extend(match for match in map(STATEMENT.search, log) if match)


def test_nothing_is_left_behind_in_a_session(stack: Stack, work: Work, visitor: Visitor, reviewer: Visitor) -> None:
    with everything_logged(stack) as statements:
        batch = work.begin(declined=2, approved=1, moved=1)
        assert visitor.post("/apply/for/community-plan", visitor.application()).status == 303
        for path in ("/desk", "/desk?q=lighthouse", f"/desk/{next(iter(batch.verbs))}", "/desk/outbox", "/shows"):
            assert reviewer.get(path).status == 200
        work.finish()
    work.assert_once(batch)
    said = [match["sql"] for match in statements]
    assert sum(sql.startswith("INSERT INTO applications") for sql in said) > 4
    assert sum(sql.startswith("UPDATE outbox") for sql in said) > 4
    left = [sql for sql in said if re.match(OF_A_SESSION, sql, re.I) and not re.match(POOLERS_OWN, sql, re.I)]
    assert [sql for sql in left if "ALTER SYSTEM" not in sql] == []
    assert {match["prepared"] for match in statements} <= {None, "<unnamed>"}


def connections(pid: int, port: int) -> set[int]:
    """The local ports of a process's open connections to `port`."""
    links = (link for link in Path(f"/proc/{pid}/fd").iterdir())
    inodes = set()
    for link in links:
        try:
            inodes.add(link.readlink().name.removeprefix("socket:[").rstrip("]"))
        except OSError:
            continue
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [line for line in lines if line[9] in inodes and line[2].endswith(f":{port:04X}") and line[3] == "01"]
    return {int(line[1].partition(":")[2], 16) for line in ours}


def test_each_job_of_a_worker_connects_anew(stack: Stack, work: Work) -> None:
    """A worker forks for each job. A connection it had itself would be shared by all of them, and garbled."""
    mailjet, port = stack.servers.mailjet.url, stack.servers.pgbouncer.port
    worker, other = jobs(stack, "worker letters")
    other.stop()
    stall = {"next": [{"do": "stall", "seconds": 2}, {"do": "stall", "seconds": 2}]}
    urllib3.request("POST", f"{mailjet}/_double", json=stall, timeout=5, retries=False)
    work.begin(declined=1, approved=0, moved=0)
    assert worker.process
    horses: dict[int, set[int]] = {}

    def look() -> bool:
        assert connections(worker.pid, port) == set()
        for horse in worker.process.tree()[1:]:  # type: ignore[union-attr]
            if Path(f"/proc/{horse.pid}/fd").exists() and (found := connections(horse.pid, port)):
                horses.setdefault(horse.pid, set()).update(found)
        return len(horses) >= 2

    wait_for(look, seconds=60, what="two jobs have run")
    first, second = list(horses.values())[:2]
    assert first.isdisjoint(second)
