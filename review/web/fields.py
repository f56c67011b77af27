"""The kinds of fields forms are made of, and how what is typed into them is cleaned and checked."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

MAX_LINKS = 5
MAX_URL = 2000


def clean(value: str | None) -> str:
    """Text without control characters (databases and XML refuse them), in one Unicode form, without outer space."""
    text = unicodedata.normalize("NFC", (value or "").replace("\r\n", "\n"))
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def one_line(value: str | None) -> str:
    """`clean` text without line breaks."""
    return " ".join(clean(value).split())


def required(message: Any) -> DataRequired:
    return DataRequired(message=message)


def web_address(_form: object, field: Any) -> None:
    """Refuse what is no http(s) address. Whether it answers is found out later, by a job."""
    if field.data and not is_web_address(field.data):
        raise ValidationError(_("Give a full web address that starts with http:// or https://."))


def is_number(text: str | None) -> bool:
    """Whether it is a whole number as our pages write it. `isdigit` alone lets through digits int() does not know."""
    return bool(re.fullmatch(r"[0-9]{1,9}", text or ""))


def is_web_address(text: str) -> bool:
    """Whether a browser could open it."""
    try:
        parts = urlsplit(text)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    fits = len(text) <= MAX_URL and not re.search(r"\s", text)
    return fits and port_fits and parts.scheme in ("http", "https") and bool(parts.hostname)


def no_address(_form: object, field: Any) -> None:
    """A name is no place for a web address: it would stand in letters of ours, sent to whoever was named."""
    if re.search(r"://|\bwww\.", field.data or "", re.I):
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
