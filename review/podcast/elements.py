"""An XML element whose children go by plain names, however the document spells their namespaces."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from review.podcast.prose import line

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
OLD_PODCAST = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
ATOM = "http://www.w3.org/2005/Atom"
_PREFIXES = {
    ITUNES: "itunes:",
    PODCAST: "podcast:",
    OLD_PODCAST.lower(): "podcast:",
    ATOM.lower(): "atom:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://backend.userland.com/rss2": "",
    "http://purl.org/rss/1.0/": "",
}


class Node:
    """One element. Children are asked for as `title`, `itunes:author`, `podcast:guid`, the nearest to the top first."""

    __slots__ = ("_children", "_element")

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self._children: dict[str, list[etree._Element]] = {}
        for child in element.iterchildren("*"):
            self._children.setdefault(name(child), []).append(child)

    def all(self, tag: str) -> Iterator[Node]:
        """Every child of this name, in document order."""
        return (Node(child) for child in self._children.get(tag, ()))

    def first(self, tag: str) -> Node | None:
        return next(self.all(tag), None)

    def raw(self) -> str:
        """The text inside, exactly as the document has it."""
        return "".join(str(part) for part in self._element.itertext())

    def get(self, attribute: str) -> str:
        return (self._element.get(attribute) or "").strip()

    def text(self, *tags: str) -> str:
        """The stripped text of the first of these children that holds any, or ""."""
        found = (child.raw().strip() for tag in tags for child in self.all(tag))
        return next((text for text in found if text), "")

    def line(self, *tags: str) -> str:
        """The same as one line."""
        return line(self.text(*tags))


def name(element: etree._Element) -> str:
    """`title`, `itunes:author`, ...: an unknown namespace keeps its URI, so it is never taken for a known one.

    Namespaces are compared without case, since real feeds shout them; an undeclared prefix stays as it is written.
    """
    uri, brace, tag = element.tag.rpartition("}")
    prefix = _PREFIXES.get(uri[1:].lower()) if brace else ""
    return element.tag if prefix is None else prefix + tag
