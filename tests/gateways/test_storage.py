"""The disk as a store: whole objects or none, keys that stay inside, failures in the gateway's two words."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.errors import GiveUp, TryLater
from review.gateways.storage import DiskStorage, Storage

KEY = "shows/night-owls/rss.xml"


@pytest.fixture
def store(tmp_path: Path) -> DiskStorage:
    return DiskStorage(tmp_path / "objects")


def _files(store: DiskStorage) -> list[Path]:
    return [path for path in store._root.rglob("*") if path.is_file()]


def _failing(code: int) -> Any:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    return fail


def test_the_disk_is_a_storage(store: DiskStorage) -> None:
    as_storage: Storage = store
    assert as_storage.size(KEY) is None


def test_what_is_put_is_read_back(store: DiskStorage) -> None:
    data = bytes(range(256)) * 1000
    stored = store.put(KEY, (data[:1000], b"", data[1000:]))
    assert (stored.key, stored.size, stored.sha256) == (KEY, len(data), hashlib.sha256(data).hexdigest())
    chunks = list(store.open(KEY))
    assert b"".join(chunks) == store.read(KEY) == data
    assert max(map(len, chunks)) == 64 * 1024
    assert store.size(KEY) == len(data)
    assert _files(store)[0].stat().st_mode & 0o777 == 0o644


def test_an_empty_object_is_one(store: DiskStorage) -> None:
    assert store.put(KEY, ()).size == 0
    assert store.size(KEY) == 0
    assert list(store.open(KEY)) == []
    assert not store.put_if_changed(KEY, b"")


def test_a_second_put_replaces_the_first_at_once(store: DiskStorage) -> None:
    store.put(KEY, (b"old",))
    reader = store.open(KEY)

    def chunks() -> Iterator[bytes]:
        yield b"n"
        assert store.read(KEY) == b"old"
        yield b"ew"

    store.put(KEY, chunks())
    assert b"".join(reader) == store.read(KEY) == b"new"
    assert len(_files(store)) == 1


def test_put_if_changed_writes_only_what_is_new(store: DiskStorage) -> None:
    assert store.put_if_changed(KEY, b"one")
    before = _files(store)[0].stat()
    assert not store.put_if_changed(KEY, b"one")
    assert _files(store)[0].stat() == before
    assert store.put_if_changed(KEY, b"two")
    assert store.read(KEY) == b"two"


def test_delete_twice_is_delete_once(store: DiskStorage) -> None:
    store.put(KEY, (b"x",))
    store.delete(KEY)
    store.delete(KEY)
    assert store.size(KEY) is None


def test_list_gives_keys_by_prefix(store: DiskStorage) -> None:
    keys = ["a", "shows/a/1.mp3", "shows/a/rss.xml", "shows/ab/rss.xml", "shows/b/rss.xml"]
    for key in reversed(keys):
        store.put(key, (b"x",))
    (store._root / "shows" / ".half-written").touch()
    assert store.list("") == keys
    assert store.list("shows/a") == keys[1:4]
    assert store.list("shows/a/") == keys[1:3]
    assert store.list("none/") == store.list("a/") == []
    assert DiskStorage(store._root / "not-there").list("") == []


def test_what_is_missing_is_said_before_the_first_chunk(store: DiskStorage) -> None:
    for call in (store.open, store.read):
        with pytest.raises(GiveUp, match=f"The store has no {KEY}."):
            call(KEY)
    reader = (store.put(KEY, (b"x",)), store.open(KEY))[1]
    store.delete(KEY)
    with pytest.raises(GiveUp):
        next(reader)


BAD_KEYS = "/etc/passwd ../x a/../x a//b a/ ./a . .. .hidden a/.b a\\b C:/x a:b ~/x %2e%2e/x é a/b/ a?b".split
NAMED_BAD_KEYS = ["", " ", "a b", "a\n", "a\0", "x" * 201, "/".join(["x" * 100] * 6)]


@pytest.mark.parametrize("key", [*BAD_KEYS(), *NAMED_BAD_KEYS])
def test_a_key_that_could_lead_out_is_refused(store: DiskStorage, key: str) -> None:
    for call in (store.read, store.open, store.size, store.delete, lambda key: store.put(key, (b"x",))):
        with pytest.raises(GiveUp, match="cannot be a key"):
            call(key)
    assert not store._root.exists()


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


def test_a_prefix_cannot_lead_out(store: DiskStorage) -> None:
    store.put(KEY, (b"x",))
    with pytest.raises(GiveUp):
        store.list("../")
    assert store.list("..") == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_disk_that_fails_is_tried_later_and_leaves_nothing(
    store: DiskStorage, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    store.put(KEY, (b"old",))
    monkeypatch.setattr(os, call, _failing(code))
    with pytest.raises(TryLater, match="The disk that keeps .*(is full|does not work)"):
        store.put(KEY, (b"new",))
    monkeypatch.undo()
    assert store.read(KEY) == b"old"
    assert len(_files(store)) == 1


def test_a_short_write_is_carried_on(store: DiskStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    store.put(KEY, (b"abcdefgh",))
    assert store.read(KEY) == b"abcdefgh"


def test_a_source_that_fails_leaves_nothing_and_is_heard(store: DiskStorage) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise TryLater("the host hung up")

    with pytest.raises(TryLater, match="the host hung up"):
        store.put(KEY, chunks())
    assert _files(store) == []


def test_a_key_below_an_object_is_refused(store: DiskStorage) -> None:
    store.put("shows/a", (b"x",))
    with pytest.raises(GiveUp):
        store.put("shows/a/b", (b"x",))
    store.put("shows/b/c", (b"x",))
    with pytest.raises(GiveUp):
        store.put("shows/b", (b"x",))
    with pytest.raises(GiveUp):
        store.delete("shows/b")
    assert store.size("shows/b") is None


def test_a_failing_read_is_tried_later(store: DiskStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(KEY, (b"x",))
    monkeypatch.setattr(Path, "open", _failing(errno.EIO))
    with pytest.raises(TryLater, match="does not work"):
        store.read(KEY)
