"""Staff sign in by password, podcasters by a link in their mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from review.db import db, transaction
from review.errors import Gone, Missing, Refused
from review.models.event import Event
from review.models.letter import Letter
from review.models.person import AccessLink, Person, Purpose
from review.reads import links
from review.reads import people as known
from review.rules import Role, Verb
from review.services import people, post
from tests import servers
from tests.factories import NOW, decided, person, received, rows

Drain = Callable[..., int]


def close(person_id: int) -> None:
    with transaction() as session:
        session.get_one(Person, person_id).active = False


def test_member_of_staff_signs_in_with_address_and_password(app: Flask) -> None:
    made = person(email="rosa@staff.example")
    for typed in ("rosa@staff.example", "Rosa@Staff.Example", "  rosa@staff.example "):
        found = people.check_password(typed, "correct horse")
        assert found is not None
        assert found.id == made.id


@pytest.mark.parametrize("password", ["", "Correct horse", "correct horse ", "x" * 10_000, "\x00"])
def test_wrong_password_opens_nothing(app: Flask, password: str) -> None:
    person(email="rosa@staff.example")
    assert people.check_password("rosa@staff.example", password) is None


@pytest.mark.parametrize("email", ["", "nobody@staff.example", "%", "rosa"])
def test_unknown_address_opens_nothing(app: Flask, email: str) -> None:
    person(email="rosa@staff.example")
    assert people.check_password(email, "correct horse") is None


def test_closed_account_opens_nothing(app: Flask) -> None:
    made = person(email="rosa@staff.example")
    assert known.active(made.id) is not None
    close(made.id)
    assert people.check_password("rosa@staff.example", "correct horse") is None
    assert known.active(made.id) is None
    assert known.active(99) is None


def test_podcaster_has_no_password(app: Flask) -> None:
    person(None, email="maren@mail.example")
    for password in ("", "correct horse", "no one has this password"):
        assert people.check_password("maren@mail.example", password) is None


def test_password_is_kept_as_a_slow_hash_only(app: Flask) -> None:
    made = person()
    assert made.password_hash is not None
    assert made.password_hash.startswith("$argon2id$")


def test_short_password_is_refused(app: Flask) -> None:
    with pytest.raises(Refused) as refusal:
        people.invite("a@b.example", name="A", role=Role.LEAD, password="x" * 9, now=NOW)
    assert (refusal.value.code, refusal.value.field) == ("password-short", "password")
    assert rows(Person) == []


def test_inviting_a_known_person_gives_a_new_role_and_password(app: Flask) -> None:
    made = person(None, email="maren@mail.example")
    close(made.id)
    again = people.invite("Maren@mail.example", name="Maren", role=Role.LEAD, password="another horse", now=NOW)
    assert again == made.id
    found = people.check_password("maren@mail.example", "another horse")
    assert found is not None
    assert (found.role, found.active) == (Role.LEAD, True)
    assert [(e.verb, e.data["invited"]) for e in rows(Event)] == [("staff-invited", again)]


@pytest.fixture
def owner(app: Flask, drain: Drain) -> int:
    """The owner of a show on the air."""
    decided(received(), Verb.APPROVE)
    drain()
    return rows(Person, email="maren@mail.example")[0].id


def test_owner_is_mailed_a_way_in(app: Flask, drain: Drain, owner: int) -> None:
    people.send_owner_link(" Maren@Mail.example ", now=NOW)
    drain()
    letter = rows(Letter)[-1]
    assert (letter.kind, letter.person_id) == ("owner_link", owner)
    mail = servers.mail(letter)
    token = mail.text.partition("/shows/enter/")[2].split()[0]
    now = datetime.now(UTC)
    assert links.owner(token, now=now).id == owner
    with pytest.raises(Gone):
        links.owner(token, now=now + timedelta(days=post.OWNER_DAYS))
    with pytest.raises(Missing):
        links.status(token, now=now)
    close(owner)
    with pytest.raises(Gone):
        links.owner(token, now=now)


def test_nobody_else_is_mailed(app: Flask, owner: int) -> None:
    person(Role.ADMIN, email="admin@staff.example")
    person(None, email="no-show@mail.example")
    before = len(rows(Letter)), len(rows(Event))
    for email in ("nobody@mail.example", "admin@staff.example", "no-show@mail.example", "", "%"):
        people.send_owner_link(email, now=NOW)
    close(owner)
    people.send_owner_link("maren@mail.example", now=NOW)
    assert (len(rows(Letter)), len(rows(Event))) == before


def test_links_are_forgotten_a_month_after_they_expired(app: Flask) -> None:
    made = person(None)
    with transaction() as session:
        post.mint(session, Purpose.OWNER, made, now=NOW)
    gone = NOW + timedelta(days=post.OWNER_DAYS + 30)
    assert people.forget_links(now=gone) == 0
    assert people.forget_links(now=gone + timedelta(seconds=1)) == 1
    assert rows(AccessLink) == []


def test_keys_are_a_persons_own(app: Flask) -> None:
    one, other = person(), person()
    people.set_keys(one.id, {"approve": "y", "undo": ""}, off=True, now=NOW)
    assert db.session.get_one(Person, one.id, populate_existing=True).keys == {
        "off": True,
        "keys": {"approve": "y", "undo": ""},
    }
    assert db.session.get_one(Person, other.id, populate_existing=True).keys == {}
    assert [event.verb for event in rows(Event, person_id=one.id)] == ["keys-changed"]


@pytest.mark.parametrize("keys", [{"a": "xy"}, {"a": " "}, {"a": "x", "b": "x"}, {"a": "x", "b": "X"}])
def test_no_two_actions_share_a_key_and_each_is_one_sign(app: Flask, keys: dict[str, str]) -> None:
    with pytest.raises(Refused, match="keys"):
        people.set_keys(person().id, keys, off=False, now=NOW)
