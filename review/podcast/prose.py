"""Text and show notes: what may stand in XML, and the little HTML that directories and apps show."""

from __future__ import annotations

import html
import re

import nh3

TAGS = {"p", "ol", "ul", "li", "a", "br", "b", "strong", "i", "em"}
"""Apple names p, ol, ul, li and a; apps show the other five too."""

_SCHEMES = {"http", "https", "mailto"}

LONGEST_NOTES = 4000
"""Apple: description <= 4,000 bytes."""

LONGEST_VALUE = 255
"""Apple: values other than the description <= 255 characters."""

# Sanitising deeply nested markup takes quadratic time, so far more than any real notes is cut off first.
_LONGEST_INPUT = 16_000

_UNSEEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|li|div|h\d)>", re.IGNORECASE)
_HALF_ENTITY = re.compile(r"&[^;\s]*\Z")


def visible(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids."""
    return _UNSEEN.sub("", text)


def line(text: str, limit: int | None = None) -> str:
    """One line: control characters dropped, white space folded, at most `limit` characters."""
    return " ".join(visible(text).split())[:limit].rstrip()


def notes(markup: str, limit: int = LONGEST_NOTES) -> str:
    """Show notes as safe HTML of at most `limit` bytes in UTF-8, cut between characters and with every tag closed."""
    text = visible(markup).replace("\r\n", "\n").replace("\r", "\n")
    safe = whole = _safe(text[:_LONGEST_INPUT])
    room = limit
    while len(safe.encode()) > limit:
        safe = _safe(_cut(whole, room))
        room = max(0, room - max(1, len(safe.encode()) - limit))
    return safe


def plain(markup: str, limit: int) -> str:
    """Show notes as text of at most `limit` characters, for a page that escapes it; blocks end in a new line."""
    text = html.unescape(nh3.clean(_BREAKS.sub("\n", markup[:_LONGEST_INPUT]), tags=set()))
    lines = (line(part) for part in visible(text).splitlines())
    return "\n".join(part for part in lines if part)[:limit].rstrip()


def _safe(markup: str) -> str:
    safe = nh3.clean(markup, tags=TAGS, attributes={"a": {"href"}}, link_rel=None, url_schemes=_SCHEMES)
    # Sanitising turns &#1; into the character itself.
    return visible(safe).strip()


def _cut(markup: str, size: int) -> str:
    """The first `size` bytes, less a character, a tag or an entity that they would leave half."""
    piece = markup.encode()[:size].decode(errors="ignore")
    if piece.rfind("<") > piece.rfind(">"):
        piece = piece[: piece.rfind("<")]
    return _HALF_ENTITY.sub("", piece)
