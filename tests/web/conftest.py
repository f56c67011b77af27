"""A browser for tests of pages, and a clock that stands still at factories.NOW until it is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from review.db import db
from review.models.person import Person
from review.rules import Role
from review.web.limits import limiter
from tests.conftest import LintedClient
from tests.factories import NOW, person
from tests.web.browsing import sign_in


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
def _no_request_counted(app: Flask) -> None:
    with suppress(Exception):  # before the first request it counts in Redis, which is not there
        limiter.limiter.storage.reset()


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
