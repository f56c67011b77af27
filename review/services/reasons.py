"""Admins add reasons, word them anew, in any language, and retire them. What was decided keeps its code."""

from __future__ import annotations

import secrets
from datetime import datetime

from slugify import slugify
from sqlalchemy.orm import Session

from review.db import transaction
from review.errors import Forbidden, Missing, Refused
from review.models.person import Person
from review.models.reason import Reason
from review.reads import reasons
from review.rules import Verb, may_configure
from review.services.audit import record

MOST = 20
SENTENCE_LENGTH = 2000


def add_reason(verb: Verb, label: str, sentence: str, *, by: Person, now: datetime) -> str:
    """Add a reason to a decision. Returns its code. Raises Forbidden, or Refused without words or with too many."""
    label, sentence = _checked(label, sentence)
    with transaction() as session:
        known = _known(by)
        if len([one for one in known[verb] if not one.retired]) >= MOST:
            raise Refused("too-many-reasons")
        code = f"{slugify(label)[:30] or 'reason'}-{secrets.token_hex(3)}"
        session.add(Reason(code=code, verb=verb, label=label, sentences={"": sentence}))
        record(session, "reason-added", at=now, person=by, why=label, code=code)
        return code


def word_reason(code: str, label: str, sentence: str, *, language: str = "", by: Person, now: datetime) -> None:
    """Word a reason anew, for letters in one language (`""`: in every other). In a language of its own an empty
    sentence takes that wording away. Raises Forbidden, Missing, or Refused without words."""
    label, sentence = _checked(label, sentence, may_be_empty=bool(language))
    with transaction() as session:
        row = _row(session, code, by)
        row.label = label
        row.sentences = {**row.sentences, language: sentence}
        if language and not sentence:
            row.sentences = {key: text for key, text in row.sentences.items() if key != language}
        record(session, "reason-worded", at=now, person=by, why=label, code=code, language=language)


def retire_reason(code: str, retired: bool, *, by: Person, now: datetime) -> None:
    """Offer a reason no longer, or again."""
    with transaction() as session:
        row = _row(session, code, by)
        row.retired_at = now if retired else None
        record(session, "reason-retired" if retired else "reason-restored", at=now, person=by, why=row.label, code=code)


def _known(by: Person) -> dict[Verb, list[reasons.Coded]]:
    if not may_configure(by.role):
        raise Forbidden
    return reasons.reasons()


def _row(session: Session, code: str, by: Person) -> Reason:
    """The row of a reason; one that was never changed gets its own now."""
    coded = next((one for group in _known(by).values() for one in group if one.code == code), None)
    if coded is None:
        raise Missing
    row = session.get(Reason, code, with_for_update=True)
    if row is None:
        row = Reason(code=code, verb=coded.verb, label=coded.label, sentences={})
        session.add(row)
    return row


def _checked(label: str, sentence: str, *, may_be_empty: bool = False) -> tuple[str, str]:
    label, sentence = " ".join(label.split()), sentence.strip()
    if not label or len(label) > Reason.label.type.length:
        raise Refused("reason-label", field="label")
    if not (sentence or may_be_empty) or len(sentence) > SENTENCE_LENGTH:
        raise Refused("reason-sentence", field="sentence")
    return label, sentence
