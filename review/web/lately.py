"""What was sought lately, to be offered again."""

from __future__ import annotations

from itertools import accumulate

from flask import session

from review.reads.filters import Filters

LATELY, MOST, LONGEST = "sought", 6, 600
"""Searches that are remembered, and bytes of them together: in the signed cookie of the browser they were typed in, and
nowhere else. A browser drops a cookie of more than 4 kB, and the sign-in with it."""


def remember(sought: Filters) -> None:
    """Remember what was sought, to offer it again."""
    if sought.narrowed:
        texts = [sought.text, *(one for one in lately() if one != sought.text)][:MOST]
        sizes = accumulate(len(text.encode("utf-8", "replace")) for text in texts)
        session[LATELY] = [text for text, size in zip(texts, sizes, strict=True) if size <= LONGEST]


def lately() -> list[str]:
    """What was sought in this browser lately, the last one first."""
    return [str(one) for one in session.get(LATELY, [])]
