"""The search index: applications found by words. The database stays the truth; all that is here can be rebuilt."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any, Protocol, TypeVar

from elasticsearch import BadRequestError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from review.errors import GiveUp, TryLater
from review.gateways.breaker import Breaker, Counters
from review.gateways.documents import Document, indexing, versioned
from review.gateways.elastic import UNREADABLE, Server
from review.gateways.shape import MAPPING, SETTINGS, SHAPE, WHOLE, facets, likenesses, place, question
from review.gateways.wanted import Counts, Facet, Found, Question, Wanted, spelled_by

BATCH = 500
BULK: dict[str, Any] = {"chunk_size": BATCH, "max_chunk_bytes": 5 * 1024 * 1024, "max_retries": 3}
TRIES = 5
ABANDONED = timedelta(hours=1)
T = TypeVar("T")


class Search(Protocol):
    """Every method raises TryLater when the index does not work."""

    def find(self, asked: Question) -> Found:
        """A page of what is wanted, and how much there is in all, exactly."""

    def count(self, asked: Mapping[str, Facet]) -> Counts:
        """How often each value of each facet occurs, in one question."""

    def put(self, documents: Iterable[Document]) -> None:
        """Index them, except over a higher revision. Raises GiveUp naming those refused, after all others are in."""

    def remove(self, id: int, revision: int) -> None:
        """Take one out, if its revision there is lower. One that is not there is out already."""

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Fill a new index and put it in the place of the live one, which is searched until then. How many were read.

        `documents` are read once the new index hears of every put and remove, so read them late: no change is lost.
        Raises GiveUp naming those refused; the others are in the new index. If all are, or on any other failure, the
        live index stays.
        """

    def revisions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        """Ids above `after_id` that are in the index, in their order, with the revision of each."""

    def size(self) -> int:
        """How many applications are in the index."""

    def check(self) -> str:
        """What is there, in words. Raises TryLater with what is wrong: no answer, no index, an index of old shape."""

    def refresh(self) -> None:
        """Let searches see all that has been written. By itself that takes a second."""

    @property
    def is_open(self) -> bool:
        """Whether the index has failed so often that searches do not ask it for a while."""


class Index:
    """A Search in Elasticsearch, behind the alias `name`. `url` may carry a user and a password; both stay in here.

    A search takes `timeout` seconds at most, a chunk of writes `bulk_timeout`. Raises ValueError for a bad `url`.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "greenroom-applications",
        timeout: float = 2.0,
        bulk_timeout: float = 30.0,
        breaker: Breaker | None = None,
    ) -> None:
        self._server = Server(url, timeout)
        self._name = name
        self._own = re.compile(rf"{re.escape(name)}-[0-9a-f]{{8}}-[0-9]+")
        self._timeout = timeout
        self._bulk_timeout = bulk_timeout
        self._breaker = breaker or Breaker()

    @property
    def is_open(self) -> bool:
        return self._breaker.is_open

    @property
    def counters(self) -> Counters:
        """Of searches that asked the index."""
        return self._breaker.counters

    def find(self, asked: Question) -> Found:
        (where,) = self._spelled_out(asked.where)
        return self._search(question(replace(asked, where=where)), lambda answer: _found(answer, asked))

    def count(self, asked: Mapping[str, Facet]) -> Counts:
        wheres = self._spelled_out(*(facet.where for facet in asked.values()))
        spelled = {name: replace(asked[name], where=where) for name, where in zip(asked, wheres, strict=True)}
        return self._search(facets(spelled), lambda answer: _counts(answer, asked))

    def _spelled_out(self, *wanted: Wanted) -> tuple[Wanted, ...]:
        return spelled_by(lambda nears: self._search(likenesses(nears), _likes), *wanted)

    def _search(self, asked: dict[str, Any], read: Callable[[Any], T]) -> T:
        if not self._breaker.admits():
            raise TryLater(f"The search server at {self._server.where} failed again and again: it is left alone.")
        started, worked = time.monotonic(), False
        try:
            with self._server.told(*UNREADABLE):
                found = read(self._server.client.search(index=self._name, **asked))
            worked = True
        except TryLater as error:
            worked = isinstance(error.__cause__, BadRequestError)  # the server works, it is the question
            raise
        finally:
            self._breaker.record(worked=worked, seconds=time.monotonic() - started)
        return found

    def put(self, documents: Iterable[Document]) -> None:
        refused, rest = [], iter(documents)
        while batch := list(islice(rest, BATCH)):
            # Looked up after the batch was read: an index begun later is filled with what is in the database later.
            refused += self._write(self._indices(), map(indexing, batch))
        if refused:
            raise GiveUp(_refusal(refused))

    def remove(self, id: int, revision: int) -> None:
        self._write(self._indices(), ({"_op_type": "delete", **versioned(id, revision)},))

    def rebuild(self, documents: Iterable[Document]) -> int:
        self._drop(index for index in self._indices(live=False) if _age(index) > ABANDONED)
        index, count = self._create(), 0

        def actions() -> Iterator[dict[str, Any]]:
            nonlocal count
            for count, document in enumerate(documents, 1):  # noqa: B007
                yield indexing(document)

        try:
            refused = self._write([index], actions())
            if refused and len(refused) == count:
                raise GiveUp(_refusal(refused))
            with self._server.told():
                self._slow.indices.refresh(index=index)
        except BaseException:
            with suppress(TryLater):
                self._drop([index])
            raise
        self._make_live(index)
        if refused:
            raise GiveUp(_refusal(refused))
        return count

    def revisions(self, after_id: int, limit: int) -> list[tuple[int, int]]:
        later = {"range": {"id": {"gt": after_id}}}
        with self._server.told(*UNREADABLE):
            asked = {"query": later, "sort": ["id"], "size": limit, "version": True, "source": False, **WHOLE}
            answer = self._slow.search(index=self._name, **asked)
            return [(int(hit["_id"]), int(hit["_version"])) for hit in answer["hits"]["hits"]]

    def size(self) -> int:
        with self._server.told(*UNREADABLE):
            return int(self._server.client.count(index=self._name)["count"])

    def check(self) -> str:
        if not (live := self._indices(live=True)):
            raise TryLater(f"The search server at {self._server.where} has no index {self._name}: it must be rebuilt.")
        if not any(map(self._is_current, live)):
            raise TryLater(f"The index {self._name} at {self._server.where} is of an older shape: it must be rebuilt.")
        with self._server.told(*UNREADABLE):
            health = self._server.client.cluster.health(index=live)["status"]
        if health == "red":
            raise TryLater(f"The search server at {self._server.where} has lost parts of the index (health: red).")
        return f"index {live[0]} at {self._server.where}, {self.size()} applications"

    def refresh(self) -> None:
        with self._server.told():
            self._slow.indices.refresh(index=self._name)

    @property
    def _slow(self) -> Elasticsearch:
        return self._server.client.options(request_timeout=self._bulk_timeout)

    def _indices(self, *, live: bool | None = None) -> list[str]:
        """Our own: the live one, those being built or about to go. `live` asks for those that are, or that are not."""
        with self._server.told(*UNREADABLE):
            found = self._server.client.indices.get_alias(index=f"{self._name}-*").body
            own = filter(self._own.fullmatch, found)
            return [index for index in own if live in (None, self._name in found[index]["aliases"])]

    def _is_current(self, index: str) -> bool:
        return index.startswith(f"{self._name}-{SHAPE}-")

    def _create(self) -> str:
        index = f"{self._name}-{SHAPE}-{time.time_ns()}"
        with self._server.told():
            # A write that comes after its index has gone must not bring it back with a mapping that is guessed.
            self._slow.indices.put_index_template(
                name=self._name, index_patterns=[f"{self._name}-*"], allow_auto_create=False, priority=500
            )
            self._slow.indices.create(index=index, mappings=MAPPING, settings=SETTINGS)
        return index

    def _make_live(self, index: str) -> None:
        """If this fails nobody knows whether it came true, so all stay as they are, and a later rebuild clears up."""
        for left in reversed(range(TRIES)):
            old = self._indices(live=True)
            try:
                self._swap(old, index)
                break
            except TryLater:  # another rebuild may have been quicker: then its index is the one to replace
                if not left:
                    raise
        if old:
            time.sleep(self._timeout)  # searches that still read the old one end by then
            with suppress(TryLater):
                self._drop(old)

    def _swap(self, old: Sequence[str], new: str) -> None:
        """Only one index of an alias can be its write index: this fails where one not in `old` has become live."""
        removed = [{"remove": {"index": index, "alias": self._name, "must_exist": False}} for index in old]
        added = {"add": {"index": new, "alias": self._name, "is_write_index": True}}
        with self._server.told():
            self._slow.indices.update_aliases(actions=[*removed, added])

    def _drop(self, indices: Iterable[str]) -> None:
        for index in indices:
            with self._server.told():
                self._slow.indices.delete(index=index, ignore_unavailable=True)

    def _write(self, indices: Sequence[str], actions: Iterable[dict[str, Any]]) -> list[int]:
        """Apply every action to every index. The ids whose documents are refused; raises TryLater for what may yet go.

        A stale write (409) has been overtaken, and an index that is missing (404) has been replaced by one that was
        filled from the database later. An index of an older shape may refuse what the one that replaces it takes.
        """
        if not indices:
            raise TryLater(f"The search server at {self._server.where} has no index {self._name}: it must be rebuilt.")
        everywhere = ({**action, "_index": index} for action in actions for index in indices)
        refused, failed = set(), set()
        with self._server.told():
            for _, result in streaming_bulk(self._slow, everywhere, raise_on_error=False, yield_ok=False, **BULK):
                ((_, item),) = result.items()
                if item["status"] in (404, 409):
                    continue
                if item["status"] != 400:
                    failed.add(item["status"])
                elif self._is_current(item["_index"]):
                    refused.add(int(item["_id"]))
                elif not any(map(self._is_current, indices)):
                    failed.add(item["status"])
        if failed:
            raise TryLater(f"The search server at {self._server.where} did not take every write ({min(failed)}).")
        return sorted(refused)


def _age(index: str) -> timedelta:
    return timedelta(seconds=time.time() - int(index.rpartition("-")[2]) / 1e9)


def _refusal(ids: Sequence[int]) -> str:
    return f"The search server refuses these applications: {', '.join(map(str, ids))}."


def _found(answer: Any, asked: Question) -> Found:
    hits = answer["hits"]["hits"][:: -1 if asked.before else 1]
    places = [place(hit["sort"], asked.order) for hit in hits]
    return Found([int(hit["_id"]) for hit in hits], places, int(answer["hits"]["total"]["value"]))


def _likes(answer: Any) -> list[list[str]]:
    suggested = answer["suggest"]
    return [[option["text"] for option in suggested[str(at)][0]["options"]] for at in range(len(suggested))]


def _counts(answer: Any, asked: Mapping[str, Facet]) -> Counts:
    return {name: _counted(answer["aggregations"][name]["values"]["buckets"]) for name in asked}


def _counted(buckets: Any) -> dict[str | int, int]:
    """Values with how often each occurs: stretches come by name, values in a list."""
    if isinstance(buckets, dict):
        return {name: int(bucket["doc_count"]) for name, bucket in buckets.items() if bucket["doc_count"]}
    return {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}
