"""What a reader may know, so that no search tells them more."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from review.db import db
from review.gateways.wanted import Every, Never, OneOf, Wanted
from review.models.person import Person
from review.models.programme import Programme
from review.reads import notices, scores
from review.rules import OPEN, Role, Verb, may

BLIND_MOST = 5000


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader may know. `blind` are programmes that are judged blind, `judged` applications of theirs that this
    reader has judged and so knows."""

    reader: int
    role: Role | None
    conflicts: tuple[int, ...]
    blind: tuple[int, ...]
    judged: tuple[int, ...]

    @property
    def reads_notes(self) -> bool:
        """Whether they take part in what staff say among themselves. Nobody in particular is the product itself."""
        return self.reader == 0 or may(self.role, Verb.NOTE)

    def known(self, wanted: Wanted) -> Wanted:
        """The condition, where it may tell whose an application is: only of those whose applicant they may know."""
        if not self.blind:
            return wanted
        hidden = Every(
            (
                OneOf("programme", self.blind),
                OneOf("state", tuple(state.value for state in OPEN)),
                Never(OneOf("id", self.judged)),
            )
        )
        return Every((wanted, Never(hidden)))


def sight(reader: int) -> Sight:
    """What this reader may know now; 0 is nobody in particular, and knows all."""
    if not reader:
        return Sight(0, None, (), (), ())
    person = db.session.get(Person, reader)
    blind = tuple(db.session.scalars(select(Programme.id).where(Programme.blind)))
    judged = scores.judged_blind(reader, most=BLIND_MOST) if blind else ()
    conflicts = tuple(db.session.scalars(notices.hidden_from(reader)))
    return Sight(reader, person.role if person else None, conflicts, blind, judged)
