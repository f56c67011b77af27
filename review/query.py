"""What a person types into the search box, made into words. Pure; it never raises, whatever is typed."""

from __future__ import annotations

import unicodedata

MAX_WORDS = 16
MAX_LENGTH = 400


def fold(text: str) -> str:
    """Lower case without accents, so that `Café` and `cafe` meet. Twice: taking `ℕ` apart gives a new capital."""
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in text if not unicodedata.combining(c) and c.isprintable() or c.isspace())


def folded(*parts: str) -> str:
    """What a row is found by."""
    return " ".join(fold(part) for part in parts if part)


def words(text: str) -> tuple[str, ...]:
    """The words that must all occur, folded, each once; at most 16 of the first 400 characters."""
    return tuple(dict.fromkeys(fold(text[:MAX_LENGTH]).split()))[:MAX_WORDS]
