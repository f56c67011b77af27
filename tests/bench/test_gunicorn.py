"""deploy/gunicorn.py with gevent workers: many requests at once, one format of log, figures that add up."""

from __future__ import annotations

import json
import re
import runpy
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


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def pair(temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[product.Web]:
    """Two workers, whose temporary files lie in a folder that is watched."""
    env = {"WEB_CONCURRENCY": "2", "LOG_FORMAT": "json", "TMPDIR": str(temporary)}
    with running(product.Web("web", tmp_path_factory.mktemp("pair") / "web", env, free_ports(1)[0])) as web:
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


def in_hand(temporary: Path) -> set[int]:
    """Workers that have something in hand, as the files of their figures tell."""
    return {int(path.stem.rpartition("_")[2]) for path in temporary.glob("*/gauge_live*.db")}


def kill_one(web: product.Web, temporary: Path) -> int:
    """SIGKILL to a worker. Returns its pid as soon as another one is at work."""
    before = workers(web)
    before[0].kill()
    assert wait_until(lambda: bool(in_hand(temporary) - {worker.pid for worker in before}), seconds=20)
    return before[0].pid


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


def test_workers_add_up_what_they_counted_even_when_one_was_killed(temporary: Path, pair: product.Web) -> None:
    before = answered(pair)
    for _ in range(20):
        get(pair)
    killed = kill_one(pair, temporary)
    assert killed not in in_hand(temporary)
    assert answered(pair) == before + 20


def test_every_line_of_the_log_is_in_the_format_that_was_asked_for(temporary: Path, pair: product.Web) -> None:
    kill_one(pair, temporary)  # its master tells
    get(pair, "/no-such-page")
    lines = [json.loads(line) for line in pair.log.read_text().splitlines()]
    assert {(line["logger"], line["level"]) for line in lines} == {
        ("review.web.observing", "info"),
        ("gunicorn.error", "error"),
    }


def test_folder_of_the_figures_goes_with_its_master(temporary: Path, pair: product.Web) -> None:
    assert len(list(temporary.glob("greenroom-metrics-*"))) == 1
    pair.stop()
    assert list(temporary.iterdir()) == []
