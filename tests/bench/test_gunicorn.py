"""deploy/gunicorn.py with gevent workers: many requests at once, one format of log, figures that add up."""

from __future__ import annotations

import json
import re
import runpy
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

from review.config import load
from stack import product
from stack.process import Process, wait_until
from stack.server import DEPLOY, HOST, free_ports
from tests.bench import together

pytestmark = pytest.mark.xdist_group("processes")


class Together(product.Web):
    """The same gunicorn with another application."""

    def command(self) -> list[str | Path]:
        return [*super().command()[:-1], "tests.bench.together:app"]

    def probe(self) -> None:
        """Every answer would wait for the others."""
        assert self.process
        assert len(self.process.tree()) == 2


@contextmanager
def running(web: product.Web) -> Iterator[product.Web]:
    web.folder.mkdir()
    product.flask(web.folder, {}, "db", "upgrade")
    try:
        web.start()
        web.wait_ready()
        yield web
    finally:
        web.stop()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[product.Web]:
    """Two workers, whose temporary files lie in a folder that is watched."""
    (tmp_path / "temporary").mkdir()
    env = {"WEB_CONCURRENCY": "2", "LOG_FORMAT": "json", "TMPDIR": str(tmp_path / "temporary")}
    with running(product.Web("web", tmp_path / "web", env, free_ports(1)[0])) as web:
        yield web


def get(web: product.Web, path: str = "/healthz") -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", f"http://{HOST}:{web.port}{path}", timeout=60, retries=False)


def answered(web: product.Web) -> int:
    """How many health checks all workers together have counted."""
    found = re.search(
        r'greenroom_request_seconds_count\{endpoint="ops.health".* (\d+)\.0', get(web, "/metrics").data.decode()
    )
    return int(found[1]) if found else 0


def workers(web: product.Web) -> list[Process]:
    assert web.process
    return web.process.tree()[1:]


def lines(web: product.Web) -> list[dict[str, object]]:
    return [json.loads(line) for line in web.log.read_text().splitlines()]


def test_worker_takes_in_as_many_connections_as_it_may_hold_to_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for env in ({}, {"DATABASE_POOL": "7"}):
        monkeypatch.setenv("DATABASE_POOL", env.get("DATABASE_POOL", ""))
        taken_in = runpy.run_path(str(DEPLOY / "gunicorn.py"))["worker_connections"]
        assert taken_in == load({"DATA_DIR": str(tmp_path)} | env).database_pool


def test_worker_serves_fifty_slow_requests_at_once(tmp_path: Path) -> None:
    with running(Together("web", tmp_path / "web", {}, free_ports(1)[0])) as web:
        with ThreadPoolExecutor(together.BARRIER.parties) as clients:
            answers = list(clients.map(lambda _number: get(web), range(together.BARRIER.parties)))
        assert {answer.status for answer in answers} == {200}
        assert web.log.read_text() == ""


def test_connection_is_closed_after_one_answer(pair: product.Web) -> None:
    assert get(pair).headers["Connection"] == "close"


def test_workers_add_up_what_they_counted_even_when_one_was_killed(pair: product.Web) -> None:
    before = answered(pair)
    for _ in range(20):
        get(pair)
    first, second = workers(pair)
    first.kill()
    assert wait_until(lambda: len(set(workers(pair)) - {first, second}) == 1, seconds=10)
    get(pair)
    assert answered(pair) == before + 21


def test_every_line_of_the_log_is_in_the_format_that_was_asked_for(pair: product.Web) -> None:
    get(pair, "/no-such-page")
    workers(pair)[0].send(signal.SIGKILL)
    assert wait_until(lambda: "SIGKILL" in pair.log.read_text(), seconds=10)
    seen = {(line["logger"], line["level"]) for line in lines(pair)}
    assert seen == {("review.web.observing", "info"), ("gunicorn.error", "error")}


def test_folder_of_the_figures_goes_with_its_master(tmp_path: Path, pair: product.Web) -> None:
    assert [path.name.partition("-")[0] for path in (tmp_path / "temporary").glob("greenroom*")] == ["greenroom"]
    pair.stop()
    assert list((tmp_path / "temporary").iterdir()) == []
