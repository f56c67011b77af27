"""Bytes to an XML tree: strictly where that works, and otherwise mended with a note of everything that was done."""

from __future__ import annotations

import codecs
import re
import sys
from collections import Counter
from html import escape
from html.entities import html5

from lxml import etree

from review.podcast.feed import Finding
from review.podcast.prose import visible

Mended = tuple[str, tuple[Finding, ...]]


class NotAFeed(ValueError):
    """The document cannot be read as a podcast feed. `code` is one of codes.UNREADABLE."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_BYTE_ORDERS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_TRUSTED = ("utf-8", "ascii", "iso8859", "cp125", "koi8", "gb", "big5", "shift_jis", "euc")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]{1,40})""")
_ESCAPED = re.compile("[\udc80-\udcff]")

_DECLARATION = re.compile(r"<\?xml\s")
_LOOK_AHEAD = 4096
_DOCTYPE = re.compile(
    r"\A((?:\s|<\?.*?\?>|<!--.*?-->)*+)<!DOCTYPE(?:[^\[>\"']|\"[^\"]*\"|'[^']*')*(?:\[.*?\]\s*)?>",
    re.DOTALL | re.IGNORECASE,
)
# An unfinished section runs to the end, or a document of nothing but openings would take quadratic time.
_REFERENCE = re.compile(
    r"(<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&#(?:x[0-9a-fA-F]+|[0-9]+);)|&(?:([A-Za-z]\w{0,40});)?", re.DOTALL
)
_NUMBER = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_XML_NAMES = frozenset(("amp", "lt", "gt", "quot", "apos"))
_UNDECLARED = "Namespace prefix "
_LONGEST_PREFIX = 40


def parse(data: bytes) -> tuple[etree._Element, tuple[Finding, ...]]:
    """The root element, and what had to be mended to get it. Raises NotAFeed where there is none.

    Entities are never expanded, no DTD is kept, and nothing is loaded from disk or network.
    """
    if not data.strip():
        raise NotAFeed("empty")
    root, _ = _strict(data, None)
    if root is not None:
        return root, ()
    text, repairs = mend(data)
    mended = text.encode()
    root, problem = _strict(mended, "utf-8")
    if root is not None:
        return root, repairs
    return _recovered(mended), (*repairs, problem)


def _parser(*, recover: bool, encoding: str | None) -> etree.XMLParser:
    # huge_tree stays off: libxml2's limits on depth and on the size of one text are what stops a hostile document.
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=recover,
        encoding=encoding,
    )


def _strict(data: bytes, encoding: str | None) -> tuple[etree._Element | None, Finding]:
    try:
        root = etree.fromstring(data, _parser(recover=False, encoding=encoding))
    except etree.XMLSyntaxError as error:
        return None, _problem(error, data)
    kept = root.getroottree().docinfo.internalDTD is None
    return (root if kept else None), Finding("doctype")


def _problem(error: etree.XMLSyntaxError, data: bytes) -> Finding:
    if error.msg.startswith(_UNDECLARED):
        return Finding("undeclared-prefix", error.msg.removeprefix(_UNDECLARED).partition(" ")[0][:_LONGEST_PREFIX])
    return Finding("not-well-formed" if b"</rss>" in data else "truncated", str(error.lineno))


def _recovered(data: bytes) -> etree._Element:
    try:
        root: etree._Element | None = etree.fromstring(data, _parser(recover=True, encoding="utf-8"))
    except etree.XMLSyntaxError:
        root = None
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise NotAFeed("not-xml")
    return root


def mend(data: bytes) -> Mended:
    """The document as text with the common faults put right, each named once."""
    text, repairs = _decoded(data)
    for step in (_without_controls, _from_the_start, _to_the_end, _without_doctype, _with_references):
        text, found = step(text)
        repairs += found
    return text, repairs


def _counted(seen: Counter[str]) -> tuple[Finding, ...]:
    return tuple(Finding(code, str(times)) for code, times in seen.items() if times)


def _decoded(data: bytes) -> Mended:
    for start, codec in _BYTE_ORDERS:
        if data.startswith(start):
            text = data.decode(codec, "replace").removeprefix("\ufeff")
            return text, (Finding("bad-encoding", codec),) if "\ufffd" in text else ()
    match = _DECLARED.match(data)
    declared = match[1].decode("ascii", "replace").lower() if match else "utf-8"
    try:
        return data.decode(_trusted(declared)), ()
    except (LookupError, UnicodeDecodeError):
        text = data.decode("utf-8", "surrogateescape")
        return _ESCAPED.sub(_windows, text), (Finding("bad-encoding", declared),)


def _trusted(name: str) -> str:
    """Only plain character sets: Python knows codecs that no feed should be able to call."""
    codec = codecs.lookup(name).name
    if not codec.startswith(_TRUSTED):
        raise LookupError(name)
    return codec


def _windows(match: re.Match[str]) -> str:
    """A byte that is not UTF-8 came, nearly always, from a Windows editor."""
    return bytes((ord(match[0]) - 0xDC00,)).decode("cp1252", "replace")


def _without_controls(text: str) -> Mended:
    """XML forbids them as characters and as numbers (&#1;) alike."""
    clean = _NUMBER.sub(lambda match: match[0] if visible(_numbered(match)) else "", visible(text))
    return clean, _counted(Counter({"control-characters": len(text) - len(clean)}))


def _numbered(match: re.Match[str]) -> str:
    point = int(match[1], 16) if match[1] else int(match[2])
    return chr(point) if point <= sys.maxunicode else ""


def _from_the_start(text: str) -> Mended:
    match = _DECLARATION.search(text, 0, _LOOK_AHEAD)
    start = match.start() if match else max(0, text.find("<"))
    return text[start:], (Finding("leading-bytes", str(start)),) if start and (match or text[:start].strip()) else ()


def _to_the_end(text: str) -> Mended:
    before, close, after = text.rpartition("</rss>")
    if not close or not after.strip():
        return text, ()
    return before + close, (Finding("trailing-bytes", str(len(after))),)


def _without_doctype(text: str) -> Mended:
    match = _DOCTYPE.match(text)
    if not match:
        return text, ()
    return match[1] + text[match.end() :], (Finding("doctype"),)


def _with_references(text: str) -> Mended:
    """Ampersands that XML takes: names from HTML become their characters, and a bare one is escaped."""
    seen: Counter[str] = Counter()

    def replace(match: re.Match[str]) -> str:
        section, name = match.groups()
        if section or name in _XML_NAMES:
            return match[0]
        seen["undefined-entity" if name else "bare-ampersand"] += 1
        return escape(html5.get(f"{name};", match[0]))

    return _REFERENCE.sub(replace, text), _counted(seen)
