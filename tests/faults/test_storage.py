"""The store of feeds and media goes away in the middle of an upload, or the worker does, or two write at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import boto3
import pytest

from review import outbox
from review.db import transaction
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.show import Show, feed_key
from review.podcast import reader
from review.services import housekeeping
from stack.doubles import BUCKET, S3
from stack.machine import Stack
from stack.product import Job
from tests.factories import rows
from tests.faults.test_workers import jobs
from tests.faults.visitors import Visitor
from tests.faults.work import RESUMES, Batch, Work
from tests.servers import STACK_ONLY
from tests.services.old_host import OldHost
from tests.waiting import wait_for

pytestmark = STACK_ONLY
EARLY, LATE = bytes(10 * 2**20), bytes(6 * 2**20)
"""An episode in two pieces: the first is more than one part of an upload."""


@pytest.fixture
def slow() -> Iterator[tuple[str, Event]]:
    """The address of an episode whose second piece comes once the event is set."""
    go = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(EARLY + LATE)))
            self.end_headers()
            with suppress(OSError):  # who fetched has gone
                self.wfile.write(EARLY)
                go.wait(9)  # who fetches puts up with ten seconds of silence
                self.wfile.write(LATE)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/episode.mp3", go
    finally:
        go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def uploads(stack: Stack) -> list[str]:
    """The keys of unfinished uploads."""
    keys: dict[str, Any] = {"aws_access_key_id": S3.account_id, "aws_secret_access_key": S3.account_secret}
    client = boto3.client("s3", endpoint_url=stack.servers.s3.url, region_name="us-east-1", **keys)
    found = [one["Key"] for one in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())]
    client.close()
    return found


def move_in(work: Work, old_host: OldHost, episode: str) -> Batch:
    """A show whose one episode lies at this address is approved."""
    feed = old_host.put_feed("a", path=f"/{episode.rpartition(':')[2]}.xml")
    path = feed.removeprefix(old_host.url)
    page = old_host.pages[path]
    assert isinstance(page, bytes)
    old_host.pages[path] = page.replace(f"{feed}.1.mp3".encode(), episode.encode())
    return work.approve(feed)


def at_work(stack: Stack) -> list[Job]:
    """The workers that copy something."""
    return [job for job in jobs(stack, "worker bulk") if job.process and job.process.tree()[1:]]


def worker_killed(stack: Stack, go: Event) -> None:
    for worker in at_work(stack):
        worker.kill()
    go.set()


def stopped(stack: Stack, go: Event) -> None:
    stack.servers.s3.stop()
    go.set()
    wait_for(lambda: not at_work(stack), seconds=30, what="the copy fails")
    stack.servers.s3.start()
    stack.servers.s3.wait_ready()


def hung(stack: Stack, go: Event) -> None:
    stack.servers.s3.pause()
    go.set()
    answer = Visitor(stack.url).get("/apply/for/community-plan")
    assert (answer.status, answer.seconds < 4) == (200, True)
    stack.servers.s3.resume()


@pytest.mark.parametrize("fault", [worker_killed, stopped, hung])
def test_broken_off_copy_is_made_again_and_leaves_nothing_behind(
    stack: Stack,
    work: Work,
    old_host: OldHost,
    slow: tuple[str, Event],
    fault: Callable[[Stack, Event], None],
) -> None:
    episode, go = slow
    batch = move_in(work, old_host, episode)
    wait_for(lambda: uploads(stack), seconds=RESUMES, what="the copy has begun")
    fault(stack, go)
    assert work.resumed() < RESUMES
    work.finish()
    with work.here():
        housekeeping.sweep_storage(now=datetime.now(UTC))
    work.finish()
    assert uploads(stack) == []
    work.assert_once(batch)


def test_feed_shows_the_last_change_though_two_workers_wrote_it_at_once(stack: Stack, work: Work) -> None:
    batch = work.begin(declined=0, approved=1, moved=0)
    work.finish()
    (application_id,) = batch.verbs
    with work.here():
        (show,) = rows(Show, application_id=application_id)
        show_id, key = show.id, feed_key(show.slug)

    def change(title: str) -> None:
        with work.here(), transaction() as session:
            session.get_one(Show, show_id).title = title
            outbox.put(session, Kind.FEED, show_id, now=datetime.now(UTC))

    def writers() -> int:
        with work.here():
            held = rows(OutboxItem, kind=Kind.FEED, target_id=show_id, state=ItemState.LEASED)
            return sum(item.attempts > 0 for item in held)

    stack.servers.s3.pause()
    for count, title in enumerate(("First", "Second"), 1):
        change(title)
        wait_for(lambda count=count: writers() == count, seconds=30, what=f"{title} is being written")
    stack.servers.s3.resume()
    work.finish()
    assert reader.read(work.published(key)).feed.title == "Second"
    work.assert_once(batch)
