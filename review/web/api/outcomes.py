"""What the API gives beside applications: what becomes of them, and how much room there is."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from review.questions import Audience, Kind
from review.rules import Verb
from review.web.api.answers import Answer, Colleague, Criterion, Event


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


class Next(Answer):
    """The oldest application nobody else reads, claimed by the caller; null where there is none."""

    application: int | None


class View(Answer):
    """A search of the list under a name; `query` is what narrows it."""

    id: int
    name: str
    shared: bool
    person: Colleague
    query: dict[str, str]
    applications: int = Field(description="How many it shows.")


class Views(Answer):
    """The caller's views, then those that colleagues share."""

    items: list[View]


class Call(Answer):
    """Why a colleague calls the caller to an application. It is over once it was seen."""

    id: int
    call: str
    by: Colleague
    at: datetime
    seen_at: datetime | None
    application: int
    show_title: str


class Calls(Answer):
    """The newest hundred, those that wait first."""

    items: list[Call]


class BatchSummary(Answer):
    """One decision for many, and how far it has come."""

    id: int
    verb: Verb
    stage: str
    person: Colleague
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    undo_until: datetime | None


class Batches(Answer):
    """The newest twenty."""

    items: list[BatchSummary]


class BatchLine(Answer):
    """One application of a batch. `code` is why it would not be decided, or was not; whose it is and its letter are
    null while the caller is to judge it blind."""

    application: int
    show_title: str
    name: str | None
    fate: str
    code: str | None
    subject: str | None
    text: str | None


class Batch(BatchSummary):
    """A batch with one page of its applications. `fates` counts what became of all; before it is run, `ready` would be
    decided and `obstacles` counts what is in the way of the others."""

    reasons: list[str]
    asked: list[str]
    note: str
    past_places: bool
    fates: dict[str, int]
    ready: int
    obstacles: dict[str, int]
    lines: list[BatchLine]
    page: int
    pages: int


class Stretch(Answer):
    """A day, or several: how many came and were decided in it, and how many were open at its end."""

    first: date
    last: date
    came: int
    decided: int
    open: int


class Times(Answer):
    """How many seconds something took: half of all cases no longer than `median`, nine in ten no longer than `p90`."""

    number: int
    median: float | None
    p90: float | None


class ByReason(Answer):
    """How often a decision was taken for a reason; none is an empty code."""

    verb: Verb
    reason: str
    number: int


class ByReviewer(Answer):
    """How often somebody took each decision."""

    name: str
    decisions: dict[str, int]


class Stats(Answer):
    """How the review goes. Decisions that were taken back count nowhere."""

    stretches: list[Stretch]
    first_look: Times
    decision: Times
    reasons: list[ByReason]
    reviewers: list[ByReviewer]
    letters: dict[str, int]


class Worded(Answer):
    """A reason with all it says, by language; an empty one is every other language."""

    code: str
    verb: Verb
    label: str
    sentences: dict[str, str]
    retired: bool


class AllReasons(Answer):
    """Every reason, retired ones too."""

    items: list[Worded]


class Rubric(Answer):
    """What a programme is judged by."""

    blind: bool
    criteria: list[Criterion]


class Wording(Answer):
    """A programme's letter of a decision, with its places; `own` is whether it words it itself."""

    verb: Verb
    own: bool
    subject: str
    text: str
