"""What every store keeps to, tried on the disk and on a bucket; then the disk: whole objects or none, its failures."""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.errors import GiveUp, TryLater
from review.gateways.s3 import S3Storage
from review.gateways.storage import DiskStorage, Storage, cache_control, content_type, round_trip
from review.reads.shows import EXTENSIONS

KEY = "shows/night-owls/rss.xml"


@pytest.fixture
def disk(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "objects")


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest) -> Storage:
    if request.param == "disk":
        disk: DiskStorage = request.getfixturevalue("disk")
        return disk
    bucket = request.getfixturevalue("bucket")
    return S3Storage(bucket.name, prefix="greenroom", endpoint=bucket.endpoint)


def _files(disk: DiskStorage) -> list[Path]:
    return [path for path in disk._root.rglob("*") if path.is_file()]


def _failing(code: int) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    return fail


def test_what_is_put_is_read_back(store: Storage) -> None:
    data = bytes(range(256)) * 1000
    stored = store.put(KEY, (data[:1000], b"", data[1000:]))
    assert (stored.key, stored.size, stored.sha256) == (KEY, len(data), hashlib.sha256(data).hexdigest())
    chunks = list(store.open(KEY))
    assert b"".join(chunks) == store.read(KEY) == data
    assert max(map(len, chunks)) == 64 * 1024
    assert store.size(KEY) == len(data)


def test_an_empty_object_is_one(store: Storage) -> None:
    assert store.put(KEY, ()).size == 0
    assert store.size(KEY) == 0
    assert list(store.open(KEY)) == []
    assert not store.put_if_changed(KEY, b"")


def test_a_second_put_replaces_the_first_at_once(store: Storage) -> None:
    store.put(KEY, (b"old",))
    reader = store.open(KEY)

    def chunks() -> Iterator[bytes]:
        yield b"n"
        assert store.read(KEY) == b"old"
        yield b"ew"

    store.put(KEY, chunks())
    assert b"".join(reader) in (b"old", b"new")
    assert store.read(KEY) == b"new"
    assert store.list("") == [KEY]


def test_put_if_changed_writes_only_what_is_new(store: Storage) -> None:
    assert store.put_if_changed(KEY, b"one")
    assert not store.put_if_changed(KEY, b"one")
    assert store.put_if_changed(KEY, b"two")
    assert store.read(KEY) == b"two"
    store.put(KEY, (b"three",))
    assert not store.put_if_changed(KEY, b"three")
    store.delete(KEY)
    assert store.put_if_changed(KEY, b"three")


def test_delete_twice_is_delete_once(store: Storage) -> None:
    store.put(KEY, (b"x",))
    store.delete(KEY)
    store.delete(KEY)
    assert store.size(KEY) is None


def test_list_gives_keys_by_prefix(store: Storage) -> None:
    assert store.list("") == []
    keys = ["a", "shows/a/1.mp3", "shows/a/rss.xml", "shows/ab/rss.xml", "shows/b/rss.xml"]
    for key in reversed(keys):
        store.put(key, (b"x",))
    assert store.list("") == keys
    assert store.list("shows/a") == keys[1:4]
    assert store.list("shows/a/") == keys[1:3]
    assert store.list("none/") == store.list("a/") == []


def test_what_is_missing_is_said_before_the_first_chunk(store: Storage) -> None:
    for call in (store.open, store.read):
        with pytest.raises(GiveUp, match=f"The store has no {KEY}."):
            call(KEY)
    assert store.size(KEY) is None


BAD_KEYS = "/etc/passwd ../x a/../x a//b a/ ./a . .. .hidden a/.b a\\b C:/x a:b ~/x %2e%2e/x é a/b/ a?b".split
NAMED_BAD_KEYS = ["", " ", "a b", "a\n", "a\0", "x" * 201, "/".join(["x" * 100] * 6)]


@pytest.mark.parametrize("key", [*BAD_KEYS(), *NAMED_BAD_KEYS])
def test_a_key_that_could_lead_out_is_refused(store: Storage, key: str) -> None:
    calls = (store.read, store.open, store.size, store.delete)
    for call in (*calls, lambda key: store.put(key, (b"x",)), lambda key: store.put_if_changed(key, b"x")):
        with pytest.raises(GiveUp, match="cannot be a key"):
            call(key)
    assert store.list("") == []


def test_a_prefix_cannot_lead_out(store: Storage) -> None:
    store.put(KEY, (b"x",))
    with pytest.raises(GiveUp):
        store.list("../")
    assert store.list("..") == []


@pytest.mark.parametrize("error", [TryLater("the host hung up"), ValueError("nonsense"), KeyboardInterrupt("stop")])
@pytest.mark.parametrize("size", [4, 9 * 1024 * 1024])
def test_a_source_that_fails_leaves_nothing_and_is_heard(store: Storage, size: int, error: BaseException) -> None:
    def chunks() -> Iterator[bytes]:
        yield bytes(size)
        raise error

    with pytest.raises(type(error), match=str(error)):
        store.put(KEY, chunks())
    assert store.list("") == []
    assert store.sweep(timedelta(days=-1)) == 0


def test_check_writes_reads_and_leaves_nothing(store: Storage) -> None:
    place = store.check()
    assert ("objects" in place) if isinstance(store, DiskStorage) else ("bucket tests-" in place)
    assert store.list("") == []


class _Forgetful(DiskStorage):
    """Gives back other bytes than were written."""

    def read(self, key: str) -> bytes:
        return b"other" + super().read(key)


def test_a_store_that_gives_back_other_bytes_is_found_out(tmp_path: Path) -> None:
    store = _Forgetful(tmp_path)
    with pytest.raises(TryLater, match="other bytes than were written"):
        round_trip(store)
    assert store.list("") == []


@pytest.mark.parametrize(
    ("key", "type_", "cache"),
    [
        ("feeds/owls/rss.xml", "application/rss+xml; charset=utf-8", "public, max-age=300"),
        ("media/owls/1.mp3", "audio/mpeg", "public, max-age=31536000, immutable"),
        ("media/owls/cover-1.jpg", "image/jpeg", "public, max-age=31536000, immutable"),
        ("snapshots/1-2.png", "image/png", "private, no-store"),
        ("demo/owls.xml", "application/rss+xml; charset=utf-8", "private, no-store"),
        ("mediations", "application/octet-stream", "private, no-store"),
        ("feeds", "application/octet-stream", "private, no-store"),
        ("media.mp3/feeds/mp3", "application/octet-stream", "private, no-store"),
    ],
)
def test_a_key_says_how_it_is_served(key: str, type_: str, cache: str) -> None:
    assert (content_type(key), cache_control(key)) == (type_, cache)


def test_every_extension_of_an_episode_has_its_type() -> None:
    served = {content_type(f"media/a/1{extension}") for extension in EXTENSIONS.values()}
    assert served <= set(EXTENSIONS)


def test_a_file_on_the_disk_can_be_read_by_the_server_in_front(disk: DiskStorage) -> None:
    disk.put(KEY, (b"x",))
    assert _files(disk)[0].stat().st_mode & 0o777 == 0o644


def test_put_if_changed_leaves_the_same_file_untouched(disk: DiskStorage) -> None:
    disk.put_if_changed(KEY, b"one")
    before = _files(disk)[0].stat()
    assert not disk.put_if_changed(KEY, b"one")
    assert _files(disk)[0].stat() == before


def test_a_file_that_goes_while_it_is_read_is_missing(disk: DiskStorage) -> None:
    disk.put(KEY, (b"x",))
    reader = disk.open(KEY)
    disk.delete(KEY)
    with pytest.raises(GiveUp):
        next(reader)


def test_a_bad_key_makes_no_folder(disk: DiskStorage) -> None:
    with pytest.raises(GiveUp):
        disk.put("../x", (b"x",))
    assert disk.list("") == []
    assert not disk._root.exists()


@given(st.text(st.sampled_from("ab./\\-_ \0\né"), max_size=12))
def test_every_key_stays_inside(key: str) -> None:
    root = Path("root")
    try:
        path = DiskStorage(root)._path(key)
    except GiveUp:
        return
    assert Path(os.path.normpath(path)) == path
    assert path.is_relative_to(root)
    assert path != root


def test_sweep_removes_old_drafts_and_nothing_else(disk: DiskStorage) -> None:
    assert disk.sweep(timedelta(0)) == 0
    disk.put(KEY, (b"x",))
    folder = disk._root / "shows" / "night-owls"
    old, young, other = folder / ".abcdefg1", folder / ".abcdefg2", folder / ".keep"
    for path in (old, young, other, folder / "rss.xml"):
        path.touch()
        os.utime(path, (time.time() - 7200,) * 2)
    young.touch()
    assert disk.list("") == [KEY]
    assert disk.sweep(timedelta(hours=1)) == 1
    assert sorted(_files(disk)) == sorted([young, other, folder / "rss.xml"])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_disk_that_fails_is_tried_later_and_leaves_nothing(
    disk: DiskStorage, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    disk.put(KEY, (b"old",))
    monkeypatch.setattr(os, call, _failing(code))
    with pytest.raises(TryLater, match="The disk that keeps .*(is full|does not work)"):
        disk.put(KEY, (b"new",))
    monkeypatch.undo()
    assert disk.read(KEY) == b"old"
    assert len(_files(disk)) == 1


def test_a_short_write_is_carried_on(disk: DiskStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    disk.put(KEY, (b"abcdefgh",))
    assert disk.read(KEY) == b"abcdefgh"


def test_a_key_below_an_object_is_refused(disk: DiskStorage) -> None:
    disk.put("shows/a", (b"x",))
    with pytest.raises(GiveUp):
        disk.put("shows/a/b", (b"x",))
    disk.put("shows/b/c", (b"x",))
    with pytest.raises(GiveUp):
        disk.put("shows/b", (b"x",))
    with pytest.raises(GiveUp):
        disk.delete("shows/b")
    assert disk.size("shows/b") is None


def test_a_failing_read_is_tried_later(disk: DiskStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.put(KEY, (b"x",))
    monkeypatch.setattr(Path, "open", _failing(errno.EIO))
    with pytest.raises(TryLater, match="does not work"):
        disk.read(KEY)
