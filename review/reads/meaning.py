"""What was typed into the search box, as a question to whatever engine answers it: for one reader, at one moment.

What a reader may not know narrows nothing here and is found by nothing: that is said in the question itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, union_all

from review.db import db
from review.fields import Range, Span
from review.folding import fold, tokens
from review.gateways.wanted import Every, InARow, Never, OneOf, Some, Wanted, Within
from review.models.application import Application, FeedCheck, Mark
from review.models.desk import Claim
from review.models.person import Person
from review.models.programme import Programme
from review.models.show import Episode, Show
from review.podcast import languages, likeness
from review.podcast.categories import ALL
from review.podcast.normal import email_key, feed_key
from review.query import All, Either, Node, Not, Query, Text
from review.reads import claims, occurrence, people, programmes
from review.reads.sight import Sight
from review.rules import BACKLOG, CLOSED, OPEN, WAITING

MOST = 500
"""Values that one field is narrowed to at most: the cost cap of what is looked up."""
KNOWN, TITLED = 40, 4
"""What it adds to be the very thing that was pasted; and to have the words side by side in the title, as typed."""


_NAMES_NONE = re.compile(r"[\s\0]|^-?(?!tag:|https?:)[a-z]{2,20}:(?!//)", re.IGNORECASE)
"""What is several words, or a field; but GUIDs and addresses may begin like one (RFC 4151: `tag:`)."""
_NAMES = re.compile(r"[\d@./:#-]")
"""What numbers, addresses, slugs and GUIDs have and words have not."""


class Meaning:
    """Turns what is sought into conditions, for one reader at one moment."""

    def __init__(self, seen: Sight, now: datetime, *, forgiving: bool = False) -> None:
        self.seen, self.now, self.forgiving = seen, now, forgiving

    def wanted(self, query: Query, known: tuple[Wanted, ...] = ()) -> Wanted:
        """Whether an application is one of those that are sought, or of those that the whole text names (`named`)."""
        found = self.node(query.where) if query.where is not None else Every()
        return Every((self.on_the_desk, Some((*known, found)) if known else found))

    @property
    def on_the_desk(self) -> Wanted:
        """What this reader sees at all."""
        here = OneOf("state", _values(BACKLOG))
        return Every((here, Never(OneOf("id", self.seen.conflicts)))) if self.seen.conflicts else here

    def bonus(self, query: Query, known: tuple[Wanted, ...] = ()) -> tuple[tuple[int, Wanted], ...]:
        """What makes one that was found weigh more."""
        heavy = tuple((KNOWN, one) for one in known)
        nodes = query.where.nodes if isinstance(query.where, All) else ()
        row = tuple(word for node in nodes if isinstance(node, Text) for word in node.words)
        return (*heavy, (TITLED, InARow(occurrence.lexemes_in("title", row)))) if len(row) > 1 else heavy

    def node(self, node: Node) -> Wanted:
        """A part of what is sought."""
        match node:
            case Text(words, beginning):
                return occurrence.anywhere(words, self.seen, beginning=beginning, forgiving=self.forgiving)
            case Not(inner):
                return Never(Meaning(self.seen, self.now).node(inner))  # what is ruled out is meant as it is spelled
            case All(nodes):
                return Every(tuple(map(self.node, nodes)))
            case Either(nodes):
                return Some(tuple(map(self.node, nodes)))
        make: Callable[[Meaning, Any], Wanted] = _MEANINGS[node.field]
        return make(self, node.value)

    def named(self, text: str) -> tuple[Wanted, ...]:
        """Applications that one chunk of text names: by their number, address, feed, show or episode."""
        chunk = text.strip()
        if not chunk or len(chunk) > MOST or _NAMES_NONE.search(chunk) or not _NAMES.search(chunk):
            return ()
        chunk = chunk.encode("utf-8", "replace").decode()
        openly = set(db.session.scalars(select(Show.application_id).where(Show.slug == chunk.lower())))
        number = chunk.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 10:
            openly.add(int(number))
        found = (OneOf("id", _some(openly)),) if openly else ()
        theirs = set(db.session.scalars(_theirs(chunk).limit(MOST)))
        return (*found, self.seen.known(OneOf("id", _some(theirs)))) if theirs else found

    def _is(self, value: str) -> Wanted:
        later = self.now + timedelta(microseconds=1)
        awake = (Never(Within("snoozed")), Within("snoozed", end=later))
        several: dict[str, Wanted] = {
            "any": Every(),
            "open": OneOf("state", _values(OPEN)),
            "closed": OneOf("state", _values(CLOSED)),
            "waiting": Every((OneOf("state", _values(WAITING)), Some(awake))),
            "snoozed": Every((OneOf("state", _values(WAITING)), Within("snoozed", least=later))),
            "overdue": Every((OneOf("state", _values(WAITING)), Within("due", end=later), Some(awake))),
        }
        return several.get(value) or OneOf("state", (value,))

    def _show(self, value: str) -> Wanted:
        words = tokens(value)
        return Some(tuple(occurrence.said("title", words, longer=True))) if words else Some(())

    def _by(self, value: str) -> Wanted:
        same = OneOf("person", (email_key(value),))
        words = tokens(value)
        begun = (occurrence.goes_on(field, words) for field in ("name", "address"))
        return self.seen.known(Some((same, occurrence.row("name", words), *begun)))

    def _from(self, value: str) -> Wanted:
        """Addresses of a domain, or of one below it."""
        domain = tokens(value.removeprefix("@"))
        return self.seen.known(Some(tuple(occurrence.row("address", (sign, *domain)) for sign in "@.")))

    def _topic(self, value: str) -> Wanted:
        words = set(tokens(value))
        return OneOf("topic", tuple(topic for topic in TOPICS if words <= set(tokens(topic))))

    def _lang(self, value: str) -> Wanted:
        return OneOf("language", (languages.code(value) or value,))

    def _programme(self, value: str) -> Wanted:
        same = Programme.slug == value
        if value.isascii() and value.isdigit() and len(value) < 10:
            same = or_(same, Programme.id == int(value))
        return OneOf("programme", tuple(db.session.scalars(select(Programme.id).where(same))))

    def _answer(self, value: str) -> Wanted:
        question = int(value.partition(":")[0])
        readable = question in {one.id for one in programmes.choosable(self.seen.reader)}
        return OneOf("answer", (value,) if readable else ())

    def _feed(self, value: str) -> Wanted:
        return OneOf("feed", (value,))

    def _host(self, value: str) -> Wanted:
        named = [host for host in hosts() if value in fold(host)]
        return self.seen.known(OneOf("host", tuple(named[:MOST])))

    def _episodes(self, value: Range) -> Wanted:
        return _within("episodes", value)

    def _tag(self, value: str) -> Wanted:
        return OneOf("tag", (value,))

    def _reason(self, value: str) -> Wanted:
        return OneOf("reason", (value,))

    def _reviewer(self, value: str) -> Wanted:
        return self._person("reviewer", value)

    def _assigned(self, value: str) -> Wanted:
        return self._person("assigned", value)

    def _person(self, field: str, value: str) -> Wanted:
        if value in ("nobody", "anybody"):
            anybody = Within(field)
            return Never(anybody) if value == "nobody" else anybody
        return OneOf(field, (self.seen.reader,) if value == "@me" else _staff(value))

    def _claimed(self, value: str) -> Wanted:
        """Claims come and go by themselves: who holds which is looked up now."""
        held = select(Claim.application_id).where(claims.alive(self.now)).limit(MOST)
        if value not in ("nobody", "anybody"):
            who = (self.seen.reader,) if value == "@me" else _staff(value)
            held = held.where(Claim.person_id.in_(who))
        found = OneOf("id", _some(set(db.session.scalars(held))))
        return Never(found) if value == "nobody" else found

    def _has(self, value: str) -> Wanted:
        if value == "feed":
            return Never(OneOf("feed", ("none",)))
        if value == "note" and not self.seen.reads_notes:
            return OneOf("has", ())
        return OneOf("has", (value,))

    def _letter(self, value: str) -> Wanted:
        return OneOf("letter", (value,))

    def _applied(self, value: Span) -> Wanted:
        return Within("received", value.start, value.end)

    def _decided(self, value: Span) -> Wanted:
        return Within("decided", value.start, value.end)

    def _number(self, value: Range) -> Wanted:
        return _within("id", value)


TOPICS = tuple(dict.fromkeys([*(topic.partition(" > ")[0] for topic in ALL), *ALL]))
"""Every topic; who looks for `Arts` looks for `Arts > Food`, too."""


def hosts() -> list[str]:
    """Where the feeds of applicants lie."""
    wanted = select(FeedCheck.host).where(FeedCheck.host != "").distinct().order_by(FeedCheck.host)
    return list(db.session.scalars(wanted))


def _within(field: str, value: Range) -> Wanted:
    return Within(field, value.least, None if value.most is None else value.most + 1)


def _values(states: Collection[Any]) -> tuple[str, ...]:
    return tuple(state.value for state in states)


def _some(ids: Collection[int]) -> tuple[int, ...]:
    return tuple(sorted(ids)[:MOST])


def _staff(value: str) -> tuple[int, ...]:
    """Staff by number, by what stands before the @ of their address, by all of it, or by a part of their name."""
    plain = fold(value.removeprefix("@"))
    found = db.session.scalars(select(Person).where(Person.role.is_not(None)))
    return tuple(
        one.id
        for one in found
        if plain in (str(one.id), people.handle(one), one.email.lower()) or plain in fold(one.name)
    )


def _theirs(chunk: str) -> Any:
    """The applications whose address, feed, GUID or episode a chunk of text is."""
    traits = likeness.Traits(email="", feed_urls=(chunk,), guid=chunk, episode_guids=(chunk,))
    same = or_(*((Mark.kind == kind) & (Mark.key == key) for kind, key in likeness.marks(traits)))
    episode = select(Show.application_id).join(Episode, Episode.show_id == Show.id).where(Episode.guid == chunk)
    found = [
        select(Mark.application_id).where(same),
        episode,
        select(Application.id).where(Application.feed_key == feed_key(chunk), Application.feed_key != ""),
    ]
    if "@" in chunk:
        found.append(select(Application.id).where(Application.email_key == email_key(chunk)))
    return union_all(*found)


_MEANINGS: dict[str, Callable[[Meaning, Any], Wanted]] = {
    "is": Meaning._is,
    "show": Meaning._show,
    "by": Meaning._by,
    "from": Meaning._from,
    "topic": Meaning._topic,
    "lang": Meaning._lang,
    "programme": Meaning._programme,
    "answer": Meaning._answer,
    "feed": Meaning._feed,
    "host": Meaning._host,
    "episodes": Meaning._episodes,
    "tag": Meaning._tag,
    "reason": Meaning._reason,
    "reviewer": Meaning._reviewer,
    "assigned": Meaning._assigned,
    "claimed": Meaning._claimed,
    "has": Meaning._has,
    "letter": Meaning._letter,
    "applied": Meaning._applied,
    "decided": Meaning._decided,
    "age": Meaning._applied,
    "number": Meaning._number,
}
