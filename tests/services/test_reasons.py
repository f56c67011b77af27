"""Reasons that admins add, word anew in any language, and retire."""

from __future__ import annotations

import pytest
from flask import Flask

from review import letters
from review.errors import Forbidden, Missing, Refused
from review.models.event import Event
from review.models.letter import Letter
from review.models.person import Person
from review.reads import reasons as known
from review.rules import DECISIONS, REASONS, Role, Verb
from review.services import decisions, reasons
from tests.factories import NOW, WINDOW, choice, decided, get, lead, person, received, rows


@pytest.fixture
def admin(app: Flask) -> Person:
    return person(Role.ADMIN, name="Ada Moreau")


def offered(verb: Verb = Verb.DECLINE) -> list[str]:
    return [label for _, label in decisions.reasons(verb)]


def letter(id_: int, code: str) -> str:
    return decisions.preview(get(id_), Verb.DECLINE, reasons=(code,), asked=()).text


def test_they_are_as_they_come_until_somebody_changes_them(app: Flask) -> None:
    for verb in DECISIONS:
        assert [one.code for one in known.offered(verb)] == list(REASONS[verb])
        assert [one.sentences[""] for one in known.offered(verb)] == [str(letters.REASONS[c][1]) for c in REASONS[verb]]


def test_a_reason_of_ones_own_is_offered_said_and_kept_with_the_decision(admin: Person) -> None:
    code = reasons.add_reason(Verb.DECLINE, " Too   many  alike ", "We have three such shows.", by=admin, now=NOW)
    assert offered()[-1] == "Too many alike"
    id_ = received()
    assert "We have three such shows." in letter(id_, code)
    made = choice(id_, Verb.DECLINE, reasons=(code,))
    decisions.decide(made, by=lead(), now=NOW, undo_window=WINDOW)
    assert "We have three such shows." in rows(Letter)[-1].text
    reasons.retire_reason(code, True, by=admin, now=NOW)
    assert "Too many alike" not in offered()
    assert known.labels()[code] == "Too many alike", "what was decided with it can still be read"
    with pytest.raises(Refused, match="unknown-reason"):
        decided(received(), Verb.DECLINE, reasons=(code,))
    reasons.retire_reason(code, False, by=admin, now=NOW)
    assert offered()[-1] == "Too many alike"


def test_one_that_comes_with_us_is_worded_anew_retired_and_restored(admin: Person) -> None:
    reasons.word_reason("commercial", "Sells things", "It sells things.", by=admin, now=NOW)
    id_ = received()
    assert (offered()[0], "It sells things." in letter(id_, "commercial")) == ("Sells things", True)
    reasons.retire_reason("commercial", True, by=admin, now=NOW)
    assert "Sells things" not in offered()
    reasons.retire_reason("commercial", False, by=admin, now=NOW)
    assert offered()[0] == "Sells things"
    told = [(event.verb, event.why) for event in rows(Event) if event.verb.startswith("reason")]
    assert told == [(f"reason-{how}", "Sells things") for how in ("worded", "retired", "restored")]


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Leider nein."), ("de-AT", "Leider nein."), ("fi", "Sadly not."), ("", "Sadly not.")]
)
def test_the_letter_speaks_the_language_of_the_show_where_it_can(admin: Person, language: str, said: str) -> None:
    reasons.word_reason("rights", "Rights", "Sadly not.", by=admin, now=NOW)
    reasons.word_reason("rights", "Rights", "Leider nein.", language="de", by=admin, now=NOW)
    assert said in letter(received(language=language), "rights")
    reasons.word_reason("rights", "Rights", "", language="de", by=admin, now=NOW)
    assert "Sadly not." in letter(received(language=language), "rights")


def test_a_language_alone_leaves_the_usual_wording(admin: Person) -> None:
    reasons.word_reason("rights", "Rights are unclear", "Leider nein.", language="de", by=admin, now=NOW)
    assert str(letters.REASONS["rights"][1]) in letter(received(language="en"), "rights")


@pytest.mark.parametrize(
    ("label", "sentence", "code"),
    [
        ("", "A sentence.", "reason-label"),
        ("x" * 81, "A sentence.", "reason-label"),
        ("A name", " ", "reason-sentence"),
        ("A name", "x" * 2001, "reason-sentence"),
    ],
)
def test_what_says_nothing_is_refused(admin: Person, label: str, sentence: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        reasons.add_reason(Verb.DECLINE, label, sentence, by=admin, now=NOW)
    with pytest.raises(Refused, match=code):
        reasons.word_reason("rights", label, sentence, by=admin, now=NOW)
    assert offered() == [str(letters.REASONS[code][0]) for code in REASONS[Verb.DECLINE]]


def test_there_is_an_end_to_them_and_no_code_twice(admin: Person) -> None:
    left = reasons.MOST - len(REASONS[Verb.DECLINE])
    codes = [reasons.add_reason(Verb.DECLINE, "Same", "Said.", by=admin, now=NOW) for _ in range(left)]
    assert len(set(codes)) == left
    with pytest.raises(Refused, match="too-many-reasons"):
        reasons.add_reason(Verb.DECLINE, "One more", "Said.", by=admin, now=NOW)


def test_what_is_not_there_cannot_be_worded(admin: Person) -> None:
    with pytest.raises(Missing):
        reasons.word_reason("nonsense", "A name", "A sentence.", by=admin, now=NOW)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.LEAD])
def test_only_admins_word_them(app: Flask, role: Role) -> None:
    who = person(role)
    acts = (
        lambda: reasons.add_reason(Verb.DECLINE, "A name", "A sentence.", by=who, now=NOW),
        lambda: reasons.word_reason("rights", "A name", "A sentence.", by=who, now=NOW),
        lambda: reasons.retire_reason("rights", True, by=who, now=NOW),
    )
    for act in acts:
        with pytest.raises(Forbidden):
            act()
