"""Every code has a sentence, and no sentence is left over."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from review.podcast import codes
from review.podcast.feed import Finding
from review.web.findings import SENTENCES, sentence

ALL = (*codes.UNREADABLE, *codes.REPAIRS, *codes.FLAWS)


def test_codes_and_sentences_are_the_same() -> None:
    assert len(ALL) == len(set(ALL))
    assert set(SENTENCES) == set(ALL)


def test_every_code_is_given_by_some_module() -> None:
    package = Path(codes.__file__).parent
    source = "".join(path.read_text() for path in package.glob("*.py") if path.name != "codes.py")
    assert [code for code in ALL if f'"{code}"' not in source] == []


@pytest.mark.parametrize("code", ALL)
def test_sentence(code: str) -> None:
    text = sentence(Finding(code, "100% <x>"))
    assert text.endswith(".")
    assert "%(" not in text
    assert ("100% <x>" in text) == ("%(detail)s" in SENTENCES[code])


def test_in_an_application() -> None:
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        assert sentence(Finding("episode-no-title", "3")) == "Episodes without a title: 3."
