"""What a person types into the search box, made into words. Pure; it never raises, whatever is typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_PARTS = re.compile(r"(\s+)")
_TOKEN = re.compile(r"\w+|[^\w\s]")
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


def tokens(text: str) -> tuple[str, ...]:
    """What a search engine is given, to find or to be found by: words, and every other sign by itself, folded."""
    return tuple(_TOKEN.findall(fold(text)))


def marked(text: str, sought: Sequence[str]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether it holds one of the words sought. Joined they are the text again.

    The page escapes each piece and marks it: nothing in the text can pass for a mark.
    """
    if not sought:
        return [(text, False)]
    pieces = ((piece, fold(piece)) for piece in _PARTS.split(text) if piece)
    return [(piece, any(word in plain for word in sought)) for piece, plain in pieces]
