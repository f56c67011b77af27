"""Words as they are found: folded, cut, and by their stems. Pure, and the same for whatever engine searches.

An engine keeps lexemes. One is a letter that says where the word stands, and the word; so every engine can be asked for
a word in a title or in a pitch, for its beginning, or for several in a row, and none takes words apart in its own way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from Stemmer import Stemmer

_PARTS = re.compile(r"(\s+)")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_PLAIN = str.maketrans(dict.fromkeys("‘’ʼ`´", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‐‑‒–—−", "-"))
"""Signs that keyboards do not have, and those that people type for them."""
MAX_WORDS = 16
MAX_LENGTH = 400
LONGEST = 18
"""Elasticsearch: `max_chars` of index_prefixes is below 20, and a longer beginning is an expensive query, which a
careful cluster refuses. So words are cut, in the index and in the question; with its letter a lexeme has one more."""
SEEN, AT_ONCE = 1000, 40
"""Characters of a text in which a sought word is looked for to be shown; those that are seen of it at a glance."""
MOST_TOKENS = 16_000
"""PostgreSQL: positions in a tsvector end at 16,383."""

FIELDS = {
    "title": "t",
    "name": "n",
    "address": "a",
    "feed": "f",
    "pitch": "p",
    "answers": "q",
    "notes": "i",
    "said": "c",
}
"""Where a word can stand, and its letter."""
STEMS = {"title": "1", "pitch": "2", "notes": "3", "said": "4", "answers": "5"}
"""Where a stem can stand, and its letter. Names and addresses have none."""
STEMMED = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "pt": "portuguese",
    "sv": "swedish",
}
"""The languages whose words have stems here."""


def fold(text: str) -> str:
    """Lower case without accents, so that `Café` and `cafe` meet. Twice: taking `ℕ` apart gives a new capital."""
    for _ in range(2):
        text = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in text if not unicodedata.combining(c) and c.isprintable() or c.isspace())


def tokens(text: str) -> tuple[str, ...]:
    """What is found, or sought: words, and every other sign by itself, folded and cut."""
    return tuple(map(_cut, _TOKEN.findall(fold(text).translate(_PLAIN))))


def _cut(word: str) -> str:
    """Elasticsearch counts in units of UTF-16: an emoji is two. Half a character cannot be sent anywhere."""
    units = word.encode("utf-16-le", "replace")[: 2 * LONGEST]
    return units.decode("utf-16-le", "ignore")


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The stem of a folded word. In a language without stemmer here the word is its own."""
    name = STEMMED.get(language)
    return _cut(fold(_stemmer(name).stemWord(word))) if name and word.isalpha() else word


@cache
def _stemmer(name: str) -> Stemmer:
    return Stemmer(name)


@lru_cache(maxsize=10_000)
def stems(word: str) -> frozenset[str]:
    """The stems a folded word has in any language: who types it need not say in which."""
    return frozenset(stem(word, language) for language in STEMMED)


def stem_lexeme(field: str, language: str, word: str) -> str:
    """The stem a folded word has in a language, as it stands in a field."""
    return STEMS[field] + _cut(language + stem(word, language))


def lexemes(texts: Mapping[str, str], language: str) -> Iterator[str]:
    """What an application is found by: each word with the letter of its field, in their order, then the stem of each in
    the application's language. `texts` are by the names of FIELDS."""
    kept = {field: tokens(text)[:MOST_TOKENS] for field, text in texts.items()}
    for field, words in kept.items():
        yield from (FIELDS[field] + word for word in words)
    if language in STEMMED:
        for field in STEMS:
            found = (stem_lexeme(field, language, word) for word in kept.get(field, ()) if word.isalpha())
            yield from dict.fromkeys(found)


def marked(text: str, sought: Iterable[str]) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether a word in it is sought, begins like one that is, or has the stem of one.

    Joined they are the text again. The page escapes each piece and marks it: nothing in the text can pass for a mark.
    """
    words = tuple(sought)
    if not words:
        return [(text, False)]
    roots = frozenset(root for word in words if word.isalpha() for root in stems(word))
    return [(piece, _holds(_tokens(piece), words, roots)) for piece in _PARTS.split(text) if piece]


_tokens = lru_cache(maxsize=20_000)(tokens)


def around(text: str, sought: Iterable[str], *, length: int) -> str:
    """A piece of `text`: its beginning; or, where what is sought comes later than a reader would see, what is there."""
    at = 0
    for piece, found in marked(text[:SEEN], sought):
        if found and at > AT_ONCE:
            begin = text.find(" ", at - AT_ONCE // 2, at) + 1 or at
            return f"… {text[begin : begin + length]}"
        if found:
            break
        at += len(piece)
    return text[:length]


def _holds(found: Iterable[str], words: tuple[str, ...], roots: frozenset[str]) -> bool:
    return any(one.startswith(words) or (one.isalpha() and not roots.isdisjoint(stems(one))) for one in found)
