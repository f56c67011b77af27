"""The running stack, somebody in front of it, its work; and after each fault it is made whole again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from review.app import create_app
from review.config import load
from review.db import db
from stack.machine import Stack
from tests import factories
from tests.faults.visitors import Visitor
from tests.faults.work import Work, parts
from tests.services.old_host import OldHost, serving
from tests.waiting import wait_for

PLACES = 10_000


@pytest.fixture(scope="session")
def old_host() -> Iterator[OldHost]:
    with serving() as host:
        yield host


@pytest.fixture(scope="session")
def beside(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The product in this process, with the stack's settings, past the pooler."""
    env = stack.environment() | {"DATABASE_URL": stack.servers.postgres.url()}
    app = create_app(load(env | {"DATA_DIR": str(tmp_path_factory.mktemp("beside"))}))
    with app.app_context():
        factories.programme(places=PLACES)
        db.session.remove()
        db.engine.dispose()
    return app


@pytest.fixture
def work(stack: Stack, beside: Flask, old_host: OldHost) -> Work:
    return Work(stack, beside, old_host)


@pytest.fixture
def visitor(stack: Stack) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(stack.url)


@pytest.fixture
def reviewer(stack: Stack) -> Visitor:
    """Somebody at the desk."""
    (line,) = [line for line in stack.sign_in.splitlines() if line.startswith("reviewer@")]
    visitor = Visitor(stack.url)
    visitor.sign_in(*line.split())
    return visitor


@pytest.fixture(autouse=True)
def _whole(stack: Stack, work: Work, visitor: Visitor) -> Iterator[None]:
    """Nothing is left to do when a test begins. Whatever it breaks is mended after it, and all that waits is done."""
    work.finish()
    yield
    for part in parts(stack):
        part.resume()
        part.start()
    for part in parts(stack):
        part.wait_ready()
    work.finish()
    wait_for(lambda: '"trouble"' not in visitor.get("/readyz").text, seconds=30, what="everything is ready")
