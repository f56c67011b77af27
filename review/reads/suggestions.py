"""How a search may go on while it is typed: fields, their values with how many each finds, and earlier searches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from review.fields import FIELDS, said
from review.folding import fold
from review.reads import facets
from review.reads.filters import Filters

MOST = 10
_LAST = re.compile(
    r'(?P<before>.*?)(?P<sign>-?)(?:(?P<field>[A-Za-z]{2,20}):(?P<value>"?[^"\s,]*)|(?P<word>[A-Za-z]*))$', re.S
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The whole text as it would be then, what its last part is called where that is not plain, and how many it would
    find, where that is known."""

    text: str
    name: str = ""
    number: int | None = None


def suggestions(filters: Filters, *, lately: Sequence[str] = (), now: datetime) -> list[Suggestion]:
    """How the text may go on, at most ten ways; before anything is typed, what was sought lately."""
    if not filters.text:
        return [Suggestion(text) for text in lately[:MOST]]
    last = _LAST.fullmatch(filters.text)
    if last is None:
        return []
    begun = last["before"] + last["sign"]
    if last["field"] and last["field"].lower() in FIELDS:
        return _values(replace(filters, text=last["before"].strip()), begun, last["field"].lower(), last["value"], now)
    word = (last["word"] or "").lower()
    names = [name for name in FIELDS if word and name.startswith(word)]
    earlier = [text for text in lately if fold(text).startswith(fold(filters.text)) and text != filters.text]
    return [*map(Suggestion, earlier), *(Suggestion(f"{begun}{name}:", FIELDS[name].example) for name in names)][:MOST]


def _values(filters: Filters, begun: str, name: str, typed: str, now: datetime) -> list[Suggestion]:
    """Values that begin so: those that occur, then the others a field takes."""
    wanted = fold(typed.lstrip('"'))
    found = facets.values(name, filters, now=now) if name in facets.SHOWN else []
    known = [Suggestion(begun + said(name, one.value), one.name, one.number) for one in found if _fits(wanted, one)]
    others = [value for value in FIELDS[name].choices if value.startswith(wanted)]
    rest = [Suggestion(begun + said(name, value)) for value in others]
    there = {one.text for one in known}
    return [*known, *(one for one in rest if one.text not in there)][:MOST]


def _fits(wanted: str, choice: facets.Choice) -> bool:
    return any(fold(word).startswith(wanted) for text in (choice.value, choice.name) for word in (text, *text.split()))
