"""The index in Elasticsearch's language: its shape, and what a question asks. It needs no plugin, nor any module."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from review.gateways.wanted import (
    MOST_LIKE,
    Best,
    Every,
    Facet,
    InARow,
    Lexeme,
    Near,
    Never,
    OneOf,
    Place,
    Question,
    Some,
    Value,
    Wanted,
    Within,
)

LONGEST = 19
"""Elasticsearch: `max_chars` of index_prefixes is below 20. Looking for a longer beginning is an expensive query, which
a careful cluster refuses: lexemes are no longer, in the index and in the question."""
KEYWORDS = ("state", "language", "person", "topic", "feed", "host", "tag", "reason", "has", "letter", "answer")
NUMBERS = ("id", "programme", "reviewer", "assigned", "episodes")
MOMENTS = ("received", "decided", "snoozed", "due")
_LEXEMES = {
    "type": "text",
    "analyzer": "whitespace",
    "norms": False,
    "index_prefixes": {"min_chars": 1, "max_chars": LONGEST},
}
MAPPING = {
    "dynamic": "strict",
    "properties": {
        "lexemes": _LEXEMES,
        **dict.fromkeys(KEYWORDS, {"type": "keyword"}),
        **dict.fromkeys(NUMBERS, {"type": "long"}),
        **dict.fromkeys(MOMENTS, {"type": "date_nanos"}),  # the database counts microseconds, and both sort alike
    },
}
SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "gc_deletes": "1h",  # a removal that a rebuild has not heard of is remembered for longer than a rebuild takes
}
SHAPE = hashlib.sha256(json.dumps([MAPPING, SETTINGS], sort_keys=True).encode()).hexdigest()[:8]
WHOLE: dict[str, Any] = {"allow_partial_search_results": False}
_ORDERS: dict[str, list[dict[str, str]]] = {
    "best": [{"_score": "desc"}, {"received": "asc"}, {"id": "asc"}],
    "oldest": [{"received": "asc"}, {"id": "asc"}],
    "newest": [{"received": "desc"}, {"id": "desc"}],
    "number": [{"id": "asc"}],
}


def plain(value: Value) -> Value:
    """Text that can be sent: without halves of characters."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def question(asked: Question) -> dict[str, Any]:
    """What a search asks."""
    where = {"bool": {"must": [scored(asked.where)], "should": [_heavy(one, weight) for weight, one in asked.bonus]}}
    order = _ORDERS[asked.order]
    found = {
        "query": where if asked.order == "best" else {"bool": {"filter": [condition(asked.where)]}},
        "sort": _reversed(order) if asked.before else order,
        "size": asked.limit,
        "source": False,
        "track_total_hits": True,
        "track_scores": False,
        **WHOLE,
    }
    place = asked.before or asked.after
    if place is not None:
        return found | {"search_after": _behind(place, asked.order)}
    return found | {"from_": asked.offset}


def likenesses(nears: Sequence[Near]) -> dict[str, Any]:
    """What asks which lexemes are like these. A `fuzzy` query finds the same, but a careful cluster refuses it."""
    return {"size": 0, "suggest": {str(at): _like(near) for at, near in enumerate(nears)}, **WHOLE}


def _like(near: Near) -> dict[str, Any]:
    like = {"suggest_mode": "always", "size": MOST_LIKE, "max_edits": near.edits, "prefix_length": 2}
    everywhere = {"max_term_freq": 1_000_000_000, "accuracy": 0.1}  # it leaves no lexeme out for being frequent
    return {"text": plain(near.text), "term": {"field": "lexemes", **like, **everywhere}}


def place(sort: Sequence[Any], order: str) -> Place:
    """Where a hit stands. Elasticsearch gives times as nanoseconds, weights with a fraction that is none."""
    if order == "number":
        return (int(sort[0]),)
    *weight, at, number = sort
    return (*map(int, weight), int(at) // 1000, int(number))


def _behind(at: Place, order: str) -> list[Any]:
    if order == "number":
        return [at[0]]
    *weight, moment, number = at
    return [*weight, moment * 1000, number]


def _reversed(order: list[dict[str, str]]) -> list[dict[str, str]]:
    turned = {"asc": "desc", "desc": "asc"}
    return [{name: turned[way] for name, way in key.items()} for key in order]


def facets(asked: Mapping[str, Facet]) -> dict[str, Any]:
    """What counting values asks."""
    return {
        "size": 0,
        "track_total_hits": False,
        "aggs": {
            name: {"filter": condition(facet.where), "aggs": {"values": _counted(facet)}}
            for name, facet in asked.items()
        },
        **WHOLE,
    }


def _counted(facet: Facet) -> dict[str, Any]:
    if facet.stretches:
        return {"filters": {"filters": {name: condition(stretch) for name, stretch in facet.stretches}}}
    return {"terms": {"field": facet.field, "size": facet.most}}


def condition(wanted: Wanted) -> dict[str, Any]:
    """Whether an application is wanted, whatever it weighs."""
    match wanted:
        case Best(options):
            return condition(Some(tuple(one for _weight, one in options)))
        case Every(nodes):
            return {"bool": {"filter": [*map(condition, nodes)]}} if nodes else {"match_all": {}}
        case Some(nodes):
            any_of = [*_same_field(nodes), *(condition(one) for one in nodes if not _is_whole(one))]
            return {"bool": {"should": any_of, "minimum_should_match": 1}} if nodes else {"match_none": {}}
        case Never(node):
            return {"bool": {"must_not": [condition(node)]}}
        case OneOf(field, values):
            return {"terms": {field: [*map(plain, values)]}} if values else {"match_none": {}}
        case Within(field, least, end):
            bounds = {name: _bound(bound) for name, bound in (("gte", least), ("lt", end)) if bound is not None}
            return {"range": {field: bounds}} if bounds else {"exists": {"field": field}}
        case Near(text):
            return condition(Lexeme(text))
    return _about_words(wanted)


def _about_words(wanted: Lexeme | InARow) -> dict[str, Any]:
    match wanted:
        case Lexeme(text, begins):
            return {"prefix" if begins else "term": {"lexemes": {"value": plain(text)}}}
        case InARow(lexemes):
            return {"match_phrase": {"lexemes": {"query": " ".join(str(plain(one)) for one in lexemes)}}}


def _is_whole(wanted: Wanted) -> bool:
    return isinstance(wanted, Lexeme) and not wanted.begins


def _same_field(nodes: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Whole lexemes in one clause: a server counts clauses, and refuses what has too many."""
    texts = [plain(one.text) for one in nodes if isinstance(one, Lexeme) and _is_whole(one)]
    return [{"terms": {"lexemes": texts}}] if texts else []


def scored(wanted: Wanted) -> dict[str, Any]:
    """The same with what it weighs: the heaviest option of a Best, and all parts added up."""
    match wanted:
        case Best(options):
            return {"dis_max": {"queries": [_heavy(one, weight) for weight, one in options]}}
        case Every(nodes) if nodes:
            return {"bool": {"must": [*map(scored, nodes)]}}
        case Some(nodes) if nodes:
            return {"bool": {"should": [*map(scored, nodes)], "minimum_should_match": 1}}
    return _heavy(wanted, 0)


def _heavy(wanted: Wanted, weight: int) -> dict[str, Any]:
    return {"constant_score": {"filter": condition(wanted), "boost": weight}}


def _bound(value: int | datetime) -> int | str:
    return value.isoformat() if isinstance(value, datetime) else value
