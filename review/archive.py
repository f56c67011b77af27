"""A show packed to leave: entries in, an iterator of zip bytes of known length out. No database, no request.

Stored, never compressed: audio does not shrink, and only so the length is known before the first byte.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZIP_STORED

from zipstream import ZipStream, ZipStreamInfo

from review.errors import GiveUp

README = "README.txt"
MANIFEST = "manifest.json"
MAX_PART, MAX_DEPTH = (
    80,
    3,
)  # bytes of a part of a name, and parts: Windows takes 260 characters, its own folder included
BAD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff<>:\"|?*]")
# Windows: these names are devices, whatever follows the first dot.
DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: `chunks` gives its bytes when asked, exactly `size` of them with this `sha256` (hex)."""

    name: str
    size: int
    sha256: str
    chunks: Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Archive:
    """`length` is exactly what `stream` yields. The stream can be read once."""

    length: int
    stream: Iterator[bytes]


def build(entries: Iterable[Entry], *, readme: str, about: Mapping[str, object], at: datetime) -> Archive:
    """The zip of README.txt, manifest.json (the fields of `about`, then name, bytes and sha256 of every file), entries.

    Names are made safe for every system; the manifest has them as they are in the zip. `at` dates every file, so the
    same input gives the same bytes. No entry is opened before its turn. The stream raises GiveUp when an entry yields
    other bytes than it promised, so the reader gets fewer bytes than `length` and never a whole archive that is wrong.
    """
    entries = tuple(entries)
    names = safe_names(entry.name for entry in entries)
    zipped = _Dated(at)
    for name, text in ((README, readme), (MANIFEST, _manifest(entries, names, about))):
        data = text.encode("utf-8", "replace")
        zipped.add(iter((data,)), name, size=len(data))
    for entry, name in zip(entries, names, strict=True):
        zipped.add(_exactly(entry), name, size=entry.size)
    return Archive(len(zipped), iter(zipped))


def safe_names(names: Iterable[str]) -> list[str]:
    """Each name as a relative path every system unpacks where it should; the order given decides who gets a number."""
    taken, folders = {README.lower(): 1, MANIFEST.lower(): 1}, set[str]()
    safe = []
    for name in names:
        path = _free(PurePosixPath(_safe(name)), taken, folders)
        folders.update(_folded(parent) for parent in path.parents)
        safe.append(str(path))
    return safe


def _manifest(entries: tuple[Entry, ...], names: list[str], about: Mapping[str, object]) -> str:
    files = [
        {"name": name, "bytes": entry.size, "sha256": entry.sha256} for name, entry in zip(names, entries, strict=True)
    ]
    files.sort(key=lambda file: str(file["name"]))
    return json.dumps({**about, "files": files}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _exactly(entry: Entry) -> Iterator[bytes]:
    """The entry's bytes, passed on only as far as they are the promised ones. Raises GiveUp."""
    digest, left = hashlib.sha256(), entry.size
    for chunk in entry.chunks():
        left -= len(chunk)
        if left < 0:
            break
        digest.update(chunk)
        yield chunk
    if left:
        raise GiveUp(f"{entry.name} has {'fewer' if left > 0 else 'more'} bytes than the {entry.size} promised.")
    if digest.hexdigest() != entry.sha256:
        raise GiveUp(f"{entry.name} has changed: its bytes are not the ones promised.")


def _safe(name: str) -> str:
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    clean = [_part(part) for part in parts if part.strip(" .")]
    return "/".join(clean[-MAX_DEPTH:]) or "file"


def _part(part: str) -> str:
    """One part of a path. The ending is kept when it is cut: it says what opens the file."""
    part = BAD.sub("_", part).strip().rstrip(". ")
    if DEVICE.fullmatch(part):
        part = f"_{part}"
    ending = PurePosixPath(part).suffix
    ending = ending if len(ending.encode()) <= MAX_PART // 4 else ""
    stem = part.removesuffix(ending).encode()[: MAX_PART - len(ending.encode())].decode(errors="ignore")
    return (stem + ending).rstrip(". ")


def _free(path: PurePosixPath, taken: dict[str, int], folders: set[str]) -> PurePosixPath:
    """The path, or its first numbered form that is neither a file nor a folder of the archive yet.

    `taken` keeps the last number given to each, or a thousand episodes of one name would be counted through each time.
    """
    if any(_folded(parent) in taken for parent in path.parents):
        path = PurePosixPath(str(path).replace("/", "_"))
    free, number = path, taken.get(_folded(path), 1)
    while _folded(free) in taken or _folded(free) in folders:
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    taken[_folded(path)] = number
    taken.setdefault(_folded(free), 1)
    return free


def _folded(path: PurePosixPath) -> str:
    """Two paths alike for a file system that ignores case are one."""
    return unicodedata.normalize("NFC", str(path).casefold())


class _Dated(ZipStream):
    """A sized ZipStream whose files bear one given date. The library itself would stamp each with the time of day."""

    def __init__(self, at: datetime) -> None:
        super().__init__(compress_type=ZIP_STORED, sized=True)  # type: ignore[no-untyped-call]
        self._date_time = at.timetuple()[:6]

    def _gen_file_entry(self, **entry: Any) -> Iterator[bytes]:
        """The library's own method for an iterable, less what only paths and compression need."""
        info: Any = ZipStreamInfo(entry["arcname"], self._date_time)  # type: ignore[no-untyped-call]
        info.file_size, info.compress_type, info.external_attr = entry["size"], ZIP_STORED, 0o644 << 16
        info.header_offset = self._pos
        for piece in info._file_data(entry["iterable"]):
            self._pos += len(piece)
            yield piece
        self._filelist.append(info)
