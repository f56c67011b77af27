"""What the API gives beside applications: what becomes of them, and how much room there is."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from review.questions import Audience, Kind
from review.web.api.answers import Answer, Colleague, Event


class Effect(Answer):
    """Something that is to happen outside, or has. A dead one failed for good, until it is retried."""

    id: int
    kind: str
    state: str
    application_id: int | None
    due_at: datetime
    attempts: int
    error: str
    created_at: datetime
    done_at: datetime | None


class OutboxPage(Answer):
    """Some effects, newest first."""

    items: list[Effect]
    next: str | None


class Question(Answer):
    """What a programme asks. `audience` is who reads the answers, `choices` what can be chosen."""

    id: int
    kind: Kind
    wording: str
    help: str
    required: bool
    choices: list[str]
    audience: Audience


class Programme(Answer):
    """What people apply for, what it asks, and how many places are left."""

    id: int
    slug: str
    name: str
    summary: str
    places: int
    left: int
    offered: bool = Field(description="Whether people can apply for it or join its waitlist.")
    open: bool = Field(description="Whether it takes applications now.")
    opens_at: datetime | None
    closes_at: datetime | None
    rules: str
    rules_version: int
    questions: list[Question]


class Programmes(Answer):
    """The programmes there are."""

    items: list[Programme]


class Backlog(Answer):
    """How many applications stand where."""

    states: dict[str, int]
    snoozed: int
    overdue: int | None


class ShowSummary(Answer):
    """A show that is hosted here."""

    slug: str
    title: str
    owner: str
    feed_url: str
    episodes: int
    locked: bool
    published_at: datetime | None
    ended_at: datetime | None


class ShowsPage(Answer):
    """Some shows, newest first."""

    items: list[ShowSummary]
    next: str | None


class Episode(Answer):
    """One episode. `copied`: its file is here."""

    id: int
    guid: str
    title: str
    published_at: datetime | None
    copied: bool


class ExportLink(Answer):
    """A link by which the show may leave. The link itself is in its owner's mail and nowhere else."""

    id: int
    made_by: Colleague
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    downloads: int
    downloaded_at: datetime | None


class Show(ShowSummary):
    """A show with its episodes, its export links and its history."""

    episodes_here: list[Episode]
    export_links: list[ExportLink]
    events: list[Event]
