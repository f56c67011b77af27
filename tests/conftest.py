"""Fixtures: an app on a fresh, migrated database; clients signed in by role; the outbox worked off in place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask, g
from flask.testing import FlaskClient
from flask_migrate import upgrade
from xdist.scheduler import LoadScopeScheduling

from jobs import deliver
from review import outbox
from review.app import create_app
from review.config import Settings, load
from review.db import db
from review.gateways.fetch import Fetcher
from review.podcast import cover
from review.services import people
from stack.machine import PORTS, Stack
from stack.server import free_ports
from tests import servers
from tests.outside import put
from tests.page import lint

PUBLIC_URL = "http://127.0.0.1:8999"
TOGETHER = {
    "tests/journeys/test_process.py": "processes",
    "tests/journeys/": "one product",
    "tests/faults/": "one product",
    "tests/stack/": "stacks",
    "tests/demo/": "demo",
}
"""Tests that share something costly, by where they lie: each group runs in one process, one test after the other."""

UNDO_SECONDS = 4
IMPATIENT = {
    "UNDO_SECONDS": str(UNDO_SECONDS),
    "MIN_FILL_SECONDS": "0",
    **{f"RATE_LIMIT_{name}": "1000 per minute" for name in ("ADDRESS", "NETWORK", "EMAIL")},
}
"""For journeys: a short undo window, and nobody is too quick or too busy."""

Fresh = Callable[[Path], None]


class Grouped(LoadScopeScheduling):
    """Hands each test to whoever is free, and each group as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for start, group in TOGETHER.items() if nodeid.startswith(start)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Grouped:
    return Grouped(config, log)


def settings_for(folder: Path, **env: str) -> Settings:
    """Settings for `folder` and the servers the suite runs on, with limits that do not get in the way."""
    base = {
        "DATA_DIR": str(folder),
        "PUBLIC_URL": PUBLIC_URL,
        "REDIS_URL": "unix:///nowhere/valkey.sock",
        "MIN_FILL_SECONDS": "0",
        "RATE_LIMIT_ADDRESS": "1000 per minute",
        "RATE_LIMIT_NETWORK": "1000 per minute",
        "RATE_LIMIT_EMAIL": "1000 per minute",
        "SECRET_KEY": "a secret of the tests, long enough to be one",
    }
    return load(base | servers.settings() | env)


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """A database brought up by the real migrations once per session; the function gives a test a clean one."""
    folder = tmp_path_factory.mktemp("migrated")
    if servers.running():
        servers.prepare()
    app = create_app(settings_for(folder))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    if servers.running():
        seed = servers.contents()
        return lambda _folder: servers.empty(seed)
    return lambda target: shutil.copy(folder / "greenroom.db", target / "greenroom.db") and None


@pytest.fixture(scope="session", autouse=True)
def _quick_work() -> None:
    """Real argon2 at a price that tests can pay; one cover drawn per run for all shows without one."""
    people._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    cover.default_cover = cache(lambda _seed, draw=cover.default_cover: draw("one for all"))


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Making an app, and compiling its templates and its SQL, takes longer than most tests."""
    return create_app(settings_for(tmp_path_factory.mktemp("app")))


@pytest.fixture
def app(one_app: Flask, fresh_database: Fresh, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, in its context, with nothing in its folder but a fresh database; the jobs use the same one."""
    folder = one_app.config["GREENROOM"].data_dir
    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    monkeypatch.setattr(deliver, "application", lambda: one_app)
    monkeypatch.setitem(one_app.extensions, "greenroom", one_app.extensions["greenroom"])  # what a test puts in their
    monkeypatch.setitem(one_app.config, "GREENROOM", one_app.config["GREENROOM"])  # place is gone after it
    with one_app.app_context():
        fresh_database(folder)
        yield one_app
        db.session.remove()
        db.engine.dispose()


class QuickStack(Stack):
    """The stack that `make stack` starts, for people in a hurry."""

    def environment(self) -> dict[str, str]:
        return super().environment() | IMPATIENT | {"LEASE_SECONDS": "5"}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All of it: servers, five web instances behind nginx, three worker hosts. Tests that use it share one group."""
    made = QuickStack(
        tmp_path_factory.mktemp("stack"), dict(zip(PORTS, free_ports(len(PORTS)), strict=True)), fast=True
    )
    try:
        made.up()
        yield made
    finally:
        made.down()


class LintedClient(FlaskClient):
    """A client that checks every page it is given: one h1, unique ids, labelled inputs, nothing inline."""

    def open(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        g.pop("_login_user", None)  # the test's own app context outlives requests; a sign-in must not
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and "sandbox" not in response.headers.get("Content-Security-Policy", ""):
            lint(response.get_data(as_text=True))
        return response


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    app.test_client_class = LintedClient
    return app.test_client()


@pytest.fixture
def near_bucket(app: Flask) -> None:
    """The app may fetch from this machine, where the bucket of tests is."""
    put(app, fetcher=Fetcher(allow_networks=(ip_network("127.0.0.0/8"),)))


@pytest.fixture
def drain(app: Flask) -> Callable[..., int]:
    """Carry out every effect that is due at `now` (by default: in an hour), without Redis. Returns how many."""

    def work(now: datetime | None = None, rounds: int = 50) -> int:
        count = 0
        for _ in range(rounds):
            at = now or datetime.now(UTC) + timedelta(hours=1)
            leases = outbox.lease(limit=50, now=at, period=timedelta(minutes=5))
            if not leases:
                return count
            for held in leases:
                deliver.work(held)
                count += 1
        raise AssertionError("the outbox does not run dry")

    return work
