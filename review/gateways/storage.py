"""Objects under keys: feeds, media, artwork. On disk here; the interface is the one an object store offers."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from review.errors import GiveUp, TryLater

CHUNK = 64 * 1024
MAX_KEY = 512
# No part starts with a dot: '..' and the names of files still being written cannot be keys.
PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}"
KEY = re.compile(rf"{PART}(?:/{PART})*")
FULL = (errno.ENOSPC, errno.EDQUOT)
CLASH = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG)


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: `size` in bytes, `sha256` in hex."""

    key: str
    size: int
    sha256: str


class Storage(Protocol):
    """Every method raises TryLater when the store does not work, GiveUp for a key that can never be."""

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Write all of `chunks` under `key`, or nothing: a reader meets the old object or the new one."""

    def put_if_changed(self, key: str, data: bytes) -> bool:
        """Write `data` unless exactly that is there already. True where it was written."""

    def open(self, key: str) -> Iterator[bytes]:
        """The object in chunks of at most 64 KiB. Raises GiveUp where there is none, before the first chunk."""

    def read(self, key: str) -> bytes:
        """The whole object, for small ones. Raises GiveUp where there is none."""

    def size(self, key: str) -> int | None:
        """Bytes of the object, None where there is none."""

    def delete(self, key: str) -> None:
        """Remove the object. One that is not there is removed already."""

    def list(self, prefix: str) -> Sequence[str]:
        """The keys that start with `prefix`, sorted."""


class DiskStorage:
    """A Storage in one folder, which is made when first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        path = self._path(key)
        digest, size = hashlib.sha256(), 0
        with _written_whole(path) as descriptor:
            for chunk in chunks:
                with _told(key):
                    _write_all(descriptor, chunk)
                digest.update(chunk)
                size += len(chunk)
        return Stored(key, size, digest.hexdigest())

    def put_if_changed(self, key: str, data: bytes) -> bool:
        if self.size(key) == len(data) and self.read(key) == data:
            return False
        self.put(key, (data,))
        return True

    def open(self, key: str) -> Iterator[bytes]:
        path = self._path(key)
        if self.size(key) is None:
            raise GiveUp(f"The store has no {key}.")
        return _chunks(path, key)

    def read(self, key: str) -> bytes:
        return b"".join(self.open(key))

    def size(self, key: str) -> int | None:
        path = self._path(key)
        with _told(key):
            return path.stat().st_size if path.is_file() else None

    def delete(self, key: str) -> None:
        path = self._path(key)
        with _told(key):
            path.unlink(missing_ok=True)

    def list(self, prefix: str) -> Sequence[str]:
        folder = prefix.rpartition("/")[0]
        top = self._path(folder) if folder else self._root
        with _told(prefix):
            found = [path.relative_to(self._root).as_posix() for path in top.rglob("*") if path.is_file()]
        return sorted(key for key in found if key.startswith(prefix) and KEY.fullmatch(key))

    def _path(self, key: str) -> Path:
        if len(key) > MAX_KEY or not KEY.fullmatch(key):
            raise GiveUp(f"{key[:MAX_KEY]!r} cannot be a key.")
        return self._root / key


def _chunks(path: Path, key: str) -> Iterator[bytes]:
    with _told(key), path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


@contextmanager
def _written_whole(path: Path) -> Iterator[int]:
    """A descriptor whose bytes become `path` at the end, on the disk for good, or leave no trace."""
    with _told(path.name):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        try:
            yield descriptor
            with _told(path.name):
                os.fchmod(descriptor, 0o644)  # mkstemp's 0600 would keep the web server in front out
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        with _told(path.name):
            os.replace(name, path)
            _sync_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write_all(descriptor: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    """The new name itself must survive a power cut, not only the bytes it names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """A disk's failure in the two words of a gateway."""
    try:
        yield
    except FileNotFoundError as error:
        raise GiveUp(f"The store has no {what}.") from error
    except OSError as error:
        if error.errno in CLASH:
            raise GiveUp(f"{what} cannot be stored under that name ({error.strerror}).") from error
        reason = "is full" if error.errno in FULL else f"does not work ({error.strerror})"
        raise TryLater(f"The disk that keeps {what} {reason}.") from error
