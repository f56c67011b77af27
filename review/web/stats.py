"""Statistics: how the review goes, for everybody at the desk."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import render_template, request
from flask_babel import format_date, format_decimal
from flask_babel import lazy_gettext as _

from review.reads import stats as figures
from review.reads.stats import PERIODS, SPANS, Stretch
from review.rules import DECISIONS
from review.web.access import staff
from review.web.desk import desk

NAMES = {30: _("30 days"), 90: _("90 days"), 365: _("A year")}
WITHIN = (_("within a day"), _("within 3 days"), _("within a week"), _("within two weeks"), _("within four weeks"))
LONGER = _("longer")
SCALES = (2, 4, 6, 8, 10)


@desk.get("/stats")
@staff
def stats() -> str:
    """What came, what was decided and how fast, over a period that can be chosen."""
    asked = request.args.get("days", "")
    days = next((period for period in PERIODS if str(period) == asked), min(PERIODS))
    found = figures.stats(days, now=datetime.now(UTC))
    return render_template(
        "desk/stats.html",
        stats=found,
        days=days,
        periods=NAMES,
        day=day_of,
        days_of=days_of,
        scale=scale,
        count=format_decimal,
        within=(*WITHIN[: len(SPANS)], LONGER),
        decisions=DECISIONS,
    )


def days_of(stretch: Stretch) -> str:
    """The day, or the first and the last one."""
    if stretch.first == stretch.last:
        return day_of(stretch.last)
    return f"{day_of(stretch.first)} – {day_of(stretch.last)}"


def day_of(day: date) -> str:
    """A day as the reader writes it."""
    return str(format_date(day, "d MMM yyyy"))


def scale(numbers: list[int]) -> int:
    """Where an axis for these numbers ends: an even, round number none of them is above."""
    most, tens = max(numbers, default=0), 1
    while most > 10 * tens:
        tens *= 10
    return next(step * tens for step in SCALES if step * tens >= most)
