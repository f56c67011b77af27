"""Every code that reading and linting can give. `web/findings.py` has a sentence for each; a test compares them."""

from __future__ import annotations

UNREADABLE = ("empty", "not-xml", "html-page", "not-rss", "atom-feed")
"""Why a document is not a feed at all: the codes of NotAFeed."""

REPAIRS = (
    "leading-bytes",
    "trailing-bytes",
    "bad-encoding",
    "control-characters",
    "undefined-entity",
    "bare-ampersand",
    "doctype",
    "truncated",
    "undeclared-prefix",
    "not-well-formed",
    "old-podcast-namespace",
    "itunes-namespace-case",
    "paged",
    "bad-explicit",
    "bad-locked",
    "bad-date",
    "date-format",
    "bad-zone",
    "wrong-weekday",
    "bad-duration",
    "bad-number",
    "several-enclosures",
)
"""What the reader mended or could not take over."""

FLAWS = (
    "no-title",
    "no-description",
    "no-image",
    "no-language",
    "no-category",
    "no-explicit",
    "no-author",
    "no-link",
    "no-owner-email",
    "no-self-link",
    "no-episodes",
    "locked",
    "moved",
    "bad-owner-email",
    "bad-language",
    "bad-medium",
    "bad-podcast-guid",
    "unknown-category",
    "image-type",
    "description-too-long",
    "value-too-long",
    "relative-address",
    "not-a-web-address",
    "episode-no-title",
    "episode-no-description",
    "episode-no-date",
    "episode-no-guid",
    "episode-no-enclosure",
    "guid-repeated",
    "guid-not-an-address",
    "enclosure-repeated",
    "enclosure-length",
    "enclosure-type",
    "enclosure-extension",
    "episode-unnumbered",
)
"""What is wrong with a feed that can be read."""
