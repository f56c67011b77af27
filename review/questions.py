"""Questions that a programme asks beside the fields every application has, pure: their kinds, and what answers them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import PurePath

from review.rules import Role, may_read_apart
from review.typed import MAX_URL, clean, is_web_address, one_line


class Kind(StrEnum):
    """What an answer is."""

    TEXT = "text"
    LONG = "long"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    LINK = "link"
    FILE = "file"


class Audience(StrEnum):
    """Who at the desk reads the answers: everybody; whoever has judged, where applications are judged blind; leads."""

    DESK = "desk"
    JUDGED = "judged"
    LEADS = "leads"


LONGEST = {Kind.TEXT: 500, Kind.LONG: 5000, Kind.LINK: MAX_URL, Kind.NUMBER: 20, Kind.FILE: 200}
"""How many characters an answer of a kind has; of a file, its name."""
MOST_CHOICES = 50
CHOICE_LENGTH = 200
FILE_BYTES = 2 * 2**20
FILE_TYPES = tuple("pdf txt md rtf odt doc docx csv ods xlsx png jpg jpeg webp mp3".split())
"""What the name of a file may end in. No browser runs any of them, and the desk hands them out for saving only."""
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,4})?")
_CODE = re.compile(r"question-([1-9][0-9]{0,8})")


class Unfit(ValueError):
    """An answer that is none. `code` says in what, as a refusal does."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def code(question_id: int) -> str:
    """What a question is called among the fields an applicant can be asked to mend."""
    return f"question-{question_id}"


def number(code: str) -> int | None:
    """The question a code means, or None where it means another field."""
    found = _CODE.fullmatch(code)
    return int(found[1]) if found else None


def fit(kind: Kind, text: str, choices: Sequence[str] = ()) -> str:
    """The answer as it is kept; nothing stays nothing. Raises Unfit.

    Numbers lose idle zeros, dates are ISO 8601. Of a file the text is its name.
    """
    text = clean(text) if kind is Kind.LONG else one_line(text)
    if not text:
        return ""
    if len(text) > LONGEST.get(kind, CHOICE_LENGTH):
        raise Unfit("answer-long")
    match kind:
        case Kind.CHOICE if text not in choices:
            raise Unfit("answer-choice")
        case Kind.NUMBER:
            return _number(text)
        case Kind.DATE:
            return _date(text)
        case Kind.LINK if not is_web_address(text):
            raise Unfit("answer-link")
        case Kind.FILE:
            return _file(text)
    return text


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise Unfit("answer-number")
    plain = f"{Decimal(text):f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain == "-0" else plain


def _date(text: str) -> str:
    try:
        found = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        found = None
    if found is None:
        raise Unfit("answer-date")
    return found.isoformat()


def _file(text: str) -> str:
    name = re.split(r"[\\/]", text)[-1]
    if PurePath(name).suffix.lower().removeprefix(".") not in FILE_TYPES:
        raise Unfit("answer-file")
    return name


def choices(lines: str) -> list[str]:
    """What can be chosen, one a line, each once. Raises Unfit for too few, too many or too long ones."""
    found = list(dict.fromkeys(text for line in lines.splitlines() if (text := one_line(line))))
    if not 2 <= len(found) <= MOST_CHOICES or any(len(text) > CHOICE_LENGTH for text in found):
        raise Unfit("question-choices")
    return found


def readable(audience: Audience, *, role: Role | None, hides: bool) -> bool:
    """Whether one of the staff reads answers for this audience. `hides`: they have yet to judge the application."""
    if audience is Audience.LEADS:
        return may_read_apart(role) and not hides
    return audience is Audience.DESK or not hides
