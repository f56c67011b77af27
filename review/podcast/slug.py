"""The name of a show in its address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from slugify import slugify

SHORTEST, LONGEST = 3, 50
FALLBACK = "show"
_WORDS = """
    about account admin api app apple application applications apply archive artwork assets atom audio auth blog cdn
    claim contact cover covers dashboard desk docs download downloads embed episode episodes error export favicon feed
    feeds file files forgot greenroom health help home host hosts image images import index invite legal letter letters
    live login logout mail media metrics move moves new news null ops password ping player podcast podcasts podping
    privacy public register review reviews robots root rss rules search security session settings setup shows sign-in
    sign-out signin signout signup sitemap spotify staff static stats status support system terms test transcript
    transcripts undefined upload uploads user users webhook webhooks well-known www
"""
RESERVED = frozenset(_WORDS.split())
"""Words that are, or may become, addresses of our own."""

_SHAPE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def is_slug(text: str) -> bool:
    """Whether `text` may stand in an address: a-z, 0-9 and single inner hyphens, 3 to 50 characters, not reserved."""
    return SHORTEST <= len(text) <= LONGEST and text not in RESERVED and _SHAPE.fullmatch(text) is not None


def base(title: str) -> str:
    """The readable ASCII slug of a title, never reserved; "show" where nothing in the title can be spelt."""
    text = slugify(title[:500], max_length=LONGEST, word_boundary=True, save_order=True)
    if not text:
        return FALLBACK
    return text if is_slug(text) else f"{text}-{FALLBACK}"


def candidates(title: str) -> Iterator[str]:
    """base, base-2, base-3 and so on without end, each fit to be a slug."""
    first = base(title)
    yield first
    for number in count(2):
        tail = f"-{number}"
        yield first[: LONGEST - len(tail)].rstrip("-") + tail
