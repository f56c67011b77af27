"""What the API takes and gives about what Greenroom tells by itself, and about tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from review.alerts import MOST, Condition
from review.web.api.answers import Answer, Colleague
from review.web.api.shapes import Asked, OneOf, Whole


class Webhook(Answer):
    """An address that is told of Events: of those in `verbs`, or of all. A chat has `alerts` instead: condition to
    number. `trouble` is why it was switched off, where nobody did that.
    """

    id: int
    name: str
    url: str = Field(validation_alias="shown_url", description="Of a chat no more than its end: it is a key to it.")
    verbs: list[str]
    alerts: dict[str, int] | None
    active: bool
    trouble: str
    created_at: datetime


class Webhooks(Answer):
    """All of them."""

    items: list[Webhook]


class Delivery(Answer):
    """A message. Its last answer has `status`, null where none came; `answer` is how that began, or what went wrong."""

    id: int
    payload: dict[str, Any]
    state: str
    attempts: int
    status: int | None
    answer: str
    created_at: datetime
    attempted_at: datetime | None


class WebhookLog(Webhook):
    """One of them, and what it was told."""

    items: list[Delivery]
    next: str | None


class SwitchBody(Asked):
    """Whether it is told."""

    active: bool


class Alert(Asked):
    """Something a chat is told of; only `backlog` and `oldest` look at the number."""

    condition: Annotated[str, OneOf(*Condition)]
    number: Annotated[int, Field(ge=1, le=max(MOST.values())), Whole] = 1


class AlertsBody(Asked):
    """All that a chat is told of."""

    alerts: list[Alert] = Field(min_length=1, max_length=10)


class Digest(Answer):
    """How often somebody has a digest."""

    digest: str


class DigestBody(Asked):
    """How often one wants a digest."""

    digest: Annotated[str, OneOf("off", "daily", "weekly")]


class Token(Answer):
    """A program's token, without its secret."""

    id: int
    name: str
    person: Colleague
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Tokens(Answer):
    """Some tokens."""

    items: list[Token]
