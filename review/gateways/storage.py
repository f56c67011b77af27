"""Objects under keys: feeds, media, artwork. The interface every store keeps to, and the store that is a folder."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Protocol

from review.errors import GiveUp, TryLater

CHUNK = 64 * 1024
MAX_KEY = 512
# No part starts with a dot: '..' and the names of files still being written cannot be keys.
PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}"
KEY = re.compile(rf"{PART}(?:/{PART})*")
DRAFT = re.compile(r"\.[a-z0-9_]{8}")  # what mkstemp names a file that is still being written
CONTENT_TYPES = {
    ".xml": "application/rss+xml; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/x-m4a",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".m4v": "video/x-m4v",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".epub": "application/epub+zip",
}
CACHE_CONTROL = {"feeds/": "public, max-age=300", "media/": "public, max-age=31536000, immutable"}
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

    def sweep(self, older_than: timedelta) -> int:
        """Remove what writers that were killed left half-written, if it is older than that. How many there were."""

    def check(self) -> str:
        """Write, read and delete a small object, and say where. Raises TryLater or GiveUp with what is wrong."""


def content_type(key: str) -> str:
    """The media type an object is served with: its key's suffix decides."""
    return CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")


def cache_control(key: str) -> str:
    """How long others may keep an object. Media never change under their key; what is not published is nobody's."""
    return CACHE_CONTROL.get("".join(key.partition("/")[:2]), "private, no-store")


def checked(key: str) -> str:
    """`key` itself. Raises GiveUp where it cannot be one."""
    if len(key) > MAX_KEY or not KEY.fullmatch(key):
        raise GiveUp(f"{key[:MAX_KEY]!r} cannot be a key.")
    return key


def checked_prefix(prefix: str) -> str:
    """The folder a list can begin in, which is a key or empty. Raises GiveUp where it would lead out."""
    folder = prefix.rpartition("/")[0]
    return checked(folder) if folder else ""


def round_trip(store: Storage) -> None:
    """Put, read and delete a probe. Raises what `store` raises, and TryLater where other bytes come back."""
    key, data = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(64)
    store.put(key, (data,))
    try:
        if store.read(key) != data:
            raise TryLater("The store gives back other bytes than were written.")
    finally:
        store.delete(key)


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
        top = self._root / checked_prefix(prefix)
        with _told(prefix):
            found = [path.relative_to(self._root).as_posix() for path in top.rglob("*") if path.is_file()]
        return sorted(key for key in found if key.startswith(prefix) and KEY.fullmatch(key))

    def sweep(self, older_than: timedelta) -> int:
        before, count = time.time() - older_than.total_seconds(), 0
        with _told(str(self._root)):
            for path in self._root.rglob(".*"):
                with suppress(FileNotFoundError):  # its writer has just finished
                    if DRAFT.fullmatch(path.name) and path.is_file() and path.stat().st_mtime < before:
                        path.unlink()
                        count += 1
        return count

    def check(self) -> str:
        round_trip(self)
        return str(self._root)

    def _path(self, key: str) -> Path:
        return self._root / checked(key)


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
