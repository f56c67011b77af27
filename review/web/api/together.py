"""What programs may do where several work on one queue: the next free one, views, calls, batches, statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from review.reads import bulk as batches
from review.reads import notices as calls
from review.reads import stats as figures
from review.reads import views as kept
from review.reads.everything import everything
from review.reads.filters import Filters
from review.rules import Verb, may_decide_in_bulk
from review.services import bulk, claims, notices, sorting
from review.services.api_tokens import Caller
from review.services.bulk import MOST, Plan
from review.web.access import ID
from review.web.api import answers, outcomes, shapes
from review.web.api.dossiers import application
from review.web.api.router import operation

BATCH = f"/batches/<{ID}:batch_id>"


@operation("POST", "/next", answer=outcomes.Next)
def take_next(caller: Caller) -> outcomes.Next:
    """Claim the oldest application that waits and that nobody else reads. Any number of callers get different ones."""
    return outcomes.Next(application=claims.take_next(by=caller.person, now=datetime.now(UTC)))


@operation("POST", f"/applications/<{ID}:application_id>/take-over", answer=answers.Application)
def take_over(caller: Caller, application_id: int) -> answers.Application:
    """Take the claim from whoever reads it."""
    found = application(application_id, caller)
    claims.take_over(application_id, by=caller.person, now=datetime.now(UTC))
    return found


@operation("GET", "/views", answer=outcomes.Views)
def list_views(caller: Caller) -> outcomes.Views:
    """Searches that are kept, each with how many applications it shows."""
    return _views(caller)


@operation("POST", "/views", body=shapes.ViewBody, answer=outcomes.Views)
def keep_view(caller: Caller, body: shapes.ViewBody) -> outcomes.Views:
    """Keep a search under a name; one of the caller's that is called so already is replaced."""
    sorting.keep_view(body.name, body.narrowing.said(), shared=body.shared, by=caller.person, now=datetime.now(UTC))
    return _views(caller)


@operation("POST", f"/views/<{ID}:view_id>/drop", answer=outcomes.Views)
def drop_view(caller: Caller, view_id: int) -> outcomes.Views:
    """Let go of a view."""
    sorting.drop_view(view_id, by=caller.person, now=datetime.now(UTC))
    return _views(caller)


def _views(caller: Caller) -> outcomes.Views:
    counts = kept.counts(caller.person.id, now=datetime.now(UTC))
    rows = [(one, {name: getattr(one, name) for name in _VIEW}) for one in kept.views(caller.person.id)]
    return outcomes.Views.model_validate({"items": [said | {"applications": counts[one.id]} for one, said in rows]})


_VIEW = ("id", "name", "shared", "person", "query")


@operation("GET", "/calls", answer=outcomes.Calls)
def list_calls(caller: Caller) -> outcomes.Calls:
    """What colleagues call the caller to."""
    return _calls(caller)


@operation("POST", "/calls/clear", answer=outcomes.Calls)
def clear_calls(caller: Caller) -> outcomes.Calls:
    """Have seen all of them. Opinions that were asked for are owed until they are given."""
    notices.clear(by=caller.person, now=datetime.now(UTC))
    return _calls(caller)


def _calls(caller: Caller) -> outcomes.Calls:
    names = ("id", "call", "by", "at", "seen_at")
    items = [
        {name: getattr(one, name) for name in names}
        | {"application": one.application_id, "show_title": one.application.show_title}
        for one in calls.calls(caller.person.id)
    ]
    return outcomes.Calls.model_validate({"items": items})


@operation("GET", "/batches", answer=outcomes.Batches, may=may_decide_in_bulk)
def list_batches(caller: Caller) -> outcomes.Batches:
    """What was decided for many at once lately."""
    return outcomes.Batches.model_validate({"items": [one for one, _number in batches.batches()]})


@operation("POST", "/batches", body=shapes.BatchBody, answer=outcomes.Batch, keyed=True, may=may_decide_in_bulk)
def prepare_batch(caller: Caller, body: shapes.BatchBody, key: str) -> outcomes.Batch:
    """Pin what the list finds now, each application with the letter it would get. Decides nothing."""
    now, verb = datetime.now(UTC), Verb(body.verb)
    found = everything(Filters.read(body.narrowing.said(), reader=caller.person.id), now=now, most=MOST + 1)
    plan = Plan(
        verb=verb,
        reasons=tuple(dict.fromkeys(body.reasons)),
        asked=tuple(dict.fromkeys(body.asked)) if verb is Verb.ASK else (),
        note=body.note,
        past_places=body.past_places,
    )
    return _batch(bulk.prepare(found.ids, plan, filters=body.narrowing.said(), by=caller.person, now=now), caller)


@operation("GET", BATCH, query=shapes.PageQuery, answer=outcomes.Batch, may=may_decide_in_bulk)
def read_batch(caller: Caller, batch_id: int, query: shapes.PageQuery) -> outcomes.Batch:
    """What a batch would do to each application, or what became of every one."""
    return _batch(batch_id, caller, query.page)


@operation("POST", f"{BATCH}/leave-out", body=shapes.LeaveOutBody, answer=outcomes.Batch)
def leave_out(caller: Caller, batch_id: int, body: shapes.LeaveOutBody) -> outcomes.Batch:
    """Leave one application out before it is run, or take it in again."""
    bulk.leave_out(batch_id, body.application, body.out, by=caller.person)
    return _batch(batch_id, caller)


@operation("POST", f"{BATCH}/run", answer=outcomes.Batch)
def run_batch(caller: Caller, batch_id: int) -> outcomes.Batch:
    """Have it done: one by one, while this answers at once."""
    bulk.run(batch_id, by=caller.person, now=datetime.now(UTC))
    return _batch(batch_id, caller)


@operation("POST", f"{BATCH}/undo", answer=outcomes.Batch)
def undo_batch(caller: Caller, batch_id: int) -> outcomes.Batch:
    """Stop it and take all of it back, until `undo_until`."""
    bulk.undo(batch_id, by=caller.person, now=datetime.now(UTC))
    return _batch(batch_id, caller)


@operation("POST", f"{BATCH}/discard")
def discard_batch(caller: Caller, batch_id: int) -> None:
    """Let go of one that was never run."""
    bulk.discard(batch_id, by=caller.person)


def _batch(batch_id: int, caller: Caller, page: int = 1) -> outcomes.Batch:
    found = batches.batch(batch_id)
    look = batches.look(found, reader=caller.person.id, page=page, now=datetime.now(UTC))
    names = (*outcomes.BatchSummary.model_fields, "reasons", "asked", "note", "past_places")
    said = {name: getattr(found, name) for name in names}
    counted = {"fates": {fate.value: number for fate, number in look.fates.items()}, "obstacles": look.obstacles}
    lines = {"lines": [_line(line) for line in look.lines], "page": look.number, "pages": look.pages}
    return outcomes.Batch.model_validate(said | counted | lines | {"ready": look.ready})


def _line(line: batches.Line) -> dict[str, Any]:
    seen = {"name": line.application.name, "subject": line.item.subject, "text": line.item.text}
    return (dict.fromkeys(seen) if line.hidden else seen) | {
        "application": line.item.application_id,
        "show_title": line.application.show_title,
        "fate": line.item.fate.value,
        "code": line.obstacle.code if line.obstacle else None,
    }


@operation("GET", "/stats", query=shapes.StatsQuery, answer=outcomes.Stats)
def read_stats(caller: Caller, query: shapes.StatsQuery) -> outcomes.Stats:
    """How the review goes: the backlog, what came, what was decided, how fast, by reason and by reviewer."""
    found = figures.stats(query.days, now=datetime.now(UTC))
    return outcomes.Stats.model_validate(
        {
            "stretches": found.stretches,
            "first_look": _times(found.looks),
            "decision": _times(found.decisions),
            "reasons": [
                {"verb": verb, "reason": code, "number": number} for (verb, code), number in found.reasons.items()
            ],
            "reviewers": [
                {"name": name, "decisions": {verb.value: number for verb, number in counts.items()}}
                for name, counts in found.reviewers
            ],
            "letters": {state.value: number for state, number in found.letters.items()},
        }
    )


def _times(times: figures.Times) -> dict[str, Any]:
    return {"number": times.number, "median": _seconds(times.median), "p90": _seconds(times.most)}


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None
