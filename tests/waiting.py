"""Nothing waits for a fixed time where it can look until it is so."""

from __future__ import annotations

import time
from collections.abc import Callable

from stack.process import wait_until


def wait_for(condition: Callable[[], object], *, seconds: float, what: str) -> float:
    """Look again and again until it is so. How many seconds that took; fails with `what` when it never is."""
    began = time.monotonic()
    assert wait_until(condition, seconds=seconds), f"{what}: not within {seconds:g} s"
    return time.monotonic() - began
