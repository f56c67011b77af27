"""Coded reasons: those that come with Greenroom, as admins have changed them, and those they have added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from review import letters
from review.db import db
from review.models.reason import Reason
from review.rules import REASONS, Verb


@dataclass(frozen=True, slots=True)
class Coded:
    """A reason: what the desk calls it, and what letters say, by language (`""`: every other language)."""

    code: str
    verb: Verb
    label: str
    sentences: Mapping[str, str]
    retired: bool = False

    def said(self, language: str) -> str:
        """The paragraph for a letter to somebody whose show is in this language."""
        for wanted in (language, language.partition("-")[0], ""):
            if self.sentences.get(wanted):
                return self.sentences[wanted]
        return ""


def reasons() -> dict[Verb, list[Coded]]:
    """Every reason, retired ones too, by the decision it goes with. Those that come with Greenroom stand first."""
    changed = {row.code: row for row in db.session.scalars(select(Reason).order_by(Reason.code))}
    found = {verb: [_coded(verb, code, changed.pop(code, None)) for code in codes] for verb, codes in REASONS.items()}
    for row in changed.values():
        found[row.verb].append(_coded(row.verb, row.code, row))
    return found


def _coded(verb: Verb, code: str, row: Reason | None) -> Coded:
    if row is not None:
        return Coded(code, verb, row.label, _whole(code, row.sentences), row.retired_at is not None)
    label, sentence = letters.REASONS[code]
    return Coded(code, verb, str(label), {"": str(sentence)})


def _whole(code: str, sentences: Mapping[str, str]) -> Mapping[str, str]:
    """What an admin emptied is said as it comes."""
    if sentences.get("") or code not in letters.REASONS:
        return sentences
    return {**sentences, "": str(letters.REASONS[code][1])}


def offered(verb: Verb) -> list[Coded]:
    """The reasons that can be chosen for a decision."""
    return [one for one in reasons().get(verb, ()) if not one.retired]


def said(verb: Verb, codes: Iterable[str], *, language: str) -> list[str]:
    """What a letter says for these reasons, in order; codes that belong to no reason of the decision say nothing."""
    known = {one.code: one for one in reasons().get(verb, ())}
    return [known[code].said(language) for code in codes if code in known]


def labels() -> dict[str, str]:
    """Code -> what the desk calls it, whatever decision it goes with and whether it is still chosen."""
    return {one.code: one.label for group in reasons().values() for one in group}
