"""What a search asks of an engine, in no engine's language: conditions on lexemes and on fields, with what they weigh.

Every engine finds the same by it. Weights are small whole numbers and are added up, so that all engines rank alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Literal

Value = str | int
Bound = int | datetime


@dataclass(frozen=True, slots=True)
class Lexeme:
    """It has this lexeme; or, where it `begins`, one that begins so."""

    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Near:
    """It has a lexeme like this one: the same but for so many letters that are wrong, missing, too many or changed
    round. The letter of its field and the first of the word are right. An engine looks up which those are
    (`spelled_by`), and then asks for these; where it cannot, nothing is like a word but itself."""

    text: str
    edits: int


@dataclass(frozen=True, slots=True)
class InARow:
    """It has these lexemes, one after the other."""

    lexemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """A field has one of these values; without any it is never so."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """A field has a value from `least` on and before `end`; None is without end on that side."""

    field: str
    least: Bound | None = None
    end: Bound | None = None


@dataclass(frozen=True, slots=True)
class Best:
    """One of the options is so. It weighs as much as the heaviest of those; they come heaviest first."""

    options: tuple[tuple[int, Wanted], ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of it is so; nothing at all always is."""

    nodes: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """Some of it is so; nothing at all never is."""

    nodes: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Never:
    """It is not so. It weighs nothing."""

    node: Wanted


MOST_LIKE = 20
"""Lexemes that are taken for a misspelled one, at most: the likest."""
Wanted = Lexeme | Near | InARow | OneOf | Within | Best | Every | Some | Never
Order = Literal["best", "oldest", "newest", "number"]
Place = tuple[int, ...]
"""Where a row stands in an order: what it is sorted by. `best`: weight, microseconds since 1970, number; `oldest` and
`newest`: microseconds and number; `number`: the number."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is wanted, and in what order. `bonus` adds weight where it is so, and narrows nothing.

    `after` goes on behind a place, `before` gives the last rows in front of one: so pages stay what they are while rows
    come and go, however many there are.
    """

    where: Wanted = Every()
    bonus: tuple[tuple[int, Wanted], ...] = ()
    order: Order = "oldest"
    limit: int = 50
    offset: int = 0
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of a field to be counted, under everything that narrows but that field itself. Named stretches of a field,
    where it has any, are counted instead of its values."""

    field: str
    where: Wanted
    stretches: tuple[tuple[str, Within], ...] = ()
    most: int = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found with the place of each row, and how much there is in all."""

    ids: list[int]
    places: list[Place]
    total: int


Counts = Mapping[str, Mapping[Value, int]]
"""Facet -> value -> how many, the most frequent first."""


def spelled_by(look_up: Callable[[Sequence[Near]], Sequence[Sequence[str]]], *wanted: Wanted) -> tuple[Wanted, ...]:
    """The same with the lexemes there are in the place of each Near. `look_up` names those like each of them, and is
    asked once for all, and only where there are any."""
    nears = list(dict.fromkeys(chain.from_iterable(map(_all_near, wanted))))
    if not nears:
        return wanted
    likes = dict(zip(nears, look_up(nears), strict=True))
    return tuple(_with_likes(one, likes) for one in wanted)


def _all_near(wanted: Wanted) -> Iterator[Near]:
    """Every Near in what is wanted."""
    match wanted:
        case Near():
            yield wanted
        case Best(options):
            yield from chain.from_iterable(_all_near(one) for _weight, one in options)
        case Every(nodes) | Some(nodes):
            yield from chain.from_iterable(map(_all_near, nodes))
        case Never(node):
            yield from _all_near(node)


def _with_likes(wanted: Wanted, likes: Mapping[Near, Sequence[str]]) -> Wanted:
    """The same with the lexemes that are like it in the place of each Near that is known."""
    match wanted:
        case Near() if wanted in likes:
            return Some(tuple(map(Lexeme, likes[wanted])))
        case Best(options):
            return Best(tuple((weight, _with_likes(one, likes)) for weight, one in options))
        case Every(nodes):
            return Every(tuple(_with_likes(one, likes) for one in nodes))
        case Some(nodes):
            return Some(tuple(_with_likes(one, likes) for one in nodes))
        case Never(node):
            return Never(_with_likes(node, likes))
    return wanted
