"""What the API takes where admins set things: reasons, rubrics, programmes, their questions and letters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from review.podcast.languages import LANGUAGES
from review.questions import Audience, Kind
from review.scoring import WEIGHTS
from review.typed import clean, one_line
from review.web.api.shapes import SOMETHING, WRITABLE, Asked, Decision, OneOf, Whole


def _moment(value: Any) -> datetime:
    """A time as ISO 8601 writes it, with its offset; numbers are none."""
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError("an ISO 8601 date and time with its offset")


Moment = Annotated[
    datetime, PlainValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"}, mode="validation")
]


class ReasonBody(Asked):
    """A reason: what the desk calls it, and what letters say."""

    label: Annotated[str, Field(pattern=SOMETHING, max_length=80), AfterValidator(one_line)]
    sentence: Annotated[str, Field(pattern=SOMETHING, max_length=2000), AfterValidator(clean)]


class NewReasonBody(ReasonBody):
    """A reason for a decision."""

    verb: Decision


class WordedBody(ReasonBody):
    """A reason worded anew; in a language of its own for shows in that language."""

    language: Annotated[str, OneOf("", *LANGUAGES)] = ""


class RetiredBody(Asked):
    """Whether it is retired, or comes back."""

    retired: bool


class CriterionBody(Asked):
    """One thing to judge by; `guidance` says what earns one to five points."""

    name: Annotated[str, Field(pattern=SOMETHING, max_length=80), AfterValidator(one_line)]
    weight: Annotated[int, OneOf(*WEIGHTS), Whole]
    guidance: list[Annotated[str, Field(pattern=WRITABLE, max_length=500)]] = Field(default_factory=list, max_length=5)


class BlindBody(Asked):
    """Whether applications are judged blind."""

    blind: bool


class ProgrammeBody(Asked):
    """What a programme offers. Without dates it is always open."""

    name: Annotated[str, Field(pattern=SOMETHING, max_length=120), AfterValidator(one_line)]
    summary: Annotated[str, Field(pattern=WRITABLE, max_length=500), AfterValidator(one_line)] = ""
    places: Annotated[int, Field(ge=0, le=1_000_000), Whole]
    opens_at: Moment | None = None
    closes_at: Moment | None = None
    rules: Annotated[str, Field(pattern=WRITABLE, min_length=1, max_length=20_000), AfterValidator(clean)]


class OfferedBody(Asked):
    """Whether people can apply for it."""

    offered: bool


class QuestionBody(Asked):
    """A question of a programme's own."""

    kind: Kind
    wording: Annotated[str, Field(pattern=SOMETHING, max_length=300), AfterValidator(one_line)]
    help: Annotated[str, Field(pattern=WRITABLE, max_length=500), AfterValidator(one_line)] = ""
    required: bool = False
    choices: list[Annotated[str, Field(pattern=SOMETHING, max_length=200)]] = Field(
        default_factory=list, max_length=50, description="For `choice`: at least two."
    )
    audience: Audience = Audience.DESK


class WordingBody(Asked):
    """A letter in a programme's own words; both empty means in ours again."""

    subject: Annotated[str, Field(pattern=WRITABLE, max_length=255)]
    text: Annotated[str, Field(pattern=WRITABLE, max_length=20_000), AfterValidator(clean)]
