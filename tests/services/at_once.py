"""Several people at the same moment, each with a session of their own."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from flask import Flask

from review.db import db


def at_once(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """What each act returned, or the exception it raised, in the order given. All start together."""
    barrier, outcomes = Barrier(len(acts)), [None] * len(acts)

    def run(number: int) -> None:
        with app.app_context():
            try:
                barrier.wait(timeout=20)
                outcomes[number] = acts[number]()
            except Exception as error:
                outcomes[number] = error  # type: ignore[call-overload]
            db.session.remove()

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
