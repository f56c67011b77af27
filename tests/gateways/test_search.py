"""The index on a real Elasticsearch: what is found, what is overtaken, what a rebuild keeps, what fails."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from review.errors import GiveUp, TryLater
from review.folding import lexemes, tokens
from review.gateways import documents, search
from review.gateways.breaker import Breaker, Counters
from review.gateways.documents import Document
from review.gateways.search import Index, Search
from review.gateways.wanted import Every, Found, Lexeme, OneOf, Question, Some
from tests import servers
from tests.gateways.scripted import Answer, Scripted, closed_port, scripted

URL = servers.running()["env"]["ELASTICSEARCH_URL"] if servers.running() else ""
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PASSWORD = "pa@ss/word-never-in-a-message"


PLACES = "tnapf"


def _document(id_: int, revision: int = 1, *, at: datetime = NOON, **changes: Any) -> Document:
    fields = {"state": "received", "topic": ["Arts", "Music"], "language": "en", "feed": "none"}
    texts = {"title": f"show {id_}", "name": "ada byron", "address": "ada@pod.example", "pitch": "", "feed": ""}
    texts |= {
        name.removesuffix("_text"): value for name, value in changes.items() if name.removesuffix("_text") in texts
    }
    fields |= {name: value for name, value in changes.items() if name in fields or name == "surprise"}
    return Document(id_, revision, [*lexemes(texts, "")], fields | {"received": at})


def _asked(*words: str, **changes: Any) -> Question:
    """Every word begins one of some text; of each filter one value fits."""
    narrowing = tuple(OneOf(name, tuple(changes.pop(name))) for name in [*changes] if name in FILTERS)
    begun = (Some(tuple(Lexeme(place + word, begins=True) for place in PLACES)) for word in words)
    return Question(Every((*begun, *(one for one in narrowing if one.values))), **changes)


FILTERS = ("state", "topic", "language", "feed")


@pytest.fixture(scope="module")
def server() -> Elasticsearch:
    if not URL:
        pytest.skip("needs the real servers of `make test-stack`")
    return Elasticsearch(URL)


@pytest.fixture
def name(server: Elasticsearch) -> Iterator[str]:
    """A name of its own for each test; what stands under it is removed in the end."""
    name = f"tests{uuid.uuid4().hex}"
    yield name
    for index in server.indices.get_alias(index=f"{name}*"):
        server.indices.delete(index=index)
    server.options(ignore_status=404).indices.delete_index_template(name=name)


@pytest.fixture
def bare(name: str) -> Index:
    """Nothing has been indexed yet, not even an index is there."""
    return Index(URL, name=name, timeout=10)


@pytest.fixture
def index(bare: Index) -> Index:
    bare.rebuild([])
    bare._timeout = 0.2  # how long a second rebuild waits for searches
    return bare


def _filled(index: Index, *documents: Document) -> Index:
    index.put(documents)
    index.refresh()
    return index


def _find(index: Index, *words: str, **changes: Any) -> list[int]:
    return index.find(_asked(*words, **changes)).ids


def _names(server: Elasticsearch, name: str) -> list[str]:
    return sorted(server.indices.get_alias(index=f"{name}*"))


# What is found


def test_an_index_is_a_search(index: Index) -> None:
    as_search: Search = index
    assert as_search.find(_asked("x")) == Found([], [], 0)
    assert (as_search.size(), as_search.is_open) == (0, False)


def test_all_can_be_gone_through_by_number(index: Index) -> None:
    _filled(index, *(_document(id_, at=NOON - timedelta(days=id_), title="night owls") for id_ in range(1, 8)))
    found, asked = [], _asked("night", state=["received"], order="number", limit=3)
    while (page := index.find(asked)).ids:
        found, asked = [*found, *page.ids], replace(asked, after=page.places[-1])
    assert found == [1, 2, 3, 4, 5, 6, 7]
    assert _find(index, "night", limit=3) == [7, 6, 5]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("nig", True),
        ("night owls", True),
        ("owls night", True),
        ("o n", True),
        ("averyveryverylongword", True),
        ("averyveryverylongwo", True),
        ("averyveryverylongwordx", True),
        ("ight", False),
        ("nights", False),
        ("night ada shifts", True),
        ("night ada missing", False),
        ("ada@pod.example", True),
        ("ada@pod.ex", True),
        ("ada@po", True),
        ("byron@pod", False),
        ("o'con", True),
        ("rock'n'ro", True),
        ("rock & roll", True),
        ("rock & owls", True),
        ("tom&jer", True),
        ("late-nig", True),
        ("c++ 3.14", True),
        ("日本 日", True),
        ("москв", True),
        ("\U0001f600", True),
        ("feeds.pod.example/ow", True),
        ("!!! ??? ...", False),
        ("", True),
        ("title:night", False),
        ("*", False),
        ("owls OR missing", False),
    ],
)
def test_every_word_must_begin_a_word_of_some_text(index: Index, words: str, found: bool) -> None:
    document = _document(
        7,
        title="night owls & tom&jerry",
        name_text="ada o'connor",
        pitch="averyveryverylongword late-night shifts of rock'n'roll 日本語 москва \U0001f600 c++ and 3.14159",
        feed_text="https://feeds.pod.example/owls.xml",
    )
    _filled(index, document, _document(8, title="nothing alike", address="x@y.example"))
    assert (7 in _find(index, *tokens(words))) is found


def test_filters_narrow_by_any_of_their_values(index: Index) -> None:
    _filled(
        index,
        _document(1, state="received", topic=["Arts"], feed="good"),
        _document(2, state="shortlisted", topic=["Arts", "Music > Jazz"], feed="good"),
        _document(3, state="rejected", topic=[], feed="none"),
    )
    assert _find(index) == [1, 2, 3]
    assert _find(index, state=["received", "rejected"]) == [1, 3]
    assert _find(index, topic=["Music > Jazz"]) == [2]
    assert _find(index, topic=["Music"]) == []
    assert _find(index, topic=["Arts"], feed=["good"], state=["received"]) == [1]
    assert _find(index, "show", state=[], feed=["none"]) == [3]
    assert _find(index, state=["\ud800"]) == []


def test_the_order_is_of_arrival_to_the_microsecond_and_then_of_number(index: Index) -> None:
    at = {5: 0, 3: 1, 9: 1, 1: 2, 10: 1}
    _filled(index, *(_document(id_, at=NOON + timedelta(microseconds=later)) for id_, later in at.items()))
    assert _find(index) == [5, 3, 9, 10, 1]
    pages = [_find(index, limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert pages == [[5, 3], [9, 10], [1], []]


def test_totals_and_pages_are_exact_beyond_ten_thousand(bare: Index) -> None:
    assert bare.rebuild(_document(id_) for id_ in range(1, 10_051)) == 10_050
    assert bare.size() == 10_050
    found = bare.find(_asked("sho", offset=9_950))
    assert (found.ids, found.total) == (list(range(9_951, 10_001)), 10_050)
    found = bare.find(_asked("sho", after=found.places[-1]))
    assert (found.ids, found.total) == (list(range(10_001, 10_051)), 10_050)
    assert bare.find(_asked("sho", before=found.places[0])).ids == list(range(9_951, 10_001))
    assert bare.find(_asked("10049")).total == 1
    assert bare.revisions(10_047, 2) == [(10_048, 1), (10_049, 1)]
    with pytest.raises(TryLater, match="answers 400"):
        bare.find(_asked(offset=2_000_000))
    assert not bare.is_open


@pytest.fixture(scope="module")
def any_index(server: Elasticsearch) -> Iterator[Index]:
    index = Index(URL, name=f"tests{uuid.uuid4().hex}", timeout=10)
    index.rebuild([_document(1)])
    yield index
    for one in server.indices.get_alias(index=f"{index._name}*"):
        server.indices.delete(index=one)
    server.indices.delete_index_template(name=index._name)


ODD = st.text(st.characters(codec=None), max_size=60) | st.text(st.sampled_from('"*?\\/:(){}[]^~+-|&!<>=\0\x02\n a.'))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ODD, max_size=16), ODD)
@example(["\ud800", "\0", "x" * 400, "a-" * 200], "\udfff")
@example(["\U000e0001"] * 16, "")
@example(["x" * 14 + "\U00010000" * 3], "")
@example(["\U00010000" * 20, "x" + "\U00010000" * 20], "")
def test_any_words_can_be_looked_for(any_index: Index, words: list[str], state: str) -> None:
    sought = [token for word in words for token in tokens(word)][:16]
    assert any_index.find(_asked(*sought, state=[state])).total in (0, 1)
    assert any_index.find(_asked(*sought, order="best")).total in (0, 1)


@settings(max_examples=50, deadline=None)
@given(ODD)
@example("x" * 40_000)
def test_any_text_can_be_indexed(any_index: Index, text: str) -> None:
    any_index.put([_document(2, time.time_ns(), pitch=text, title=text)])


# What is overtaken


def test_of_two_writes_the_higher_revision_stays(index: Index) -> None:
    index.put([_document(1, 5, title="newer")])
    index.put([_document(1, 4, title="older")])
    _filled(index, _document(1, 5, title="again"))
    assert _find(index, "newer") == [1]
    assert index.revisions(0, 10) == [(1, 5)]
    _filled(index, _document(1, 6, title="newest"))
    assert _find(index, "newest") == [1]


def test_of_a_write_and_a_removal_the_higher_revision_stays(index: Index) -> None:
    index.put([_document(1, 5), _document(2, 5)])
    index.remove(1, 4)
    index.remove(2, 6)
    _filled(index, _document(2, 5))
    assert index.revisions(0, 10) == [(1, 5)]
    _filled(index, _document(2, 7))
    assert index.revisions(0, 10) == [(1, 5), (2, 7)]


def test_what_is_not_there_can_be_removed(index: Index) -> None:
    index.remove(7, 2**62)
    index.remove(7, 2**62)
    _filled(index, _document(7, 3))
    assert index.size() == 0


def test_revisions_come_in_pages_of_numbers(index: Index) -> None:
    _filled(index, *(_document(id_, id_ * 2) for id_ in (30, 4, 200, 11)))
    assert index.revisions(0, 3) == [(4, 8), (11, 22), (30, 60)]
    assert index.revisions(30, 3) == [(200, 400)]
    assert index.revisions(200, 3) == []


# What is refused


def test_a_refused_document_does_not_stop_the_others(index: Index) -> None:
    unknown = _document(2, surprise="field")
    too_long = _document(4, language="x" * 40_000)
    many = [_document(id_) for id_ in range(10, 1200)]
    with pytest.raises(GiveUp, match=r"refuses these applications: 2, 4\.$"):
        index.put([_document(1), unknown, _document(3), too_long, *many])
    index.refresh()
    assert index.size() == 2 + len(many)


def test_a_rebuild_names_what_is_refused_and_takes_the_rest(index: Index) -> None:
    with pytest.raises(GiveUp, match=r"these applications: 2\.$"):
        index.rebuild([_document(1), _document(2, surprise="field")])
    assert index.size() == 1


def test_a_rebuild_that_takes_nothing_leaves_the_live_index(index: Index, server: Elasticsearch, name: str) -> None:
    _filled(index, _document(1))
    with pytest.raises(GiveUp, match="2, 3"):
        index.rebuild([_document(2, surprise="field"), _document(3, surprise="field")])
    assert (index.size(), len(_names(server, name))) == (1, 1)


# Rebuilding


def test_a_rebuild_replaces_the_index_and_removes_the_old_one(index: Index, server: Elasticsearch, name: str) -> None:
    _filled(index, _document(1), _document(2))
    before = _names(server, name)
    assert index.rebuild(iter([_document(2), _document(3)])) == 2
    assert _find(index) == [2, 3]
    assert len(_names(server, name)) == 1
    assert _names(server, name) != before
    assert index.check() == f"index {_names(server, name)[0]} at {URL.rstrip('/')}, 2 applications"


def test_what_changes_during_a_rebuild_is_in_both(index: Index) -> None:
    _filled(index, _document(1), _document(2), _document(3))

    def documents() -> Iterator[Document]:
        yield _document(1)
        index.put([_document(1, 2, title="changed"), _document(4)])
        index.remove(2, 2)
        index.refresh()
        assert _find(index) == [1, 3, 4]
        assert _find(index, "changed") == [1]
        yield _document(2)
        yield _document(3)

    index.rebuild(documents())
    assert _find(index) == [1, 3, 4]
    assert _find(index, "changed") == [1]


@pytest.mark.parametrize("error", [TryLater("the database is away"), ValueError("nonsense"), KeyboardInterrupt("stop")])
def test_a_rebuild_that_fails_leaves_the_live_index(
    index: Index, server: Elasticsearch, name: str, error: BaseException
) -> None:
    _filled(index, _document(1))
    before = _names(server, name)

    def documents() -> Iterator[Document]:
        for id_ in range(1000):
            yield _document(id_)
        assert len(_names(server, name)) == 2
        raise error

    with pytest.raises(type(error), match=str(error)):
        index.rebuild(documents())
    assert _names(server, name) == before
    assert _find(index) == [1]


KILLED = """
import sys, time
from tests.gateways.test_search import Index, _document
def documents():
    for number in range(1, 1201):
        yield _document(number)
    print("half", flush=True)
    time.sleep(600)
Index(sys.argv[1], name=sys.argv[2], timeout=10).rebuild(documents())
"""


def test_a_killed_rebuild_changes_nothing_and_goes_with_a_later_one(
    index: Index, server: Elasticsearch, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(index, _document(1))
    with subprocess.Popen([sys.executable, "-c", KILLED, URL, name], stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"half\n"
        other.send_signal(signal.SIGKILL)
    assert other.returncode == -signal.SIGKILL
    assert len(_names(server, name)) == 2
    _filled(index, _document(2))
    assert _find(index) == [1, 2]
    index.rebuild([_document(1), _document(3)])
    assert len(_names(server, name)) == 2  # the half-made one is young: somebody may be at work on it
    assert _find(index) == [1, 3]
    monkeypatch.setattr(search, "ABANDONED", timedelta(0))
    index.rebuild([_document(1)])
    assert len(_names(server, name)) == 1


def test_a_rebuild_whose_index_was_taken_away_fails(index: Index, server: Elasticsearch, name: str) -> None:
    _filled(index, _document(1))
    before = _names(server, name)

    def documents() -> Iterator[Document]:
        (half,) = set(_names(server, name)) - set(before)
        server.indices.delete(index=half)
        yield from map(_document, range(10))

    with pytest.raises(TryLater):
        index.rebuild(documents())
    assert _names(server, name) == before
    assert _find(index) == [1]


@pytest.mark.parametrize("first", [True, False])
def test_rebuilds_at_once_leave_one_live_index(bare: Index, server: Elasticsearch, name: str, first: bool) -> None:
    index = bare
    index._timeout = 0.2
    if not first:
        index.rebuild([])
    start = threading.Barrier(3)

    def documents() -> Iterator[Document]:
        start.wait()
        yield from map(_document, range(800))

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: index.rebuild(documents()), range(3))) == [800] * 3
    assert len(server.indices.get_alias(name=name)) == 1
    assert index.size() == 800


def test_nothing_is_made_by_writing(bare: Index, server: Elasticsearch, name: str) -> None:
    for call in (lambda: bare.put([_document(1)]), lambda: bare.remove(1, 1), bare.check):
        with pytest.raises(TryLater, match=f"has no index {name}: it must be rebuilt"):
            call()
    assert _names(server, name) == []


def test_a_write_to_an_index_that_has_gone_does_not_bring_it_back(
    index: Index, server: Elasticsearch, name: str
) -> None:
    (gone,) = _names(server, name)
    index.rebuild([])
    index._write([gone, *_names(server, name)], [documents.indexing(_document(1))])
    index._write([gone], [{"_op_type": "delete", **documents.versioned(1, 2)}])
    index.refresh()
    assert index.size() == 1
    assert gone not in _names(server, name)


class Desk:
    """A database of revisions that several threads change, each change followed by its update of the index."""

    def __init__(self, index: Index, size: int) -> None:
        self._index = index
        self._lock = threading.Lock()
        self.rows = dict.fromkeys(range(1, size + 1), 1)
        self._revision = 1

    def documents(self) -> Iterator[Document]:
        for id_ in sorted(self.rows):
            with self._lock:
                revision = self.rows.get(id_)
            if revision:
                yield _document(id_, revision, title=f"show {revision}")

    def change(self, id_: int) -> None:
        with self._lock:
            self._revision = revision = self._revision + 1
            if gone := (id_ in self.rows and id_ > 10 and revision % 3 == 0):
                del self.rows[id_]
            else:
                self.rows[id_] = revision
        if gone:
            self._index.remove(id_, revision)
        else:
            self._index.put([_document(id_, revision, title=f"show {revision}")])


def test_writers_and_readers_do_not_notice_a_rebuild(name: str) -> None:
    index = Index(URL, name=name, timeout=2)
    index._timeout = 0.5
    desk, done, searches = Desk(index, 1500), threading.Event(), [0]
    index.rebuild(desk.documents())

    def write(step: int) -> None:
        number = 0
        while not done.is_set():
            number += step
            desk.change(number % 1600 + 1)

    def read() -> None:
        while not done.is_set():
            found = index.find(_asked("sho", state=["received"], limit=10))
            assert found.ids == list(range(1, 11))
            assert found.total > 900
            searches[0] += 1

    with ThreadPoolExecutor(4) as pool:
        others = [pool.submit(write, 7), pool.submit(write, 11), pool.submit(read)]
        try:
            for _ in range(4):
                index.rebuild(desk.documents())
        finally:
            done.set()
        for other in others:
            other.result()
    index.refresh()
    assert index.revisions(0, 2000) == sorted(desk.rows.items())
    assert searches[0] > 20
    assert index.counters.failures == 0


# The shape


def test_an_index_of_an_older_shape_is_found_out_and_replaced(
    index: Index, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = {**search.MAPPING, "properties": {k: v for k, v in search.MAPPING["properties"].items() if k != "feed"}}
    monkeypatch.setattr(search, "MAPPING", narrow)
    monkeypatch.setattr(search, "SHAPE", "0" * 8)
    bare = _document(1)
    old = Document(1, 1, bare.lexemes, {"state": "received", "received": NOON})
    index.rebuild([old])
    monkeypatch.undo()
    with pytest.raises(TryLater, match=f"The index {name} at .* is of an older shape: it must be rebuilt"):
        index.check()
    with pytest.raises(TryLater, match="did not take every write"):
        index.put([_document(2)])
    assert _find(index, "show") == [1]

    def documents() -> Iterator[Document]:
        index.put([_document(2)])
        yield _document(1)

    index.rebuild(documents())
    assert _find(index, feed=["none"]) == [1, 2]
    assert "2 applications" in index.check()


def test_the_mapping_is_what_the_server_has(index: Index, server: Elasticsearch, name: str) -> None:
    (held,) = server.indices.get_mapping(index=name).values()
    assert held["mappings"]["dynamic"] == "strict"
    assert set(held["mappings"]["properties"]) == set(search.MAPPING["properties"])


# When it fails


PRODUCT = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
EMPTY = Answer(body=json.dumps({"hits": {"total": {"value": 0}, "hits": []}}).encode(), headers=PRODUCT)


def _against(server: Scripted, **options: Any) -> Index:
    """It waits for an answer only where one will come."""
    seconds = 0.3 if any(answer.stall for answer in server.answers) else 10.0
    return Index(server.url, timeout=seconds, bulk_timeout=seconds, **options)


def _every_call(index: Index) -> list[Callable[[], object]]:
    return [
        lambda: index.find(_asked("x")),
        lambda: index.put([_document(1)]),
        lambda: index.remove(1, 1),
        lambda: index.rebuild([_document(1)]),
        lambda: index.revisions(0, 1),
        index.size,
        index.check,
        index.refresh,
    ]


FAILURES = [
    (Answer(401, headers=PRODUCT), "does not know these credentials"),
    (Answer(403, headers=PRODUCT), "does not allow this with these credentials"),
    (Answer(404, headers=PRODUCT), "has no such index: it must be rebuilt"),
    (Answer(429, headers=PRODUCT), "answers 429"),
    (Answer(503, b"<html>Oh no", {"Content-Type": "text/html"}), "answers 503"),
    (Answer(200, b"<html>Welcome to the hotel", {"Content-Type": "text/html"}), "gives answers that are not"),
    (Answer(200, b"{", PRODUCT), "gives answers that are not"),
    (Answer(reset=True), "cannot be reached"),
    (Answer(stall=True), "does not answer in time"),
]


@pytest.mark.parametrize(("answer", "sentence"), FAILURES, ids=[sentence for _, sentence in FAILURES])
def test_a_failure_is_said_in_words_and_tried_later(answer: Answer, sentence: str) -> None:
    with scripted(answer) as server:
        for call in _every_call(_against(server)):
            with pytest.raises(TryLater, match=f"The search server at {server.url} {sentence}"):
                call()
        assert len(server.asked) == 8  # nothing is tried twice


@pytest.mark.parametrize("body", [b"[]", b"7", b'{"hits": 7}', b'{"hits": {"hits": [{}], "total": 1}}', b"null", b""])
def test_an_answer_of_another_shape_is_tried_later(body: bytes) -> None:
    with scripted(Answer(200, body, PRODUCT)) as server:
        index = _against(server)
        for call in (lambda: index.find(_asked("x")), index.size, lambda: index.revisions(0, 1)):
            with pytest.raises(TryLater):
                call()


def test_a_server_that_is_not_there_is_tried_later() -> None:
    for call in _every_call(Index(f"http://127.0.0.1:{closed_port()}", timeout=0.3)):
        with pytest.raises(TryLater, match="cannot be reached"):
            call()


def test_an_index_with_lost_parts_is_said() -> None:
    alias = {f"i-{search.SHAPE}-1": {"aliases": {"i": {}}}}
    answers = (Answer(body=json.dumps(body).encode(), headers=PRODUCT) for body in (alias, {"status": "red"}))
    with scripted(*answers) as server, pytest.raises(TryLater, match=r"lost parts of the index \(health: red\)"):
        _against(server, name="i").check()


def test_writes_the_server_has_no_room_for_are_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(search.BULK, "max_retries", 0)
    alias = {f"i-{search.SHAPE}-1": {"aliases": {"i": {}}}}
    items = [{"index": {"_index": "i", "_id": "1", "status": 429, "error": {"type": "full"}}}]
    bodies = (alias, {"errors": True, "items": items})
    answers = (Answer(body=json.dumps(body).encode(), headers=PRODUCT) for body in bodies)
    with scripted(*answers) as server, pytest.raises(TryLater, match=r"did not take every write \(429\)"):
        _against(server, name="i").put([_document(1)])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "http://",
        "ftp://host:1",
        f"https://ann:{PASSWORD}@host:9200",
        "http://host:99999",
        "http://[",
        "//h",
    ],
)
def test_a_bad_address_is_refused_at_once_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="must look like https://user:password@host:9200") as caught:
        Index(url)
    assert "word-never" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_user_and_password_are_sent_and_not_told() -> None:
    with scripted(Answer(401, headers=PRODUCT)) as server:
        address = server.url.replace("://", "://ann%40pod:pa%40ss%2Fword-never-in-a-message@")
        index = Index(f"{address}/search/")
        for call in _every_call(index):
            with pytest.raises(TryLater, match="does not know these credentials") as caught:
                call()
            assert PASSWORD not in f"{caught.value} {caught.value.__cause__!r}"
            assert "%2F" not in str(caught.value)
        sent = base64.b64decode(server.headers[0]["authorization"].removeprefix("Basic ")).decode()
        assert sent == f"ann@pod:{PASSWORD}"
        assert server.asked[0].startswith("POST /search/greenroom-applications/_search")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://u:p@search.example", "https://search.example:443"),
        ("http://[::1]:9200/", "http://[::1]:9200"),
        ("http://search.example/es/", "http://search.example:80/es"),
    ],
)
def test_an_address_may_leave_its_port_out(url: str, where: str) -> None:
    assert Index(url)._server.where == where


def test_a_child_process_makes_a_client_of_its_own(index: Index) -> None:
    mine = index._server.client
    if not (pid := os.fork()):
        try:
            os._exit(0 if _find(index, "x") == [] and index._server.client is not mine else 1)
        finally:
            os._exit(2)
    assert os.waitpid(pid, 0) == (pid, 0)
    assert _find(index, "x") == []


# The breaker


PAUSE = 0.5


@pytest.mark.parametrize("answer", [Answer(503), Answer(reset=True), Answer(stall=True), Answer(200, b"hello")])
def test_five_failures_in_a_row_open_the_breaker_and_one_success_closes_it(answer: Answer) -> None:
    with scripted(*[answer] * 6, EMPTY) as server:
        index = _against(server, breaker=Breaker(pause=PAUSE))
        for _ in range(5):
            assert not index.is_open
            with pytest.raises(TryLater):
                _find(index, "x")
        assert index.is_open
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(TryLater, match="left alone"):
                _find(index, "x")
        assert len(server.asked) == 5
        _wait(began + PAUSE)
        with pytest.raises(TryLater):
            _find(index, "x")  # the trial fails
        assert len(server.asked) == 6
        with pytest.raises(TryLater, match="left alone"):
            _find(index, "x")
        _wait(time.monotonic() + PAUSE)
        assert _find(index, "x") == []
        assert not index.is_open
        assert (index.counters.calls, index.counters.failures) == (7, 6)


def _wait(until: float) -> None:
    while time.monotonic() < until:
        time.sleep(0.01)


def test_a_server_that_refuses_connections_opens_the_breaker_and_closes_it_when_it_is_back() -> None:
    with scripted(EMPTY) as server:
        index = _against(server, breaker=Breaker(pause=PAUSE))
        assert _find(index, "x") == []
    for _ in range(5):
        with pytest.raises(TryLater, match="cannot be reached"):
            _find(index, "x")
    with scripted(EMPTY, port=server.server_address[1]):
        with pytest.raises(TryLater, match="left alone"):
            _find(index, "x")
        _wait(time.monotonic() + PAUSE)
        assert _find(index, "x") == []
        assert not index.is_open


def test_failures_that_are_not_in_a_row_do_not_open_the_breaker() -> None:
    with scripted(*([Answer(503)] * 4 + [EMPTY]) * 3) as server:
        index = _against(server)
        for turn in range(15):
            if turn % 5 == 4:
                assert _find(index, "x") == []
            else:
                with pytest.raises(TryLater, match="answers 503"):
                    _find(index, "x")
        assert not index.is_open


def test_a_question_the_server_does_not_like_opens_nothing() -> None:
    with scripted(Answer(400, b'{"error": {"type": "bad"}}', PRODUCT)) as server:
        index = _against(server)
        for _ in range(10):
            with pytest.raises(TryLater, match=r"answers 400 \(bad\)"):
                _find(index, "x")
        assert not index.is_open


def test_of_many_threads_one_makes_the_trial_and_none_waits_for_another() -> None:
    with scripted(*[Answer(503)] * 5, Answer(stall=True)) as server:
        index = Index(server.url, timeout=1.5, breaker=Breaker(pause=PAUSE))
        for _ in range(5):
            with pytest.raises(TryLater):
                _find(index, "x")
        _wait(time.monotonic() + PAUSE)
        start = threading.Barrier(8)

        def ask(_: int) -> float:
            start.wait()
            began = time.monotonic()
            with pytest.raises(TryLater):
                _find(index, "x")
            return time.monotonic() - began

        with ThreadPoolExecutor(8) as pool:
            took = sorted(pool.map(ask, range(8)))
        assert len(server.asked) == 6
        assert took[-1] > 1.4 > took[-2]


def test_searches_run_side_by_side() -> None:
    with scripted(Answer(stall=True)) as server:
        index = Index(server.url, timeout=1)
        with ThreadPoolExecutor(4) as pool:
            began = time.monotonic()
            failures = list(pool.map(lambda _: pytest.raises(TryLater, _find, index, "x"), range(4)))
        assert len(failures) == len(server.asked) == 4
        assert time.monotonic() - began < 3


def test_a_trial_that_never_reports_back_is_followed_by_another() -> None:
    breaker = Breaker(limit=1, pause=0.05)
    breaker.record(worked=False, seconds=0)
    assert not breaker.admits()
    _wait(time.monotonic() + 0.06)
    assert breaker.admits()
    assert not breaker.admits()
    _wait(time.monotonic() + 0.06)
    assert breaker.admits()


def test_counters_tell_how_searches_went() -> None:
    breaker = Breaker()
    breaker.record(worked=True, seconds=0.5)
    breaker.record(worked=False, seconds=2.0)
    assert breaker.counters == Counters(calls=2, failures=1, seconds=2.5)
