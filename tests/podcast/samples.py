"""Small feeds of our own, and where the real ones lie."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from review.podcast.feed import Enclosure, Episode, Feed

REAL = Path(os.environ.get("GREENROOM_FEEDS", Path(__file__).parents[3] / "shared" / "feeds"))
REAL_FEEDS = sorted(path for path in REAL.glob("*") if path.suffix in (".xml", ".rss"))

NAMESPACES = (
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0"'
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def document(channel: str = "", item: str = "", namespaces: str = NAMESPACES) -> bytes:
    """An RSS document with one item around what is given."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {namespaces}>'
        f"<channel><title>Night Owls</title>{channel}<item><title>One</title>{item}</item></channel></rss>"
    ).encode()


EPISODE = Episode(
    guid="ep-1",
    title="The first",
    description="<p>What we <b>heard</b>.</p>",
    published=datetime(2024, 3, 1, 12, 0, tzinfo=UTC),
    enclosure=Enclosure("https://cdn.example.org/1.mp3", 1234, "audio/mpeg"),
    duration=1800,
    season=1,
    number=1,
    explicit=False,
    image="https://cdn.example.org/1.png",
    link="https://example.org/1",
)
FEED = Feed(
    title="Night Owls",
    description="<p>Birds after dark.</p>",
    link="https://example.org/",
    language="en-gb",
    categories=("Science > Nature", "Arts"),
    author="Ann Lee",
    owner_name="Ann Lee",
    owner_email="ann@example.org",
    explicit=False,
    image="https://cdn.example.org/cover.png",
    copyright="2024 Ann Lee",
    guid="9b024349-ccf0-5f69-a609-6b82873eab3c",
    locked=False,
    medium="podcast",
    self_url="https://feeds.example.org/night-owls/rss.xml",
    generator="Greenroom",
    episodes=(EPISODE,),
)
"""Nothing wrong with it at all."""
