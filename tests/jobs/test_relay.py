"""The relay hands over what is due, and keeps nothing it could not hand over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as NoRedis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty

from jobs import deliver
from jobs.queues import connect, queue
from jobs.relay import ROOM, relay
from jobs.run import ROOT
from review import outbox
from review.db import transaction
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from tests import servers
from tests.conftest import settings_for
from tests.factories import received, rows, submitted
from tests.waiting import wait_for

PERIOD = timedelta(minutes=1)


class Line:
    """A queue that only remembers. `room` ids go in before it fails as Redis does."""

    def __init__(self, count: int = 0, room: int = 10**6) -> None:
        self.count, self.room = count, room
        self.ids: list[tuple[int, int]] = []

    def fetch_job(self, _job_id: str) -> None:
        return None

    def enqueue(self, _function: str, item_id: int, number: int, **_options: object) -> None:
        if len(self.ids) >= self.room:
            raise NoRedis("gone")
        self.ids.append((item_id, number))


def put(count: int) -> None:
    with transaction() as session:
        for target in range(count):
            outbox.put(session, Kind.FEED_CHECK, target, now=datetime.now(UTC))


def hand_over(line: Any) -> int:
    return relay(line, kinds=frozenset(Kind), period=PERIOD)


def states() -> list[str]:
    return [item.state for item in rows(OutboxItem)]


def test_what_is_due_is_handed_over_under_its_lease(app: Flask) -> None:
    put(3)
    line = Line()
    assert hand_over(line) == 3
    assert sorted(line.ids) == [(item.id, item.lease_no) for item in rows(OutboxItem)]
    assert states() == [ItemState.LEASED] * 3
    assert hand_over(line) == 0


def test_no_more_is_handed_over_than_there_is_room_for(app: Flask) -> None:
    put(ROOM + 20)
    line = Line(count=ROOM - 5)
    assert hand_over(line) == 5
    line.count = ROOM
    assert hand_over(line) == 0
    line.count = ROOM + 7
    assert hand_over(line) == 0
    assert states().count(ItemState.WAITING) == ROOM + 15


@pytest.mark.parametrize("room", [0, 2])
def test_what_redis_does_not_take_waits_again_at_once(app: Flask, room: int) -> None:
    put(4)
    line = Line(room=room)
    assert hand_over(line) == 0
    assert states() == [ItemState.WAITING] * 4
    line.room = 100
    assert hand_over(line) == 4
    fresh = line.ids[room:]
    assert [outbox.start(outbox.Lease(*ids), now=datetime.now(UTC), period=PERIOD) is not None for ids in fresh] == [
        True
    ] * 4
    stale = [ids for ids in line.ids[:room] if ids not in fresh]
    assert len(stale) == room
    assert all(outbox.start(outbox.Lease(*ids), now=datetime.now(UTC), period=PERIOD) is None for ids in stale)


def test_redis_that_is_away_costs_nothing(app: Flask) -> None:
    put(2)
    away = Queue("greenroom", connection=Redis(unix_socket_path="/nowhere/valkey.sock"), serializer=JSONSerializer)
    assert hand_over(away) == 0
    assert states() == [ItemState.WAITING] * 2


# with a real broker


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The embedded Valkey as the product starts it; the folder its socket lies in."""
    folder = tmp_path_factory.mktemp("broker")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    command = [sys.executable, "-m", "jobs.run", "broker"]
    with subprocess.Popen(command, cwd=ROOT, env=kept | {"DATA_DIR": str(folder)}) as process:
        try:
            connection = Redis(unix_socket_path=str(folder / "valkey.sock"))
            wait_for(lambda: answers(connection), seconds=15, what="the broker answers")
            connection.close()
            yield folder
        finally:
            process.terminate()


def answers(connection: Redis) -> bool:
    try:
        return bool(connection.ping())
    except RedisError:
        return False


@pytest.fixture
def line(broker: Path) -> Iterator[Queue]:
    """The product's own queue, empty."""
    made = queue("prompt", connect(settings_for(broker, REDIS_URL=f"unix://{broker / 'valkey.sock'}")))
    made.connection.flushall()
    yield made
    made.connection.close()


class NoLimit(BaseDeathPenalty):
    """Alarms are for the main process of a worker; here the worker is the test itself."""

    def setup_death_penalty(self) -> None:
        pass

    def cancel_death_penalty(self) -> None:
        pass


class Here(SimpleWorker):
    death_penalty_class = NoLimit

    def _install_signal_handlers(self) -> None:
        pass


def work_off(line: Queue) -> None:
    Here([line], connection=line.connection, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")


def test_broker_listens_where_only_its_owner_can_reach_it(broker: Path, line: Queue) -> None:
    assert (broker / "valkey.sock").stat().st_mode & 0o777 == 0o700
    assert line.connection.config_get("port") == {"port": "0"}
    assert line.connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_an_effect_goes_through_the_broker_and_happens(app: Flask, line: Queue) -> None:
    submitted()
    assert hand_over(line) == 1
    assert line.count == 1
    work_off(line)
    assert states() == [ItemState.DONE]
    assert [letter.state for letter in rows(Letter)] == [LetterState.SENT]
    assert len(servers.mailed()) == 1
    assert line.count == 0


def test_the_queue_holds_ids_in_plain_json(app: Flask, line: Queue) -> None:
    submitted()
    hand_over(line)
    (job,) = line.jobs
    assert (job.func_name, job.args, job.kwargs) == ("jobs.deliver.run", [1, 1], {})
    assert b'"jobs.deliver.run"' in job.serializer.dumps(job.func_name)


def test_a_wiped_broker_loses_no_work(app: Flask, line: Queue) -> None:
    for _ in range(3):
        submitted()
    hand_over(line)
    line.connection.flushall()
    work_off(line)
    assert states() == [ItemState.LEASED] * 3
    with transaction() as session:
        for item in session.query(OutboxItem):
            item.due_at = datetime.now(UTC)  # the lease runs out
    assert hand_over(line) == 3
    work_off(line)
    assert states() == [ItemState.DONE] * 3


def test_an_id_whose_lease_ran_out_in_the_queue_makes_room_for_the_new_one(app: Flask, line: Queue) -> None:
    submitted()
    for number in (1, 2, 3):
        hand_over(line)
        with transaction() as session:
            session.query(OutboxItem).one().due_at = datetime.now(UTC)
        assert line.job_ids == [f"outbox-1-{number}"]
    assert line.connection.keys("rq:job:*") == [b"rq:job:outbox-1-3"]


def test_an_id_that_is_settled_while_the_relay_looks_at_it_stops_nothing(
    app: Flask, line: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted()
    hand_over(line)
    fetch = line.fetch_job

    def settled_meanwhile(job_id: str) -> Any:
        job = fetch(job_id)
        line.connection.flushall()
        return job

    monkeypatch.setattr(line, "fetch_job", settled_meanwhile)
    with transaction() as session:
        session.query(OutboxItem).one().due_at = datetime.now(UTC)
    assert hand_over(line) == 1


def test_an_id_handed_over_twice_is_carried_out_once(app: Flask, line: Queue) -> None:
    submitted()
    hand_over(line)
    with transaction() as session:
        session.query(OutboxItem).one().due_at = datetime.now(UTC)
    hand_over(line)
    line.enqueue("jobs.deliver.run", 1, 1, job_id="outbox-1-1", at_front=True)
    assert line.count == 2
    work_off(line)
    (item,) = rows(OutboxItem)
    assert (item.state, item.attempts, item.lease_no) == (ItemState.DONE, 1, 2)


# settling


@servers.EMBEDDED_ONLY
def test_work_that_fails_is_tried_later_and_says_why(app: Flask) -> None:
    submitted()
    app.config["GREENROOM"].mail_dir.write_text("")  # a file where the folder should be
    (held,) = outbox.lease(limit=1, now=datetime.now(UTC), period=PERIOD)
    deliver.work(held)
    (item,) = rows(OutboxItem)
    assert (item.state, item.attempts) == (ItemState.WAITING, 1)
    assert item.error.startswith("The mailbox cannot be written")
    app.config["GREENROOM"].mail_dir.unlink()


def test_work_that_breaks_is_tried_later_and_not_swallowed(app: Flask) -> None:
    with transaction() as session:
        outbox.put(session, Kind.LETTER, 999, now=datetime.now(UTC))
    (held,) = outbox.lease(limit=1, now=datetime.now(UTC), period=PERIOD)
    with pytest.raises(Exception, match="No row was found"):
        deliver.work(held)
    (item,) = rows(OutboxItem)
    assert item.state is ItemState.WAITING
    assert "NoResultFound" in item.error


def test_letter_to_an_impossible_address_is_given_up(app: Flask, drain: Callable[..., int]) -> None:
    received(email="no address at all")
    drain()
    (item,) = rows(OutboxItem)
    assert item.state is ItemState.DEAD
    assert "is no e-mail address" in item.error
