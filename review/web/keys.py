"""The desk's keys: what each does, and which one a person has given it. A key presses the button that is marked so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

ACTIONS: dict[str, tuple[Any, str]] = {
    "next": (_("Next application"), "j"),
    "previous": (_("Previous application"), "k"),
    "take-next": (_("The next one nobody is reading"), "t"),
    "approve": (_("Approve"), "a"),
    "decline": (_("Decline, then the reason's number"), "d"),
    "ask": (_("Ask the applicant"), "i"),
    "waitlist": (_("Put on the waitlist"), "w"),
    "duplicate": (_("Mark as duplicate"), "x"),
    "reopen": (_("Reopen"), "r"),
    "reverse": (_("Reverse the approval"), "v"),
    "edit": (_("Edit the letter before it is sent"), "e"),
    "undo": (_("Undo the last decision"), "u"),
    "snooze": (_("Snooze, then for how long"), "s"),
    "claim": (_("Start reviewing"), "c"),
    "score": (_("Give points"), "p"),
    "sort": (_("Tags, assignment, second opinion"), "l"),
    "note": (_("Write a note"), "n"),
    "search": (_("Search"), "/"),
    "views": (_("Go to a view, then its letter"), "g"),
    "help": (_("All actions and their keys"), "?"),
}
"""action -> what it does, and its key where nobody has chosen another."""


def chosen(keys: Mapping[str, Any]) -> dict[str, str]:
    """Action -> key, as a person has it. An action can have none."""
    own: Mapping[str, str] = keys.get("keys", {})
    return {action: own.get(action, default) for action, (_label, default) in ACTIONS.items()}


def keymap() -> dict[str, str]:
    """Key -> action for whoever is signed in. Empty where keys are switched off."""
    keys: Mapping[str, Any] = current_user.keys
    return {} if keys.get("off") else {key: action for action, key in chosen(keys).items() if key}


def key(action: str) -> str:
    """The key of an action for whoever is signed in; nothing where keys are switched off."""
    return next((key for key, name in keymap().items() if name == action), "")
