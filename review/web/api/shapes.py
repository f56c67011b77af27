"""What the API takes: the shapes of addresses and bodies. What they refuse is answered with 422, field by field."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import CoreSchema, core_schema

from review.reads.filters import ONE_BY_ONE, TAG_LENGTH
from review.reads.stats import PERIODS
from review.rules import ASKABLE, BACKLOG, DECISIONS, IN_BULK, SNOOZES
from review.scoring import POINTS
from review.typed import clean, one_line

LARGEST = 2**31 - 1
"""The largest number a row can have."""

WRITABLE = r"^[^\x00]*$"
SOMETHING = r"^[^\x00]*[^\s\x00][^\x00]*$"
ADDRESS = r"^[^@\s\x00]+@[^@\s\x00]+$"


class OneOf:
    """One of some codes of ours. They are not repeated here: the product's own tables have them."""

    def __init__(self, *codes: str | int) -> None:
        self.codes = [code if isinstance(code, int) else str(code) for code in codes]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.literal_schema(self.codes)


def _digits(value: Any) -> Any:
    """Addresses hold text: a number there is written in digits and nothing else."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12 else value


def _whole(value: Any) -> Any:
    """JSON Schema: a number without a fraction is an integer, however it is written."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
Id = Annotated[int, Field(ge=1, le=LARGEST), Whole]
Sought = Annotated[str, Field(pattern=WRITABLE)]
After = Annotated[int, Field(strict=True, ge=1, le=LARGEST), BeforeValidator(_digits)]
Limit = Annotated[int, Field(strict=True, ge=1, le=100), BeforeValidator(_digits)]
Decision = Annotated[str, OneOf(*DECISIONS)]
Reason = Annotated[str, Field(pattern="^[a-z0-9-]{1,60}$", description="A `code` of /reasons that goes with the verb.")]
Askable = Annotated[
    str,
    Field(
        pattern=f"^({'|'.join(ASKABLE)}|question-[1-9][0-9]{{0,8}})$",
        description="A field, or `question-` and the id of a question of the application's programme.",
    ),
]


class Asked(BaseModel):
    """What every address and every body is: nothing stands in it that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Asked):
    """How much is wanted, and after what."""

    cursor: After | None = Field(None, description="`next` of the page before.")
    limit: Limit = Field(50, description="How many rows the page has.")


class Narrowing(Asked):
    """What narrows the list, as on the desk."""

    state: Annotated[str, OneOf(*BACKLOG, "all", "snoozed", "overdue")] | None = Field(
        None, description="Left out, where nothing is sought: those that wait for a decision and are not put off."
    )
    q: Sought = Field("", max_length=400, description="What is sought, in the language of the desk's search box.")
    programme: Annotated[int, Field(strict=True, ge=1, le=LARGEST), BeforeValidator(_digits), Whole] | None = Field(
        None, description="The id of a programme."
    )
    answer: str = Field(
        "",
        pattern=r"^([0-9]{1,9}:[^\x00\n]{1,200})?$",
        description="The id of a question, a colon, and what was chosen in answer to it.",
    )
    topic: Sought = Field("", max_length=100)
    language: Sought = Field("", max_length=20)
    feed: Annotated[str, OneOf("good", "broken", "none")] | None = None
    tag: Sought = Field("", max_length=TAG_LENGTH)
    assigned: str = Field("", pattern="^(me|nobody|[0-9]{1,9})?$", description="`me`, `nobody`, or a colleague's id.")

    def said(self) -> dict[str, str]:
        """As an address of the desk says it."""
        return {name: str(value) for name in ("q", *ONE_BY_ONE) if (value := getattr(self, name))}


class ApplicationsQuery(Narrowing):
    """A page of the list."""

    cursor: str | None = Field(None, pattern="^[0-9]{1,16}-[0-9]{1,9}$", description="`next` of the page before.")
    limit: Limit = Field(50, description="How many rows the page has.")


class LetterQuery(Asked):
    """The decision whose letter is wanted."""

    verb: Decision
    reasons: list[Reason] = Field(default_factory=list, max_length=20)
    asked: list[Askable] = Field(default_factory=list, max_length=20, description="Fields the applicant may change.")


class OutboxQuery(Paged):
    """Effects of one state, or all of them."""

    state: Annotated[str, OneOf("waiting", "leased", "done", "dead", "cancelled")] | None = None


class DecisionBody(Asked):
    """A decision on the application as it was read at `version`. Without subject and text its letter is as written."""

    verb: Decision
    version: Id = Field(description="The application's `version` when it was read.")
    reasons: list[Reason] = Field(default_factory=list, max_length=20)
    asked: list[Askable] = Field(default_factory=list, max_length=20, description="For `ask`: what may be changed.")
    duplicate_of: Id | None = Field(None, description="For `duplicate`: the application it repeats.")
    past_places: bool = Field(False, description="For `approve`: although all places are taken.")
    subject: Annotated[str, Field(pattern=SOMETHING, max_length=255), AfterValidator(one_line)] | None = None
    text: Annotated[str, Field(pattern=SOMETHING, max_length=20_000), AfterValidator(clean)] | None = None


class SnoozeBody(Asked):
    """For how long."""

    days: Annotated[int, OneOf(*SNOOZES), Whole]


class NoteBody(Asked):
    """A note for colleagues. `@` and what stands before the @ of an address calls that colleague."""

    body: Annotated[str, Field(pattern=SOMETHING, max_length=5000), AfterValidator(clean)]


class TagBody(Asked):
    """One word, or a few."""

    word: Annotated[str, Field(pattern=r"^[^\x00,]*[^\s\x00,][^\x00,]*$", max_length=TAG_LENGTH)]


class AssigneeBody(Asked):
    """Who is to look at it; null is nobody in particular."""

    person: Id | None


class ColleagueBody(Asked):
    """A colleague."""

    person: Id


class Points(Asked):
    """What it is given for one criterion."""

    criterion: Id
    points: Annotated[int, OneOf(*POINTS), Whole]


class PointsBody(Asked):
    """Points for every criterion of the rubric."""

    points: list[Points] = Field(max_length=50)


class AddressBody(Asked):
    """Where the letter is to go now."""

    email: Annotated[str, Field(pattern=ADDRESS, max_length=254)]


class ViewBody(Asked):
    """A search of the list, to be kept under a name."""

    name: Annotated[str, Field(pattern=SOMETHING, max_length=60), AfterValidator(one_line)]
    shared: bool = Field(False, description="For all colleagues. Leads may.")
    narrowing: Narrowing


class BatchBody(Asked):
    """One decision for all that the list finds, pinned as it is now. Nothing is decided before it is run."""

    verb: Annotated[str, OneOf(*IN_BULK)]
    narrowing: Narrowing
    reasons: list[Reason] = Field(default_factory=list, max_length=20)
    asked: list[Askable] = Field(default_factory=list, max_length=20, description="For `ask`: what may be changed.")
    note: Annotated[str, Field(pattern=WRITABLE, max_length=5000), AfterValidator(clean)] = ""
    past_places: bool = False


class PageQuery(Asked):
    """Which page of what it holds."""

    page: After = 1


class LeaveOutBody(Asked):
    """One application of a batch, left out or taken in again."""

    application: Id
    out: bool


class StatsQuery(Asked):
    """How far back."""

    days: Annotated[int, OneOf(*PERIODS), BeforeValidator(_digits)] = min(PERIODS)
