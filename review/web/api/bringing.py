"""How programs bring tables of applications in: kept, looked at, then taken in row by row, each once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from review.reads import intake as kept_tables
from review.rules import may_export
from review.services import intake
from review.services.api_tokens import Caller
from review.web.access import ID
from review.web.api import brought, shapes
from review.web.api.router import operation

TABLE = f"/tables/<{ID}:table_id>"


@operation("GET", "/tables", answer=brought.Tables, may=may_export)
def list_tables(caller: Caller) -> brought.Tables:
    """The tables that were given lately, newest first. Leads may."""
    return brought.Tables.model_validate({"items": kept_tables.imports()})


@operation("POST", "/tables", body=brought.TableBody, answer=brought.Table)
def keep_table(caller: Caller, body: brought.TableBody) -> brought.Table:
    """Keep a table, with a guess which column holds what. Nothing is taken in before it is started."""
    said: dict[str, Any] = {"programme_id": body.programme, "by": caller.person, "now": datetime.now(UTC)}
    return _table(intake.keep(body.csv.encode(), body.name, **said))


@operation("GET", TABLE, query=shapes.PageQuery, answer=brought.Table, may=may_export)
def read_table(caller: Caller, table_id: int, query: shapes.PageQuery) -> brought.Table:
    """What taking a table in would do, or what became of its rows."""
    return _table(table_id, query.page)


@operation("POST", f"{TABLE}/columns", body=brought.ColumnsBody, answer=brought.Table)
def arrange_table(caller: Caller, table_id: int, body: brought.ColumnsBody) -> brought.Table:
    """Say which column holds what, and see what that would make of the rows."""
    columns = {one.field: one.column for one in body.columns}
    intake.arrange(table_id, columns, dates=body.dates, language=body.language, by=caller.person)
    return _table(table_id)


@operation("POST", f"{TABLE}/start", answer=brought.Table)
def take_table_in(caller: Caller, table_id: int) -> brought.Table:
    """Have its rows taken in: one by one, while this answers at once. What is here already is left as it is."""
    intake.start(table_id, by=caller.person, now=datetime.now(UTC))
    return _table(table_id)


@operation("POST", f"{TABLE}/let-go")
def let_table_go(caller: Caller, table_id: int) -> None:
    """Let go of a table. The applications it became stay."""
    intake.let_go(table_id, by=caller.person, now=datetime.now(UTC))


def _table(table_id: int, page: int = 1) -> brought.Table:
    kept = kept_tables.table(table_id)
    progress = kept_tables.progress(kept, page=page)
    said: dict[str, Any] = {name: getattr(kept, name) for name in _TABLE}
    said["columns"] = [{"field": field, "column": at} for field, at in kept.columns.items()]
    said["counts"] = {outcome.value: number for outcome, number in progress.counts.items()}
    said |= {"rows": [row for row, _title in progress.rows], "page": progress.number, "pages": progress.pages}
    said["preview"] = kept_tables.preview(kept, now=datetime.now(UTC)) if kept.stage == "kept" else None
    return brought.Table.model_validate(said)


_TABLE = (
    *("id", "name", "programme_id", "person", "stage", "created_at", "started_at", "done_at"),
    *("headings", "dates", "language"),
)
