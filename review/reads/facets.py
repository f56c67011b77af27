"""What a search can be narrowed to from here: the values of each field with how many applications each would leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select

from review import fields, ticking
from review.db import db
from review.fields import FIELDS
from review.folding import fold
from review.gateways.wanted import Facet, Value, Within
from review.models.person import Person
from review.models.programme import Programme
from review.reads import backlog, programmes, reasons, searching
from review.reads.filters import DEFAULT, Filters
from review.reads.sight import Sight, sight
from review.rules import BACKLOG

SHOWN = {
    "is": "state",
    "topic": "topic",
    "lang": "language",
    "feed": "feed",
    "host": "host",
    "tag": "tag",
    "reason": "reason",
    "reviewer": "reviewer",
    "assigned": "assigned",
    "age": "received",
    "programme": "programme",
    "answer": "answer",
}
"""A field of the search language -> the field that is counted."""
AGES = ("<1d", "1d..3d", "3d..7d", "7d..30d", ">30d")
MOST = 12
_STATES = frozenset(state.value for state in BACKLOG)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Choice:
    """A value, how it is called where that is not plain, how many it leaves, and the text with it ticked or not."""

    value: str
    name: str
    number: int
    ticked: bool
    text: str


def facets(filters: Filters, *, now: datetime) -> dict[str, list[Choice]]:
    """Field -> its values, the most frequent first; under all that narrows the list but that field itself."""
    text, names = filters.text or DEFAULT, _names(filters)
    counts = searching.count(questions(filters, now=now))
    return {
        name: _choices(name, text, counts[name], names) for name in SHOWN if counts[name] or ticking.chosen(text, name)
    }


def questions(filters: Filters, *, now: datetime) -> dict[str, Facet]:
    """Field -> what is to be counted of it."""
    seen, forgiving = sight(filters.reader), backlog.forgives(filters, now=now)
    return {name: _facet(name, filters, now, seen, forgiving=forgiving) for name in SHOWN}


def values(name: str, filters: Filters, *, now: datetime) -> list[Choice]:
    """The values of one field among what the rest of the text finds anywhere on the desk."""
    anywhere = replace(filters, text=filters.text or "is:any")
    facet = replace(_facet(name, anywhere, now, sight(filters.reader)), most=200)
    return _choices(name, anywhere.text, searching.count({name: facet})[name], _names(filters))


def _facet(name: str, filters: Filters, now: datetime, seen: Sight, *, forgiving: bool = False) -> Facet:
    """The state stays, whatever is counted of it: to see how many stand in each, the list is of any."""
    other = replace(filters, text=ticking.replaced(filters.text or DEFAULT, name) or "is:any")
    where = backlog.sought(other, now=now, seen=seen, forgiving=forgiving).question.where
    if name == "host":  # it may tell whose an application is
        where = seen.known(where)
    return Facet(SHOWN[name], where, _stretches(now) if name == "age" else (), MOST if name != "answer" else 200)


def _stretches(now: datetime) -> tuple[tuple[str, Within], ...]:
    spans = [(age, fields.read(FIELDS["age"], age, now)) for age in AGES]
    return tuple(
        (age, Within("received", span.start, span.end)) for age, span in spans if isinstance(span, fields.Span)
    )


def _names(filters: Filters) -> dict[str, dict[Value, tuple[str, str]]]:
    """Counted value -> as it is typed, and as it is called, for fields whose values are numbers here."""
    people = {
        id_: (_typed(id_, filters.reader), name) for id_, name in db.session.execute(select(Person.id, Person.name))
    }
    plans = {id_: (slug, name) for id_, slug, name in db.session.execute(_PROGRAMMES)}
    answers = {
        f"{one.id}:{choice}": (f"{one.id}:{choice}", f"{one.wording}: {choice}")
        for one in programmes.choosable(filters.reader)
        for choice in one.choices
    }
    coded = {one.code: (one.code, one.label) for some in reasons.reasons().values() for one in some}
    by_number = {"reviewer": people, "assigned": people, "programme": plans}
    return {**by_number, "answer": answers, "reason": coded}  # type: ignore[dict-item]


_PROGRAMMES = select(Programme.id, Programme.slug, Programme.name)


def _typed(person_id: int, reader: int) -> str:
    return "@me" if person_id == reader else str(person_id)


def _choices(
    name: str, text: str, counts: Mapping[Value, int], names: dict[str, dict[Value, tuple[str, str]]]
) -> list[Choice]:
    known = names.get(name)
    found = {}
    for value, number in counts.items():
        if known is None:
            found[str(value)] = ("", number)
        elif value in known:  # others are not for this reader to know
            found[known[value][0]] = (known[value][1], number)
    ticked = [value for value in ticking.chosen(text, name) if fields.read(FIELDS[name], value, _ANY_TIME)]
    if name == "is":  # several states together are no state of their own: one that is ticked takes their place
        ticked = [value for value in ticked if value in _STATES]
        text = ticking.replaced(text, name, *ticked)
    for value in ticked:
        if not any(fold(value) == fold(one) for one in found):
            found[value] = ("", 0)
    if name == "age":
        found = {age: found[age] for age in AGES if age in found}
    marks = {fold(value) for value in ticked}
    return [
        Choice(value, called, number, fold(value) in marks, ticking.toggled(text, name, value))
        for value, (called, number) in found.items()
    ]
