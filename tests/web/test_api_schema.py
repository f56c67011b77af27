"""The API does what its document says: schemathesis, a stranger, reads the document and tries everything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.serving import make_server

from review.db import transaction
from review.demo import load
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, OutboxItem
from review.models.show import Show
from review.rules import Role
from review.services import alerts, api_tokens, moves, scoring, webhooks
from review.web.api.document import document
from tests.factories import NOW, person, rows
from tests.outside import configure
from tests.web.stage import listed

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The app as a server on this machine, with the demo's backlog."""
    configure(app, limit_token="1000000 per minute", undo_window=timedelta(hours=1))
    load.load(34, seed=1, password="correct horse", now=NOW)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/api/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def config(address: str, tmp_path: Path) -> Path:
    """What schemathesis is told beyond the document: a token, and what there is to be found."""
    by = person(Role.ADMIN)
    token = api_tokens.make("schemathesis", api_tokens.SCOPES, days=7, by=by, now=NOW)
    with transaction() as session:
        session.execute(update(Letter).where(Letter.id < 4).values(state=LetterState.BOUNCED))
        session.execute(update(OutboxItem).where(OutboxItem.id < 4).values(state=ItemState.DEAD))
    scoring.put_criterion(1, None, "Voice", [], weight=1, by=by, now=NOW)
    webhooks.make("Bot", "https://bot.example/in", (), by=by, now=NOW)
    alerts.make_channel("Desk", "https://chat.example/in", {"new": 1}, by=by, now=NOW)
    listed(2)
    slugs = [show.slug for show in rows(Show)]
    links = [moves.make_link(slug, by=by, now=NOW) for slug in slugs]
    known = {"application_id": range(1, 35), "letter_id": range(1, 5), "item_id": range(1, 5), "link_id": links}
    known |= {"slug": slugs, "person_id": range(1, 6), "decision_id": range(1, 10), "version": range(2, 4)}
    known |= {"programme_id": range(1, 3), "question_id": range(1, 4), "criterion_id": range(1, 4)}
    known |= {"batch_id": range(1, 4), "view_id": range(1, 4), "table_id": range(1, 4), "webhook_id": range(1, 4)}
    known |= {"delivery_id": range(1, 4)}
    lines = [f'[auth.openapi.token]\nbearer = "{token}"']
    lines += [f"[dictionaries.{name}]\nvalues = {list(values)}" for name, values in known.items()]
    lines += ["[parameters]"]
    lines += ['"body.version" = { dictionary = "version", probability = 0.7 }']
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in known if name != "version"]
    (tmp_path / "schemathesis.toml").write_text("\n".join(lines))
    (tmp_path / "openapi.json").write_text(json.dumps(document()))
    return tmp_path


def test_schemathesis_finds_nothing(address: str, config: Path) -> None:
    """Every kind of check there is, on what the document allows and on what it forbids."""
    command = [SCHEMATHESIS, "run", "openapi.json", "--url", address, "--seed", "1", "--max-examples", "15"]
    command += ["--continue-on-failure", "--no-color", "--exclude-operation-id", "declare_conflict"]
    command += ["--exclude-operation-id", "revoke_token"]  # it would end its own
    env = os.environ | {"SCHEMATHESIS_HOOKS": "tests.web.schemathesis_hooks", "PYTHONPATH": str(ROOT)}
    found = subprocess.run(command, cwd=config, env=env, capture_output=True, text=True, timeout=600)
    assert found.returncode == 0, found.stdout + found.stderr
