"""Letters that a programme words itself, where ours do not fit it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from review import letters
from review.db import transaction
from review.errors import Missing, Refused
from review.models.person import Person
from review.reads import reasons as coded
from review.rules import Verb
from review.services import decisions
from review.services.audit import record
from review.services.programmes import locked

PLACES = letters.PLACES


def standing(own: Mapping[str, Mapping[str, str]], verb: Verb) -> Mapping[str, str]:
    """A letter as it is worded now, with its places: among a programme's own ones, or ours."""
    ours = decisions.pattern(verb)
    return own.get(verb) or {"subject": ours.subject, "text": ours.text}


def sample(verb: Verb, typed: Mapping[str, str], *, programme: str) -> letters.Letter:
    """How a letter so worded would look. Writes nothing."""
    return letters.in_own_words(
        decisions.LETTERS[verb].__name__,
        typed["subject"],
        typed["text"],
        name="Ada Larsen",
        show_title="Harbour Voices",
        reasons=[one.said("en") for one in coded.offered(verb)[:1]],
        fields=[str(label) for _field, label in decisions.askable()[:2]],
        programme=programme,
    )


def word_letter(programme_id: int, verb: Verb, subject: str, text: str, *, by: Person, now: datetime) -> None:
    """Word a programme's letter of a decision. Without subject and text it is written in our words again.

    Raises Forbidden, Missing, or Refused for a placeholder nobody knows and for a letter without its private link.
    """
    subject, text = " ".join(subject.split()), text.strip()
    _check_letter(verb, subject, text)
    with transaction() as session:
        row = locked(session, programme_id, by)
        before = row.letters.get(verb, {})
        own = {"subject": subject, "text": text} if text else {}
        if own == before:
            return
        row.letters = {key: one for key, one in row.letters.items() if key != verb} | ({verb.value: own} if own else {})
        record(
            session, "programme-worded", at=now, person=by, why=f"{row.name}: {verb}", programme=row.id, before=before
        )


def _check_letter(verb: Verb, subject: str, text: str) -> None:
    if verb not in decisions.LETTERS:
        raise Missing
    if not subject and not text:
        return
    if not subject or len(subject) > letters.SUBJECT_LIMIT:
        raise Refused("letter-without-subject", field="subject")
    if not text or len(text) > letters.LONGEST:
        raise Refused("empty-letter", field="text")
    if letters.unknown_places(subject) or letters.unknown_places(text):
        raise Refused("letter-places", field="text")
    ours = decisions.pattern(verb)
    if not set(re.findall(r"\[\[[a-z-]+\]\]", ours.text)) <= set(re.findall(r"\[\[[a-z-]+\]\]", text)):
        raise Refused("letter-link", field="text")
