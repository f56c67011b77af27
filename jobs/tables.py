"""What is done row by row for as long as it takes: tables are taken in, many applications are decided."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from jobs.outside import Keep, now
from review.services import bulk_work
from review.services import intake as tables


def intake(import_id: int, keep: Keep) -> None:
    """Take in every row of a table that waits, each by itself: whoever dies here leaves the rest to the next one."""
    _to_the_end(lambda: tables.take_in_next(import_id, now=now()), keep)


def bulk(batch_id: int, keep: Keep) -> None:
    """Decide every application of a batch that waits, or take every decision back; one by one, as above."""
    window = current_app.config["GREENROOM"].bulk_undo_window
    _to_the_end(lambda: bulk_work.step(batch_id, now=now(), undo_window=window), keep)


def _to_the_end(do_one: Callable[[], bool], keep: Keep) -> None:
    last = now()
    while do_one():
        if (now() - last).total_seconds() > 1:
            keep()
            last = now()
