"""The index in Elasticsearch's language: its shape, and what a search asks. It needs no plugin, nor any module."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

TEXTS = ("show_title", "name", "email", "pitch", "feed_url", "answers_text")
KEYWORDS = ("state", "programme", "topics", "language", "feed")
LONGEST = 19
"""Elasticsearch: `max_chars` of index_prefixes is below 20. Looking for a longer beginning is an expensive query, which
a careful cluster refuses: words are cut, in the index and in the question."""
_TEXT = {"type": "text", "analyzer": "whitespace", "index_prefixes": {"min_chars": 1, "max_chars": LONGEST}}
MAPPING = {
    "dynamic": "strict",
    "properties": {
        "id": {"type": "long"},
        "received_at": {"type": "date_nanos"},  # the database counts microseconds, and both sort alike
        **dict.fromkeys(TEXTS, _TEXT),
        **dict.fromkeys(KEYWORDS, {"type": "keyword"}),
    },
}
SETTINGS = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "gc_deletes": "1h",  # a removal that a rebuild has not heard of is remembered for longer than a rebuild takes
    "max_result_window": 100_000,
}
SHAPE = hashlib.sha256(json.dumps([MAPPING, SETTINGS], sort_keys=True).encode()).hexdigest()[:8]
ANY_TEXT = {"fields": TEXTS, "type": "bool_prefix", "operator": "and", "zero_terms_query": "all"}
WHOLE: dict[str, Any] = {"allow_partial_search_results": False}


def plain(text: str) -> str:
    """Text that can be sent: without halves of characters."""
    return text.encode("utf-8", "replace").decode()


def cut(text: str) -> str:
    """Words as the index knows them. Elasticsearch counts in units of UTF-16: an emoji is two."""
    return " ".join(
        word.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore") for word in plain(text).split()
    )


def question(words: Sequence[str], filters: Mapping[str, Sequence[str]], after: int | None = None) -> dict[str, Any]:
    """What a search asks: in order of arrival; or, behind a number, in order of number."""
    must = [{"multi_match": {"query": cut(word), **ANY_TEXT}} for word in words]
    terms: list[Any] = [{"terms": {field: [*map(plain, values)]}} for field, values in filters.items() if values]
    if after is not None:
        terms.append({"range": {"id": {"gt": after}}})
    return {
        "query": {"bool": {"must": must, "filter": terms}},
        "sort": ["received_at", "id"] if after is None else ["id"],
        "source": False,
        "track_total_hits": True,
        **WHOLE,
    }
