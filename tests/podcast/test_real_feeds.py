"""Feeds from the wild through reader, writer and snapshot; skipped by name where their folder is absent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from review.podcast.reader import read
from review.podcast.snapshot import Snapshot, take
from review.podcast.writer import write

from .samples import REAL, REAL_FEEDS

pytestmark = pytest.mark.skipif(not REAL_FEEDS, reason="GREENROOM_FEEDS: the folder of real feeds is not here")

each_feed = pytest.mark.parametrize("path", REAL_FEEDS or [REAL], ids=lambda path: path.name)


def test_they_are_all_here() -> None:
    assert len(REAL_FEEDS) == 28


@each_feed
def test_read(path: Path) -> None:
    """Item count and GUIDs against an extraction that shares no code with ours."""
    data = path.read_bytes()
    tree = etree.fromstring(data.lstrip(), etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
    items = list(tree.iter("item"))
    guids = ["".join(str(part) for part in guid.itertext()) for item in items for guid in item.findall("guid")[:1]]
    reading = read(data)
    assert reading.item_count == len(reading.feed.episodes) == len(items)
    assert [one.guid for one in reading.feed.episodes if one.guid] == [guid for guid in guids if guid]


@each_feed
def test_written_anew(path: Path) -> None:
    """What we publish of an imported show keeps every GUID, needs no repair and settles at once."""
    first = read(path.read_bytes()).feed
    written = write(first)
    again = read(written)
    assert again.repairs == ()
    assert [one.guid for one in again.feed.episodes] == [one.guid for one in first.episodes]
    assert [one.enclosure for one in again.feed.episodes] == [one.enclosure for one in first.episodes]
    assert write(again.feed) == written


@each_feed
def test_stored(path: Path) -> None:
    now = datetime(2024, 6, 1, tzinfo=UTC)
    shot = take(read(path.read_bytes()), url="https://feeds.example.org/x", now=now)
    assert Snapshot.from_json(json.loads(json.dumps(shot.to_json()))) == shot
    assert shot.host
