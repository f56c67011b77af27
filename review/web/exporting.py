"""A search of the list as a table for a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import Any

from flask import flash, stream_with_context, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from review import tables
from review.errors import Forbidden
from review.reads import export as tabled
from review.reads import programmes
from review.reads.everything import everything
from review.reads.export import Row
from review.rules import may_export
from review.services import exports
from review.web import words
from review.web.access import staff
from review.web.desk import Page, desk, filters
from review.web.forms import Action

COLUMNS: tuple[tuple[Any, Callable[[Row], object]], ...] = (
    (_("Number"), lambda row: row.id),
    (_("State"), lambda row: words.STATES[row.state]),
    (_("Programme"), lambda row: row.programme),
    (_("Name"), lambda row: _("(judged blind)") if row.is_blind else row.name),
    (_("E-mail address"), lambda row: row.email),
    (_("Title"), lambda row: row.show_title),
    (_("Pitch"), lambda row: row.pitch),
    (_("Topics"), lambda row: ", ".join(row.topics)),
    (_("Language"), lambda row: row.language),
    (_("Links"), lambda row: " ".join(row.links)),
    (_("Schedule"), lambda row: row.schedule),
    (_("Feed"), lambda row: row.feed_url),
    (_("State of the feed"), lambda row: words.FEEDS[row.feed]),
    (_("Trouble with the feed"), lambda row: words.unread(row.failure) if row.failure else ""),
    (_("Episodes"), lambda row: row.episodes),
    (_("Tags"), lambda row: ", ".join(row.tags)),
    (_("Who looks at it"), lambda row: row.assignee),
    (_("Received (UTC)"), lambda row: row.received_at),
    (_("Put off until (UTC)"), lambda row: row.snoozed_until),
    (_("Decision"), lambda row: words.DONE[row.verb] if row.verb else ""),
    (_("Reasons"), lambda row: words.why(row.verb, ", ".join(row.reasons)) if row.verb and row.reasons else ""),
    (_("Decided by"), lambda row: row.decided_by),
    (_("Decided (UTC)"), lambda row: row.decided_at),
    (_("At the desk"), lambda row: url_for("desk.application", application_id=row.id, _external=True)),
)
"""What a row holds, from left to right: the heading, and how it is found in an application."""


@desk.post("/export")
@staff
def export() -> Page:
    """All that the list finds, row by row: it is noted first, then it flows."""
    Action.check()
    if not may_export(current_user.role):
        raise Forbidden
    now, reader = datetime.now(UTC), current_user.id
    found, narrowing = everything(filters(), now=now), {"q": filters().text}
    exports.note(narrowing, rows=len(found.ids), fallen_back=found.fallen_back, by=current_user, now=now)
    if found.fallen_back:
        flash(gettext("The search engine did not answer, so the table holds what the database found."), "warning")
    columns = [*COLUMNS, *_asked(programmes.narrowed_to(filters().text), reader)]
    headings: list[str | int] = [str(label) for label, _of in columns]
    rows = chain(
        [headings], ([_plain(of(row)) for _label, of in columns] for row in tabled.rows(found.ids, reader=reader))
    )
    response = Response(stream_with_context(tables.lines(rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="applications-{now:%Y-%m-%d}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _asked(programme_id: int, reader: int) -> list[tuple[str, Callable[[Row], object]]]:
    """A column for each question; two that are worded alike are told apart by what they belong to."""
    asked = programmes.columns(programme_id, reader=reader)
    times = Counter(one.wording for one in asked)
    labels = {
        one.id: one.wording if times[one.wording] == 1 else f"{one.wording} ({one.programme.name}, {one.id})"
        for one in asked
    }
    return [(label, partial(_said, id_)) for id_, label in labels.items()]


def _said(question_id: int, row: Row) -> str:
    return row.answers.get(question_id, "")


def _plain(value: object) -> str | int:
    if isinstance(value, int):
        return value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")  # every spreadsheet takes it for a time
    return "" if value is None else str(value)
