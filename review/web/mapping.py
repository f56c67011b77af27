"""What the columns of a table that is brought in can hold, as its page asks it, and what can be wrong with a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import SelectField

from review.intake import FIELDS, Asked
from review.moments import DAY_FIRST, MONTH_FIRST
from review.typed import is_number
from review.web.forms import Form, languages

COLUMNS = {
    "name": _("Name"),
    "last_name": _("Last name, if it stands by itself"),
    "email": _("E-mail address"),
    "show_title": _("Title of the show"),
    "pitch": _("Pitch"),
    "topics": _("Topics"),
    "language": _("Language"),
    "schedule": _("Schedule"),
    "links": _("Links"),
    "feed_url": _("Address of the feed"),
    "received_at": _("When it was sent"),
}
"""What a column can hold."""

PROBLEMS = {
    "missing": _("%(field)s: nothing stands there"),
    "too-long": _("%(field)s: too long"),
    "no-email": _("%(field)s: “%(text)s” is no e-mail address"),
    "address-in-name": _("%(field)s: “%(text)s” holds a web address, and would stand in letters"),
    "no-web-address": _("%(field)s: “%(text)s” is no web address"),
    "no-time": _("%(field)s: “%(text)s” is no time that can be read"),
    "in-future": _("%(field)s: “%(text)s” has not come yet"),
    "too-many-cells": _("The row has more cells than the table has columns: something has slipped"),
}
"""Why a row cannot be taken in, by review.intake.Problem.code."""

OUTCOMES = {
    "waiting": _("waits"),
    "imported": _("brought in"),
    "known": _("is here already"),
    "refused": _("cannot be brought in"),
}


def sentence(code: str, field: str, text: str, heading: str = "") -> str:
    """What is wrong with a row, by the name the table itself gives the column where it is known."""
    said = heading or (str(COLUMNS[field]) if field else "")
    return str(PROBLEMS[code] % {"field": said, "text": text})


def heading(field: str, columns: Mapping[str, int], headings: Sequence[str]) -> str:
    """What the table calls the column that holds a field."""
    at = columns.get(field)
    return headings[at] if at is not None and at < len(headings) else ""


class UploadForm(Form):
    """A table to bring in, and what its rows apply for."""

    file = FileField(_("The table, as a CSV file"))
    programme = SelectField(_("What they apply for"))

    def __init__(self, programmes: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        choices = [(str(one.id), one.name) for one in programmes]
        super().__init__(*args, programme=choices[0][0], **kwargs)
        self.programme.choices = choices


class MappingForm(Form):
    """Which column holds what; `asking` adds the questions of a programme."""

    dates = SelectField(_("A date such as 3/4/2024 is"))
    default_language = SelectField(_("Language, where none is given"))
    FIELDS: tuple[str, ...] = FIELDS

    def __init__(self, headings: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [(str(at), heading) for at, heading in enumerate(headings)]
        for field in self.FIELDS:
            self[field].choices = [("", gettext("in no column")), *columns]
        self.dates.choices = [(MONTH_FIRST, gettext("the 4th of March")), (DAY_FIRST, gettext("the 3rd of April"))]
        self.default_language.choices = languages()

    def columns(self) -> dict[str, int]:
        """Field -> column."""
        return {field: int(self[field].data) for field in self.FIELDS if is_number(self[field].data)}

    @property
    def order(self) -> tuple[str, ...]:
        """What the page asks for, in this order."""
        return (*self.FIELDS, "dates", "default_language")


def asking(asked: Sequence[Asked]) -> type[MappingForm]:
    """The form with a field for each question."""
    own: dict[str, Any] = {one.field: SelectField(one.wording) for one in asked}
    return type("MappingForm", (MappingForm,), own | {"FIELDS": (*FIELDS, *own)})


def called(field: str, asked: Sequence[Asked]) -> str:
    """What a field is called."""
    return next((one.wording for one in asked if one.field == field), "") or str(COLUMNS[field])


for _field, _label in COLUMNS.items():
    setattr(MappingForm, _field, SelectField(_label))
