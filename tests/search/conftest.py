"""The demo's applications on the embedded database, whatever the rest of the suite runs on, and in a search engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_migrate import upgrade

from review.app import create_app
from review.config import load
from review.db import db
from review.demo import load as demo
from review.gateways.search import Index
from review.reads import index
from tests import servers
from tests.outside import put

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
COUNT = 300


@pytest.fixture(scope="package")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The 34 applications written by hand, and as many again by dice; nothing here changes them."""
    folder = tmp_path_factory.mktemp("search")
    app = create_app(load({"DATA_DIR": str(folder), "SECRET_KEY": "x" * 40, "PUBLIC_URL": "http://127.0.0.1:8999"}))
    with app.app_context():
        upgrade()
        demo.load(COUNT, seed=1, password="correct horse", now=NOW)
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="package")
def elastic(embedded: Flask) -> Iterator[Index]:
    """The same applications in a real Elasticsearch."""
    if servers.running() is None:
        pytest.skip("needs the real servers of `make test-stack`")
    name = f"test-{secrets.token_hex(6)}"
    made = Index(servers.search_url(name).rpartition("/")[0], name=name, timeout=10)
    made.rebuild(index.documents())
    yield made
    made._drop(made._indices())


@pytest.fixture
def desk(embedded: Flask) -> Iterator[Flask]:
    """The embedded database alone; put an engine into it to have that searched."""
    with embedded.app_context():
        put(embedded, search=None)
        yield embedded
        put(embedded, search=None)
        db.session.remove()
