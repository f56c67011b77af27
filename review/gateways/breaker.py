"""A circuit breaker: a server that does not work is left alone for a while, so that nobody waits for it in vain."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Counters:
    """Since this process began: calls that were made, those of them that failed, and the seconds all of them took."""

    calls: int = 0
    failures: int = 0
    seconds: float = 0.0


class Breaker:
    """Opens after `limit` failures in a row; then one call is let through every `pause` seconds until one succeeds.

    No lock is held during a call, so that calls do not wait for each other. A trial that never reports back, because
    its thread was ended, is followed by another one after the next pause.
    """

    def __init__(self, limit: int = 5, pause: float = 30.0) -> None:
        self._limit = limit
        self._pause = pause
        self._lock = threading.Lock()
        self._failures = 0
        self._next_trial = 0.0
        self._counters = Counters()

    @property
    def is_open(self) -> bool:
        return self._failures >= self._limit

    @property
    def counters(self) -> Counters:
        return self._counters

    def admits(self) -> bool:
        """Whether to make a call now. Whoever is let through records how it went."""
        with self._lock:
            if not self.is_open:
                return True
            if (now := time.monotonic()) < self._next_trial:
                return False
            self._next_trial = now + self._pause
            return True

    def record(self, *, worked: bool, seconds: float) -> None:
        with self._lock:
            self._failures = 0 if worked else self._failures + 1
            self._next_trial = time.monotonic() + self._pause
            counters = self._counters
            self._counters = replace(
                counters,
                calls=counters.calls + 1,
                failures=counters.failures + (not worked),
                seconds=counters.seconds + seconds,
            )
