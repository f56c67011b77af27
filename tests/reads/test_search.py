"""Words are the search engine's business; the database knows the rest, and answers while the engine does not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from jobs import clock
from review.db import db, transaction
from review.errors import TryLater
from review.gateways.documents import Document
from review.gateways.search import Index
from review.models.application import Application
from review.models.outbox import ItemState, OutboxItem
from review.models.outbox import Kind as Effect
from review.models.person import Person
from review.questions import Audience, Kind
from review.reads import backlog, facets, index, searching
from review.reads.backlog import Page
from review.rules import Role, State, Verb
from review.services import programmes, questions, reasons, reviewing, scoring, sorting
from review.services.answers import Given
from review.services.programmes import Terms
from review.services.questions import Wanted
from tests import servers
from tests.factories import NOW, decided, get, person, received, rows, seeking, submitted
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
def find(engine: Index, drain: Drain, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Page]:
    """What the list shows once the index has heard of everything, and nothing is asked of the database any more."""

    def look(**filters: Any) -> Page:
        drain()
        engine.refresh()
        with monkeypatch.context() as patched:
            patched.setattr(searching, "LAG", timedelta(0))
            return backlog.page(seeking(**filters), now=NOW)

    return look


@pytest.fixture(params=["database", pytest.param("elasticsearch", marks=STACK_ONLY)])
def anywhere(request: pytest.FixtureRequest, app: Flask) -> Callable[..., Page]:
    """The same, from the database and from the engine."""
    if request.param == "elasticsearch":
        found: Callable[..., Page] = request.getfixturevalue("find")
        return found
    return lambda **filters: backlog.page(seeking(**filters), now=NOW)


def titles(page: Page) -> list[str]:
    assert not page.fallen_back
    return [row.show_title for row in page.rows]


def test_database_answers_while_the_engine_does_not_and_says_so(app: Flask) -> None:
    received(show_title="Harbour Kitchen")
    use(app, Away(), "")
    found = backlog.page(seeking(text="harb"), now=NOW)
    assert (found.fallen_back, found.total, found.words) == (True, 1, ("harb",))
    assert not backlog.page(seeking(), now=NOW).fallen_back, "without words the engine is not needed"


@STACK_ONLY
@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Café Müller", "cafe muller"),
        ("Café Müller", "MÜLLER"),
        ("cafe muller", "Müller Café"),
        ("Straße", "strasse"),
        ("حكايات من الحي", "الحي"),
        ("Ａｌｌｗｉｄｅ", "allwide"),
        ("Harbour Kitchen", "harbour kit"),
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
    for typed in ("zoe adeyemi", "zoe@post.example", "zoe@post.exa", "post", "https://pod.example/zoe.xml"):
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
        expected = backlog.page(seeking(text="harbour", **filters), now=NOW)
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
    assert titles(find(text="harbour is:waiting")) == []
    assert titles(find(text="harbour", state=State.DECLINED)) == ["Harbour Kitchen"]
    assert dict(index.indexed(engine)) == {id_: get(id_).revision}
    assert waiting not in dict(index.indexed(engine))


@STACK_ONLY
def test_what_one_has_just_done_is_in_the_next_search(find: Callable[..., Page], engine: Index, drain: Drain) -> None:
    """Before any worker has told the engine, and before the engine shows what it was told."""
    ids = [received(show_title=f"Harbour {n}") for n in range(3)]
    assert find(text="harbour").total == 3
    look = lambda text, **more: backlog.page(seeking(text, **more), now=NOW)  # noqa: E731
    by = person(Role.LEAD)
    for told in (lambda: None, drain):
        id_ = ids.pop()
        decided(id_, Verb.DECLINE, reasons=("rights",), by=by)
        sorting.tag(id_, "loud", by=by, now=NOW)
        told()
        assert id_ in {row.id for row in look("harbour is:declined reason:rights tag:loud").rows}
        assert id_ not in {row.id for row in look("harbour is:submitted").rows}
        assert look("harbour").total == 3
        counted = facets.facets(seeking("harbour"), now=NOW)
        assert sum(one.number for one in counted["is"]) == 3
    assert not look("harbour").fallen_back


def test_viewers_reach_no_note(anywhere: Callable[..., Page]) -> None:
    reviewing.note(received(show_title="Fog"), "Ventriloquist", by=person(), now=NOW)
    viewer, reviewer = person(Role.VIEWER).id, person(Role.REVIEWER).id
    for typed in ("ventriloquist", "ventriloquists", '"ventriloquist"', "fog ventrilo", "has:note"):
        assert anywhere(text=typed, reader=viewer).total == 0, typed
        assert anywhere(text=typed, reader=reviewer).total == 1, typed
    assert anywhere(text="-ventriloquist", reader=viewer).total == 1, "nor by what they rule out"


def test_what_is_judged_blind_is_found_by_nothing_that_tells_whose_it_is(anywhere: Callable[..., Page]) -> None:
    ada, rosa = person(Role.ADMIN), person(Role.REVIEWER)
    criterion = scoring.put_criterion(1, None, "Voice", [], weight=1, by=ada, now=NOW)
    scoring.set_blind(1, True, by=ada, now=NOW)
    id_, reader = received(show_title="Fog", name="Ottoline Vance", feed_url="https://pod.example/vance.xml"), rosa.id
    whose = ("ottoline", "by:vance", "from:mail.example", get(id_).email, "https://pod.example/vance.xml")
    for typed in whose:
        assert anywhere(text=typed, reader=reader).total == 0, typed
        assert anywhere(text=typed, reader=0).total == 1, typed
    assert anywhere(text="fog", reader=reader).total == 1
    assert anywhere(text="vanse", reader=reader).total == 0, "nor by what is spelled like it"
    assert anywhere(text="-ottoline", reader=reader).total == 1, "nor by what is ruled out"
    scoring.score(id_, {criterion: 3}, by=db.session.get_one(Person, reader), now=NOW)
    for typed in whose:
        assert anywhere(text=typed, reader=reader).total == 1, typed


def test_what_one_has_a_conflict_with_is_not_there(anywhere: Callable[..., Page]) -> None:
    rosa = person()
    id_, reader = received(show_title="Fog", language="fi"), rosa.id
    sorting.declare_conflict(id_, by=rosa, now=NOW)
    for typed in ("fog", f"#{id_}", get(id_).email, "lang:fi", "is:any", "-bell"):
        assert anywhere(text=typed, reader=reader).total == 0, typed
        assert anywhere(text=typed, reader=0).total == 1, typed


@STACK_ONLY
def test_pages_of_the_engine_and_of_what_is_new_are_one(
    find: Callable[..., Page], engine: Index, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "PAGE_SIZE", 4)
    monkeypatch.setattr(searching, "LAG", timedelta(0))
    ids = [received(show_title="Harbour", now=NOW - timedelta(hours=n)) for n in range(8)]
    find(text="harbour")
    ids += [received(show_title="Harbour", now=NOW - timedelta(minutes=90 * n + 1)) for n in range(7)]
    expected = [row.id for row in sorted(map(get, ids), key=lambda row: (row.received_at, row.id))]
    seen, asked = [], seeking("harbour")
    while True:
        page = backlog.page(asked, now=NOW)
        assert (page.total, page.fallen_back) == (15, False)
        seen += [row.id for row in page.rows]
        if page.last is None:
            break
        asked = replace(asked, after=page.last, page=page.number + 1)
    assert seen == expected
    assert [row.id for row in backlog.page(replace(asked, after=None, before=page.first), now=NOW).rows] == expected[
        8:12
    ]
    assert [row.id for row in backlog.page(seeking("harbour", page=2), now=NOW).rows] == expected[4:8]


@STACK_ONLY
def test_what_the_engine_refuses_is_set_aside_and_named(
    find: Callable[..., Page], engine: Index, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And found all the same; the clock does not try it for ever."""
    id_ = received(show_title="Harbour")
    assert find(text="harbour").total == 1
    poisoned = lambda *of: fields_of(*of) | {"surprise": "field"}  # noqa: E731
    fields_of = index._fields
    with monkeypatch.context() as patched:
        patched.setattr(index, "_fields", poisoned)
        sorting.tag(id_, "loud", by=person(), now=NOW)
        assert titles(find(text="harbour tag:loud")) == ["Harbour"]
        (dead,) = rows(OutboxItem, state=ItemState.DEAD)
        assert dead.error.endswith(f"refuses these applications: {id_}.")
        for minute in range(3):
            clock.tick(datetime.now(UTC) + timedelta(minutes=10 * minute))
            drain()
        assert len(rows(OutboxItem, state=ItemState.DEAD)) == 1
    sorting.untag(id_, "loud", by=person(), now=NOW)
    assert titles(find(text="harbour")) == ["Harbour"]
    assert rows(OutboxItem, state=ItemState.DEAD) == []
    assert list(index.drifted(index.revisions(), index.indexed(engine))) == []


def test_only_what_was_changed_is_written_to_the_index_anew(app: Flask) -> None:
    """Wording a reason or a tag anew is a matter of one application, or of none."""
    configure(app, elasticsearch_url="https://search.example/applications")
    ids, by = [received() for _ in range(3)], person(Role.ADMIN)
    for id_ in ids:
        decided(id_, Verb.DECLINE, reasons=("rights",))
    code = reasons.add_reason(Verb.DECLINE, "Too many alike", "We have three such shows.", by=by, now=NOW)

    def told() -> list[int]:
        return [one.target_id for one in rows(OutboxItem, kind=Effect.SEARCH)]

    with transaction() as session:
        session.execute(delete(OutboxItem))
    reasons.word_reason(code, "So many alike", "We have four such shows.", by=by, now=NOW)
    reasons.word_reason("rights", "Whose music?", "Whose is the music?", by=by, now=NOW)
    reasons.retire_reason("rights", True, by=by, now=NOW)
    assert told() == []
    sorting.tag(ids[1], "loud", by=by, now=NOW)
    sorting.untag(ids[1], "loud", by=by, now=NOW)
    assert told() == [ids[1]]


@STACK_ONLY
def test_drift_is_found_and_mended_by_the_clock(find: Callable[..., Page], engine: Index, drain: Drain) -> None:
    missing, older, right = (received(show_title=f"Harbour {n}") for n in range(3))
    assert find(text="harbour").total == 3
    engine.remove(missing, get(missing).revision + 1)
    engine.put([Document(999, 5, ["tharbour"], {"state": "submitted", "received": NOW})])
    with transaction() as session:
        session.get_one(Application, older).revision += 1
    assert find(text="harbour").total == 3, "one that is not there, and not the one that is missing"
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


@STACK_ONLY
def test_no_search_fails_and_no_write_is_missing_while_the_index_is_rebuilt(
    app: Flask, find: Callable[..., Page], engine: Index, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch of a rebuild waits until something was written, and somebody has looked for what was written."""
    monkeypatch.setattr(index, "BATCH", 5)
    ids, by, seen = [received(show_title=f"Harbour {n}") for n in range(40)], person().id, []
    drain()

    def while_written() -> Iterator[Document]:
        for number, document in enumerate(index.documents()):
            if number % 4 == 0:
                rosa = db.session.get_one(Person, by)
                sorting.tag(ids[-1 - number // 2], f"after {number}", by=rosa, now=NOW)
                sorting.tag(ids[number // 2], f"before {number}", by=rosa, now=NOW)
                if number % 8:
                    drain()
                for words in (f'tag:"after {number}"', f'tag:"before {number}"'):
                    found = backlog.page(seeking(f"{words} harbour"), now=NOW)
                    seen.append((found.total, found.fallen_back))
            yield document

    assert engine.rebuild(while_written()) == 40
    assert seen == [(1, False)] * 20
    assert find(text="harbour").total == 40
    assert list(index.drifted(index.revisions(), index.indexed(engine))) == []
