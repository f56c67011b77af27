"""One application and all that is known of it, at a price that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import delete

from review import outbox
from review.db import transaction
from review.errors import Missing
from review.models.application import Application, Mark
from review.models.outbox import Kind as Effect
from review.models.person import Person
from review.models.show import Episode, Show, StepName
from review.podcast.feed import Feed
from review.podcast.likeness import Kind
from review.podcast.reader import Reading
from review.podcast.snapshot import take
from review.reads import dossier, effects, mailbox, shows
from review.rules import BACKLOG, Role, State, Verb
from review.services import applications, decisions, likeness, moves, reviewing
from tests import servers
from tests.factories import NOW, WINDOW, decided, lead, person, received, rows, submitted

Drain = Callable[..., int]
Statements = Callable[[Callable[[], Any]], int]
FEED = "https://a.example/feed"
SEEN = take(Reading(Feed(), (), 0), url=FEED, now=NOW)


def test_dossier_holds_all_that_was_said(app: Flask) -> None:
    id_, by = received(feed_url=FEED), person(name="Ada Moreau")
    reviewing.note(id_, "Warm.", by=by, now=NOW)
    reviewing.feed_checked(id_, {"url": FEED, "failure": "dns"}, now=NOW)
    decided(id_, Verb.ASK, by=by, asked=("pitch",))
    applications.answer(id_, changes={}, body="Here.", now=NOW + WINDOW)
    found = dossier.dossier(id_, reader=0)
    assert [note.body for note in found.notes] == ["Warm."]
    assert [message.person.name if message.person else "" for message in found.messages] == ["Ada Moreau", ""]
    assert [event.verb for event in found.events] == ["submit", "verify", "note", "feed-checked", "ask", "answer"]
    assert [letter.kind for letter in found.letters] == ["received", "asked"]
    assert found.check is not None
    assert (found.check.failure, found.snapshot, found.show) == ("dns", None, None)
    assert found.decision is not None
    assert found.decision.verb is Verb.ASK


def test_decision_can_be_undone_while_its_window_is_open(app: Flask) -> None:
    id_, by = received(), lead()
    assert not dossier.dossier(id_, reader=0).undoable(NOW)
    made = decided(id_, Verb.DECLINE, by=by)
    assert dossier.dossier(id_, reader=0).undoable(NOW + WINDOW - timedelta(seconds=1))
    assert not dossier.dossier(id_, reader=0).undoable(NOW + WINDOW)
    decisions.undo(made, by=by, now=NOW)
    assert not dossier.dossier(id_, reader=0).undoable(NOW)


def test_page_moves_while_a_feed_is_read_or_a_show_is_made(app: Flask, drain: Drain) -> None:
    plain, with_feed = received(), received(feed_url=FEED)
    assert not dossier.dossier(plain, reader=0).is_moving
    assert dossier.dossier(with_feed, reader=0).feed_is_being_read
    decided(plain, Verb.APPROVE)
    assert dossier.dossier(plain, reader=0).is_moving
    drain()
    assert not dossier.dossier(plain, reader=0).is_moving
    assert set(dossier.dossier(plain, reader=0).steps) == set(StepName)
    assert dossier.dossier(plain, reader=0).show is not None


def test_newest_effect_of_a_kind_is_the_one_shown(app: Flask) -> None:
    id_ = received(feed_url=FEED)
    reviewing.check_feed(id_, by=person(), now=NOW)
    found = dossier.dossier(id_, reader=0)
    newest = found.effect(Effect.FEED_CHECK)
    assert newest is not None
    assert newest.id == max(item.id for item in found.effects)
    assert found.effect(Effect.MEDIA) is None


def alike(id_: int) -> dict[int, dict[Kind, int]]:
    return {other.application.id: other.alike for other in dossier.dossier(id_, reader=0).others}


def test_others_are_those_of_the_same_person_or_show(app: Flask) -> None:
    first = received(email="a.b+x@gmail.com", feed_url="http://www.one.example/feed/")
    told = {"show_title": "Another", "name": "Somebody"}
    person_again = received(email="ab@googlemail.com", **told)
    feed_again = received(email="c@mail.example", feed_url="https://www.one.example/feed", **told)
    show_again = received(email="e@mail.example", show_title="The Harbor Kitchen Podcast", name="Oduya, Maren")
    received(email="d@mail.example", name="Somebody else")
    submitted(email="ab@gmail.com")
    assert alike(first) == {
        person_again: {Kind.PERSON: 1},
        feed_again: {Kind.FEED: 1},
        show_again: {Kind.TITLE: 1},
    }


def test_shows_are_known_by_where_redirects_lead_and_by_their_guids(app: Flask) -> None:
    """The same feed behind two addresses, and the same episodes behind a third."""
    ids = [
        received(email=f"{n}@mail.example", name=f"N{n}", show_title=f"T{n}", feed_url=f"https://{n}.example/f")
        for n in range(3)
    ]
    assert alike(ids[0]) == {}
    for id_, url, guid, guids in (
        (ids[0], "https://real.example/feed", "917393e3-1b1e-5cef-ace4-edaa54e1f810", ("e1", "e2", "e3")),
        (ids[1], "https://real.example/feed/", "", ()),
        (ids[2], "https://2.example/f", "917393E3-1B1E-5CEF-ACE4-EDAA54E1F810", ("e3", "e2")),
    ):
        seen = replace(SEEN, url=url, guid=guid, guids=guids)
        reviewing.feed_checked(id_, {"url": url, "snapshot": seen.to_json()}, now=NOW)
    assert alike(ids[0]) == {ids[2]: {Kind.GUID: 1, Kind.EPISODES: 2}, ids[1]: {Kind.FEED: 1}}


def test_what_came_before_there_were_marks_is_marked_by_the_clock(app: Flask) -> None:
    ids = [received(), received()]
    with transaction() as session:
        session.execute(delete(Mark))
    assert alike(ids[0]) == {}
    assert likeness.mark_unmarked(now=NOW) == 2
    assert likeness.mark_unmarked(now=NOW) == 0
    assert set(alike(ids[0])) == {ids[1]}


def test_an_answer_and_a_corrected_address_are_marked_anew(app: Flask) -> None:
    first, second = received(), received(email="other@mail.example", show_title="Another")
    assert alike(first) == {}
    decided(second, Verb.ASK, asked=("show_title", "feed_url"), now=NOW - WINDOW)
    applications.answer(second, changes={"show_title": "Harbour kitchen"}, body="", now=NOW)
    assert alike(first) == {second: {Kind.TITLE: 1}}
    with transaction() as session:
        application = session.get_one(Application, second)
        applications.change_email(application, "maren@mail.example")
        likeness.mark(session, application)
    assert alike(first) == {second: {Kind.TITLE: 1, Kind.PERSON: 1}}


@pytest.mark.parametrize("state", State)
def test_dossier_and_standing_open_in_every_state(app: Flask, state: State) -> None:
    id_ = received(feed_url=FEED)
    with transaction():
        rows(type(dossier.dossier(id_, reader=0).application))[0].state = state
    assert dossier.standing(id_, now=NOW).state is state
    if state in BACKLOG:
        assert dossier.dossier(id_, reader=0).application.state is state
    else:
        with pytest.raises(Missing):
            dossier.dossier(id_, reader=0)


def test_what_never_was_is_missing(app: Flask) -> None:
    with pytest.raises(Missing):
        dossier.dossier(99, reader=0)
    with pytest.raises(Missing):
        dossier.standing(99, now=NOW)


def test_notes_are_for_staff_alone(app: Flask) -> None:
    id_ = received()
    reviewing.note(id_, "Not for them.", by=person(), now=NOW)
    assert dossier.standing(id_, now=NOW).messages == []


def fill(id_: int, number: int) -> None:
    """`number` of everything an application can have many of."""
    for n in range(number):
        by = person(name=f"Reviewer {n}")
        reviewing.note(id_, f"Note {n}", by=by, now=NOW)
        decided(id_, Verb.ASK, by=by, asked=("pitch",))
        applications.answer(id_, changes={}, body=f"Answer {n}", now=NOW + WINDOW)
        received(now=NOW)


def test_dossier_asks_as_often_for_many_as_for_one(app: Flask, statements: Statements) -> None:
    id_ = received(feed_url=FEED)

    def look() -> None:
        found = dossier.dossier(id_, reader=0)
        assert all(note.person.name for note in found.notes)
        assert all(message.person is None or message.person.name for message in found.messages)
        assert all(event.person is None or event.person.name for event in found.events)
        assert found.decision is not None
        assert all((found.decision.person.name, found.application.reviewer, len(found.letters), len(found.others)))

    def told() -> None:
        standing = dossier.standing(id_, now=NOW + WINDOW)
        assert all(message.person is None or message.person.name for message in standing.messages)

    fill(id_, 1)
    few = statements(look), statements(told)
    fill(id_, 12)
    assert (statements(look), statements(told)) == few
    assert few[0] <= 16


@pytest.fixture
def on_air(app: Flask, drain: Drain) -> str:
    """A show with twelve episodes; its slug."""
    decided(received(), Verb.APPROVE)
    drain()
    (show,) = rows(Show)
    with transaction() as session:
        for n in range(12):
            session.add(
                Episode(
                    show_id=show.id,
                    guid=f"g{n}",
                    title=f"Episode {n}",
                    description="",
                    published_at=NOW + timedelta(days=n),
                    source_url=f"https://old.example/{n}.mp3",
                    media_type="audio/mpeg",
                    media_key="" if n % 2 else f"media/x/{n}.mp3",
                    media_bytes=n,
                )
            )
    return rows(Show)[0].slug


def test_show_is_seen_by_its_owner_and_by_staff_only(app: Flask, on_air: str) -> None:
    owner = rows(Person, email="maren@mail.example")[0]
    for someone in (owner, person(Role.VIEWER)):
        found = shows.overview(on_air, someone)
        assert (len(found.episodes), found.copied) == (12, 6)
        assert [line.show.slug for line in shows.listed(someone)] == [on_air]
    stranger = person(None)
    assert shows.listed(stranger) == []
    with pytest.raises(Missing):
        shows.overview(on_air, stranger)
    with pytest.raises(Missing):
        shows.overview("no-such-show", owner)


def test_feed_lists_the_newest_first_and_our_copies_where_there_are_any(app: Flask, on_air: str) -> None:
    episodes = shows.feed(rows(Show)[0].id).episodes
    assert [episode.guid for episode in episodes] == [f"g{n}" for n in reversed(range(12))]
    hosts = {e.guid: e.enclosure.url.partition("://")[2].partition("/")[0] for e in episodes if e.enclosure}
    assert hosts["g1"] == "old.example"
    assert hosts["g0"] == urlsplit(servers.feeds_url()).netloc


def test_archive_holds_what_is_here_and_names_what_is_not(app: Flask, on_air: str) -> None:
    found = shows.contents(rows(Show)[0].id)
    assert len(found.missing) == 6
    assert [file.name for file in found.files][0].startswith("artwork.")
    assert len({file.name for file in found.files}) == len(found.files) == 7
    assert found.size == sum(file.size for file in found.files)


def test_show_asks_as_often_for_many_episodes_and_links_as_for_few(
    app: Flask, on_air: str, statements: Statements
) -> None:
    viewer, show_id = person(Role.VIEWER).id, rows(Show)[0].id

    def look() -> None:
        someone = Person(id=viewer, role=Role.VIEWER)
        found = shows.overview(on_air, someone)
        assert all(link.made_by.name for link in found.links)
        assert all(event.person is None or event.person.name for event in found.events)
        assert [line.show.owner.name for line in shows.listed(someone)]
        assert shows.feed(show_id).episodes
        assert shows.contents(show_id).files

    few = statements(look)
    for n in range(10):
        moves.make_link(on_air, by=person(name=f"R{n}"), now=NOW)
    assert statements(look) == few


def test_outbox_shows_what_waits_and_what_is_dead_and_why(app: Flask, statements: Statements) -> None:
    received(feed_url=FEED)
    few = statements(effects.effects)
    for _ in range(5):
        received(feed_url=FEED, now=NOW + timedelta(hours=1))
    (held,) = outbox.lease(limit=1, now=NOW, period=timedelta(minutes=1))
    outbox.dead(held, "answered 404", now=NOW)
    found = effects.effects()
    assert [item.error for item in found.dead] == ["answered 404"]
    assert (sum(found.counts.values()), len(found.waiting)) == (12, 11)
    assert statements(effects.effects) == few


@servers.EMBEDDED_ONLY
def test_mailbox_shows_what_was_sent(app: Flask, drain: Drain) -> None:
    received()
    drain()
    assert mailbox.present()
    (line,) = mailbox.messages()
    read = mailbox.message(line.id)
    assert "maren@mail.example" in read.to
    assert read.date <= datetime.now(UTC)
    with pytest.raises(Missing):
        mailbox.message(99)
