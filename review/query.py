"""What a person types into the search box, understood. Pure and total: any string gives a Query, and it never raises.

    words            all must occur                    "a phrase"     just so
    one OR other     either of them                    -not           without it
    (in parentheses) together                          field:value    see review/fields.py; field:one,other is either

What could not be used stands among the hints. Parentheses deeper than DEEPEST are read as if they were not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Literal

from review import fields
from review.fields import FIELDS, Field, Value
from review.folding import MAX_LENGTH, MAX_WORDS, fold, tokens

DEEPEST = 10
MOST_TERMS = 24
"""The cost cap: no query asks an engine for more."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words, folded, that must occur one after the other. `beginning`: the last one may go on."""

    words: tuple[str, ...]
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """What a field must hold."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be so."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """What must be so, all of it."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """What must be so, one of it."""

    nodes: tuple[Node, ...]


Node = Text | Term | Not | All | Either


@dataclass(frozen=True, slots=True)
class Hint:
    """What was typed and could not be used: why, by a code, and what may have been meant. `without` is the whole text
    without it, `mended` the whole text with what may have been meant (nothing where that is not known)."""

    text: str
    code: str
    instead: str
    without: str
    mended: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is sought. `where` None is everything. `sort` is one of fields.ORDERS, or nothing."""

    where: Node | None = None
    hints: tuple[Hint, ...] = ()
    sort: Literal["", "best", "oldest", "newest"] = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What was sought and not ruled out, word by word, to be marked where it is found."""
        found = (word for words in self.texts for word in words if re.search(r"\w", word))
        return tuple(dict.fromkeys(found))[:MAX_WORDS]

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The words that were sought and not ruled out, as they stand together."""
        return tuple(text.words for text in _texts(self.where))


def _texts(node: Node | None) -> Iterator[Text]:
    match node:
        case Text():
            yield node
        case All(nodes) | Either(nodes):
            for one in nodes:
                yield from _texts(one)


_ITEM = r'(?:"[^"]*"?|[^\s()",]+)'
LEXEME = re.compile(
    rf"""\s*(?:
      (?P<open>\()
    | (?P<close>\))
    | (?P<not>-(?=[^\s)-])|NOT(?=\s))
    | (?P<or>OR(?=[\s()]|$)|\|(?=[\s()]|$))
    | (?P<field>[A-Za-z]{{2,20}}):(?!//)(?P<values>{_ITEM}?(?:,{_ITEM}?)*)
    | "(?P<phrase>[^"]*)(?P<end>"?)
    | (?P<word>[^\s()"]+)
    )""",
    re.VERBOSE,
)
VALUE = re.compile(r'"([^"]*)"?|([^",]+)')
"""One of the values of a field: quoted, or bare."""


def parse(text: str, *, now: datetime) -> Query:
    """What is sought. `now` is the reader's: dates are days of its zone."""
    reading = _Reading(text, list(LEXEME.finditer(text[:MAX_LENGTH])), now)
    if len(text) > MAX_LENGTH:
        reading.hint(text[MAX_LENGTH:], "too-long", MAX_LENGTH, len(text))
    where = reading.either(0)
    return Query(where, tuple(dict.fromkeys(reading.hints)), reading.sort)


@dataclass(slots=True)
class _Reading:
    """Recursive descent over what was typed: either < all < not < one."""

    text: str
    lexemes: list[re.Match[str]]
    now: datetime
    at: int = 0
    sort: Literal["", "best", "oldest", "newest"] = ""
    count: int = 0
    hints: list[Hint] = field(default_factory=list)

    def either(self, depth: int) -> Node | None:
        found = [self.all(depth)]
        while self._is("or"):
            self.at += 1
            found.append(self.all(depth))
        nodes = tuple(dict.fromkeys(node for node in found if node is not None))
        return nodes[0] if len(nodes) == 1 else Either(nodes) if nodes else None

    def all(self, depth: int) -> Node | None:
        found: list[Node] = []
        while self.at < len(self.lexemes) and not self._is("or"):
            if self._is("close"):
                if depth:
                    break
                self.at += 1
                continue
            node = self._one(depth)
            if node is not None:
                found.append(node)
        said = [node for node in found if not _is_sign(node)] or found  # a dash between words is no word
        nodes = tuple(dict.fromkeys(said))
        return nodes[0] if len(nodes) == 1 else All(nodes) if nodes else None

    def _is(self, kind: str) -> bool:
        return self.at < len(self.lexemes) and self.lexemes[self.at][kind] is not None

    def _one(self, depth: int) -> Node | None:
        found = self.lexemes[self.at]
        self.at += 1
        if found["not"]:
            return self._not(depth)
        if found["open"]:
            return self._group(depth)
        self.count += 1
        if self.count > MOST_TERMS:
            self._unused(found, "too-many")
            return None
        if found["field"]:
            return self._term(found)
        if found["phrase"] is not None:
            if not found["end"]:
                self._unused(found, "no-end", found[0].strip() + '"')
            return _text(found["phrase"])
        last = self.at == len(self.lexemes) and self.at >= 1
        return _text(found["word"], beginning=last and not self._is_ruled_out())

    def _is_ruled_out(self) -> bool:
        return self.at >= 2 and self.lexemes[self.at - 2]["not"] is not None

    def _not(self, depth: int) -> Node | None:
        over = self.at >= len(self.lexemes) or self._is("or") or self._is("close")
        inner = None if over else self._one(depth)
        if inner is None:
            return None
        return inner.node if isinstance(inner, Not) else Not(inner)

    def _group(self, depth: int) -> Node | None:
        if depth >= DEEPEST:
            return None
        inner = self.either(depth + 1)
        if self._is("close"):
            self.at += 1
        return inner

    def _unused(self, found: re.Match[str], code: str, instead: str = "") -> None:
        self.hint(found[0].strip(), code, found.start(), found.end(), instead)

    def hint(self, typed: str, code: str, start: int, end: int, instead: str = "") -> None:
        """Note what could not be used, and where it stands."""
        before, after = self.text[:start].rstrip(), self.text[end:].lstrip()
        without = " ".join(filter(None, (before, after)))
        mended = " ".join(filter(None, (before, instead, after))) if instead else ""
        self.hints.append(Hint(" ".join(typed.split())[:80], code, instead, without, mended))

    def _term(self, found: re.Match[str]) -> Node | None:
        name, typed = found["field"].lower(), found["values"]
        known = FIELDS.get(name)
        if known is None:
            return self._unknown(found, name)
        items = [quoted or bare for quoted, bare in VALUE.findall(typed) if (quoted or bare).strip()]
        if not items:
            self._unused(found, "no-value", known.example)
            return None
        if len(items) > MOST_TERMS:
            self._unused(found, "too-many")
            return None
        values = [fields.read(known, item, self.now) for item in items]
        if None in values:
            self._unused(found, f"bad-{known.kind}", _nearest(name, known, items[values.index(None)]))
            return None
        if name == "sort":
            self.sort = items[-1].strip().lower()
            return None
        terms = tuple(dict.fromkeys(Term(name, value) for value in values if value is not None))
        return terms[0] if len(terms) == 1 else Either(terms)

    def _unknown(self, found: re.Match[str], name: str) -> Node | None:
        """A field nobody knows: perhaps another was meant; if not, it is a word with a colon in it."""
        near = get_close_matches(name, FIELDS, n=1, cutoff=0.6)
        if near:
            self._unused(found, "unknown-field", f"{near[0]}:{found['values']}")
            return None
        return _text(found[0])


def _is_sign(node: Node) -> bool:
    return isinstance(node, Text) and not any(re.search(r"\w", word) for word in node.words)


def _text(typed: str, *, beginning: bool = False) -> Text | None:
    words = tokens(typed)[:MAX_WORDS]
    return Text(words, beginning and bool(re.search(r"\w", words[-1]))) if words else None


def _nearest(name: str, known: Field, typed: str) -> str:
    near = get_close_matches(fold(typed).strip(), known.choices, n=1, cutoff=0.5)
    return fields.said(name, near[0]) if near else known.example
