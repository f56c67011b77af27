"""Applications as programs are given them: no more than their person sees on the desk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from review.reads import dossier as files
from review.reads import pages
from review.reads.dossier import Dossier, Other
from review.rules import OPEN, Verb, may, may_undo, possible
from review.services.api_tokens import Caller
from review.web.api import answers

PLAIN = (
    "pitch",
    "topics",
    "language",
    "schedule",
    "rules_version",
    "consented_at",
    "decided_at",
    "snoozed_until",
    "reviewer",
    "asked",
)
"""What everybody at the desk sees, as the row has it."""


def summary(row: Any, *, hides: bool) -> answers.ApplicationSummary:
    """One line of the list."""
    return answers.ApplicationSummary.model_validate(_said(row, hides))


def _said(row: Any, hides: bool) -> dict[str, Any]:
    names = ("id", "version", "state", "show_title", "received_at", "answered_at", "due_at", "assignee")
    said = {name: getattr(row, name) for name in names}
    return said | {
        "name": None if hides else row.name,
        "blind": hides,
        "feed": _feed(row),
        "tags": [tag.word for tag in row.tags],
    }


def _feed(row: Any) -> str:
    if not row.feed_url:
        return "none"
    if row.feed_check is None:
        return "unread"
    return "broken" if row.feed_check.failure else "good"


def application(application_id: int, caller: Caller) -> answers.Application:
    """All that is known of an application. Raises Missing."""
    person, now = caller.person, datetime.now(UTC)
    file = files.dossier(application_id, reader=person.id)
    row, own = file.application, file.decision is not None and file.decision.person_id == person.id
    seen = _said(row, file.hides) | {name: getattr(row, name) for name in PLAIN}
    return answers.Application.model_validate(
        seen
        | (dict.fromkeys(HIDDEN) if file.hides else _open(file, now))
        | {
            "programme": row.programme_id,
            "answers": [_answer(one) for one in file.answers],
            "duplicate_of": row.duplicate_of_id,
            "possible": () if file.hides else possible(person.role, row.state),
            "can_undo": file.undoable(now) and may_undo(person.role, own=own),
            "decisions": pages.decisions(row.id),
            "notes": file.notes,
            "events": file.events,
            "scores": _scores(file, may(person.role, Verb.SCORE) and row.state in OPEN),
            "show": file.show.slug if file.show else None,
        }
    )


HIDDEN = ("email", "links", "feed_url", "feed_seen", "checks", "others", "messages", "letters")
"""What would tell whose an application is."""


def _open(file: Dossier, now: datetime) -> dict[str, Any]:
    row = file.application
    return {
        "email": row.email,
        "links": row.links,
        "feed_url": row.feed_url or None,
        "feed_seen": _feed_seen(file),
        "checks": file.checks(now),
        "others": [_other(other) for other in file.others],
        "messages": file.messages,
        "letters": file.letters,
    }


def _answer(one: Any) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in ("id", "wording", "value")}
    return said | {"question": one.question_id, "kind": one.question.kind}


def _other(other: Other) -> dict[str, Any]:
    said = {name: getattr(other.application, name) for name in ("id", "show_title", "name", "state")}
    return said | {"alike": sorted(other.alike)}


def _feed_seen(file: Dossier) -> dict[str, Any] | None:
    if file.check is None:
        return None
    seen = {name: getattr(file.check, name) for name in ("checked_at", "url", "failure")}
    more = ("title", "host", "owner_name", "owner_email", "episode_count", "last_episode_at")
    return seen | ({name: getattr(file.snapshot, name) for name in more} if file.snapshot else {})


def _scores(file: Dossier, can_score: bool) -> dict[str, Any]:
    """What others gave is seen by whoever has judged, or need not."""
    scores, judged = file.scores, file.scores.complete or not can_score
    given = {
        one.person_id: {
            "person": {"id": one.person_id, "name": one.name},
            "points": {str(criterion): points for criterion, points in one.points.items()},
            "total": one.total,
        }
        for one in scores.judgements
    }
    return {
        "criteria": scores.criteria,
        "mine": given[scores.mine.person_id] if scores.mine else None,
        "judgements": list(given.values()) if judged else None,
        "mean": scores.mean if judged else None,
        "spread": scores.spread if judged else None,
    }
