"""Every kind of effect has its function and the reverse; every letter has its three templates and the reverse."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from jobs import deliver, provision
from review import letters
from review.gateways import places
from review.models.outbox import Kind
from review.models.show import StepName
from review.rules import REASONS, State, Verb
from review.web import words

ROOT = Path(__file__).parents[2]
LETTERS = ROOT / "templates" / "letters"
SERVICES = sorted((ROOT / "review" / "services").glob("*.py"))


def letter_functions() -> set[str]:
    public = inspect.getmembers(letters, inspect.isfunction)
    made_here = {name for name, function in public if function.__module__ == "review.letters" and name[0] != "_"}
    return made_here - {"rewritten", "with_links", "in_own_words", "unknown_places"}


def test_every_kind_of_effect_has_a_function_of_its_name_and_the_reverse() -> None:
    assert {kind: function.__name__ for kind, function in deliver.HANDLERS.items()} == {k: k.value for k in Kind}


def test_every_step_of_provisioning_has_a_function() -> None:
    assert list(provision.STEPS) == list(StepName)


def test_every_letter_has_three_templates_and_the_reverse() -> None:
    folders = {folder.name: sorted(f.name for f in folder.iterdir()) for folder in LETTERS.iterdir() if folder.is_dir()}
    assert folders == {name: ["body.html", "body.txt", "subject.txt"] for name in letter_functions()}


def test_every_word_a_page_may_need_is_there() -> None:
    assert set(words.STATES) == set(State)
    assert set(words.EFFECTS) == {kind.value for kind in Kind}
    assert set(words.STEPS) == {step.value for step in StepName}
    assert {verb.value for verb in Verb} <= set(words.EVENTS)
    assert set(letters.REASONS) == {code for codes in REASONS.values() for code in codes}


def test_every_failure_has_its_sentence() -> None:
    assert set(places.CODES) == set(words.UNREAD)
    given = re.findall(
        r'GiveUp\(f?"([a-z-]+)', "".join(file.read_text() for file in (*SERVICES, *(ROOT / "jobs").glob("*.py")))
    )
    assert given
    assert set(given) <= set(words.TROUBLES)
