"""What a chat can be told of the desk: each condition once when it comes true, and again only after it was not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext, ngettext


class Condition(StrEnum):
    """What is watched. The number kept for it is how much is too much, or 1 where it can only be so or not."""

    NEW = "new"
    BACKLOG = "backlog"
    OLDEST = "oldest"
    BOUNCED = "bounced"
    DEAD = "dead"


MOST = {Condition.NEW: 1, Condition.BACKLOG: 10_000, Condition.OLDEST: 365, Condition.BOUNCED: 1, Condition.DEAD: 1}
"""The largest number that makes sense for each."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the desk stands: what came since it was last looked at, what waits, how many days at most, what failed."""

    new: int
    waiting: int
    oldest_days: int
    bounced: int
    dead: int

    def of(self, condition: Condition) -> int:
        """The number a condition is about."""
        numbers = (self.new, self.waiting, self.oldest_days, self.bounced, self.dead)
        return dict(zip(Condition, numbers, strict=True))[condition]

    def true(self, watched: Mapping[str, int]) -> set[Condition]:
        """Which of the conditions hold: more than the number, or, where that is 1 for yes, any at all."""
        plain = (Condition.NEW, Condition.BOUNCED, Condition.DEAD)
        return {one for one in Condition if one in watched and self.of(one) > (0 if one in plain else watched[one])}


def rising(now: set[Condition], before: set[Condition]) -> list[Condition]:
    """What is to be said: what has come true. That something is new is true anew each time."""
    return [one for one in Condition if one in now and (one is Condition.NEW or one not in before)]


def sentence(condition: Condition, pulse: Pulse, where: str) -> str:
    """One line for a chat. `where` is the address of the product."""
    number = pulse.of(condition)
    said = {
        Condition.NEW: ngettext("%(num)d new application", "%(num)d new applications", number),
        Condition.BACKLOG: ngettext(
            "%(num)d application waits for a decision", "%(num)d applications wait for a decision", number
        ),
        Condition.OLDEST: ngettext(
            "The oldest application has waited for %(num)d day",
            "The oldest application has waited for %(num)d days",
            number,
        ),
        Condition.BOUNCED: ngettext(
            "%(num)d letter of an approval came back", "%(num)d letters of approvals came back", number
        ),
        Condition.DEAD: ngettext("%(num)d effect failed for good", "%(num)d effects failed for good", number),
    }
    mend = condition in (Condition.BOUNCED, Condition.DEAD)
    return f"{said[condition]}: {where}/desk{'/outbox' if mend else ''}"


def ping() -> str:
    """Something to see whether it arrives."""
    return str(gettext("Greenroom can be heard here."))
