"""What the API gives of tables that are brought in."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from review.web.api.answers import Answer, Colleague


class TableSummary(Answer):
    """A table of applications that is brought in. `kept` ones are looked at, `running` ones taken in."""

    id: int
    name: str
    programme: int | None
    person: Colleague
    stage: str
    created_at: datetime
    started_at: datetime | None
    done_at: datetime | None


class Tables(Answer):
    """Some tables."""

    items: list[TableSummary]


class Trouble(Answer):
    """Why a row cannot be taken in: a code, the field it belongs to (empty: the whole row), and what stands there."""

    code: str
    field: str
    text: str


class RefusedRow(Answer):
    """A row that cannot be taken in, by the line of the table it begins on."""

    line: int
    problems: list[Trouble]


class Row(RefusedRow):
    """A row, and what became of it: the application it is now, or was already."""

    cells: list[str]
    outcome: str
    application: int | None = Field(validation_alias="application_id")


class TablePreview(Answer):
    """What taking a table in would do: how many are new, known here already, or refused, and the first of these."""

    new: int
    known: int
    refused: int
    refusals: list[RefusedRow]


class ColumnHolds(Answer):
    """What a column holds, counted from 0."""

    field: str
    column: int


class Table(TableSummary):
    """A table with one page of its rows. `preview` stands until it is started, `counts` says what became of all."""

    headings: list[str]
    columns: list[ColumnHolds]
    dates: str
    language: str
    preview: TablePreview | None
    counts: dict[str, int]
    rows: list[Row]
    page: int
    pages: int
