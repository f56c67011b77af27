"""The identity a show keeps wherever it moves."""

from __future__ import annotations

import re
from uuid import UUID, uuid5

NAMESPACE = UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def podcast_guid(feed_url: str) -> str:
    """The podcast:guid of a show first published at `feed_url`.

    Podcasting 2.0: UUIDv5 of the URL without scheme and trailing slashes. It is assigned once and never computed
    again, not even when the show changes its slug or its host.
    """
    return str(uuid5(NAMESPACE, _SCHEME.sub("", feed_url).rstrip("/")))
