"""Stored objects as pages pass them on."""

from __future__ import annotations

from collections.abc import Iterator

from flask import current_app

from review.errors import GiveUp, Missing
from review.gateways.storage import cache_control, checked, content_type


def headers(key: str) -> dict[str, str]:
    """What an object is served with, wherever it lies."""
    return {"Content-Type": content_type(key), "Cache-Control": cache_control(key)}


def published_at(key: str) -> str:
    """Where listeners find an object. Raises Missing for what can be no key."""
    try:
        return f"{current_app.config['FEEDS_URL']}/{checked(key)}"
    except GiveUp:
        raise Missing from None


def chunks(key: str) -> Iterator[bytes]:
    """The bytes of an object. Raises Missing where there is none."""
    try:
        found: Iterator[bytes] = current_app.extensions["greenroom"].storage.open(key)
    except GiveUp:
        raise Missing from None
    return found
