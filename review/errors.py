"""What can go wrong, as classes. No HTTP and no page text: `web/errors.py` gives each its status and sentence."""

from __future__ import annotations

from datetime import datetime


class GreenroomError(Exception):
    """Base of every failure the product names."""


class Missing(GreenroomError):
    """The thing asked for is not there, or not for this person to know of."""


class Gone(GreenroomError):
    """A link that once worked has expired or was withdrawn."""


class Forbidden(GreenroomError):
    """This person's role does not allow the verb."""


class Refused(GreenroomError):
    """The request cannot be carried out as it stands.

    `code` names the reason; `web/errors.py` has its sentence. `field` is the input it belongs to, where there is one.
    """

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.field = field


class WrongState(GreenroomError):
    """Somebody else moved the application first: who, what and when, so that the page can say it."""

    def __init__(self, state: str, *, verb: str = "", by: str = "", at: datetime | None = None) -> None:
        super().__init__(state)
        self.state = state
        self.verb = verb
        self.by = by
        self.at = at


class Repeated(GreenroomError):
    """The request came before under its key and was carried out. Nothing was done this time."""


class TooLate(GreenroomError):
    """The undo window has closed: the effects are under way."""


class TryLater(GreenroomError):
    """An outside system did not answer as it should, and may do so later. The text says what was seen."""


class Unknown(TryLater):
    """The outside system may or may not have done it: ask before trying again."""


class GiveUp(GreenroomError):
    """An outside system said no for good. The text says what was seen."""
