"""A request that comes again under its key is answered again and not done again, also while it is being done."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from review.db import transaction
from review.errors import TryLater
from review.models.api import IdempotencyKey
from review.models.application import Decision, Note
from review.models.letter import Letter
from review.models.person import Person
from review.services import idempotency, reviewing
from tests.factories import NOW, get, person, received, rows
from tests.services.at_once import at_once
from tests.web.calling import Program, code

KEY = "5a0c7f3e-8f8d-4f0c-9d55-0f6f2f1f7a10"


@pytest.fixture
def rosa(client: FlaskClient) -> Person:
    return person()


@pytest.fixture
def program(client: FlaskClient, rosa: Person) -> Program:
    return Program(client, rosa)


def test_the_same_request_is_answered_alike_and_done_once(program: Program) -> None:
    path = f"/applications/{received()}/notes"
    first = program.post(path, {"body": "Hm"}, KEY)
    program.post(path, {"body": "meanwhile"})
    second = program.post(path, {"body": "Hm"}, KEY)
    assert (second.status_code, second.data) == (first.status_code, first.data)
    assert [note.body for note in rows(Note)] == ["Hm", "meanwhile"]


def test_a_decision_is_taken_once(program: Program) -> None:
    id_ = received()
    body = {"verb": "decline", "version": get(id_).version, "reasons": ["rights"]}
    answers = [program.post(f"/applications/{id_}/decisions", body, KEY).data for _ in range(3)]
    assert len(set(answers)) == 1
    assert len(rows(Decision)) == 1
    assert len([letter for letter in rows(Letter) if letter.kind == "declined"]) == 1


def test_a_decision_needs_a_key(program: Program) -> None:
    id_ = received()
    answer = program.post(f"/applications/{id_}/decisions", {"verb": "decline", "version": get(id_).version})
    assert code(answer) == (400, "bad-request")
    assert rows(Decision) == []


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space and more", "ümlaut-and-more-than-16", " "])
def test_a_key_has_a_shape(program: Program, key: str) -> None:
    answer = program.post(f"/applications/{received()}/take", None, key)
    assert code(answer) == (422, "invalid")
    assert answer.json["errors"][0]["field"] == "Idempotency-Key"


def test_another_request_under_the_key_is_refused(program: Program) -> None:
    one, other = received(), received()
    program.post(f"/applications/{one}/notes", {"body": "Hm"}, KEY)
    for path, body in ((one, {"body": "Other"}), (other, {"body": "Hm"})):
        answer = program.post(f"/applications/{path}/notes", body, KEY)
        assert code(answer) == (422, "invalid")
        assert answer.json["errors"] == [
            {"field": "Idempotency-Key", "message": "This Idempotency-Key came with another request already."}
        ]
    assert len(rows(Note)) == 1


def test_keys_of_two_people_do_not_meet(program: Program, client: FlaskClient) -> None:
    other = Program(client, person())
    id_ = received()
    for who in (program, other):
        assert who.post(f"/applications/{id_}/notes", {"body": "Hm"}, KEY).status_code == 200
    assert len(rows(Note)) == 2


def test_a_refusal_leaves_the_key_free(program: Program) -> None:
    id_ = received()
    assert code(program.post(f"/applications/{id_}/check-feed", None, KEY)) == (409, "no-feed")
    assert rows(IdempotencyKey) == []


def test_what_failed_half_way_is_done_when_it_comes_again(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = received()
    with monkeypatch.context() as broken:
        broken.setattr("review.services.notices.give_opinion", lambda *_a, **_k: 1 // 0)
        assert program.post(f"/applications/{id_}/notes", {"body": "Hm"}, KEY).status_code == 500
    assert rows(Note) == []
    assert program.post(f"/applications/{id_}/notes", {"body": "Hm"}, KEY).status_code == 200
    assert len(rows(Note)) == 1


def test_done_without_an_answer_is_said_and_not_done_again(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process died between the deed and the answer."""

    def die(*_args: Any, **_kwargs: Any) -> None:
        raise TryLater("gone")

    id_ = received()
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "keep", die)
        assert program.post(f"/applications/{id_}/notes", {"body": "Hm"}, KEY).status_code == 503
    answer = program.post(f"/applications/{id_}/notes", {"body": "Hm"}, KEY)
    assert code(answer) == (409, "repeated")
    assert answer.headers["Retry-After"] == "1"
    assert len(rows(Note)) == 1


def test_of_many_at_once_exactly_one_acts(app: Flask, program: Program) -> None:
    id_, headers = received(), program.headers() | {"Idempotency-Key": KEY}

    def post() -> tuple[int, str]:
        answer = app.test_client().post(f"/api/v1/applications/{id_}/notes", json={"body": "Hm"}, headers=headers)
        return answer.status_code, answer.json.get("type", "")

    answers = Counter(at_once(app, *[post] * 8))
    assert set(answers) <= {(200, ""), (409, "urn:greenroom:problem:repeated")}
    assert answers[(200, "")] >= 1
    assert len(rows(Note)) == 1


def test_verb_and_key_stand_and_fall_together(app: Flask, rosa: Person) -> None:
    id_ = received()
    with pytest.raises(ZeroDivisionError), idempotency.once(KEY, "digest", by=rosa, now=NOW), transaction():
        raise ZeroDivisionError
    assert rows(IdempotencyKey) == []
    with idempotency.once(KEY, "digest", by=rosa, now=NOW):
        reviewing.note(id_, "first", by=rosa, now=NOW)
        reviewing.note(id_, "second", by=rosa, now=NOW)  # a transaction of its own, and no second key
    assert len(rows(IdempotencyKey)) == 1
    reviewing.note(id_, "third", by=rosa, now=NOW)
    assert len(rows(Note)) == 3


def test_keys_are_kept_for_a_day(app: Flask, program: Program) -> None:
    program.post(f"/applications/{received()}/take", None, KEY)
    assert idempotency.forget(now=NOW + timedelta(hours=24)) == 0
    assert idempotency.forget(now=NOW + timedelta(hours=24, seconds=1)) == 1
