"""The kinds of fields forms are made of, and how what is typed into them is checked."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from review.typed import MAX_LINKS, holds_web_address, is_web_address


def required(message: Any) -> DataRequired:
    return DataRequired(message=message)


def web_address(_form: object, field: Any) -> None:
    """Refuse what is no http(s) address. Whether it answers is found out later, by a job."""
    if field.data and not is_web_address(field.data):
        raise ValidationError(_("Give a full web address that starts with http:// or https://."))


def no_address(_form: object, field: Any) -> None:
    """A name is no place for a web address: it would stand in letters of ours, sent to whoever was named."""
    if holds_web_address(field.data or ""):
        raise ValidationError(_("No web address here, please. There is a field for links below."))


def put_beside(field: Any, sentence: Any) -> None:
    """Show a sentence beside a field that passed its own checks."""
    field.errors = [*field.errors, sentence]


class CheckedList(SelectMultipleField):
    """Choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Links(TextAreaField):
    """One web address a line."""

    def lines(self) -> tuple[str, ...]:
        return tuple(line.strip() for line in (self.data or "").splitlines() if line.strip())

    def pre_validate(self, form: object) -> None:
        if len(self.lines()) > MAX_LINKS:
            raise StopValidation(_("Give at most five links, one per line."))
        for line in self.lines():
            if not is_web_address(line):
                # not lazy: a lazy text counts as markup, and this one repeats what was typed
                raise StopValidation(gettext("“%(line)s” is no full web address.", line=line[:80]))
