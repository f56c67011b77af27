"""What a machine can see in an application and its feed. Each check says what it saw; none of them decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from review.podcast.normal import email_key
from review.podcast.snapshot import Snapshot

SMALLEST, LARGEST = 1400, 3000
"""Apple: artwork is square, from 1400 x 1400 to 3000 x 3000 pixels."""
SILENT_DAYS = 90
SELDOM_DAYS = 45
MOST_WORDS = 5
_COMMERCIAL = re.compile(
    r"\b(?:sponsor|affiliat|promo ?code|webinar|coaching|our (?:clients|customers|products?)|buy now"
    r"|crypto|agency|discount|descuento|patrocin|nuestros clientes|rabatt|unsere kunden|remise|nos clients|desconto"
    r"|nossos clientes)\w*",
    re.IGNORECASE,
)
_LICENCE = re.compile(
    r"\b(?:creative commons|cc[ -]by(?:-(?:nc|nd|sa))*|cc0|public domain|all rights reserved)\b", re.IGNORECASE
)


class Verdict(StrEnum):
    """How a check came out: as hoped, worth a look, or wrong."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing seen. `seen` is the detail its sentence needs: a number, a name, words found."""

    code: str
    verdict: Verdict
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at. `failure` is why the feed could not be read; `artwork` is width and height in pixels."""

    pitch: str
    language: str
    email: str
    feed_url: str
    failure: str = ""
    snapshot: Snapshot | None = None
    artwork: tuple[int, int] | None = None


def look(at: Subject, *, now: datetime) -> tuple[Check, ...]:
    """Every check that applies, in the order a reviewer reads them. Total on any text."""
    return (*_feed(at), *(_show(at, at.snapshot, now) if at.snapshot else ()), *_words(at))


def _feed(at: Subject) -> tuple[Check, ...]:
    if not at.feed_url:
        return (Check("no-feed-given", Verdict.LOOK),)
    if at.failure:
        return (Check("feed-unreadable", Verdict.BAD, at.failure),)
    if at.snapshot is None:
        return (Check("feed-not-read-yet", Verdict.LOOK),)
    faults = len(at.snapshot.repairs) + len(at.snapshot.findings)
    return (Check("feed-has-faults", Verdict.LOOK, str(faults)) if faults else Check("feed-reads-well", Verdict.GOOD),)


def _show(at: Subject, seen: Snapshot, now: datetime) -> tuple[Check, ...]:
    return (
        *_rhythm(seen, now),
        _language(at, seen),
        _explicit(seen),
        _artwork(at),
        *_owner(at, seen),
    )


def _either(well: bool, good: str, other: str, seen: str = "") -> Check:
    return Check(good, Verdict.GOOD, seen) if well else Check(other, Verdict.LOOK, seen)


def _rhythm(seen: Snapshot, now: datetime) -> tuple[Check, ...]:
    if not seen.episode_count:
        return (Check("no-episode-yet", Verdict.LOOK),)
    checks = []
    if seen.last_episode_at:
        days = max(0, (now - seen.last_episode_at).days)
        checks.append(_either(days <= SILENT_DAYS, "heard-lately", "silent-for", str(days)))
    if seen.cadence_days is not None:
        days = max(1, round(seen.cadence_days))
        checks.append(_either(days <= SELDOM_DAYS, "appears-often", "appears-seldom", str(days)))
    return tuple(checks)


def _language(at: Subject, seen: Snapshot) -> Check:
    if not seen.language:
        return Check("language-not-said", Verdict.LOOK)
    same = _root(seen.language) == _root(at.language)
    return _either(same, "language-as-said", "language-differs", seen.language)


def _root(code: str) -> str:
    return re.split(r"[-_]", code.strip().lower())[0]


def _explicit(seen: Snapshot) -> Check:
    if seen.explicit is None:
        return Check("explicit-not-said", Verdict.LOOK)
    return _either(not seen.explicit, "not-explicit", "explicit")


def _artwork(at: Subject) -> Check:
    if at.artwork is None:
        return Check("artwork-missing", Verdict.LOOK)
    width, height = at.artwork
    size = f"{width} × {height}"
    if width != height:
        return Check("artwork-not-square", Verdict.LOOK, size)
    return _either(SMALLEST <= width <= LARGEST, "artwork-fits", "artwork-size", size)


def _owner(at: Subject, seen: Snapshot) -> tuple[Check, ...]:
    checks = []
    if seen.owner_email:
        same = email_key(seen.owner_email) == email_key(at.email)
        checks.append(_either(same, "owner-is-applicant", "owner-differs", seen.owner_email))
    if seen.locked:
        checks.append(Check("feed-is-locked", Verdict.LOOK))
    return tuple(checks)


def _words(at: Subject) -> tuple[Check, ...]:
    text = f"{at.pitch}\n{at.snapshot.description if at.snapshot else ''}"
    checks = []
    if sold := _found(_COMMERCIAL, text):
        checks.append(Check("sounds-commercial", Verdict.LOOK, sold))
    if licence := _found(_LICENCE, text):
        checks.append(Check("names-a-licence", Verdict.GOOD, licence))
    return tuple(checks)


def _found(pattern: re.Pattern[str], text: str) -> str:
    return ", ".join(list(dict.fromkeys(match.lower() for match in pattern.findall(text)))[:MOST_WORDS])
