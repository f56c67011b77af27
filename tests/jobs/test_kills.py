"""Nothing is lost and nothing happens twice, whichever process is killed at whatever moment."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from redis import Redis

from review.models.application import Decision
from review.models.batch import BatchItem, Fate
from review.models.event import Event
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, OutboxItem
from review.models.show import Episode, ProvisioningStep, Show, StepName
from review.podcast import reader
from review.reads import links
from review.rules import State, Verb
from review.services import bulk, decisions
from review.services.bulk import Plan
from tests import servers
from tests.conftest import PUBLIC_URL
from tests.factories import choice, count, lead, received, rows
from tests.jobs.crew import Crew
from tests.servers import EMBEDDED_ONLY
from tests.services.old_host import OldHost, serving
from tests.waiting import wait_for

pytestmark = EMBEDDED_ONLY  # tests/faults kill the stack's own
OPEN = (ItemState.WAITING, ItemState.LEASED)
WORKERS = ("worker prompt", "worker bulk")


@pytest.fixture
def crew(app: Flask) -> Iterator[Crew]:
    """A crew on the app's own folder, with short leases."""
    settings = app.config["GREENROOM"]
    made = Crew(
        settings.data_dir,
        REDIS_URL=f"unix://{settings.data_dir}/valkey.sock",
        SECRET_KEY=settings.secret_key,
        PUBLIC_URL=PUBLIC_URL,
        LEASE_SECONDS="2",
        FETCH_ALLOW_NETWORKS="127.0.0.1/32",
    )
    try:
        yield made
    finally:
        made.disband()


@pytest.fixture
def old_host() -> Iterator[OldHost]:
    with serving() as host:
        yield host


def decide_twelve(old_host: OldHost) -> dict[int, Verb]:
    """Twelve applications, decided with nothing left to undo: six declined, six approved, two of those with a feed."""
    decided, by, now = {}, lead(), datetime.now(UTC)
    for number in range(12):
        verb = Verb.APPROVE if number % 2 else Verb.DECLINE
        feed = old_host.put_feed("a", "b", path=f"/{number}.xml") if number in (3, 9) else ""
        id_ = received(email=f"a{number}@mail.example", show_title=f"Show {number}", feed_url=feed, now=now)
        decisions.decide(choice(id_, verb), by=by, now=now, undo_window=timedelta(0))
        decided[id_] = verb
    return decided


def unsettled() -> int:
    return sum(item.state in OPEN for item in rows(OutboxItem))


def settled() -> int:
    return sum(item.state not in OPEN for item in rows(OutboxItem))


def mail_links(app: Flask, letter: Letter) -> Iterator[str]:
    """Where the links of a sent letter lead, without the address of the product."""
    message = servers.mail(letter)
    return (word.removeprefix(PUBLIC_URL) for word in message.text.split() if word.startswith(PUBLIC_URL))


def assert_link_opens(path: str, letter: Letter) -> None:
    now, token = datetime.now(UTC), path.rpartition("/")[2]
    if path.startswith("/apply/verify/"):
        assert links.unverified(token, now=now) == letter.application_id
    elif path.startswith("/shows/enter/"):
        assert links.owner(token, now=now).id == letter.person_id
    else:
        assert links.status(token, now=now) == letter.application_id


def assert_all_happened_once(app: Flask, decided: dict[int, Verb], old_host: OldHost) -> None:
    assert Counter(item.state for item in rows(OutboxItem)) == {ItemState.DONE: len(rows(OutboxItem))}
    letters = rows(Letter)
    kinds = {Verb.APPROVE: "approved", Verb.DECLINE: "declined"}
    expected = Counter((id_, kind) for id_, verb in decided.items() for kind in ("received", kinds[verb]))
    assert Counter((letter.application_id, letter.kind) for letter in letters) == expected
    assert {letter.state for letter in letters} == {LetterState.SENT}
    assert servers.mailed() == [letter.id for letter in letters]
    for letter in letters:
        paths = list(mail_links(app, letter))
        assert len(paths) == 1
        assert_link_opens(paths[0], letter)
    approved = [id_ for id_, verb in decided.items() if verb is Verb.APPROVE]
    assert sorted(show.application_id for show in rows(Show)) == approved
    assert count(State.APPROVED) == len(approved)
    for show in rows(Show):
        assert_on_air_once(app, show)
    for episode in rows(Episode):
        original = old_host.pages[episode.source_url.removeprefix(old_host.url)]
        assert isinstance(original, bytes)
        assert episode.media_sha256 == hashlib.sha256(original).hexdigest()
        assert servers.stored(episode.media_key) == original
    assert len(rows(Episode)) == 4


def assert_on_air_once(app: Flask, show: Show) -> None:
    steps = rows(ProvisioningStep, application_id=show.application_id)
    assert sorted(step.name for step in steps) == sorted(StepName)
    data = servers.stored(f"feeds/{show.slug}/rss.xml")
    assert hashlib.sha256(data).hexdigest() == show.feed_sha256
    feed = reader.read(data).feed
    assert feed.guid == show.guid
    assert all(e.enclosure and e.enclosure.url.startswith(f"{servers.feeds_url()}/media/") for e in feed.episodes)
    verbs = Counter(event.verb for event in rows(Event) if event.show_id == show.id)
    assert verbs["show-created"] == 1
    of_application = Counter(event.verb for event in rows(Event, application_id=show.application_id))
    assert of_application["provisioned"] == of_application[Verb.APPROVE] == 1


def test_whatever_is_killed_everything_happens_once(app: Flask, crew: Crew, old_host: OldHost) -> None:
    decided, dice = decide_twelve(old_host), Random(20)
    connection = Redis(unix_socket_path=str(app.config["GREENROOM"].data_dir / "valkey.sock"))
    for name in ("broker", "relay", *WORKERS):
        crew.start(name)

    def blow(victim: str) -> None:
        """Let a few more effects happen, wait for a horse to be at work, and strike."""
        goal = settled() + dice.randint(1, 3)
        wait_for(lambda: settled() >= goal or not unsettled(), seconds=60, what="the work goes on")
        if "horse" in victim:
            wait_for(lambda: any(map(crew.children, WORKERS)) or not unsettled(), seconds=60, what="a horse is at work")
        if victim == "relay":
            crew.kill("relay")
            crew.start("relay")
        for worker in WORKERS:
            if "horse" in victim:
                crew.kill_children(worker)
            if "worker" in victim:
                crew.kill(worker)
                crew.start(worker)
        if victim == "queue":
            connection.flushall()

    victims = ["worker", "worker and horse", "horse", "relay", "horse", "queue", "worker and horse", "relay"]
    dice.shuffle(victims)
    for victim in victims:
        blow(victim)
        assert crew.ended() == [], crew.log()
    wait_for(lambda: not unsettled(), seconds=90, what="everything is settled")
    assert_all_happened_once(app, decided, old_host)
    connection.close()


def test_a_broker_that_is_killed_comes_back_with_nothing_lost(app: Flask, crew: Crew, old_host: OldHost) -> None:
    for number in range(4):
        received(email=f"a{number}@mail.example", now=datetime.now(UTC))
    for name in ("broker", "relay"):
        crew.start(name)
    wait_for(lambda: all(item.state is ItemState.LEASED for item in rows(OutboxItem)), seconds=60, what="all is leased")
    crew.kill("broker")
    crew.start("broker")
    crew.start("worker prompt")
    wait_for(lambda: not unsettled(), seconds=60, what="everything is settled")
    assert {letter.state for letter in rows(Letter)} == {LetterState.SENT}
    assert crew.ended() == [], crew.log()


def test_batch_whose_workers_are_killed_decides_each_once(app: Flask, crew: Crew) -> None:
    """Until the last one is decided no letter leaves; then each leaves once."""
    crew.set(BULK_UNDO_SECONDS="0")
    by, now, dice = lead(), datetime.now(UTC), Random(7)
    ids = [received(email=f"a{n}@mail.example", show_title=f"Show {n}", now=now) for n in range(40)]
    batch_id = bulk.prepare(ids, Plan(Verb.DECLINE), filters={}, by=by, now=now)
    bulk.run(batch_id, by=by, now=now)
    for name in ("broker", "relay", "worker prompt"):
        crew.start(name)
    for _ in range(4):
        goal = len(rows(Decision)) + dice.randint(1, 8)
        wait_for(lambda goal=goal: len(rows(Decision)) >= min(goal, 40), seconds=60, what="the batch goes on")
        crew.kill_children("worker prompt")
        if len(rows(Decision)) < 40:
            assert {letter.state for letter in rows(Letter, kind="declined")} == {LetterState.QUEUED}
    wait_for(lambda: not unsettled(), seconds=90, what="everything is settled")
    assert Counter(item.fate for item in rows(BatchItem)) == {Fate.DECIDED: 40}
    assert Counter(decision.application_id for decision in rows(Decision)) == dict.fromkeys(ids, 1)
    assert [letter.application_id for letter in rows(Letter, kind="declined")] == ids
    assert servers.mailed() == [letter.id for letter in rows(Letter)]
    assert crew.ended() == [], crew.log()
