"""Words are the search engine's business; the database knows the rest, and answers while the engine does not."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from jobs import clock
from review.db import transaction
from review.errors import TryLater
from review.gateways.search import Document, Index
from review.models.application import Application
from review.questions import Audience, Kind
from review.reads import backlog, index
from review.reads.backlog import Page
from review.reads.filters import Filters
from review.rules import Role, State, Verb
from review.services import programmes, questions
from review.services.answers import Given
from review.services.programmes import Terms
from review.services.questions import Wanted
from tests import servers
from tests.factories import NOW, decided, get, person, received, submitted
from tests.outside import configure, put
from tests.servers import STACK_ONLY

Drain = Callable[..., int]


class Away:
    """A search engine that never answers."""

    is_open = False

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        def fail(*_arguments: object, **_options: object) -> None:
            raise TryLater("the search server does not answer")

        return fail


def use(app: Flask, engine: object, url: str) -> None:
    """Have this app search with `engine`, and tell it of every change."""
    put(app, search=engine)
    configure(app, elasticsearch_url=url)


@pytest.fixture
def engine(app: Flask) -> Index:
    """An empty index of its own in the real Elasticsearch."""
    name = f"test-{secrets.token_hex(6)}"
    made = Index(servers.search_url(name).rpartition("/")[0], name=name)
    use(app, made, servers.search_url(name))
    made.rebuild([])
    return made


@pytest.fixture
def find(engine: Index, drain: Drain) -> Callable[..., Page]:
    """What the list shows once the index has heard of everything."""

    def look(**filters: Any) -> Page:
        drain()
        engine.refresh()
        return backlog.page(Filters(**filters), now=NOW)

    return look


def titles(page: Page) -> list[str]:
    assert not page.fallen_back
    return [row.show_title for row in page.rows]


def test_database_answers_while_the_engine_does_not_and_says_so(app: Flask) -> None:
    received(show_title="Harbour Kitchen")
    use(app, Away(), "")
    found = backlog.page(Filters(text="harb"), now=NOW)
    assert (found.fallen_back, found.total, found.words) == (True, 1, ("harb",))
    assert not backlog.page(Filters(), now=NOW).fallen_back, "without words the engine is not needed"
    for only_here in ({"snoozed": True}, {"overdue": True}, {"tag": "ears"}, {"assigned": "nobody"}):
        page = backlog.page(Filters(text="harb", **only_here), now=NOW)
        assert not page.fallen_back, "the engine knows nothing of it and is not asked"


@STACK_ONLY
@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Café Müller", "cafe muller"),
        ("Café Müller", "CAFÉ"),
        ("cafe muller", "Müller Café"),
        ("Straße", "strasse"),
        ("حكايات من الحي", "الحي"),
        ("Ａｌｌｗｉｄｅ", "allwide"),
        ("Harbour Kitchen", "harb kit"),
        ("C# show", "C# show"),
        ("100% Yours", "100%"),
        ("a/b", "a/b"),
        ("🐝 Bees", "🐝"),
        ("Donaudampfschifffahrtsgesellschaft", "donaudampfschifffahrtsg"),
    ],
)
def test_words_are_found_however_they_are_written(find: Callable[..., Page], title: str, typed: str) -> None:
    received(show_title=title)
    received(show_title="Nothing of the kind")
    received(show_title="100x aXb C show")
    assert titles(find(text=typed)) == [title]


@STACK_ONLY
def test_name_address_pitch_and_feed_are_found(find: Callable[..., Page]) -> None:
    received(show_title="a", name="Zoë Adeyemi", email="zoe@post.example", feed_url="https://pod.example/zoe.xml")
    received(show_title="b", pitch="An octopus explains the tides.")
    for typed in ("zoe adeyemi", "zoe@post.example", "post.exa", "https://pod.example/zoe.xml"):
        assert titles(find(text=typed)) == ["a"]
    assert titles(find(text="octopus")) == ["b"]


def plan_for_schools() -> tuple[int, int]:
    """A second programme with a question that everybody at the desk reads the answers to."""
    ada = person(Role.ADMIN)
    made = programmes.make(Terms("Schools", "", 5, None, None, "Pupils speak."), by=ada, now=NOW)
    programmes.offer(made, True, by=ada, now=NOW)
    wanted = Wanted(Kind.TEXT, "What school is it?", "", False, (), Audience.DESK)
    return made, questions.put_question(made, None, wanted, by=ada, now=NOW)


@STACK_ONLY
def test_filters_mean_the_same_to_both_engines(app: Flask, find: Callable[..., Page], engine: Index) -> None:
    received(show_title="Harbour one", topics=("Arts > Food", "Technology"), language="de")
    received(show_title="Harbour two", topics=("Fiction > Drama",), feed_url="https://gone.example/rss.xml")
    decided(received(show_title="Harbour three", topics=("Arts",)), Verb.DECLINE)
    schools, number = plan_for_schools()
    received(show_title="Radio", programme_id=schools, answers={number: Given("Harbour School")})
    some: list[dict[str, Any]] = [{}, {"language": "de"}, {"topic": "Arts"}, {"topic": "Arts > Food"}, {"feed": "none"}]
    some += [{"programme": schools}, {"programme": 1}, {"programme": 999}]
    some += [{"feed": "broken"}, {"state": State.DECLINED}, {"everything": True}, {"everything": True, "topic": "Arts"}]
    for filters in some:
        found = find(text="harbour", **filters)
        use(app, Away(), "")
        expected = backlog.page(Filters(text="harbour", **filters), now=NOW)
        assert [row.id for row in found.rows] == [row.id for row in expected.rows], filters
        assert found.total == expected.total
        use(app, engine, "set")


@STACK_ONLY
def test_changes_reach_the_index_and_what_leaves_the_desk_leaves_it(
    find: Callable[..., Page], engine: Index, drain: Drain
) -> None:
    waiting = submitted(show_title="Unconfirmed")
    id_ = received(show_title="Harbour Kitchen")
    assert titles(find(text="harbour")) == ["Harbour Kitchen"]
    assert titles(find(text="unconfirmed")) == []
    decided(id_, Verb.DECLINE)
    assert titles(find(text="harbour")) == []
    assert titles(find(text="harbour", state=State.DECLINED)) == ["Harbour Kitchen"]
    assert dict(index.indexed(engine)) == {id_: get(id_).revision}
    assert waiting not in dict(index.indexed(engine))


@STACK_ONLY
def test_drift_is_found_and_mended_by_the_clock(find: Callable[..., Page], engine: Index, drain: Drain) -> None:
    missing, older, right = (received(show_title=f"Harbour {n}") for n in range(3))
    assert find(text="harbour").total == 3
    engine.remove(missing, get(missing).revision + 1)
    said: dict[str, Any] = {"text": {"show_title": "harbour"}, "filters": {"state": "submitted"}, "received_at": NOW}
    engine.put([Document(id=999, revision=5, **said)])
    with transaction() as session:
        session.get_one(Application, older).revision += 1
    assert find(text="harbour").total == 3
    assert dict(index.drifted(index.revisions(), index.indexed(engine))).keys() == {missing, older, 999}
    clock.tick(datetime.now(UTC))
    found = find(text="harbour")
    assert list(index.drifted(index.revisions(), index.indexed(engine))) == []
    assert {row.id for row in found.rows} == {missing, older, right}


@STACK_ONLY
def test_rebuilt_index_is_the_database_again(find: Callable[..., Page], engine: Index, drain: Drain) -> None:
    for number in range(7):
        received(show_title=f"Harbour {number}")
    drain()
    assert engine.rebuild(index.documents()) == 7
    assert find(text="harbour").total == 7
    assert list(index.drifted(index.revisions(), index.indexed(engine))) == []
