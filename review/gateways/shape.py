"""The index in Elasticsearch's language: its shape, and what a search asks. It needs no plugin, nor any module."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

TEXTS = ("show_title", "name", "email", "pitch", "feed_url")
KEYWORDS = ("state", "topics", "language", "feed")
_TEXT = {"type": "text", "analyzer": "standard", "index_prefixes": {"min_chars": 1, "max_chars": 10}}
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
BEFORE, AFTER = "\x02", "\x03"


def plain(text: str) -> str:
    """Text that can be sent, without halves of characters, and without marks that only a match may have."""
    return text.encode("utf-8", "replace").decode().replace(BEFORE, "").replace(AFTER, "")


def question(words: Sequence[str], filters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a search asks. A word without a letter or digit narrows nothing."""
    sought = [plain(word) for word in words]
    must = [{"multi_match": {"query": word, **ANY_TEXT}} for word in sought]
    terms = [{"terms": {field: [*map(plain, values)]}} for field, values in filters.items() if values]
    return {
        "query": {"bool": {"must": must, "filter": terms}},
        "sort": ["received_at", "id"],
        "highlight": _highlight(sought),
        "source": False,
        "track_total_hits": True,
        **WHOLE,
    }


def _highlight(words: Sequence[str]) -> dict[str, Any]:
    """Elasticsearch marks nothing that it found by `index_prefixes`, so the beginnings are looked for once more."""
    beginnings = {part for word in words for part in (word, *re.findall(r"\w+", word), *re.findall(r"[\w.'’]+", word))}
    wanted = [re.sub(r"([*?\\])", r"\\\1", beginning) + "*" for beginning in sorted(beginnings - {""})]
    should = [{"wildcard": {field: {"value": value}}} for field in TEXTS for value in wanted]
    whole = {field: {"number_of_fragments": 0} for field in TEXTS}
    return {
        "pre_tags": [BEFORE],
        "post_tags": [AFTER],
        "fields": whole | {"pitch": {"number_of_fragments": 3, "fragment_size": 150}},
        "highlight_query": {"bool": {"should": should}},
    }
