"""What a machine sees: each check on both sides of its line, and no text that breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.podcast.checks import Check, Subject, Verdict, look
from review.podcast.feed import Finding
from review.podcast.reader import read
from review.podcast.snapshot import Snapshot, take
from review.podcast.writer import write
from review.web.checks import SENTENCES

from .samples import FEED

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SHOT = take(read(write(FEED)), url=FEED.self_url, now=NOW)
SUBJECT = Subject(
    pitch="Birds after dark.",
    language="en",
    email="ann@example.org",
    feed_url=FEED.self_url,
    snapshot=replace(SHOT, last_episode_at=NOW - timedelta(days=3), cadence_days=7.0, episode_count=9, findings=()),
    artwork=(3000, 3000),
)
GOOD, LOOK, BAD = Verdict.GOOD, Verdict.LOOK, Verdict.BAD


def seen(**changes: Any) -> set[Check]:
    """The checks of a subject whose snapshot has these values, where it has them."""
    names = Snapshot.__dataclass_fields__
    shot = {name: value for name, value in changes.items() if name in names}
    rest = {name: value for name, value in changes.items() if name not in names}
    snapshot = replace(SUBJECT.snapshot, **shot) if SUBJECT.snapshot and shot else SUBJECT.snapshot
    return set(look(replace(SUBJECT, **{"snapshot": snapshot} | rest), now=NOW))


def test_plain_good_show_has_nothing_to_look_at() -> None:
    assert {check.verdict for check in look(SUBJECT, now=NOW)} == {GOOD}


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"feed_url": "", "snapshot": None}, Check("no-feed-given", LOOK)),
        ({"snapshot": None}, Check("feed-not-read-yet", LOOK)),
        ({"snapshot": None, "failure": "dns"}, Check("feed-unreadable", BAD, "dns")),
        ({}, Check("feed-reads-well", GOOD)),
        ({"findings": (Finding("no-image"), Finding("no-link"))}, Check("feed-has-faults", LOOK, "2")),
        ({"episode_count": 0}, Check("no-episode-yet", LOOK)),
        ({"last_episode_at": NOW - timedelta(days=90)}, Check("heard-lately", GOOD, "90")),
        ({"last_episode_at": NOW - timedelta(days=91)}, Check("silent-for", LOOK, "91")),
        ({"last_episode_at": NOW + timedelta(days=9)}, Check("heard-lately", GOOD, "0")),
        ({"cadence_days": 45.2}, Check("appears-often", GOOD, "45")),
        ({"cadence_days": 46.0}, Check("appears-seldom", LOOK, "46")),
        ({"cadence_days": 0.01}, Check("appears-often", GOOD, "1")),
        ({"language": ""}, Check("language-not-said", LOOK)),
        ({"language": "EN_us"}, Check("language-as-said", GOOD, "EN_us")),
        ({"language": "es"}, Check("language-differs", LOOK, "es")),
        ({"explicit": None}, Check("explicit-not-said", LOOK)),
        ({"explicit": True}, Check("explicit", LOOK)),
        ({"explicit": False}, Check("not-explicit", GOOD)),
        ({"artwork": None}, Check("artwork-missing", LOOK)),
        ({"artwork": (1400, 1400)}, Check("artwork-fits", GOOD, "1400 × 1400")),
        ({"artwork": (1399, 1399)}, Check("artwork-size", LOOK, "1399 × 1399")),
        ({"artwork": (3001, 3001)}, Check("artwork-size", LOOK, "3001 × 3001")),
        ({"artwork": (1400, 1500)}, Check("artwork-not-square", LOOK, "1400 × 1500")),
        ({"owner_email": "Ann+pod@example.org"}, Check("owner-is-applicant", GOOD, "Ann+pod@example.org")),
        ({"owner_email": "bob@example.org"}, Check("owner-differs", LOOK, "bob@example.org")),
        ({"locked": True}, Check("feed-is-locked", LOOK)),
        (
            {"pitch": "Brought by our sponsors. Use promo code BIRD!"},
            Check("sounds-commercial", LOOK, "sponsors, promo code"),
        ),
        ({"description": "Ein Rabatt für alle."}, Check("sounds-commercial", LOOK, "rabatt")),
        ({"pitch": "All under CC BY-SA."}, Check("names-a-licence", GOOD, "cc by-sa")),
    ],
)
def test_each_check_says_what_it_saw(changes: dict[str, Any], check: Check) -> None:
    assert check in seen(**changes)


def test_unread_feed_tells_nothing_of_the_show() -> None:
    assert [check.code for check in look(replace(SUBJECT, snapshot=None, failure="dns"), now=NOW)] == [
        "feed-unreadable"
    ]


@given(pitch=st.text(), language=st.text(), email=st.text(), description=st.text(), feed=st.text(), owner=st.text())
def test_no_text_breaks_it(pitch: str, language: str, email: str, description: str, feed: str, owner: str) -> None:
    assert SUBJECT.snapshot
    shot = replace(SUBJECT.snapshot, description=description, language=feed, owner_email=owner)
    checks = look(replace(SUBJECT, pitch=pitch, language=language, email=email, snapshot=shot), now=NOW)
    assert {check.code for check in checks} <= set(SENTENCES)
