"""What every job needs: the outside world as this process reaches it, and the time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from flask import current_app

from review.app import Gateways

Keep = Callable[[], None]
"""Called now and then by long work, so that its lease does not run out."""


def gateways() -> Gateways:
    """The outside world."""
    found: Gateways = current_app.extensions["greenroom"]
    return found


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
