"""All that a search finds: on every page of the list together, each once, whoever is asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from review.errors import TryLater
from review.gateways.wanted import Found, Question
from review.reads import backlog, everything
from review.reads.everything import Everything
from review.rules import State, Verb
from tests.factories import NOW, decided, received, seeking, submitted
from tests.outside import put


class Engine:
    """A search engine that has found some; `fails_after` answers it fails."""

    is_open = False

    def __init__(self, *ids: int, fails_after: int = 99) -> None:
        self._ids, self._left = ids, fails_after
        self.asked: list[Question] = []

    def find(self, asked: Question) -> Found:
        if not self._left:
            raise TryLater("the search server does not answer")
        self._left -= 1
        self.asked.append(asked)
        left = [id_ for id_ in self._ids if id_ > (asked.after or (0,))[0]][: asked.limit]
        return Found(left, [(id_,) for id_ in left], len(self._ids))


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everything, "BATCH", 2)


def found(**filters: Any) -> Everything:
    return everything.everything(seeking(**filters), now=NOW)


def test_everything_is_what_all_pages_show_together(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "PAGE_SIZE", 2)
    submitted()
    ids = [received(now=NOW - timedelta(days=number), show_title=f"Show {number}") for number in range(5)]
    decided(ids[0], Verb.DECLINE)
    for filters in ({}, {"everything": True}, {"state": State.DECLINED}, {"text": "show"}, {"feed": "none"}):
        pages = [backlog.page(seeking(page=number, **filters), now=NOW).rows for number in (1, 2, 3)]
        assert set(found(**filters).ids) == {row.id for page in pages for row in page}, filters
    assert found(everything=True).ids == sorted(ids)


def test_no_more_are_named_than_were_asked_for(app: Flask) -> None:
    ids = [received() for _ in range(5)]
    assert everything.everything(seeking(), now=NOW, most=3).ids == ids[:3]


def test_the_engine_is_asked_batch_by_batch(app: Flask) -> None:
    engine = Engine(3, 8, 9, 12, 40)
    put(app, search=engine)
    assert found(text="Harbour Café") == Everything([3, 8, 9, 12, 40])
    pages = [asked for asked in engine.asked if asked.limit]  # the others only count
    assert {asked.order for asked in pages} == {"number"}
    assert [asked.after for asked in pages] == [None, (8,), (12,), (40,)]


def test_the_database_finds_all_of_it_when_the_engine_fails_midway(app: Flask) -> None:
    ids = [received() for _ in range(3)]
    put(app, search=Engine(*ids, fails_after=1))
    assert found(text="harbour") == Everything(ids, fallen_back=True)
