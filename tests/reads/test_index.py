"""Applications as the search index is to hold them, and where it differs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from review.db import db, transaction
from review.demo import feeds
from review.models.application import Application, Decision
from review.podcast import reader
from review.podcast.snapshot import take
from review.reads import index
from review.rules import BACKLOG, Role, State, Verb
from review.services import applications, decisions, lost_links, reviewing, sorting
from tests.factories import NOW, decided, get, person, received, rows, submitted, verify_token

Statements = Callable[[Callable[[], Any]], int]
REVISIONS = st.dictionaries(st.integers(1, 30), st.integers(1, 3)).map(lambda found: sorted(found.items()))


class Engine:
    """What a search engine tells of its revisions; `asked` is after which number."""

    def __init__(self, rows: list[tuple[int, int]]) -> None:
        self.rows = rows
        self.asked: list[int] = []

    def revisions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        self.asked.append(after_id)
        return [row for row in self.rows if row[0] > after_id][:limit]


def checked(application_id: int, **seen: object) -> None:
    reviewing.feed_checked(application_id, {"url": "https://a.example/f", **seen}, now=NOW)


def test_document_holds_what_an_application_is_found_by(app: Flask) -> None:
    id_ = received(
        name="Zoë  Ångström",
        email="Zoë@Mail.example",
        show_title="Café NACHT",
        pitch="Straßen\nund Ümläute",
        feed_url="https://Feeds.example/Ä",
        topics=("Arts > Food", "Arts", "Society & Culture > Places & Travel"),
        language="fi",
    )
    found, revision = index.document(id_)
    assert found is not None
    assert (found.id, found.revision) == (id_, revision)
    assert revision == get(id_).revision
    words = (
        *("tcafe", "tnacht", "nzoe", "nangstrom", "azoe", "a@", "amail", "a.", "aexample"),
        *("fhttps", "f:", "f/", "f/", "ffeeds", "f.", "fexample", "f/", "fa", "pstrassen", "pund", "pumlaute"),
    )
    assert [one for one in found.lexemes if one[0] in "tnafp"][: len(words)] == [*words]
    assert {"2fistras", "2fiumlaut"} <= set(found.lexemes)
    assert found.fields == {
        "state": "submitted",
        "programme": 1,
        "language": "fi",
        "person": "zoë@mail.example",
        "topic": ["Arts", "Arts > Food", "Society & Culture", "Society & Culture > Places & Travel"],
        "feed": "unread",
        "host": None,
        "episodes": None,
        "reviewer": None,
        "assigned": None,
        "received": get(id_).received_at,
        "decided": None,
        "snoozed": None,
        "due": get(id_).due_at,
        "tag": [],
        "reason": [],
        "letter": ["queued"],
        "answer": [],
        "has": ["letter"],
    }


def test_document_holds_what_hangs_on_an_application(app: Flask) -> None:
    id_, by = received(feed_url="https://a.example/f"), person(Role.LEAD)
    seen = take(reader.read(feeds.document("harbour", "https://here.example", NOW)), url="u", now=NOW)
    checked(id_, snapshot=seen.to_json() | {"host": "Podhost", "episode_count": 12})
    sorting.tag(id_, "loud", by=by, now=NOW)
    sorting.assign(id_, by.id, by=by, now=NOW)
    reviewing.note(id_, "Rings of bells.", by=by, now=NOW)
    decided(id_, Verb.DECLINE, reasons=("rights", "not-started"), by=by)
    found, _ = index.document(id_)
    assert found is not None
    assert {"irings", "ibells", "3enring"} <= set(found.lexemes)
    told = ("tag", "assigned", "reviewer", "host", "episodes", "reason", "has", "feed", "state")
    assert {name: found.fields[name] for name in told} == {
        "tag": ["loud"],
        "assigned": by.id,
        "reviewer": by.id,
        "host": "Podhost",
        "episodes": 12,
        "reason": ["rights", "not-started"],
        "has": ["letter", "note", "tag"],
        "feed": "good",
        "state": "declined",
    }


@pytest.mark.parametrize(
    ("url", "seen", "feed"),
    [
        ("", None, "none"),
        ("https://a.example/f", None, "unread"),
        ("https://a.example/f", {"failure": "dns"}, "broken"),
        ("https://a.example/f", {}, "good"),
    ],
)
def test_document_says_how_the_feed_is(app: Flask, url: str, seen: dict[str, object] | None, feed: str) -> None:
    id_ = received(feed_url=url)
    if seen is not None:
        checked(id_, **seen)
    found, _ = index.document(id_)
    assert found is not None
    assert found.fields["feed"] == feed


def test_what_is_not_on_the_desk_is_in_no_index(app: Flask) -> None:
    waiting = submitted()
    assert index.document(waiting) == (None, get(waiting).revision)
    assert list(index.documents()) == []
    assert list(index.revisions()) == []


def test_what_is_not_there_leaves_the_index_for_good(app: Flask) -> None:
    assert index.document(999) == (None, index.NEVER_AGAIN)
    assert index.NEVER_AGAIN < 2**63


def test_whatever_happens_raises_the_revision(app: Flask) -> None:
    id_, by = submitted(feed_url="https://a.example/f"), person()
    acts: list[Callable[[], object]] = [
        lambda: lost_links.resend_links(get(id_).email, now=NOW),
        lambda: applications.verify(verify_token(id_), now=NOW),
        lambda: checked(id_, failure="dns"),
        lambda: reviewing.take(id_, by=by, now=NOW),
        lambda: sorting.tag(id_, "loud", by=by, now=NOW),
        lambda: decided(id_, Verb.ASK, asked=("pitch",)),
        lambda: applications.answer(id_, changes={"pitch": "Another"}, body="Here.", now=NOW + timedelta(days=1)),
        lambda: decided(id_, Verb.DECLINE, reasons=("rights",), by=by),
        lambda: decisions.undo(last(id_), by=by, now=NOW),
        lambda: sorting.untag(id_, "loud", by=by, now=NOW),
    ]
    for act in acts:
        before = get(id_).revision
        act()
        assert get(id_).revision > before
        assert get(id_).facets == index.facets([id_])[id_], "what is counted is never behind"


def last(id_: int) -> int:
    """The number of its last decision."""
    return max(one.id for one in rows(Decision) if one.application_id == id_)


def test_what_is_counted_of_it_says_what_stands_elsewhere(app: Flask) -> None:
    id_, by = received(feed_url="https://a.example/f"), person()
    assert json.loads(get(id_).facets) == {"feed": ["unread"]}
    seen = take(reader.read(feeds.document("harbour", "https://here.example", NOW)), url="u", now=NOW)
    checked(id_, snapshot=seen.to_json() | {"host": "Podhost"})
    for word in ("loud", "arts"):
        sorting.tag(id_, word, by=by, now=NOW)
    made = decided(id_, Verb.DECLINE, reasons=("rights", "not-started"), by=by)
    counted = {"feed": ["good"], "host": ["Podhost"], "tag": ["arts", "loud"]}
    assert json.loads(get(id_).facets) == counted | {"reason": ["not-started", "rights"]}
    decisions.undo(made, by=by, now=NOW)
    assert json.loads(get(id_).facets) == counted


@pytest.mark.parametrize("state", BACKLOG)
def test_every_state_of_the_desk_is_in_the_index(app: Flask, state: State) -> None:
    id_ = received()
    with transaction() as session:
        session.get_one(Application, id_).state = state
    found, _ = index.document(id_)
    assert found is not None
    assert found.fields["state"] == state.value


def test_documents_come_in_order_of_number_with_their_revisions(
    app: Flask, monkeypatch: pytest.MonkeyPatch, statements: Statements
) -> None:
    monkeypatch.setattr(index, "BATCH", 2)
    ids = [received() for _ in range(5)]
    submitted()
    assert [found.id for found in index.documents()] == ids
    assert [(found.id, found.revision) for found in index.documents()] == list(index.revisions())
    assert list(index.documents())[3] == index.document(ids[3])[0]
    assert statements(lambda: list(index.documents())) == 3 * 6 + 1, "six for each batch, however large"
    assert statements(lambda: list(index.revisions())) == 4


def test_no_connection_is_held_between_two_batches(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BATCH", 1)
    for _ in range(3):
        received()
    db.session.remove()
    for _ in index.documents():
        assert app.extensions["sqlalchemy"].engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_index_is_read_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "BATCH", 2)
    rows = [(1, 5), (4, 1), (7, 2), (9, 9)]
    engine: Any = Engine(rows)
    assert list(index.indexed(engine)) == rows
    assert engine.asked == [0, 4, 9]


@given(ours=REVISIONS, theirs=REVISIONS)
def test_drifted_is_what_only_one_side_has_or_has_otherwise(
    ours: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    naive = {number for number, _revision in set(ours) ^ set(theirs)}
    known = dict(theirs)
    assert list(index.drifted(iter(ours), iter(theirs))) == [(n, known.get(n, 0)) for n in sorted(naive)]


def test_drift_is_found_without_reading_everything_first() -> None:
    def endless() -> Any:
        number = 0
        while True:
            number += 1
            yield number, 1

    wrong = index.drifted(endless(), ((number, 1 + (number == 3)) for number, _ in endless()))
    assert next(wrong) == (3, 2)
