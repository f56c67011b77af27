"""What an application was before a decision, kept with the decision so that it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from review.models.application import Application
from review.rules import State

PLAIN = ("asked", "duplicate_of_id", "reviewer_id", "due_left")
MOMENTS = ("decided_at", "answered_at", "due_at", "reminded_at", "closes_at")


def remembered(application: Application) -> dict[str, Any]:
    """Its columns that a decision changes, as JSON holds them."""
    moments = {name: at.isoformat() if (at := getattr(application, name)) else None for name in MOMENTS}
    return {"state": application.state} | {name: getattr(application, name) for name in PLAIN} | moments


def restore(application: Application, before: Mapping[str, Any]) -> None:
    """Make it what it was. What was not remembered, because an older release decided, is nothing."""
    application.state = State(before["state"])
    for name in PLAIN:
        setattr(application, name, before.get(name))
    for name in MOMENTS:
        text = before.get(name)
        setattr(application, name, datetime.fromisoformat(text) if text else None)
    application.version += 1
