"""How often each value of a field occurs among what is wanted, as the database counts it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Integer, String, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from review.db import db
from review.gateways.wanted import Counts, Facet, Value, Wanted
from review.models.application import Application
from review.reads import finding, narrowing
from review.reads.index import with_parents


class as_text(FunctionElement[str]):  # noqa: N801 # as SQL's own are written
    """JSON as the text it is stored as. SQLite has it so; told to cast, it would not see that an index is in order."""

    type = String()
    inherit_cache = True


@compiles(as_text)
def _cast(element: as_text, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **how)} AS VARCHAR)"


@compiles(as_text, "sqlite")
def _as_it_is(element: as_text, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


class each_row(FunctionElement[int]):  # noqa: N801 # as above
    """A number that no row is looked up by. By itself SQLite looks up every row that has a word, however many they are,
    and sorts them; so it reads its index of what is counted (migration 0024) from end to end."""

    type = Integer()
    inherit_cache = True


@compiles(each_row)
def _looked_up(element: each_row, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(each_row, "sqlite")
def _not_looked_up(element: each_row, compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


COLUMNS = {
    "state": Application.state,
    "language": Application.language,
    "programme": Application.programme_id,
    "reviewer": Application.reviewer_id,
    "assigned": Application.assignee_id,
    "topic": as_text(Application.topics),
}
"""Fields that are columns of their own. All others stand in `facets`."""
ROWS = (*COLUMNS.values(), Application.facets)
"""What is counted is the same in so many rows that few different ones are left; in the order of the index."""


def count(asked: Mapping[str, Facet]) -> Counts:
    """In one query for all that is counted under the same conditions."""
    together: dict[Wanted, dict[str, Facet]] = defaultdict(dict)
    for name, facet in asked.items():
        together[facet.where][name] = facet
    found: dict[str, Counter[Value]] = {name: Counter() for name in asked}
    for where, facets in zip(finding.spelled_out(*together), together.values(), strict=True):
        _count(where, facets, found)
    return {name: dict(_first(found[name], facet.most)) for name, facet in asked.items()}


def _first(counted: Counter[Value], most: int) -> list[tuple[Value, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:most]


def _count(where: Wanted, facets: Mapping[str, Facet], found: Mapping[str, Counter[Value]]) -> None:
    stretches = [(name, value, within) for name, facet in facets.items() for value, within in facet.stretches]
    counts = (func.count().filter(narrowing.within(within)) for _name, _value, within in stretches)
    condition = finding.condition(where, each_row(Application.id))
    wanted = select(*ROWS, func.count(), *counts).select_from(Application).where(condition).group_by(*ROWS)
    rows: Iterable[Any] = db.session.execute(wanted)
    for row in rows:
        columns, beside, number = row[: len(COLUMNS)], row[len(COLUMNS)], row[len(ROWS)]
        values = dict(zip(COLUMNS, columns, strict=True)) | json.loads(beside or "{}")
        for name, facet in facets.items():
            if not facet.stretches:
                _add(found[name], _values(facet.field, values.get(facet.field)), number)
        for (name, value, _within), some in zip(stretches, row[len(ROWS) + 1 :], strict=True):
            _add(found[name], [value], some)


def _add(counted: Counter[Value], values: Iterable[Value], number: int) -> None:
    for value in values if number else ():
        counted[value] += number


def _values(field: str, value: Any) -> Iterable[Value]:
    if value is None:
        return ()
    if field == "topic":
        return with_parents(json.loads(value))
    return value if field not in COLUMNS else (value,)
