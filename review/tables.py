"""Tables that leave for a spreadsheet, pure: no cell is taken for a formula, whatever an applicant wrote.

OWASP, CSV Injection: a cell that begins with = + - @, a tab or a line break is dangerous, and so is one where such a
sign stands behind what is not seen. What one spreadsheet reads as one cell, another takes apart at every semicolon,
tab and line: each part is looked at.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from unicodedata import category, normalize

GUARD = "'"
"""Stands before what would be a formula. Spreadsheets show it or not, and calculate nothing behind it."""
BOM = "\ufeff"
"""Excel: without it a CSV file is not read as UTF-8."""
SIGNS = "=+-@\u2212"
_PIECES = re.compile(r"([;\t\r\n])")
_UNSEEN = '"\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0'


def cell(text: str) -> str:
    """The text with a guard before each part that a spreadsheet could take for a formula."""
    guarded = "".join(GUARD + piece if _is_formula(piece) else piece for piece in _PIECES.split(text))
    return GUARD + guarded if _is_broken(text) else guarded


def uncell(text: str) -> str:
    """What `cell` was given: tables of ours can be read again."""
    text = text[1:] if text.startswith(GUARD) and _is_broken(text) else text
    pieces = _PIECES.split(text)
    return "".join(piece[1:] if piece.startswith(GUARD) and _is_formula(piece) else piece for piece in pieces)


def lines(rows: Iterable[Iterable[str | int]]) -> Iterator[bytes]:
    """The rows as CSV, a line at a time: UTF-8 with a mark, CR LF, texts in quotes, every cell safe."""
    yield BOM.encode()
    for row in rows:
        line = io.StringIO()
        writer = csv.writer(line, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        writer.writerow([cell(value) if isinstance(value, str) else value for value in row])
        yield line.getvalue().encode("utf-8", "replace")


def _is_formula(piece: str) -> bool:
    """Whether its first sign that is seen begins a formula, be it in full width; guards it has already do not count."""
    seen = next((sign for sign in piece.lstrip(GUARD) if not _is_passed_over(sign)), "")
    return bool(seen) and normalize("NFKC", seen)[0] in SIGNS


def _is_passed_over(sign: str) -> bool:
    """Whether a spreadsheet, or an eye, may look past it."""
    return category(sign)[0] in "CZ" or sign in _UNSEEN or "\ufe00" <= sign <= "\ufe0f"


def _is_broken(text: str) -> bool:
    return text.lstrip(GUARD).startswith(("\t", "\r", "\n"))
