"""A web application whose answers all wait until fifty requests are under way at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Barrier
from typing import Any

BARRIER = Barrier(50)


def app(_environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    BARRIER.wait(timeout=30)
    start_response("200 OK", [("Content-Length", "0")])
    return []
