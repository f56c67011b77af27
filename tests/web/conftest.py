"""A browser for tests of pages, and a clock that stands still at factories.NOW until it is moved."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from jobs import deliver
from review.app import create_app
from review.db import db
from review.models.person import Person
from review.podcast import cover
from review.rules import Role
from review.services import people
from review.web.limits import limiter
from tests.conftest import LintedClient, settings_for
from tests.factories import NOW, person
from tests.web.browsing import sign_in

_default_cover = cover.default_cover


class Browser(LintedClient):
    """Every request in an application context of its own, as on a server: nothing of one leaks into the next."""

    def open(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        db.session.rollback()  # what the test has read is over; after the request it reads anew
        kwargs.setdefault("buffered", True)  # a file that is sent is read to its end, and closed
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is factories.NOW; `clock.shift` and `clock.move_to` let time pass."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(people, "_hasher", quick)


@pytest.fixture(autouse=True)
def _one_cover(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cover made for shows without one is drawn once a run."""
    monkeypatch.setattr(cover, "default_cover", drawn)


@cache
def drawn(_seed: str) -> bytes:
    return _default_cover("one for all")


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Making an app and compiling its templates takes longer than most tests of a page."""
    return create_app(settings_for(tmp_path_factory.mktemp("web")))


@pytest.fixture
def app(one_app: Flask, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application, in its context, with nothing in its folder but a fresh database and no request counted."""
    folder = one_app.config["GREENROOM"].data_dir
    for old in folder.iterdir():
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copy(migrated, folder / "greenroom.db")
    with suppress(Exception):  # before the first request it counts in Redis, which is not there
        limiter.limiter.storage.reset()
    monkeypatch.setattr(deliver, "application", lambda: one_app)
    with one_app.app_context():
        yield one_app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    app.test_client_class = Browser
    return app.test_client()


@pytest.fixture
def stranger(app: Flask, client: FlaskClient) -> FlaskClient:
    """Somebody else, in another browser."""
    return app.test_client()


@pytest.fixture
def staff(app: Flask, client: FlaskClient) -> Callable[..., FlaskClient]:
    """A browser of its own for a member of staff, signed in by password."""

    def enter(role: Role = Role.REVIEWER, *, who: Person | None = None, name: str = "Rosa Iqbal") -> FlaskClient:
        browser = app.test_client()
        sign_in(browser, who or person(role, name=name))
        return browser

    return enter


@pytest.fixture
def desk(staff: Callable[..., FlaskClient]) -> FlaskClient:
    """A reviewer at the desk."""
    return staff(Role.REVIEWER)
