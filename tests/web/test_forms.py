"""What is typed into fields: cleaned the same way everywhere, and checked without a surprise."""

from __future__ import annotations

import unicodedata

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from review.podcast.categories import CATEGORIES
from review.rules import ASKABLE
from review.typed import clean, is_number, is_web_address, one_line
from review.web.forms import AnswerForm, ApplyForm, languages, topics
from tests.web.stage import APPLICATION


@given(st.text())
def test_cleaned_text_holds_nothing_a_database_or_a_feed_refuses(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert not [c for c in cleaned if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs")]
    assert cleaned == cleaned.strip()
    assert clean(cleaned) == cleaned


@given(st.text())
def test_one_line_is_one(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert one_line(line) == line


def test_nothing_typed_is_empty_text() -> None:
    assert clean(None) == one_line(None) == ""


@pytest.mark.parametrize(
    "text", ["https://x.example", "http://x.example:80/a?b=c#d", "https://мир.example/ä", "HTTP://X"]
)
def test_web_address_is_taken(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x.example",
        "//x.example",
        "https://",
        "https:///x",
        "https:x.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x.example",
        "https://x.example/a b",
        "https://x.example:port/",
        "https://x.example:0/",
        "https://[::1",
        "https://" + "x" * 2000,
        "mailto:a@b.example",
    ],
)
def test_what_is_no_web_address_is_refused(text: str) -> None:
    assert not is_web_address(text)


@given(st.text())
def test_web_address_of_anything_is_an_answer(text: str) -> None:
    assert is_web_address(text) in (True, False)
    assert is_web_address("https://" + text) in (True, False)


@given(st.text() | st.text("0123456789"))
def test_number_is_one_that_fits(text: str) -> None:
    if is_number(text):
        assert 0 <= int(text) < 2**31


def test_topics_are_apples_categories() -> None:
    assert topics()[:3] == ["Arts", "Arts > Books", "Arts > Design"]
    assert len(topics()) == len(set(topics())) == len(CATEGORIES) + sum(len(subs) for subs in CATEGORIES.values())


def test_languages_are_named_and_in_order(app: Flask) -> None:
    with app.test_request_context("/apply"):
        names = [name for _, name in languages()]
        assert names == sorted(names)
        assert ("fi", "Finnish") in languages()


def test_answer_form_has_only_the_fields_asked_for(app: Flask) -> None:
    with app.test_request_context("/apply/x/answer", method="POST"):
        for asked in ([], ["pitch"], list(ASKABLE)):
            form = AnswerForm()
            form.keep(asked)
            assert set(form._fields) == {*asked, "body", "csrf_token"}
            assert set(form.changes(asked)) == set(asked)


TYPED = st.text(max_size=200)


@given(st.dictionaries(st.sampled_from([*APPLICATION, "rules_version", "form_key"]), st.lists(TYPED, max_size=3)))
@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_the_form_says_yes_or_no(app: Flask, data: dict[str, list[str]]) -> None:
    with app.test_request_context("/apply", method="POST"):
        form = ApplyForm(MultiDict(data), meta={"csrf": False})
        assert form.validate() in (True, False)
        assert all(str(error) for field in form for error in field.errors)
