"""What narrows the backlog, as an address or a view that was kept says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from review.rules import BACKLOG, WAITING, State

TAG_LENGTH = 40
IN_ADDRESS = ("state", "q", "programme", "answer", "topic", "language", "feed", "tag", "assigned")
"""What an address says of the filters, beside the page."""

_ANSWER = re.compile("[0-9]{1,9}:[^\0\n]{1,200}")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list. `state` None means all that wait for a decision and are not put off; `everything` lifts
    that, and so does searching for words. `snoozed` means those that are put off, `overdue` those that are late.

    `programme` is a programme's number, `answer` a question's number and what was chosen in answer to it, with a colon
    between them. `assigned` is `me`, `nobody` or a person's number. `reader` is the number of the person who looks:
    they do not see what they have declared a conflict with.
    """

    state: State | None = None
    everything: bool = False
    snoozed: bool = False
    overdue: bool = False
    text: str = ""
    programme: int = 0
    answer: str = ""
    topic: str = ""
    language: str = ""
    feed: str = ""
    tag: str = ""
    assigned: str = ""
    page: int = 1
    reader: int = 0

    @classmethod
    def read(cls, asked: Mapping[str, str], *, reader: int = 0) -> Filters:
        """The filters in an address or a view that was kept; whatever makes no sense there is left out."""
        state, assigned = asked.get("state", ""), asked.get("assigned", "")
        return cls(
            state=State(state) if state in BACKLOG else None,
            everything=state == "all",
            snoozed=state == "snoozed",
            overdue=state == "overdue",
            text=asked.get("q", "").strip()[:400],
            programme=int(asked["programme"]) if _is_number(asked.get("programme", "")) else 0,
            answer=asked.get("answer", "") if _ANSWER.fullmatch(asked.get("answer", "")) else "",
            topic=asked.get("topic", "")[:100],
            language=asked.get("language", "")[:20],
            feed=asked.get("feed", "")[:10],
            tag=asked.get("tag", "").strip().lower()[:TAG_LENGTH],
            assigned=assigned if assigned in ("me", "nobody") or _is_number(assigned) else "",
            page=int(asked["page"]) if _is_number(asked.get("page", "")) else 1,
            reader=reader,
        )

    @property
    def narrowed(self) -> bool:
        """Whether more than the state narrows it."""
        people = self.tag or self.assigned
        return any((self.text, self.programme, self.answer, self.topic, self.language, self.feed, people))

    @property
    def question(self) -> int:
        """The number of the question whose answer narrows it; 0 where none does."""
        return int(self.answer.partition(":")[0] or 0)

    @property
    def chosen(self) -> str:
        """What is to have been answered to `question`."""
        return self.answer.partition(":")[2]

    @property
    def states(self) -> tuple[State, ...]:
        if self.everything:
            return BACKLOG
        return (self.state,) if self.state else WAITING


def _is_number(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{1,9}", text))
