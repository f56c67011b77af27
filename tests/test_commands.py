"""Commands an operator types: what they say, and with which status they end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import delete

from review.db import transaction
from review.errors import GiveUp, TryLater
from review.gateways.broker import Broker
from review.gateways.documents import Document
from review.models.application import SearchText
from review.reads import programmes
from tests.factories import received, rows, submitted
from tests.outside import put


@dataclass
class Well:
    """A part that is well."""

    def check(self) -> str:
        return "all is well"


@dataclass
class Engine:
    """A search engine that can be filled anew, or fails."""

    trouble: Exception | None = None
    held: list[int] = field(default_factory=list)

    def rebuild(self, documents: Iterable[Document]) -> int:
        if self.trouble:
            raise self.trouble
        self.held = [document.id for document in documents]
        return len(self.held)


@pytest.fixture(autouse=True)
def _near_bucket(near_bucket: None) -> None:
    """The doctor fetches what it has put into the bucket."""


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


class TestDoctor:
    """flask doctor."""

    def test_all_is_well_ends_with_0(self, app: Flask) -> None:
        put(app, broker=Well())
        result = run(app, "doctor")
        assert result.exit_code == 0, result.output
        lines = result.output.splitlines()
        assert all(line.startswith("ok     ") for line in lines)
        assert [line.split()[1] for line in lines][:1] == ["database"]

    def test_anything_wrong_ends_with_1(self, app: Flask) -> None:
        put(app, broker=Broker("unix:///nowhere/valkey.sock"))
        result = run(app, "doctor")
        assert result.exit_code == 1
        (wrong,) = [line for line in result.output.splitlines() if line.startswith("WRONG")]
        assert wrong.split(maxsplit=2)[1:] == ["redis", "Redis does not answer (ConnectionError)"]


NOTHING_NEW = "0 applications have been made findable in the database\n"


class TestReindex:
    """flask reindex."""

    def test_everything_on_the_desk_is_indexed(self, app: Flask) -> None:
        ids, engine = [received() for _ in range(3)], Engine()
        submitted()
        put(app, search=engine)
        result = run(app, "reindex")
        assert (result.exit_code, result.output) == (0, f"{NOTHING_NEW}3 applications are in the search index\n")
        assert engine.held == ids

    def test_without_a_search_engine_the_database_is_made_to_find(self, app: Flask) -> None:
        put(app, search=None)
        found, _lost = received(show_title="Harbour"), received(show_title="Harbour")
        with transaction() as session:
            session.execute(delete(SearchText).where(SearchText.application_id == found))
        result = run(app, "reindex")
        assert (result.exit_code, result.output) == (0, "1 applications have been made findable in the database\n")
        assert len(rows(SearchText)) == 2
        assert run(app, "reindex").output == NOTHING_NEW

    @pytest.mark.parametrize("trouble", [TryLater("no answer"), GiveUp("it refuses these applications: 7.")])
    def test_failure_is_one_line(self, app: Flask, trouble: Exception) -> None:
        put(app, search=Engine(trouble))
        result = run(app, "reindex")
        assert (result.exit_code, result.output) == (1, f"{NOTHING_NEW}Error: {trouble}\n")


class TestProgramme:
    """flask programme."""

    def test_sets_what_is_given_and_leaves_the_rest(self, app: Flask) -> None:
        result = run(app, "programme", "--places", "3", "--opens", "2027-01-01", "--slug", "community-plan")
        assert (result.exit_code, result.output) == (0, "done\n")
        row = programmes.first()
        assert (row.places, row.opens_at, row.rules_version) == (3, datetime(2027, 1, 1, tzinfo=UTC), 1)

    def test_says_what_makes_no_sense(self, app: Flask) -> None:
        wrong = run(app, "programme", "--opens", "2027-01-02", "--closes", "2027-01-01")
        assert (wrong.exit_code, wrong.output) == (1, "Error: It must close after it opens.\n")
        missing = run(app, "programme", "--slug", "nowhere", "--places", "3")
        assert missing.exit_code == 2
        assert "no programme is called 'nowhere', but community-plan" in missing.output
