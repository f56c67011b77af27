"""What narrows the backlog, as an address or a view that was kept says it: one line of the search language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from review import fields, query, ticking
from review.fields import FIELDS
from review.folding import MAX_LENGTH
from review.gateways.wanted import Place
from review.query import Query

TAG_LENGTH = 40
IN_ADDRESS = ("q", "page", "after", "before")
"""What an address says of the list: what narrows it, and which page it is."""
ONE_BY_ONE = {
    "state": "is",
    "programme": "programme",
    "answer": "answer",
    "topic": "topic",
    "language": "lang",
    "feed": "feed",
    "tag": "tag",
    "assigned": "assigned",
}
"""What programs and older addresses narrow the list by, one by one, and the field each of them is."""
_CALLED = {"all": "any", "me": "@me"}
DEFAULT = "is:waiting"
"""What is shown where nothing is said: those that wait for a decision and are not put off."""
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"-?[0-9]{1,18}(_-?[0-9]{1,18}){0,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list, and which page of it is shown: the one that begins `after` a place or ends `before` one,
    or, where neither is known, the one of that number. `reader` is the number of the person who looks, `zone` the one
    whose days they mean.
    """

    text: str = ""
    page: int = 1
    after: Place | None = None
    before: Place | None = None
    reader: int = 0
    zone: tzinfo = UTC

    @classmethod
    def read(cls, asked: Mapping[str, str], *, reader: int = 0, zone: tzinfo = UTC) -> Filters:
        """The filters in an address or a view that was kept; whatever makes no sense there is left out."""
        return cls(
            text=_text(asked),
            page=max(1, int(asked["page"])) if _is_number(asked.get("page", "")) else 1,
            after=_place(asked.get("after", "")),
            before=_place(asked.get("before", "")),
            reader=reader,
            zone=zone,
        )

    def query(self, now: datetime) -> Query:
        """What is sought."""
        return query.parse(self.text or DEFAULT, now=now.astimezone(self.zone))

    @property
    def standing(self) -> str:
        """The one state or kind of states the list is of, if it is of one: a value of `is:`."""
        said = ticking.chosen(self.text or DEFAULT, "is")
        return said[0].lower() if len(said) == 1 and said[0].lower() in fields.STATES else ""

    @property
    def narrowed(self) -> bool:
        """Whether more than the state narrows it."""
        return bool(ticking.replaced(self.text, "is"))

    def narrowed_to(self, field: str, value: str) -> str:
        """The text with a value of a field ticked, or no longer."""
        return ticking.toggled(self.text or DEFAULT, field, value)

    def ticks(self, field: str, value: str) -> bool:
        """Whether a value of a field is ticked."""
        return value in ticking.chosen(self.text or DEFAULT, field)

    def sharing(self, standing: str) -> str:
        """The text with another state, and all else as it is."""
        text = ticking.replaced(self.text, "is", standing)
        return "" if text == DEFAULT else text

    def first(self) -> Filters:
        """The same from its beginning."""
        return replace(self, page=1, after=None, before=None)


def _text(asked: Mapping[str, str]) -> str:
    text = asked.get("q", "").strip()
    said = {field: asked.get(name, "").strip()[:MAX_LENGTH] for name, field in ONE_BY_ONE.items()}
    said = {field: _CALLED.get(value, value) for field, value in said.items()}
    known = {field: value for field, value in said.items() if fields.read(FIELDS[field], value, _ANY_TIME)}
    if known and not text:
        text = DEFAULT
    for field, value in known.items():
        text = ticking.replaced(text, field, value)
    return text


def _is_number(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{1,9}", text))


def _place(text: str) -> Place | None:
    return tuple(map(int, text.split("_"))) if _PLACE.fullmatch(text) else None
