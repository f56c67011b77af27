"""The demo's applications as plain values: 34 written by hand, any number more by dice. Deterministic by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from review.demo.case import Case
from review.demo.cases import CASES
from review.demo.words import (
    CLOSINGS,
    FIRST,
    LANGUAGES,
    LAST,
    MATTERS,
    OPENINGS,
    SCHEDULES,
    SHAPES,
    THINGS,
    TOPICS,
)
from review.podcast.slug import base as ascii_name

DAYS = 10
SINGLE = [case for case in CASES if case.same_as < 0]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One application to make: number (from 0), what it says, when it came."""

    number: int
    case: Case
    email: str
    received_at: datetime
    original: int | None


def recipes(count: int, *, seed: int, now: datetime) -> Iterator[Recipe]:
    """`count` applications over the last ten days, oldest first within the hand-written ones' order."""
    dice = Random(seed)
    originals = [case.same_as for case in CASES]
    for number in range(count):
        case = CASES[number] if number < len(CASES) else _rolled(dice)
        same = originals[number] if number < len(CASES) else -1
        yield Recipe(
            number=number,
            case=case,
            email=_email(CASES[same] if same >= 0 else case, same if same >= 0 else number),
            received_at=now - timedelta(days=DAYS) * _share(number, count) - timedelta(minutes=7),
            original=same if same >= 0 else None,
        )


def _share(number: int, count: int) -> float:
    """How far back in the ten days: hand-written ones are mixed, so that every state is seen on the first page."""
    return 1 - ((number * 13) % count if count == len(CASES) else number) / count


def _rolled(dice: Random) -> Case:
    like = dice.choice(SINGLE)
    thing = dice.choice(THINGS)
    return Case(
        name=f"{dice.choice(FIRST)} {dice.choice(LAST)}",
        title=dice.choice(SHAPES).format(thing),
        topic=dice.choice(TOPICS),
        pitch=f"{dice.choice(OPENINGS)} {dice.choice(MATTERS)}. {dice.choice(CLOSINGS)}",
        state=like.state,
        feed=like.feed if like.feed in ("harbour", "signal", "vega", "theatre", "forest", "unreachable") else "",
        language=dice.choice(LANGUAGES),
        schedule=dice.choice(SCHEDULES),
        reason=like.reason,
    )


def _email(case: Case, number: int) -> str:
    return f"{ascii_name(case.name).replace('-', '.')}.{number}@mail.example"
