"""What the API gives: one shape for each thing it speaks of. Times are UTC, in ISO 8601."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from review.podcast.checks import Verdict
from review.questions import Kind as Asked
from review.rules import Role, State, Verb
from review.web.api.shapes import OneOf

Fed = Annotated[str, OneOf("none", "unread", "good", "broken")]


class Answer(BaseModel):
    """What every answer is: made from a row by its attributes."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Colleague(Answer):
    """Somebody of the staff."""

    id: int
    name: str


class Staff(Colleague):
    """Somebody who may decide."""

    role: Role


class Colleagues(Answer):
    """Who works at the desk."""

    items: list[Staff]


class Me(Answer):
    """Whom the token acts for, and how far it goes."""

    person: Staff
    scopes: list[str]


class ApplicationSummary(Answer):
    """An application as the list shows it. `blind`: whose it is stays hidden until the caller has given points."""

    id: int
    version: int = Field(description="Rises with every change that a decision must not overlook.")
    state: State
    show_title: str
    name: str | None
    blind: bool
    received_at: datetime | None
    answered_at: datetime | None
    due_at: datetime | None = Field(description="When it should be decided, where due dates are given.")
    feed: Fed
    tags: list[str]
    assignee: Colleague | None


class ApplicationsPage(Answer):
    """Some applications. `next` is the cursor of the next page, null on the last one."""

    items: list[ApplicationSummary]
    next: str | None


class Decision(Answer):
    """What was decided. Until `undo_until` it can be taken back, and its letter waits."""

    id: int
    number: int
    verb: Verb
    reasons: list[str]
    person: Colleague
    at: datetime
    undo_until: datetime
    undone_at: datetime | None


class Note(Answer):
    """What staff say among themselves."""

    id: int
    at: datetime
    person: Colleague
    body: str


class Message(Answer):
    """One turn of the conversation; without a person it is the applicant's."""

    id: int
    at: datetime
    person: Colleague | None
    body: str


class Event(Answer):
    """One line of the audit trail."""

    id: int
    at: datetime
    verb: str
    actor: str
    person: Colleague | None
    why: str


class Letter(Answer):
    """A letter. Its private links stand in it as [[markers]]."""

    id: int
    kind: str
    subject: str
    text: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    trouble: str
    came_back: bool


class Reason(Answer):
    """A coded reason that can be chosen for a decision."""

    code: str
    verb: Verb
    label: str


class Reasons(Answer):
    """The reasons there are, by decision."""

    items: list[Reason]


class LetterPreview(Answer):
    """The letter a decision would send."""

    subject: str
    text: str


class Check(Answer):
    """What a machine saw. It decides nothing."""

    code: str
    verdict: Verdict
    seen: str


class FeedSeen(Answer):
    """What the feed looked like when it was last read; `failure` is why it could not be."""

    checked_at: datetime
    url: str
    failure: str
    title: str | None = None
    host: str | None = None
    owner_name: str | None = None
    owner_email: str | None = None
    episode_count: int | None = None
    last_episode_at: datetime | None = None


class Other(Answer):
    """Another application of the same person, or for the same show; `alike` says in what."""

    id: int
    show_title: str
    name: str
    state: State
    alike: list[str]


class Said(Answer):
    """What was answered to a question of the programme, in the wording it was asked in. Of a file it is the name."""

    id: int
    question: int
    kind: Asked
    wording: str
    value: str


class AnswerFile(Answer):
    """A file an applicant has sent."""

    name: str
    content: str = Field(description="What is in it, in base64.")


class Criterion(Answer):
    """One thing applications are judged by."""

    id: int
    name: str
    weight: int
    guidance: list[str]


class Judgement(Answer):
    """What somebody gave: criterion to points."""

    person: Colleague
    points: dict[str, int]
    total: float | None


class Scores(Answer):
    """The rubric, and what was given by it. What others gave is null until the caller has given points."""

    criteria: list[Criterion]
    mine: Judgement | None
    judgements: list[Judgement] | None
    mean: float | None
    spread: float | None


class Application(ApplicationSummary):
    """An application with all that is known of it. What is hidden while it is judged blind is null."""

    email: str | None
    programme: int
    answers: list[Said] = Field(description="As far as they are for the caller.")
    pitch: str
    topics: list[str]
    language: str
    schedule: str
    links: list[str] | None
    feed_url: str | None
    rules_version: int
    consented_at: datetime
    decided_at: datetime | None
    snoozed_until: datetime | None
    reviewer: Colleague | None
    duplicate_of: int | None
    asked: list[str] = Field(description="What the applicant may change in an answer.")
    possible: list[Verb] = Field(description="The decisions the caller may take now.")
    can_undo: bool = Field(description="Whether the caller may take the last decision back now.")
    feed_seen: FeedSeen | None
    checks: list[Check] | None
    others: list[Other] | None
    decisions: list[Decision]
    notes: list[Note]
    messages: list[Message] | None
    letters: list[Letter] | None
    events: list[Event]
    scores: Scores
    show: str | None = Field(description="The slug of the show it has become.")


class Fault(Answer):
    """What is wrong with one field."""

    field: str
    message: str


class Problem(Answer):
    """A failure (RFC 9457). The type's last part says which."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = Field(default_factory=list)
