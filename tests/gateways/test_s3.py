"""The bucket as a store: parts, what is left behind, who was first, what others may see, and every way it can fail."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from review.errors import GiveUp, TryLater
from review.gateways import s3
from review.gateways.s3 import PART, S3Storage
from tests.gateways.conftest import KEY_ID, SECRET, Bucket
from tests.gateways.scripted import Answer, Scripted, closed_port, scripted

pytestmark = pytest.mark.usefixtures("aws")
KEY = "media/owls/1.mp3"
FEED = "feeds/owls/rss.xml"
MIB = 1024 * 1024


@pytest.fixture
def store(bucket: Bucket) -> S3Storage:
    return _store(bucket)


def _store(bucket: Bucket, **options: Any) -> S3Storage:
    return S3Storage(bucket.name, endpoint=bucket.endpoint, **options)


def _against(server: Scripted) -> S3Storage:
    return S3Storage("owls", endpoint=server.url)


def _pieces(size: int, piece: int = 100_000) -> Iterator[bytes]:
    for start in range(0, size, piece):
        yield bytes([start // piece % 256]) * min(piece, size - start)


def _uploads(bucket: Bucket) -> list[str]:
    found = bucket.client.list_multipart_uploads(Bucket=bucket.name).get("Uploads", [])
    return [upload["Key"] for upload in found]


def _begin(bucket: Bucket, key: str) -> str:
    return str(bucket.client.create_multipart_upload(Bucket=bucket.name, Key=key)["UploadId"])


# Parts


@pytest.mark.parametrize(
    ("size", "parts"),
    [(0, 0), (1, 0), (PART - 1, 0), (PART, 0), (PART + 1, 2), (2 * PART, 2), (2 * PART + 1, 3), (20 * MIB, 3)],
)
def test_an_object_of_more_than_one_part_is_written_in_parts(
    bucket: Bucket, store: S3Storage, size: int, parts: int
) -> None:
    stored = store.put(KEY, _pieces(size))
    data = b"".join(_pieces(size))
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert store.read(KEY) == data
    tag = bucket.client.head_object(Bucket=bucket.name, Key=KEY)["ETag"].strip('"')
    assert tag.partition("-")[2] == (str(parts) if parts else "")
    assert _uploads(bucket) == []


def test_one_large_chunk_is_cut_like_many_small_ones(store: S3Storage) -> None:
    data = os.urandom(PART + 5)
    assert store.put(KEY, (data,)).sha256 == store.put("media/a", (data[:7], b"", data[7:])).sha256
    assert store.read(KEY) == store.read("media/a") == data


def test_the_settings_for_amazon_itself_do_the_same(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", bucket.endpoint)
    store = S3Storage(bucket.name, region="us-east-1")
    assert store.check() == f"bucket {bucket.name} at Amazon S3"
    data = b"".join(_pieces(PART + 5))
    store.put(KEY, (data,))
    assert store.read(KEY) == data
    assert [store.put_if_changed(FEED, b"<rss/>") for _ in range(2)] == [True, False]


MEASURED = """
import sys, tracemalloc
from review.gateways.s3 import S3Storage
store = S3Storage(sys.argv[1], endpoint=sys.argv[2])
store.put("media/warm", [b"x" * 100])
tracemalloc.start()
store.put("media/large", (bytes(65536) for _ in range(1024)))
written = tracemalloc.get_traced_memory()[1]
tracemalloc.reset_peak()
size = sum(map(len, store.open("media/large")))
print(size, written, tracemalloc.get_traced_memory()[1])
"""


def test_no_more_than_one_part_is_in_memory(bucket: Bucket) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, bucket.name, bucket.endpoint], capture_output=True, text=True, check=True
    )
    size, written, read = map(int, done.stdout.split())
    assert size == 64 * MIB
    assert written < 1.5 * PART
    assert read < 2 * MIB


# What is left behind


def test_an_upload_that_fails_is_aborted_and_the_old_object_stays(bucket: Bucket, store: S3Storage) -> None:
    store.put(KEY, (b"old",))

    def chunks() -> Iterator[bytes]:
        yield from _pieces(PART + 1)
        yield bytes(PART)
        assert _uploads(bucket) == [KEY]
        raise TryLater("the host hung up")

    with pytest.raises(TryLater, match="the host hung up"):
        store.put(KEY, chunks())
    assert _uploads(bucket) == []
    assert store.read(KEY) == b"old"


def test_an_upload_that_cannot_even_be_aborted_says_what_came_first() -> None:
    began = Answer(body=b"<r><UploadId>7</UploadId></r>")
    with scripted(Answer(body=b"<r></r>"), began, _refusal(400, "BadDigest"), _refusal(403, "AccessDenied")) as server:
        with pytest.raises(TryLater, match=re.escape("refuses UploadPart (400 BadDigest)")):
            _against(server).put(KEY, _pieces(PART + 1))
        assert [line.split()[0] for line in server.asked] == ["GET", "POST", "PUT", "DELETE"]


KILLED = """
import sys, time
from review.gateways.s3 import S3Storage
def chunks():
    yield bytes(20 * 1024 * 1024)
    print("half", flush=True)
    time.sleep(600)
S3Storage(sys.argv[1], endpoint=sys.argv[2]).put(sys.argv[3], chunks())
"""


def _kill_in_mid_upload(bucket: Bucket) -> None:
    command = [sys.executable, "-c", KILLED, bucket.name, bucket.endpoint, KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == b"half\n"
        writer.send_signal(signal.SIGKILL)
    assert writer.returncode == -signal.SIGKILL
    assert _uploads(bucket) == [KEY]


def test_what_a_killed_writer_left_goes_with_the_next_upload_of_that_key(bucket: Bucket, store: S3Storage) -> None:
    _kill_in_mid_upload(bucket)
    _begin(bucket, f"{KEY}.other")
    assert store.size(KEY) is None
    store.put(KEY, _pieces(PART + 1))
    assert _uploads(bucket) == [f"{KEY}.other"]
    assert store.size(KEY) == PART + 1


def test_what_a_killed_writer_left_is_swept(bucket: Bucket, store: S3Storage) -> None:
    _kill_in_mid_upload(bucket)
    assert store.sweep(timedelta(days=1)) == 1
    assert _uploads(bucket) == []
    assert store.sweep(timedelta(days=1)) == 0


def test_sweep_leaves_young_uploads_and_those_of_others(bucket: Bucket) -> None:
    begun = datetime(2010, 11, 10, 20, 48, 33, tzinfo=UTC)  # when the test server says every upload began
    store = _store(bucket, prefix="/greenroom/")
    for key in ("greenroom/media/1", "greenroom/media/2", "greenrooms/1", "other"):
        _begin(bucket, key)
    assert store.sweep(datetime.now(UTC) - begun + timedelta(hours=1)) == 0
    assert store.sweep(datetime.now(UTC) - begun - timedelta(hours=1)) == 2
    assert sorted(_uploads(bucket)) == ["greenrooms/1", "other"]


def test_an_upload_somebody_else_ended_is_tried_later(bucket: Bucket, store: S3Storage) -> None:
    def chunks() -> Iterator[bytes]:
        yield bytes(2 * PART)
        yield b"x"
        assert _store(bucket).sweep(timedelta(0)) == 1
        yield bytes(PART)

    with pytest.raises(TryLater, match="UploadPart|somebody else began to write"):
        store.put(KEY, chunks())
    assert store.list("") == []


# Who was first


def _before_put(store: S3Storage, act: Callable[[], object]) -> None:
    """Let `act` happen between the look and the write of `store`."""
    store._client.meta.events.register("before-call.s3.PutObject", lambda **_: act() and None)


@pytest.mark.parametrize("old", [None, b"old"])
def test_of_two_writers_the_second_is_told(bucket: Bucket, store: S3Storage, old: bytes | None) -> None:
    other = _store(bucket)
    if old is not None:
        store.put(FEED, (old,))
    _before_put(store, lambda: other.put_if_changed(FEED, b"theirs"))
    with pytest.raises(TryLater, match=f"somebody else has just written {FEED}"):
        store.put_if_changed(FEED, b"ours")
    assert store.read(FEED) == b"theirs"


def test_an_object_removed_before_it_is_replaced_is_tried_later(bucket: Bucket, store: S3Storage) -> None:
    store.put(FEED, (b"old",))
    _before_put(store, lambda: _store(bucket).delete(FEED))
    with pytest.raises(TryLater):
        store.put_if_changed(FEED, b"new")
    assert store.size(FEED) is None


def test_of_many_writers_at_once_each_wrote_or_knows_it(bucket: Bucket) -> None:
    start = threading.Barrier(6)

    def write(number: int) -> bytes | None:
        start.wait()
        try:
            assert _store(bucket).put_if_changed(FEED, data := b"writer %d" % number)
        except TryLater:
            return None
        return data

    with ThreadPoolExecutor(6) as pool:
        written = [data for data in pool.map(write, range(6)) if data]
    assert _store(bucket).read(FEED) in written


def test_an_object_written_in_parts_is_written_again_for_it_kept_no_digest(store: S3Storage) -> None:
    data = b"".join(_pieces(PART + 1))
    store.put(FEED, (data,))
    assert store.put_if_changed(FEED, data)
    assert not store.put_if_changed(FEED, data)


# What others may see


@pytest.mark.parametrize("size", [10, PART + 1])
def test_an_object_carries_its_headers(bucket: Bucket, store: S3Storage, size: int) -> None:
    for key, type_, cache in (
        (FEED, "application/rss+xml; charset=utf-8", "public, max-age=300"),
        (KEY, "audio/mpeg", "public, max-age=31536000, immutable"),
        ("snapshots/1.png", "image/png", "private, no-store"),
    ):
        store.put(key, _pieces(size))
        head = bucket.client.head_object(Bucket=bucket.name, Key=key)
        assert (head["ContentType"], head["CacheControl"]) == (type_, cache)


def _anonymous(bucket: Bucket, key: str) -> int:
    try:
        with urllib.request.urlopen(f"{bucket.endpoint}/{bucket.name}/{key}") as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_anybody_may_read_what_is_published_where_the_acl_says_so(bucket: Bucket) -> None:
    store = _store(bucket, acl="public-read")
    store.put_if_changed(FEED, b"<rss/>")
    store.put(KEY, _pieces(PART + 1))
    store.put("snapshots/1.png", (b"png",))
    store.put("feeds", (b"no feed",))
    assert [_anonymous(bucket, key) for key in (FEED, KEY, "snapshots/1.png", "feeds")] == [200, 200, 403, 403]


def test_nobody_may_read_where_no_acl_is_set(bucket: Bucket, store: S3Storage) -> None:
    store.put(FEED, (b"<rss/>",))
    assert _anonymous(bucket, FEED) == 403


@pytest.mark.parametrize("prefix", ["greenroom", "/greenroom/"])
def test_a_prefix_keeps_the_rest_of_the_bucket_out(bucket: Bucket, prefix: str) -> None:
    store, all_of_it = _store(bucket, prefix=prefix), _store(bucket)
    all_of_it.put("feeds/other.xml", (b"x",))
    all_of_it.put("greenrooms/x", (b"x",))
    store.put(FEED, (b"<rss/>",))
    bucket.client.put_object(Bucket=bucket.name, Key="greenroom/a folder/", Body=b"")
    assert store.list("") == [FEED]
    assert store.size("other.xml") is None
    assert f"greenroom/{FEED}" in all_of_it.list("")


def test_list_goes_on_past_a_page(bucket: Bucket, store: S3Storage) -> None:
    keys = [f"snapshots/{number:04}" for number in range(1005)]
    for key in keys:
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket.name, key, b"")
    assert store.list("snapshots/") == keys


# Ways to fail


def _refusal(status: int, code: str) -> Answer:
    told = f"<Error><Code>{code}</Code><Message>{KEY_ID} {SECRET}</Message></Error>"
    return Answer(status, told.encode(), {"Content-Type": "application/xml", "x-amz-bucket-region": "eu-west-1"})


REFUSALS = [
    (404, "NoSuchBucket", "has no bucket of that name"),
    (403, "InvalidAccessKeyId", "does not know the access key"),
    (403, "SignatureDoesNotMatch", "the secret key does not belong to the access key"),
    (400, "ExpiredToken", "the session token has expired"),
    (403, "AccessDenied", "does not allow PutObject with this access key"),
    (403, "RequestTimeTooSkewed", "its clock and the one of this machine are too far apart"),
    (301, "PermanentRedirect", "the bucket is in another region"),
    (400, "AuthorizationHeaderMalformed", "the bucket is in another region"),
    (400, "AccessControlListNotSupported", "takes no ACLs"),
    (404, "NoSuchUpload", "has dropped this upload: somebody else began to write doctor/"),
    (412, "PreconditionFailed", "somebody else has just written"),
    (409, "ConditionalRequestConflict", "somebody else has just written"),
    (400, "InvalidRequest", "refuses PutObject (400 InvalidRequest)"),
    (418, "T" * 500, f"refuses PutObject (418 {'T' * 40})"),
    (500, "InternalError", "fails PutObject (500 InternalError)"),
    (503, "SlowDown", "fails PutObject (503 SlowDown)"),
]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait between attempts, nor long for an answer."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    monkeypatch.setitem(s3.TIMES, "read_timeout", 0.3)


@pytest.mark.parametrize(("status", "code", "sentence"), REFUSALS, ids=[code[:30] for _, code, _ in REFUSALS])
def test_a_refusal_is_said_in_words(quick: None, status: int, code: str, sentence: str) -> None:
    with scripted(_refusal(status, code)) as server, pytest.raises(TryLater, match=re.escape(sentence)) as caught:
        _against(server).check()
    text = str(caught.value)
    assert f"(bucket owls at {server.url})" in text
    assert SECRET not in text
    assert KEY_ID not in text


def test_a_bucket_that_is_missing_is_no_empty_store(bucket: Bucket) -> None:
    store = S3Storage("not-there", endpoint=bucket.endpoint)
    calls: list[Callable[[], object]] = [
        lambda: store.put(KEY, (b"x",)),
        lambda: store.put(KEY, _pieces(PART + 1)),
        lambda: store.put_if_changed(KEY, b"x"),
        lambda: store.open(KEY),
        lambda: store.size(KEY),
        lambda: store.delete(KEY),
        lambda: store.list(""),
        lambda: store.sweep(timedelta(0)),
        store.check,
    ]
    for call in calls:
        with pytest.raises(TryLater, match="has no bucket of that name"):
            call()


def test_a_key_that_may_not_look_is_said_where_the_answer_has_no_body() -> None:
    with scripted(Answer(403)) as server, pytest.raises(TryLater, match="does not allow HeadObject"):
        _against(server).size(KEY)


def test_a_probe_that_may_not_be_read_is_removed_all_the_same() -> None:
    with scripted(Answer(), _refusal(403, "AccessDenied"), Answer(204)) as server:
        with pytest.raises(TryLater, match="does not allow GetObject"):
            _against(server).check()
        assert [line.split()[0] for line in server.asked] == ["PUT", "GET", "DELETE"]


def test_a_delete_of_what_is_missing_may_be_refused() -> None:
    with scripted(_refusal(404, "NoSuchKey")) as server:
        _against(server).delete(KEY)


def _every_call(store: S3Storage) -> list[Callable[[], object]]:
    return [
        lambda: store.put(KEY, (b"x",)),
        lambda: store.put(KEY, _pieces(PART + 1)),
        lambda: store.put_if_changed(FEED, b"x"),
        lambda: store.read(KEY),
        lambda: store.size(KEY),
        lambda: store.delete(KEY),
        lambda: store.list(""),
        lambda: store.sweep(timedelta(0)),
        store.check,
    ]


def test_an_endpoint_that_refuses_connections_is_tried_later(quick: None) -> None:
    for call in _every_call(S3Storage("owls", endpoint=f"http://127.0.0.1:{closed_port()}")):
        with pytest.raises(TryLater, match="does not answer as it should"):
            call()


@pytest.mark.parametrize("answer", [Answer(reset=True), Answer(stall=True)], ids=["resets", "stalls"])
def test_an_endpoint_that_does_not_answer_is_tried_later(quick: None, answer: Answer) -> None:
    with scripted(answer) as server:
        for call in _every_call(_against(server)) if answer.reset else [lambda: _against(server).size(KEY)]:
            with pytest.raises(TryLater, match="does not answer as it should"):
                call()


def test_an_endpoint_that_answers_nonsense_is_tried_later(quick: None) -> None:
    with scripted(Answer(500, b"<html>Oh no")) as server:
        for call in _every_call(_against(server)):
            with pytest.raises(TryLater, match=r"fails \w+ \(500\)"):
                call()
    with scripted(Answer(200, b"<html>Welcome to the hotel")) as server:
        for call in (lambda: _against(server).list(""), lambda: _against(server).put(KEY, _pieces(PART + 1))):
            with pytest.raises(TryLater, match=r"fails \w+ \(500\)|cannot be used \(Param"):
                call()


@pytest.mark.parametrize("endpoint", ["nonsense", "http://", "https://[", "ftp:x"])
def test_an_endpoint_that_is_no_address_is_tried_later(quick: None, endpoint: str) -> None:
    with pytest.raises(TryLater):
        S3Storage("owls", endpoint=endpoint).check()


def test_a_redirect_to_itself_is_tried_later() -> None:
    with scripted(Answer(301)) as server, pytest.raises(TryLater, match="cannot be used|does not answer"):
        _against(server).check()


def test_a_name_no_bucket_can_have_is_tried_later() -> None:
    with pytest.raises(TryLater, match="cannot be used"):
        S3Storage("no bucket!").check()


def test_credentials_that_are_missing_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with scripted(Answer()) as server, pytest.raises(TryLater, match="there is no access key"):
        _against(server).check()
    assert server.asked == []


def test_a_password_in_the_endpoint_is_not_told(quick: None) -> None:
    store = S3Storage("owls", endpoint=f"http://ann:{SECRET}@127.0.0.1:{closed_port()}")
    with pytest.raises(TryLater, match="bucket owls at http://127.0.0.1:") as caught:
        store.check()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("end", ["closes", "resets"])
def test_a_connection_that_breaks_in_mid_stream_is_tried_later(end: str) -> None:
    with scripted(Answer(body=bytes(100_000), length=200_000)) as server:
        reader = _against(server).open(KEY)
        assert len(next(reader)) == 64 * 1024
        with pytest.raises(TryLater, match=r"bucket owls .* (does not answer as it should|cannot be used)"):
            list(reader)


def test_a_reader_that_is_dropped_leaves_nothing_open(store: S3Storage) -> None:
    store.put(KEY, _pieces(PART))
    for _ in range(20):
        store.open(KEY)
        next(store.open(KEY))
    assert store.size(KEY) == PART


def test_a_short_outage_is_sat_out(quick: None) -> None:
    answers = (_refusal(503, "SlowDown"), _refusal(500, "InternalError"), Answer(reset=True), Answer())
    with scripted(*answers) as server:
        assert _against(server).put(FEED, (b"<rss/>",)).size == 6
        assert server.asked == [f"PUT /owls/{FEED}"] * 4


def test_a_long_outage_ends_after_the_first_try_and_four_more(quick: None) -> None:
    with scripted(_refusal(503, "SlowDown")) as server:
        with pytest.raises(TryLater, match="fails PutObject"):
            _against(server).put(FEED, (b"<rss/>",))
        assert len(server.asked) == 5


def test_a_part_that_failed_is_sent_again_whole(quick: None) -> None:
    tag = Answer(headers={"ETag": '"1"'})
    began = Answer(body=b"<r><UploadId>7</UploadId></r>")
    answers = (Answer(body=b"<r></r>"), began, Answer(reset=True), _refusal(503, "SlowDown"), tag, Answer(reset=True))
    with scripted(*answers, tag, Answer(body=b"<r></r>")) as server:
        _against(server).put(KEY, _pieces(PART + 5))
        sent = [
            (line.partition("?")[2], h.get("content-length"))
            for line, h in zip(server.asked, server.headers, strict=True)
        ]
    assert [length for query, length in sent if "partNumber=1" in query] == [str(PART)] * 3
    assert [length for query, length in sent if "partNumber=2" in query] == ["5"] * 2


# The client


def test_nothing_is_made_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "Session", None)
    assert S3Storage("owls")._clients == {}


def test_threads_share_one_client(bucket: Bucket) -> None:
    store, start = _store(bucket), threading.Barrier(8)

    def use(number: int) -> int:
        start.wait()
        store.put(f"snapshots/{number}", (b"x",))
        return id(store._client)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(use, range(8)))) == 1
    assert len(store.list("")) == 8


def test_a_child_process_makes_a_client_of_its_own(store: S3Storage) -> None:
    store.put(KEY, (b"x",))
    mine = store._client
    if not (pid := os.fork()):
        try:
            os._exit(0 if store.read(KEY) == b"x" and store._client is not mine else 1)
        finally:
            os._exit(2)
    deadline = time.monotonic() + 30
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert ended == (pid, 0)
    assert store.read(KEY) == b"x"


def test_what_is_missing_is_given_up(store: S3Storage) -> None:
    with pytest.raises(GiveUp, match=re.escape(f"The store has no {KEY}.")):
        store.open(KEY)
