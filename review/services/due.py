"""When a decision is due: a clock on each application, which stands still while we wait for the applicant."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from review.models.application import Application
from review.rules import WAITING, State


def follow(application: Application, *, now: datetime) -> None:
    """Let the clock follow the state the application has just come to, in the caller's transaction.

    It starts anew or with what it had left, and runs on where it runs. Switched off, none starts.
    """
    if application.state in WAITING:
        application.due_at = application.due_at or _due(application, now)
        application.due_left = None
    elif application.state is not State.ASKED:
        application.due_at = application.due_left = None
    elif application.due_at is not None:
        pace = current_app.config["GREENROOM"].pace
        application.due_left = int(pace.between(now, application.due_at).total_seconds())
        application.due_at = None


def _due(application: Application, now: datetime) -> datetime | None:
    settings = current_app.config["GREENROOM"]
    if settings.due is None:
        return None
    left = settings.due if application.due_left is None else timedelta(seconds=application.due_left)
    return settings.pace.after(now, left)  # type: ignore[no-any-return]
