"""What programs may look at: the list, one application, the letter a decision would send; the outbox, shows, places."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from review.errors import Refused
from review.reads import backlog as lists
from review.reads import dossier as files
from review.reads import objects, pages, people, programmes
from review.reads import reasons as coded
from review.reads import shows as shown
from review.reads.filters import Filters
from review.reads.shows import Listed
from review.rules import DECISIONS, Verb
from review.services import decisions
from review.services.api_tokens import Caller
from review.web.access import ID
from review.web.api import answers, dossiers, outcomes, shapes
from review.web.api.router import operation


@operation("GET", "/me", answer=answers.Me)
def me(caller: Caller) -> answers.Me:
    """Whom this token acts for, and how far it goes."""
    return answers.Me.model_validate({"person": caller.person, "scopes": sorted(caller.scopes)})


@operation("GET", "/applications", query=shapes.ApplicationsQuery, answer=answers.ApplicationsPage)
def list_applications(caller: Caller, query: shapes.ApplicationsQuery) -> answers.ApplicationsPage:
    """The backlog, oldest first, narrowed as on the desk."""
    sought = Filters.read(query.said(), reader=caller.person.id)
    found = pages.applications(sought, after=query.cursor, limit=query.limit, now=datetime.now(UTC))
    rows = [dossiers.summary(row, hides=row.id in found.hidden) for row in found.rows]
    return answers.ApplicationsPage(items=rows, next=found.next)


@operation("GET", f"/applications/<{ID}:application_id>", answer=answers.Application)
def read_application(caller: Caller, application_id: int) -> answers.Application:
    """One application with its decisions, notes, messages, events, letters and checks."""
    return dossiers.application(application_id, caller)


@operation(
    "GET",
    f"/applications/<{ID}:application_id>/answers/<{ID}:answer_id>/file",
    answer=answers.AnswerFile,
)
def read_answer_file(caller: Caller, application_id: int, answer_id: int) -> answers.AnswerFile:
    """A file that answers a question."""
    name, content = programmes.file_for(application_id, answer_id, reader=caller.person.id)
    return answers.AnswerFile(name=name, content=b64encode(content).decode())


@operation(
    "GET",
    f"/applications/<{ID}:application_id>/letter",
    query=shapes.LetterQuery,
    answer=answers.LetterPreview,
    refuses=True,
)
def preview_letter(caller: Caller, application_id: int, query: shapes.LetterQuery) -> answers.LetterPreview:
    """The letter that a decision for these reasons would send, as nobody has changed it."""
    file = files.brief(application_id, reader=caller.person.id)
    if file.hides:
        raise Refused("score-first")
    letter = decisions.preview(
        file.application, Verb(query.verb), reasons=tuple(query.reasons), asked=tuple(query.asked)
    )
    return answers.LetterPreview(subject=letter.subject, text=letter.text)


@operation("GET", "/reasons", answer=answers.Reasons)
def list_reasons(caller: Caller) -> answers.Reasons:
    """The coded reasons that can be chosen now, for each decision."""
    return answers.Reasons.model_validate({"items": [one for verb in DECISIONS for one in coded.offered(verb)]})


@operation("GET", "/backlog", answer=outcomes.Backlog)
def count_backlog(caller: Caller) -> outcomes.Backlog:
    """How many applications stand in each state, are put off, and are late (null without due dates)."""
    now = datetime.now(UTC)
    states = {state.value: number for state, number in lists.counts().items()}
    return outcomes.Backlog(states=states, snoozed=lists.snoozed(now), overdue=lists.overdue(now))


@operation("GET", "/programmes", answer=outcomes.Programmes)
def list_programmes(caller: Caller) -> outcomes.Programmes:
    """What people can apply for, what each asks, and how many places are left."""
    rows = programmes.programmes()
    left, asked = programmes.all_places_left(rows), programmes.all_questions()
    return outcomes.Programmes(items=[_programme(row, left[row.id], asked.get(row.id, [])) for row in rows])


def programme(programme_id: int) -> outcomes.Programme:
    """One programme as the API gives it. Raises Missing."""
    row = programmes.programme(programme_id)
    return _programme(row, programmes.places_left(row), programmes.questions(row.id))


def _programme(row: Any, left: int, asked: list[Any]) -> outcomes.Programme:
    names = ("id", "slug", "name", "summary", "places", "opens_at", "closes_at", "rules", "rules_version")
    said = {name: getattr(row, name) for name in names} | {"left": left, "questions": asked}
    standing = {"offered": row.offered_at is not None, "open": row.is_open(datetime.now(UTC))}
    return outcomes.Programme.model_validate(said | standing)


@operation("GET", "/colleagues", answer=answers.Colleagues)
def list_colleagues(caller: Caller) -> answers.Colleagues:
    """Who can be given an application, or be asked for an opinion."""
    return answers.Colleagues.model_validate({"items": people.staff()})


@operation("GET", "/outbox", query=shapes.OutboxQuery, answer=outcomes.OutboxPage)
def list_effects(caller: Caller, query: shapes.OutboxQuery) -> outcomes.OutboxPage:
    """What is to happen outside and what has, newest first."""
    found = pages.effects(query.state, after=query.cursor, limit=query.limit)
    return outcomes.OutboxPage.model_validate({"items": found.rows, "next": found.next})


@operation("GET", "/shows", query=shapes.Paged, answer=outcomes.ShowsPage)
def list_shows(caller: Caller, query: shapes.Paged) -> outcomes.ShowsPage:
    """Shows that are hosted here, newest first."""
    found = pages.shows(after=query.cursor, limit=query.limit)
    return outcomes.ShowsPage.model_validate({"items": [_show(one) for one in found.rows], "next": found.next})


@operation("GET", "/shows/<slug>", answer=outcomes.Show)
def read_show(caller: Caller, slug: str) -> outcomes.Show:
    """One show with its episodes, its export links and its history."""
    return show(slug, caller)


def show(slug: str, caller: Caller) -> outcomes.Show:
    """The show as the API gives it. Raises Missing."""
    overview = shown.overview(slug, caller.person)
    episodes = [
        {name: getattr(one, name) for name in ("id", "guid", "title", "published_at")} | {"copied": bool(one.media_key)}
        for one in overview.episodes
    ]
    return outcomes.Show.model_validate(
        _show(Listed(overview.show, len(episodes)))
        | {"episodes_here": episodes, "export_links": overview.links, "events": overview.events}
    )


def _show(one: Listed) -> dict[str, Any]:
    row = one.show
    said = {name: getattr(row, name) for name in ("slug", "title", "locked", "published_at", "ended_at")}
    address = objects.published_at(f"feeds/{row.slug}/rss.xml")
    return said | {"owner": row.owner.name, "episodes": one.episodes, "feed_url": address}
