"""Column types the tables share."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Enum

E = TypeVar("E", bound=StrEnum)


def words(kind: type[E]) -> Enum:
    """An enum kept as its lower-case word, so that rows read well and no database type needs altering."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda k: [item.value for item in k])
