"""Tables, pure: those that leave for a spreadsheet, and those that come from one.

No cell that leaves is taken for a formula, whatever an applicant wrote. OWASP, CSV Injection: a cell that begins with
= + - @, a tab or a line break is dangerous, and so is one where such a sign stands behind what is not seen. What one
spreadsheet reads as one cell, another takes apart at every semicolon, tab and line: each part is looked at.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import category, normalize

GUARD = "'"
"""Stands before what would be a formula. Spreadsheets show it or not, and calculate nothing behind it."""
BOM = "\ufeff"
"""Excel: without it a CSV file is not read as UTF-8."""
SIGNS = "=+-@\u2212"
SEPARATORS = ",;\t"
MAX_ROWS = 5000
MAX_COLUMNS = 200
_PIECES = re.compile(r"([;\t\r\n])")
_UNSEEN = '"\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0'


class NotATable(Exception):
    """Bytes that are no table one could read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Line:
    """A row, and the line of the file it begins on."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Headings, each once, and the rows beneath, each with as many cells or more."""

    headings: tuple[str, ...]
    rows: tuple[Line, ...]


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


def read(data: bytes) -> Table:
    """The table in a file as spreadsheets and forms write them: whatever the encoding and the separator.

    Raises NotATable. Rows without a word in them are passed over; guards of ours are taken away.
    """
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise NotATable("workbook")
    text = _decoded(data)
    lines = _lines(text, _separator(text))
    if not lines:
        raise NotATable("no-headings")
    headings, *rows = lines
    width = max(len(headings.cells), 1)
    if width > MAX_COLUMNS or len(rows) > MAX_ROWS:
        raise NotATable("too-many-columns" if width > MAX_COLUMNS else "too-many-rows")
    if not rows:
        raise NotATable("no-rows")
    return Table(_distinct(headings.cells), tuple(_padded(row, width) for row in rows))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data[1:2] == b"\0" or data[:1] == b"\0":  # UTF-16 without a mark
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _separator(text: str) -> str:
    """What divides the first line that says something; what stands in quotes divides nothing."""
    bare = re.sub(r'"(?:[^"]|"")*"', "quoted", text[:65536])
    first = next((line for line in bare.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=first.count)


def _lines(text: str, separator: str) -> list[Line]:
    reader, found, before = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator), [], 0
    try:
        for cells in reader:
            if any(value.strip() for value in cells):
                found.append(Line(before + 1, tuple(map(uncell, cells))))
            before = reader.line_num
    except csv.Error as error:
        raise NotATable("unreadable") from error
    return found


def _distinct(headings: tuple[str, ...]) -> tuple[str, ...]:
    """Headings as they can be told apart; one that says nothing is called by its place."""
    found: list[str] = []
    for place, heading in enumerate(headings, 1):
        name = wanted = " ".join(heading.split()) or f"#{place}"
        while name in found:
            name = f"{wanted} ({place})"
            wanted = name
        found.append(name)
    return tuple(found)


def _padded(row: Line, width: int) -> Line:
    return Line(row.number, row.cells + ("",) * (width - len(row.cells)))
