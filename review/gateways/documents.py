"""What a search index holds of an application, and how it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from review.gateways.shape import plain


@dataclass(frozen=True, slots=True)
class Document:
    """What is indexed of one application: lexemes in their order, and the values of its fields.

    `revision` rises with every change: of two writes the one with the higher revision stays, whichever comes last.
    """

    id: int
    revision: int
    lexemes: Sequence[str]
    fields: Mapping[str, Any]


def versioned(id: int, revision: int) -> dict[str, Any]:
    """Which writing it is: the server refuses an older one."""
    return {"_id": str(id), "version": revision, "version_type": "external"}


def indexing(document: Document) -> dict[str, Any]:
    """Writing it, as a bulk of writings is given to the server."""
    fields = {name: _sendable(value) for name, value in document.fields.items()}
    source = {**fields, "id": document.id, "lexemes": plain(" ".join(document.lexemes))}
    return {**versioned(document.id, document.revision), "_source": source}


def _sendable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return [*map(plain, value)] if isinstance(value, list) else plain(value)
