"""Which part of a page was asked for. htmx and the desk's script name it; without them it is the whole."""

from __future__ import annotations

from flask import request


def part() -> str:
    """`pane`, `listing`, `toasts`; nothing where the whole page is wanted."""
    return request.headers.get("HX-Target", "")


def layout(whole: str) -> str:
    """The frame a page of the reading pane stands on: `whole`, or none where only that part is wanted."""
    return "desk/_pane.html" if part() in ("pane", "toasts") else whole


def is_boosted() -> bool:
    """Whether a link was followed for it, which changes the address."""
    return request.headers.get("HX-Boosted") == "true"
