"""Rows of somebody else's form made into applications, pure: which column holds what, and what is wrong with a row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from review import moments, questions
from review.folding import fold
from review.podcast import languages
from review.podcast.categories import ALL
from review.podcast.normal import email_key
from review.questions import Kind, Unfit
from review.typed import LONGEST, MAX_LINKS, clean, holds_web_address, is_email, is_web_address, one_line

Columns = Mapping[str, int]
"""Field -> which column of the table holds it, counted from 0."""

PATTERNS = {
    "received_at": (
        r"^(timestamp|zeitstempel|horodateur|marca temporal|submission date|submit(ted)?( at| on| date)?|received)\b"
        r"|^(date|datum|fecha)$"
    ),
    "email": r"\be ?mail|^mail\b|\bcourriel\b|\bcorreo\b|^username$",
    "feed_url": r"\b(rss|feed|flux)\b",
    "show_title": (
        r"^(podcast|show|sendung|titel|title|titre|titulo)$"
        r"|\b(title|name|titel|titre|nom|titulo|nombre|heisst|called)\b.*\b(show|podcasts?|sendung|emission|programa)\b"
        r"|\b(show|podcasts?|sendung)\b.*\b(title|name|titel|called|heisst)\b"
    ),
    "schedule": r"\bhow often\b|schedule|frequency|cadence|wie oft|haufigkeit|rhythmus|frequence|frecuencia|con que f",
    "topics": r"\b(topics?|categor\w*|genres?|themen?|kategorien?|sujets?|temas?)\b",
    "language": r"\b(language|sprache|langue|idioma)\b",
    "links": r"\b(website|web ?site|links?|urls?|webseite|homepage|site web|liens?|sitio|enlaces?|social)\b",
    "last_name": r"\b(last name|surname|family name|nachname|nom de famille|apellidos?)\b",
    "name": r"\b(name|nom|nombre|prenom|vorname|who are you|heissen sie|heisst du)\b",
    "pitch": r"\b(pitch|why|about|tell us|describ\w*|description|warum|beschreib\w*|pourquoi|decri\w*|por que)\b",
}
"""Field -> how headings name it, folded; the order is that of being asked, for what is left goes to the next."""
FIELDS = (
    *("name", "last_name", "email", "show_title", "pitch", "topics", "language", "schedule", "links", "feed_url"),
    "received_at",
)
"""What a column can hold, in the order a page asks for it."""
REQUIRED = ("name", "email", "show_title", "pitch")
AHEAD = timedelta(hours=14)
"""A time without a zone is taken for UTC, and may lie so far ahead of it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be taken in: a code, the field it belongs to (nothing: the whole row), and what stands there."""

    code: str
    field: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row says, as an application has it. `left_out` is what has no place there: field -> the words."""

    name: str
    email: str
    show_title: str
    pitch: str
    topics: tuple[str, ...]
    language: str
    links: tuple[str, ...]
    schedule: str
    feed_url: str
    received_at: datetime | None
    left_out: Mapping[str, tuple[str, ...]]
    answers: Mapping[int, str]
    """Question -> what is answered."""

    @property
    def key(self) -> str:
        """What tells a row from others, however often it comes and whatever wrote its table: whose it is, and what they
        say. When it was sent is left out, for that is written in many ways."""
        words = (" ".join(fold(text).split()) for text in (self.show_title, self.pitch))
        said = "\0".join(("brought in", email_key(self.email), *words))
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the programme a table is for. No table holds files."""

    id: int
    wording: str
    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        return questions.code(self.id)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: which column holds what, what a date such as 3/4/2024 means, what language is meant where
    none is given, and what the programme asks."""

    columns: Columns
    dates: str = moments.MONTH_FIRST
    language: str = "en"
    asked: tuple[Asked, ...] = ()

    def entry(self, cells: Sequence[str], *, width: int, now: datetime) -> Entry | tuple[Problem, ...]:
        """The application a row holds, or everything that is wrong with it."""
        said = {field: self._said(cells, field) for field in FIELDS}
        if said["last_name"]:
            said["name"] = f"{said['name']} {said['last_name']}".strip()
        said["feed_url"], no_feed = _feed(said["feed_url"])
        received_at, trouble = self._received(said["received_at"], now)
        problems = [*_problems(said), *trouble]
        if any(cell.strip() for cell in cells[width:]):
            problems.insert(0, Problem("too-many-cells"))
        if problems:
            return tuple(problems)
        topics, no_topics = _topics(said["topics"])
        links, no_links = _links(said["links"])
        language = languages.code(said["language"])
        no_language = (said["language"],) if said["language"] and not language else ()
        left = {"topics": no_topics, "links": no_links, "language": no_language, "feed_url": no_feed}
        answers, unfit = self._answers(cells)
        return Entry(
            **{field: said[field] for field in ("name", "email", "show_title", "pitch", "schedule", "feed_url")},
            topics=topics,
            language=language or self.language,
            links=links,
            received_at=received_at,
            left_out={field: words for field, words in (left | unfit).items() if words},
            answers=answers,
        )

    def _answers(self, cells: Sequence[str]) -> tuple[dict[int, str], dict[str, tuple[str, ...]]]:
        """What is answered, and the words that are no answer, by the question's field."""
        found: dict[int, str] = {}
        unfit: dict[str, tuple[str, ...]] = {}
        for one in self.asked:
            text = self._said(cells, one.field)
            try:
                found[one.id] = self._answer(one, text)
            except Unfit:
                unfit[one.field] = (text,)
        return {id_: text for id_, text in found.items() if text}, unfit

    def _answer(self, one: Asked, text: str) -> str:
        if one.kind is Kind.CHOICE:
            text = next((choice for choice in one.choices if fold(choice) == fold(text)), text)
        if one.kind is Kind.DATE and text and (at := moments.parse(text, self.dates)):
            text = at.date().isoformat()
        return questions.fit(one.kind, _address(text) if one.kind is Kind.LINK else text, one.choices)

    def _said(self, cells: Sequence[str], field: str) -> str:
        at = self.columns.get(field)
        text = cells[at] if at is not None and at < len(cells) else ""
        lines = ("pitch", "links", "topics", *(one.field for one in self.asked if one.kind is Kind.LONG))
        return clean(text) if field in lines else one_line(text)

    def _received(self, text: str, now: datetime) -> tuple[datetime | None, tuple[Problem, ...]]:
        if not text:
            return None, ()
        at = moments.parse(text, self.dates)
        if at is None or at > now + AHEAD:
            return None, (Problem("no-time" if at is None else "in-future", "received_at", text[:80]),)
        return at, ()


def guess(headings: Sequence[str], rows: Sequence[Sequence[str]], asked: Sequence[Asked] = ()) -> Reading:
    """How a table is best read, by its headings; the order in its dates by what stands beneath them. A question stands
    where its own words do."""
    free = {at: _bare_heading(heading) for at, heading in enumerate(headings)}
    columns: dict[str, int] = {}
    for one in asked:
        at = next((at for at, heading in free.items() if heading == _bare_heading(one.wording)), None)
        if at is not None:
            columns[one.field] = at
            del free[at]
    for field, pattern in PATTERNS.items():
        at = next((at for at, heading in free.items() if re.search(pattern, heading)), None)
        if at is not None:
            columns[field] = at
            del free[at]
    at = columns.get("received_at", len(headings))
    dates = moments.order(row[at] for row in rows if at < len(row))
    return Reading(columns, dates, asked=tuple(asked))


def _bare_heading(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))


def _problems(said: Mapping[str, str]) -> list[Problem]:
    found = [Problem("missing", field) for field in REQUIRED if not said[field]]
    found += [
        Problem("too-long", field, said[field][:80]) for field, most in LONGEST.items() if len(said[field]) > most
    ]
    if said["email"] and not is_email(said["email"]):
        found.append(Problem("no-email", "email", said["email"][:80]))
    found += [
        Problem("address-in-name", field, said[field][:80])
        for field in ("name", "show_title")
        if holds_web_address(said[field])
    ]
    if said["feed_url"] and not is_web_address(said["feed_url"]):
        found.append(Problem("no-web-address", "feed_url", said["feed_url"][:80]))
    return found


def _address(text: str) -> str:
    """A web address that was typed without its beginning."""
    return f"https://{text}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?([/?#]\S*)?", text) else text


def _feed(text: str) -> tuple[str, tuple[str, ...]]:
    """The address, and what was said in its place: `none`, `not yet`."""
    address = _address(text)
    if is_web_address(address) or "://" in text or re.fullmatch(r"\S+\.\S+", text):
        return address, ()
    return "", (text,) if text else ()


def _topics(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """At most three of Apple's categories, and the words that are none."""
    wanted = [part.strip() for part in re.split(r"[,;|\n]", text) if part.strip()]
    known = {part: _CATEGORIES.get(_bare(part), "") for part in wanted}
    found = list(dict.fromkeys(name for name in known.values() if name))
    return tuple(found[:3]), (*(part for part, name in known.items() if not name), *found[3:])


def _links(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = dict.fromkeys(word.strip("<>()\"'") for word in re.split(r"[\s,;|]+", text) if word.strip("<>()\"'"))
    addresses = {word: _address(word) for word in wanted}
    found = [address for address in addresses.values() if is_web_address(address)]
    none = (word for word, address in addresses.items() if not is_web_address(address))
    return tuple(found[:MAX_LINKS]), (*none, *found[MAX_LINKS:])


def _bare(text: str) -> str:
    """`Society and Culture`, `society & culture` and `Society/Culture` are one."""
    return " ".join(word for word in re.findall(r"\w+", fold(text)) if word not in ("and", "und", "et", "y"))


_CATEGORIES = {_bare(name.rpartition(" > ")[2]): name for name in reversed(ALL)} | {_bare(name): name for name in ALL}
"""A category, or a subcategory by itself, as people write it -> as Apple does."""
