"""What the API takes and gives of tables that are brought in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from review.intake import FIELDS
from review.moments import ORDERS
from review.podcast.languages import LANGUAGES
from review.web.api.answers import Answer, Colleague
from review.web.api.shapes import SOMETHING, WRITABLE, Asked, Id, OneOf, Whole


class TableSummary(Answer):
    """A table of applications that is brought in. `kept` ones are looked at, `running` ones taken in."""

    id: int
    name: str
    programme: int | None = Field(validation_alias="programme_id")
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


class TableBody(Asked):
    """A table of applications as CSV text; without a programme they are for the first one."""

    name: Annotated[str, Field(pattern=SOMETHING, max_length=200)] = "table.csv"
    csv: Annotated[str, Field(pattern=WRITABLE, min_length=1)]
    programme: Id | None = None


class Column(Asked):
    """What a column holds: a field, or the answers to a question of the programme. Columns are counted from 0."""

    field: Annotated[str, Field(pattern=f"^({'|'.join(FIELDS)}|question-[1-9][0-9]{{0,8}})$")]
    column: Annotated[int, Field(ge=0, le=1000), Whole]


class ColumnsBody(Asked):
    """Which column holds what, what a date such as 3/4/2024 means, and the language where none is given."""

    columns: list[Column] = Field(max_length=200)
    dates: Annotated[str, OneOf(*ORDERS)]
    language: Annotated[str, OneOf(*LANGUAGES)]
