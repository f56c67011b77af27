"""What an application of the demo says."""

from __future__ import annotations

from typing import NamedTuple

from review.rules import State


class Case(NamedTuple):
    """One hand-written application. `feed` names a feed of demo/feeds.py; `same_as` repeats an earlier person."""

    name: str
    title: str
    topic: str
    pitch: str
    state: State
    feed: str = ""
    language: str = "en"
    schedule: str = "every other week"
    reason: str = ""
    same_as: int = -1
