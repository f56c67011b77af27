"""The feeds, covers and sounds of the demo's applicants, made here and served by the product itself."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import NamedTuple

import lameenc

from review.podcast import cover, writer
from review.podcast.feed import Enclosure, Episode, Feed
from review.podcast.guid import podcast_guid

RATE = 22050
TITLES = ("A beginning", "What stayed", "The other side", "Neighbours", "Weather", "Home")
NOTES = (220.0, 246.9, 277.2, 329.6, 370.0, 440.0)
UNREACHABLE = "https://feeds.nowhere.invalid/show.xml"


class Made(NamedTuple):
    """One feed of the demo: how many episodes, how many days apart, in which language."""

    title: str
    episodes: int
    days: int
    topic: str
    language: str = "en"


FEEDS = {
    "harbour": Made("Harbour Kitchen", 6, 14, "Arts > Food"),
    "signal": Made("Signal and Noise in Row 14", 5, 30, "Technology"),
    "vega": Made("Voces de la Vega", 3, 30, "Society & Culture > Documentary", "es"),
    "theatre": Made("Small Hours Radio Theatre", 4, 60, "Fiction > Drama"),
    "forest": Made("Kuuntele metsää", 4, 30, "Science > Nature", "fi"),
    "machines": Made("Quiet Machines", 5, 21, "Technology"),
    "broken": Made("Second Language, First Joke", 3, 14, "Comedy"),
}
"""Those that can be read. `broken` is not well-formed and is read all the same; `unreadable` is a web page, `lost` is
nowhere on this server, `unreachable` is nowhere at all."""


ARTWORK = {"artwork_width": 1400, "artwork_height": 1400}


def thumbnail_key(name: str) -> str:
    """Where the small copy of a demo feed's artwork lies."""
    return f"snapshots/demo-{name}.png"


def url(base: str, name: str) -> str:
    """Where a demo applicant says the feed is."""
    return UNREACHABLE if name == "unreachable" else f"{base}/demo/{name}/rss.xml"


def objects(base: str, now: datetime) -> Iterator[tuple[str, bytes]]:
    """Every object of the demo: key and bytes. The same `now` gives the same bytes."""
    for name, made in FEEDS.items():
        yield f"demo/{name}/rss.xml", document(name, base, now)
        artwork = cover.default_cover(made.title)
        yield f"demo/{name}/cover.png", artwork
        yield thumbnail_key(name), cover.thumbnail(artwork)
        for number in range(1, made.episodes + 1):
            yield f"demo/{name}/{number}.mp3", sound(f"{name} {number}")
    yield "demo/unreadable/rss.xml", b"<!doctype html><title>Eastfield</title><p>Our feed is being rebuilt.</p>"


@cache
def document(name: str, base: str, now: datetime) -> bytes:
    """The feed's bytes; the broken one has a stray ampersand and an unclosed tag, as broken ones do."""
    data = writer.write(_feed(name, base, now))
    if name == "broken":
        data = data.replace(b"<item>", b"<item><comments>ha & ha <b></comments>", 1)
    return data


def _feed(name: str, base: str, now: datetime) -> Feed:
    made, address = FEEDS[name], url(base, name)
    return Feed(
        title=made.title,
        description=f"<p>{made.title}: a show by people who have something to tell.</p>",
        link=f"{base}/demo/{name}/",
        language=made.language,
        categories=(made.topic,),
        author=made.title,
        owner_name=made.title,
        owner_email=f"{name}@shows.example",
        explicit=False,
        image=f"{base}/demo/{name}/cover.png",
        guid=podcast_guid(address),
        locked=False,
        medium="podcast",
        self_url=address,
        episodes=tuple(_episode(name, base, now, number) for number in range(made.episodes, 0, -1)),
    )


def _episode(name: str, base: str, now: datetime, number: int) -> Episode:
    made = FEEDS[name]
    return Episode(
        guid=f"{name}-{number:03d}@shows.example",
        title=f"{number}. {TITLES[number % len(TITLES)]}",
        description=f"<p>Episode {number} of {made.title}.</p>",
        published=now.replace(microsecond=0) - timedelta(days=2 + made.days * (made.episodes - number)),
        enclosure=Enclosure(f"{base}/demo/{name}/{number}.mp3", len(sound(f"{name} {number}")), "audio/mpeg"),
        duration=6,
        number=number,
        guid_is_permalink=False,
    )


@cache
def sound(seed: str) -> bytes:
    """Six seconds of a small tune as MP3; another seed, another tune."""
    dice = Random(seed)
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(48)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(1)
    encoder.set_quality(7)
    encoder.silence()
    tune = b"".join(_note(dice.choice(NOTES)) for _ in range(6))
    return bytes(encoder.encode(tune) + encoder.flush())


@cache
def _note(pitch: float) -> bytes:
    """One second of a plucked string, as 16-bit samples."""
    samples = array("h")
    for i in range(RATE):
        envelope = min(1.0, i / 900) * math.exp(-2.2 * i / RATE)
        samples.append(int(9000 * envelope * math.sin(2 * math.pi * pitch * i / RATE)))
    return samples.tobytes()
