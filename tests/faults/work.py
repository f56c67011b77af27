"""Work for the running stack, put by the product's own verbs, and the proof that all of it happened exactly once."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import urllib3
from flask import Flask
from sqlalchemy import select, update

from review.db import db, transaction
from review.models.application import Application
from review.models.event import Event
from review.models.letter import REPORTED, Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.show import Episode, ProvisioningStep, Show, StepName, feed_key
from review.podcast import reader
from review.rules import Verb
from review.services import decisions
from stack.machine import Stack
from stack.server import Server
from tests.factories import choice, lead, received, rows
from tests.services.old_host import OldHost
from tests.waiting import wait_for

RESUMES = 60.0
"""Seconds within which work goes on once what it needs is back."""

SETTLES = timedelta(seconds=61)
"""After this time the mail service is asked whether it has a letter."""

IN_THE_AIR = timedelta(seconds=30)
"""No attempt to hand a letter over takes longer."""

OPEN = (ItemState.WAITING, ItemState.LEASED)


def parts(stack: Stack) -> list[Server]:
    """Everything that runs, from the bottom up."""
    return [*stack.servers.all.values(), *stack.web, *stack.jobs, stack.nginx]


def fallen(stack: Stack) -> list[str]:
    """Parts that do not run."""
    return [part.name for part in parts(stack) if not part.running()]


@dataclass(frozen=True)
class Batch:
    """Applications that were decided, with the verb of each."""

    verbs: dict[int, Verb]

    @property
    def approved(self) -> list[int]:
        return [id_ for id_, verb in self.verbs.items() if verb is Verb.APPROVE]


class Work:
    """The stack's work, seen past the pooler. `app` is the product in this process, with the stack's settings."""

    def __init__(self, stack: Stack, app: Flask, host: OldHost) -> None:
        self._stack = stack
        self._app = app
        self._host = host

    @contextmanager
    def here(self) -> Iterator[None]:
        """Inside, the product's verbs and rows can be used. No connection is kept: servers come and go between uses."""
        with self._app.app_context():
            yield
            db.session.remove()
            db.engine.dispose()

    def begin(self, *, declined: int = 3, approved: int = 1, moved: int = 1) -> Batch:
        """Applications that are decided with nothing left to undo; `moved` are approved ones with a feed elsewhere."""
        feeds = [self._host.put_feed("a", "b", path=f"/{token_hex(4)}.xml") for _ in range(moved)]
        choices = [(Verb.DECLINE, "")] * declined + [(Verb.APPROVE, feed) for feed in ("",) * approved + (*feeds,)]
        with self.here():
            return Batch({self._decided(verb, feed): verb for verb, feed in choices})

    def approve(self, feed: str) -> Batch:
        """An application of the show whose feed lies at this address, approved."""
        with self.here():
            return Batch({self._decided(Verb.APPROVE, feed): Verb.APPROVE})

    def _decided(self, verb: Verb, feed: str) -> int:
        id_ = self.apply(feed_url=feed)
        decisions.decide(choice(id_, verb), by=lead(), now=datetime.now(UTC), undo_window=timedelta(0))
        return id_

    def apply(self, **changes: Any) -> int:
        """An application in the backlog, from inside `here`."""
        name = token_hex(4)
        given = {"show_title": f"Lighthouse {name}", "email": f"{name}@mail.example"} | changes
        return received(now=datetime.now(UTC), **given)

    def open(self) -> list[tuple[Kind, int]]:
        """Effects that are not settled, by kind and target."""
        with self.here():
            wanted = select(OutboxItem.kind, OutboxItem.target_id).where(OutboxItem.state.in_(OPEN))
            return [(kind, target) for kind, target in db.session.execute(wanted)]

    def dead(self) -> list[tuple[Kind, str]]:
        """Effects that were given up, each with its reason."""
        with self.here():
            wanted = select(OutboxItem.kind, OutboxItem.error).where(OutboxItem.state == ItemState.DEAD)
            return [(kind, error) for kind, error in db.session.execute(wanted)]

    def hurry(self, in_the_air: timedelta) -> None:
        """Have done at once what waits for another try, as if its time had come. Call it when all works again: every
        try that fails brings an effect nearer to being given up. Letters handed over within `in_the_air` are let be."""
        now = datetime.now(UTC)
        with self.here(), transaction() as session:
            unknown, landed = Letter.state == LetterState.SENDING, Letter.attempted_at < now - in_the_air
            asked_for = select(Letter.id).where(unknown & ~landed)
            in_hand = (OutboxItem.kind == Kind.LETTER) & OutboxItem.target_id.in_(asked_for)
            waits = (OutboxItem.state == ItemState.WAITING) & (OutboxItem.attempts > 0) & ~in_hand
            session.execute(update(OutboxItem).where(waits).values(due_at=now))
            session.execute(update(Letter).where(unknown & landed).values(attempted_at=now - SETTLES))

    def finish(self, seconds: float = RESUMES, *, in_the_air: timedelta = IN_THE_AIR) -> None:
        """Wait until nothing is left to do and nothing was given up."""
        hurried = 0.0

        def settled() -> bool:
            nonlocal hurried
            if time.monotonic() > hurried + 2:
                self.hurry(in_the_air)
                hurried = time.monotonic()
            return not self.open()

        wait_for(settled, seconds=seconds, what="everything is settled")
        given_up = self.dead()
        assert not given_up, given_up

    def resumed(self) -> float:
        """Something new is done from end to end, without anybody hurrying it. Seconds it took."""
        with self.here():
            id_ = self.apply()
            (letter,) = rows(Letter, application_id=id_)
        return wait_for(lambda: self.posts()[letter.custom_id or ""], seconds=RESUMES, what="work goes on")

    def posts(self) -> Counter[str]:
        """How often each letter, by its CustomID, was handed to the mail service."""
        return Counter(self._asked(f"{self._stack.servers.mailjet.url}/_double/posts"))

    def letters(self) -> Counter[str]:
        """How often the mail service has each letter, by its CustomID."""
        taken = self._asked(f"{self._stack.servers.mailjet.url}/_double/messages")
        return Counter(one["custom_id"] for one in taken)

    def published(self, key: str) -> bytes:
        """An object as listeners get it."""
        answer = urllib3.request("GET", f"{self._app.config['FEEDS_URL']}/{key}", timeout=10, retries=False)
        assert answer.status == 200, key
        return answer.data

    def indexed(self, id_: int) -> dict[str, Any]:
        """What the search index holds of an application; `found` says whether there is anything."""
        server, name = self._stack.servers.elasticsearch.url, self._app.config["GREENROOM"].search_index
        found: dict[str, Any] = self._asked(f"{server}/{name}/_doc/{id_}")
        return found

    def assert_once(self, batch: Batch, *, posts: bool = True) -> None:
        """All that follows from these decisions has happened, and none of it twice. `posts`: letters were not even
        offered twice to the mail service."""
        with self.here():
            self._assert_letters_once(batch, posts=posts)
            for id_ in batch.verbs:
                assert self.indexed(id_)["_version"] == db.session.get_one(Application, id_).revision
            shows = [show for show in rows(Show) if show.application_id in batch.verbs]
            assert sorted(show.application_id for show in shows) == sorted(batch.approved)
            for show in shows:
                self._assert_on_air_once(show)

    def _assert_letters_once(self, batch: Batch, *, posts: bool) -> None:
        letters = [letter for letter in rows(Letter) if letter.application_id in batch.verbs]
        kinds = {Verb.APPROVE: "approved", Verb.DECLINE: "declined"}
        expected = Counter((id_, kind) for id_, verb in batch.verbs.items() for kind in ("received", kinds[verb]))
        assert Counter((letter.application_id, letter.kind) for letter in letters) == expected
        assert {letter.state for letter in letters} <= set(REPORTED)
        taken, offered = self.letters(), self.posts()
        assert [letter.id for letter in letters if taken[letter.custom_id or ""] != 1] == []
        assert not posts or [letter.id for letter in letters if offered[letter.custom_id or ""] != 1] == []

    def _assert_on_air_once(self, show: Show) -> None:
        steps = rows(ProvisioningStep, application_id=show.application_id)
        assert sorted(step.name for step in steps) == sorted(StepName)
        assert Counter(event.verb for event in rows(Event, show_id=show.id))["show-created"] == 1
        told = Counter(event.verb for event in rows(Event, application_id=show.application_id))
        assert told["provisioned"] == told[Verb.APPROVE] == 1
        data = self.published(feed_key(show.slug))
        assert hashlib.sha256(data).hexdigest() == show.feed_sha256
        episodes = rows(Episode, show_id=show.id)
        copies = {f"{self._app.config['FEEDS_URL']}/{episode.media_key}" for episode in episodes}
        assert {each.enclosure.url for each in reader.read(data).feed.episodes if each.enclosure} == copies
        for episode in episodes:
            assert hashlib.sha256(self.published(episode.media_key)).hexdigest() == episode.media_sha256

    def _asked(self, url: str) -> Any:
        return urllib3.request("GET", url, timeout=10, retries=False).json()
