"""The real servers, started here: they keep what they are given, do what production's files say, fail on demand."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
import redis
import urllib3

from stack.broker import Redis
from stack.database import PgBouncer, Postgres
from stack.doubles import BUCKET, S3, Mailjet
from stack.process import StackError
from stack.search import Elasticsearch
from stack.server import OUTSIDE, Server, free_ports, reachable
from tests.servers import STACK_ONLY

S = TypeVar("S", bound=Server)
pytestmark = STACK_ONLY


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the servers' own accounts get to: pytest's folders are closed to them."""
    with tempfile.TemporaryDirectory(prefix="greenroom-") as name:
        yield reachable(Path(name))


def running(server: S) -> Iterator[S]:
    try:
        server.start()
        server.wait_ready()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def postgres(folder: Path) -> Iterator[Postgres]:
    yield from running(Postgres(folder / "postgres", free_ports(1)[0], fast=True))


@pytest.fixture(scope="module")
def pooler(folder: Path, postgres: Postgres) -> Iterator[PgBouncer]:
    yield from running(PgBouncer(folder / "pgbouncer", free_ports(1)[0], postgres))


@pytest.fixture(scope="module")
def broker(folder: Path) -> Iterator[Redis]:
    yield from running(Redis(folder / "redis", free_ports(1)[0]))


@pytest.fixture(scope="module")
def objects(folder: Path) -> Iterator[S3]:
    yield from running(S3(folder / "s3", free_ports(1)[0]))


def test_postgres_keeps_what_was_committed_when_it_is_killed(postgres: Postgres) -> None:
    postgres.ask("CREATE TABLE kept (n int)")
    postgres.ask("INSERT INTO kept VALUES (7)")
    before = postgres.pid
    postgres.kill()
    assert not postgres.answers()
    postgres.start()
    postgres.wait_ready()
    assert postgres.pid != before
    assert postgres.ask("SELECT n FROM kept") == [(7,)]


def test_postgres_that_hangs_answers_nothing_until_it_goes_on(postgres: Postgres) -> None:
    postgres.pause()
    try:
        assert not postgres.answers()
    finally:
        postgres.resume()
    postgres.wait_ready()


def test_postgres_gives_the_role_its_limits_through_the_pooler(pooler: PgBouncer) -> None:
    with psycopg.connect(pooler.url(), prepare_threshold=None) as connection:
        limits = [
            connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ]
    assert limits == [("10s",), ("5s",), ("1min",)]


def test_pooler_reaches_databases_that_are_made_later(postgres: Postgres, pooler: PgBouncer) -> None:
    postgres.create_database("later")
    with psycopg.connect(pooler.url("later"), prepare_threshold=None) as connection:
        assert connection.execute("SELECT current_database(), current_user").fetchone() == ("later", "greenroom")
    postgres.drop_database("later")
    postgres.drop_database("later")


def test_pooler_lends_one_connection_to_many_clients(pooler: PgBouncer) -> None:
    clients = [psycopg.connect(pooler.url(), autocommit=True, prepare_threshold=None) for _ in range(60)]
    try:
        backends = {client.execute("SELECT pg_backend_pid()").fetchone() for client in clients}
    finally:
        for client in clients:
            client.close()
    assert len(backends) == 1


def test_pooler_finds_a_postgres_that_came_back(postgres: Postgres, pooler: PgBouncer) -> None:
    postgres.restart()
    pooler.wait_ready(5)


def test_redis_keeps_a_queue_when_it_is_killed(broker: Redis) -> None:
    with redis.Redis.from_url(broker.url) as client:
        client.rpush("queue", *range(500))
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    broker.kill()
    broker.start()
    broker.wait_ready()
    with redis.Redis.from_url(broker.url) as client:
        assert client.llen("queue") == 500


def test_object_store_keeps_objects_when_it_ends_in_good_order(objects: S3) -> None:
    address = f"{objects.url}/{BUCKET}/feeds/a.xml"
    urllib3.request("PUT", address, body=b"<rss/>", headers={"x-amz-acl": "public-read", "Content-Type": "text/xml"})
    objects.restart()
    answer = urllib3.request("GET", address)
    assert (answer.status, answer.data, answer.headers["Content-Type"]) == (200, b"<rss/>", "text/xml")


def test_mailjet_double_keeps_its_key(folder: Path) -> None:
    first, again = (Mailjet(folder / "mailjet", free_ports(1)[0]) for _ in range(2))
    assert (first.key, first.secret) == (again.key, again.secret)
    for server in running(first):
        assert urllib3.request("GET", server.url).status == 200


@STACK_ONLY
def test_elasticsearch_keeps_documents_when_it_is_killed(folder: Path) -> None:
    port, transport = free_ports(2)
    for server in running(Elasticsearch(folder / "elasticsearch", port, transport)):
        address = f"{server.url}/kept/_doc/1?refresh=true"
        urllib3.request("PUT", address, json={"word": "court"})
        server.kill()
        server.start()
        server.wait_ready()
        assert urllib3.request("GET", address.partition("?")[0]).json()["_source"] == {"word": "court"}


def test_servers_tell_their_versions(postgres: Postgres, pooler: PgBouncer, broker: Redis) -> None:
    said = [server.version().split() for server in (postgres, pooler, broker)]
    assert [name for name, _version in said] == ["PostgreSQL", "pgBouncer", "Redis"]
    assert all(version[0].isdigit() for _name, version in said)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has other accounts to give servers to")
def test_no_server_runs_as_root(postgres: Postgres, pooler: PgBouncer, broker: Redis) -> None:
    assert 0 not in {Path(f"/proc/{server.pid}").stat().st_uid for server in (postgres, pooler, broker)}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has other accounts to give servers to")
def test_folder_that_other_accounts_cannot_reach_has_a_stand_in(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    found = reachable(closed / "stack")
    try:
        assert found.parent == OUTSIDE
        assert found == reachable(closed / "stack")
    finally:
        found.rmdir()


def test_port_of_another_program_is_refused(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StackError, match=f"Redis: another program has port {port}"):
            Redis(folder / "unused", port).start()


def test_server_that_cannot_start_shows_the_end_of_its_log(folder: Path) -> None:
    server = Redis(folder / "broken", free_ports(1)[0])
    server.prepare()
    (server.folder / "appendonlydir").write_text("a file where Redis wants a folder")
    server.start()
    with pytest.raises(StackError, match="(?s)Redis has ended; .*broken.log ends with:\n.*Not a directory"):
        server.wait_ready()
    assert not server.running()
