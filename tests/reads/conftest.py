"""Counting what a read asks of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from review.db import db


@pytest.fixture
def statements(app: Flask) -> Iterator[Callable[[Callable[[], Any]], int]]:
    """How many SQL statements an act sends, from a session that has nothing in it."""
    sent: list[str] = []

    def watch(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    def number(act: Callable[[], Any]) -> int:
        db.session.remove()
        sent.clear()
        act()
        return len([statement for statement in sent if not statement.startswith("BEGIN")])

    event.listen(db.engine, "before_cursor_execute", watch)
    yield number
    event.remove(db.engine, "before_cursor_execute", watch)
