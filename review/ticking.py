"""A query as its text, with the values of a field ticked or not: the box and the list of values beside it are two views
of one line. Pure and total."""

from __future__ import annotations

import re

from review.fields import said
from review.folding import MAX_LENGTH, fold
from review.query import LEXEME, VALUE


def chosen(text: str, name: str) -> tuple[str, ...]:
    """The values of a field that narrow the whole of what was typed: those that a list of them shows as ticked."""
    found = _standing(text, name)
    return tuple(quoted or bare for quoted, bare in VALUE.findall(found["values"])) if found else ()


def toggled(text: str, name: str, value: str) -> str:
    """The text with a value of a field ticked, or no longer. Several are either of them."""
    ticked = chosen(text, name)
    same = [one for one in ticked if fold(one) == fold(value)]
    return replaced(text, name, *(one for one in ticked if one not in same), *([] if same else [value]))


def replaced(text: str, name: str, *values: str) -> str:
    """The text with these values of a field, and no others, narrowing the whole of it."""
    found = _standing(text, name)
    put = f"{name}:{','.join(said(name, value).partition(':')[2] for value in values)}" if values else ""
    parts: tuple[str, ...]
    if found:
        parts = (text[: found.start()].strip(), put, text[found.end() :].strip())
    else:
        whole = _closed(text.strip()) if put else text.strip()
        parts = (f"({whole})" if put and _has_or(whole) else whole, put)
    return " ".join(filter(None, parts))


def _closed(text: str) -> str:
    """The text with what is open in it closed, so that what follows is no part of it."""
    text += '"' * (text[:MAX_LENGTH].count('"') % 2)
    depth = 0
    for lexeme in LEXEME.finditer(text[:MAX_LENGTH]):
        depth = max(0, depth + bool(lexeme["open"]) - bool(lexeme["close"]))
    return text + ")" * depth


def _standing(text: str, name: str) -> re.Match[str] | None:
    """The field where it narrows the whole: in no parentheses, not ruled out, and no alternative to anything."""
    depth, ruled_out = 0, False
    if _has_or(text):
        return None
    for lexeme in LEXEME.finditer(text[:MAX_LENGTH]):
        depth = max(0, depth + bool(lexeme["open"]) - bool(lexeme["close"]))
        if depth == 0 and (lexeme["field"] or "").lower() == name and not ruled_out:
            return lexeme
        ruled_out = lexeme["not"] is not None
    return None


def _has_or(text: str) -> bool:
    """Whether the whole is alternatives."""
    depth = 0
    for lexeme in LEXEME.finditer(text[:MAX_LENGTH]):
        depth = max(0, depth + bool(lexeme["open"]) - bool(lexeme["close"]))
        if depth == 0 and lexeme["or"]:
            return True
    return False
