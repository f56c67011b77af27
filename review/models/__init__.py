"""Tables and constraints. Importing this package registers every one of them."""

from review.models import (
    api,
    application,
    batch,
    desk,
    event,
    intake,
    letter,
    outbox,
    person,
    programme,
    reason,
    rubric,
    show,
    webhook,
)

__all__ = [
    "api",
    "application",
    "batch",
    "desk",
    "event",
    "intake",
    "letter",
    "outbox",
    "person",
    "programme",
    "reason",
    "rubric",
    "show",
    "webhook",
]
