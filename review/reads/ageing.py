"""What time will do to an application, said before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from review.reads.dossier import Dossier
from review.rules import State, Verb


@dataclass(frozen=True, slots=True)
class Outlook:
    """When the decision is due; or, while the applicant is asked, what happens if no answer comes.

    `left` is the working time that is left once the clock runs again. What is None is not to come.
    """

    due_at: datetime | None
    overdue: bool
    stopped: bool
    left: timedelta | None
    reminds_at: datetime | None
    reminded_at: datetime | None
    closes_at: datetime | None


def outlook(file: Dossier, *, now: datetime) -> Outlook:
    """What is to come for this application, as the settings stand."""
    settings, application = current_app.config["GREENROOM"], file.application
    asked = application.state is State.ASKED
    due_at = application.due_at if settings.due else None
    return Outlook(
        due_at=due_at,
        overdue=due_at is not None and due_at <= now,
        stopped=asked and settings.due is not None,
        left=timedelta(seconds=application.due_left) if asked and application.due_left is not None else None,
        reminds_at=_reminder(file, settings.remind_after, now),
        reminded_at=application.reminded_at if asked else None,
        closes_at=application.closes_at if asked and settings.close_after else None,
    )


def _reminder(file: Dossier, patience: timedelta | None, now: datetime) -> datetime | None:
    """None while one of our letters is known not to have arrived: nobody is reminded of what they never got."""
    asked = file.decision
    if patience is None or asked is None or asked.undone_at or asked.verb is not Verb.ASK or file.returned:
        return None
    waits = file.application.state is State.ASKED and file.application.reminded_at is None
    return max(asked.at + patience, now) if waits else None
