"""Leaving: the link that lets a show go, and the lock that opens for as long as one lives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from review import tokens
from review.errors import Forbidden, Gone, Missing
from review.models.event import Actor, Event
from review.models.letter import Letter, LetterState
from review.models.outbox import OutboxItem
from review.models.person import Person
from review.models.show import ExportLink, Show
from review.podcast import reader
from review.reads import links
from review.rules import Role, Verb
from review.services import moves, post
from tests import servers
from tests.factories import decided, person, received, rows
from tests.services.at_once import at_once

Drain = Callable[..., int]
LATER = datetime.now(UTC) + timedelta(hours=2)  # `drain` works an hour ahead of the clock
DAY = timedelta(days=1)
SLUG = "harbour-kitchen"


@pytest.fixture
def show(app: Flask, drain: Drain) -> str:
    """A show on the air; its slug."""
    decided(received(), Verb.APPROVE)
    drain()
    return SLUG


def owner() -> Person:
    return rows(Show)[0].owner


def locked(app: Flask, drain: Drain) -> bool | None:
    """What the published feed says."""
    drain(now=LATER + 99 * DAY)
    return reader.read(servers.stored(f"feeds/{SLUG}/rss.xml")).feed.locked


def mailed(app: Flask) -> str:
    """The token in the newest letter."""
    letter = rows(Letter)[-1]
    return str(servers.mail(letter).text.partition("/move/")[2].split()[0])


def shows_events() -> list[str]:
    return [event.verb for event in rows(Event) if event.show_id]


def test_owner_is_mailed_a_link_that_opens_the_show(app: Flask, drain: Drain, show: str) -> None:
    link_id = moves.make_link(show, by=owner(), now=LATER)
    drain(now=LATER)
    letter = rows(Letter)[-1]
    assert (letter.kind, letter.to_email, letter.state) == ("export_link", "maren@mail.example", LetterState.SENT)
    token = mailed(app)
    assert links.export(token, now=LATER).id == link_id
    assert moves.open_link(token, now=LATER) == rows(Show)[0].id
    assert rows(ExportLink)[0].token_hash == tokens.digest(token)
    assert token not in "".join(letter.text + letter.html for letter in rows(Letter))


def test_link_works_for_fourteen_days(app: Flask, drain: Drain, show: str) -> None:
    moves.make_link(show, by=owner(), now=LATER)
    drain(now=LATER)
    token = mailed(app)
    moves.open_link(token, now=LATER + 14 * DAY - timedelta(seconds=1))
    with pytest.raises(Gone):
        moves.open_link(token, now=LATER + 14 * DAY)


def test_link_is_of_no_use_before_its_letter_has_left(app: Flask, drain: Drain, show: str) -> None:
    moves.make_link(show, by=owner(), now=LATER)
    assert rows(ExportLink)[0].token_hash is None


def test_every_download_is_counted_and_noted(app: Flask, drain: Drain, show: str) -> None:
    moves.make_link(show, by=owner(), now=LATER)
    drain(now=LATER)
    token = mailed(app)
    at_once(app, *[lambda: moves.open_link(token, now=LATER + DAY)] * 6)
    (link,) = rows(ExportLink)
    assert (link.downloads, link.downloaded_at) == (6, LATER + DAY)
    assert shows_events().count("export-downloaded") == 6


@pytest.mark.parametrize("token", ["", "x", "x.y", "WzFd.AAAA"])
def test_a_made_up_link_opens_nothing(app: Flask, show: str, token: str) -> None:
    moves.make_link(show, by=owner(), now=LATER)
    with pytest.raises(Missing):
        moves.open_link(token, now=LATER)


def test_a_link_of_another_kind_opens_nothing(app: Flask, drain: Drain, show: str) -> None:
    secret = app.config["SECRET_KEY"]
    for token in (tokens.mint(secret, "status"), tokens.sign(secret, "verify", [1]), tokens.mint(secret, "owner")):
        with pytest.raises(Missing):
            moves.open_link(token, now=LATER)


def test_revoked_link_is_gone(app: Flask, drain: Drain, show: str) -> None:
    link_id = moves.make_link(show, by=owner(), now=LATER)
    drain(now=LATER)
    token = mailed(app)
    assert moves.revoke_link(link_id, by=owner(), now=LATER) == show
    with pytest.raises(Gone):
        moves.open_link(token, now=LATER)
    assert rows(ExportLink)[0].downloads == 0


def test_revoking_twice_is_once(app: Flask, show: str) -> None:
    link_id = moves.make_link(show, by=owner(), now=LATER)
    moves.revoke_link(link_id, by=owner(), now=LATER)
    moves.revoke_link(link_id, by=owner(), now=LATER + DAY)
    assert rows(ExportLink)[0].revoked_at == LATER
    assert shows_events().count("export-link-revoked") == 1


def test_feed_is_unlocked_while_a_link_lives_and_locked_again_after(app: Flask, drain: Drain, show: str) -> None:
    assert locked(app, drain) is True
    first = moves.make_link(show, by=owner(), now=LATER)
    assert locked(app, drain) is False
    second = moves.make_link(show, by=owner(), now=LATER + DAY)
    moves.revoke_link(first, by=owner(), now=LATER + DAY)
    assert locked(app, drain) is False
    moves.revoke_link(second, by=owner(), now=LATER + DAY)
    assert locked(app, drain) is True


def test_feed_is_locked_when_the_last_link_has_expired(app: Flask, drain: Drain, show: str) -> None:
    moves.make_link(show, by=owner(), now=LATER)
    moves.make_link(show, by=owner(), now=LATER + DAY)
    assert moves.lock_again(now=LATER + 14 * DAY) == 0
    assert locked(app, drain) is False
    assert moves.lock_again(now=LATER + 15 * DAY) == 1
    assert locked(app, drain) is True
    assert moves.lock_again(now=LATER + 16 * DAY) == 0
    assert shows_events().count("feed-locked") == 1


def test_a_second_link_does_not_publish_the_same_feed_again(app: Flask, drain: Drain, show: str) -> None:
    moves.make_link(show, by=owner(), now=LATER)
    locked(app, drain)
    before = shows_events().count("feed-published"), len(rows(OutboxItem))
    moves.make_link(show, by=owner(), now=LATER)
    locked(app, drain)
    assert (shows_events().count("feed-published"), len(rows(OutboxItem))) == (before[0], before[1] + 1)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEAD, Role.ADMIN], ids=str)
def test_staff_may_make_and_revoke_links_and_the_owner_gets_the_letter(app: Flask, show: str, role: Role) -> None:
    by = person(role)
    moves.revoke_link(moves.make_link(show, by=by, now=LATER), by=by, now=LATER)
    assert rows(Letter)[-1].to_email == "maren@mail.example"
    made, revoked = (event for event in rows(Event) if event.verb.startswith("export-link"))
    assert {(event.actor, event.person_id) for event in (made, revoked)} == {(Actor.STAFF, by.id)}


@pytest.mark.parametrize(("role", "error"), [(None, Missing), (Role.VIEWER, Forbidden)], ids=str)
def test_nobody_else_may(app: Flask, show: str, role: Role | None, error: type[Exception]) -> None:
    link_id, by = moves.make_link(show, by=owner(), now=LATER), person(role)
    with pytest.raises(error):
        moves.make_link(show, by=by, now=LATER)
    with pytest.raises(error):
        moves.revoke_link(link_id, by=by, now=LATER)
    assert len(rows(ExportLink)) == 1
    assert rows(ExportLink)[0].revoked_at is None


def test_what_never_was_is_missing(app: Flask, show: str) -> None:
    with pytest.raises(Missing):
        moves.make_link("no-such-show", by=owner(), now=LATER)
    with pytest.raises(Missing):
        moves.revoke_link(99, by=owner(), now=LATER)


def test_letter_handed_over_twice_carries_links_that_work(app: Flask, show: str) -> None:
    """A worker may die after the mail service took the letter and before that was noted."""
    moves.make_link(show, by=owner(), now=LATER)
    letter = rows(Letter)[-1]
    first = post.address(letter.id, now=LATER)
    post.not_found(letter.id)  # the mail service was asked, and has none
    second = post.address(letter.id, now=LATER)
    assert first is not None
    assert second is not None
    for addressed in (first, second):
        assert links.export(addressed.text.partition("/move/")[2].split()[0], now=LATER)
    post.sent(letter.id, "id", now=LATER)
    assert post.address(letter.id, now=LATER) is None


def test_export_letter_of_a_show_named_like_a_link_leaves_all_the_same(app: Flask, drain: Drain) -> None:
    decided(received(show_title="[[status-link]] [[verify-link]]"), Verb.APPROVE)
    drain()
    moves.make_link(rows(Show)[0].slug, by=owner(), now=LATER)
    drain(now=LATER)
    assert {letter.state for letter in rows(Letter)} == {LetterState.SENT}
