"""Column types the tables share."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Enum, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import TSVECTOR

E = TypeVar("E", bound=StrEnum)


def words(kind: type[E]) -> Enum:
    """An enum kept as its lower-case word, so that rows read well and no database type needs altering."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda k: [item.value for item in k])


class Lexemes(TypeDecorator[list[str]]):
    """Lexemes in their order: a tsvector on PostgreSQL, a text elsewhere. What was read there is written as it is."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Iterable[str] | None, dialect: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if dialect.name != "postgresql":
            return " ".join(value)
        return " ".join(f"{quoted(lexeme)}:{min(at, _LAST)}" for at, lexeme in enumerate(value, 1))


_LAST = 16_383
"""PostgreSQL: the last position in a tsvector."""


def quoted(lexeme: str) -> str:
    """A lexeme as PostgreSQL reads it, in a tsvector or a tsquery."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
