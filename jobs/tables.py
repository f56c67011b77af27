"""What is done row by row for as long as it takes: tables of applications are taken in."""

from __future__ import annotations

from jobs.outside import Keep, now
from review.services import intake as tables


def intake(import_id: int, keep: Keep) -> None:
    """Take in every row of a table that waits, each by itself: whoever dies here leaves the rest to the next one."""
    last = now()
    while tables.take_in_next(import_id, now=now()):
        if (now() - last).total_seconds() > 1:
            keep()
            last = now()
