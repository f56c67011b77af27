"""The archive: its length told beforehand is true, any unzip opens it, and it is never silently wrong."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.archive import Archive, Entry, build, safe_names
from review.errors import GiveUp

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
MB = 1024 * 1024


def _entry(name: str, data: bytes = b"sound") -> Entry:
    return Entry(name, len(data), hashlib.sha256(data).hexdigest(), lambda: iter((data[:2], data[2:])))


def _build(*entries: Entry, readme: str = "Read me.\n", **about: object) -> Archive:
    return build(entries, readme=readme, about=about, at=NOON)


def _unzipped(archive: Archive) -> zipfile.ZipFile:
    data = b"".join(archive.stream)
    assert len(data) == archive.length
    opened = zipfile.ZipFile(io.BytesIO(data))
    assert opened.testzip() is None
    return opened


def test_what_goes_in_comes_out() -> None:
    opened = _unzipped(_build(_entry("media/one.mp3", b"abc"), _entry("rss.xml", b"<rss/>"), show="Night Owls"))
    assert opened.namelist() == ["README.txt", "manifest.json", "media/one.mp3", "rss.xml"]
    assert opened.read("README.txt") == b"Read me.\n"
    assert opened.read("media/one.mp3") == b"abc"
    assert {info.compress_type for info in opened.infolist()} == {zipfile.ZIP_STORED}


def test_the_manifest_says_what_is_there() -> None:
    entries = [_entry("b.mp3", b"bb"), _entry("../a.mp3", b"a"), _entry("b.mp3", b"b2")]
    opened = _unzipped(_build(*entries, show="Ночь", files="not these"))
    text = opened.read("manifest.json").decode()
    found = json.loads(text)
    assert found["show"] == "Ночь"
    assert [file["name"] for file in found["files"]] == ["a.mp3", "b-2.mp3", "b.mp3"]
    for file in found["files"]:
        data = opened.read(file["name"])
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert text == json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def test_the_same_input_gives_the_same_bytes_and_the_given_date() -> None:
    first, second = (b"".join(_build(_entry("a.mp3"), show="x").stream) for _ in range(2))
    assert first == second
    dates = {info.date_time for info in zipfile.ZipFile(io.BytesIO(first)).infolist()}
    assert dates == {(2026, 5, 4, 12, 0, 0)}


def test_an_archive_of_nothing_and_of_empty_files() -> None:
    assert len(_unzipped(_build()).namelist()) == 2
    assert _unzipped(_build(_entry("a", b""), readme="")).read("a") == b""


def test_nothing_is_opened_before_its_turn() -> None:
    opened: list[str] = []

    def entry(name: str) -> Entry:
        def chunks() -> Iterator[bytes]:
            opened.append(name)
            yield b"sound"

        return replace(_entry(name), chunks=chunks)

    archive = _build(entry("a"), entry("b"))
    assert opened == []
    while b"sound" not in next(archive.stream):
        pass
    assert opened == ["a"]


def test_two_hundred_megabytes_pass_through_little_memory() -> None:
    block = b"\xff" * (256 * 1024)
    digest = hashlib.sha256()
    for _ in range(200 * 4):
        digest.update(block)

    def chunks() -> Iterator[bytes]:
        for _ in range(200 * 4):
            yield bytes(bytearray(block))  # a new one each time, or keeping them all would cost nothing

    archive = _build(Entry("long.mp3", 200 * MB, digest.hexdigest(), chunks))
    tracemalloc.start()
    try:
        sent = sum(len(piece) for piece in archive.stream)
        assert tracemalloc.get_traced_memory()[1] < 2 * MB
    finally:
        tracemalloc.stop()
    assert sent == archive.length > 200 * MB


def test_the_length_is_known_beyond_four_gigabytes() -> None:
    many = [Entry(f"{number}.mp3", 3_000_000_000, "", lambda: iter(())) for number in range(3)]
    assert _build(*many).length > 9_000_000_000


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"soun", "fewer bytes than the 5 promised"),
        (b"", "fewer bytes"),
        (b"sounds", "more bytes than the 5 promised"),
        (b"noise", "has changed"),
    ],
)
def test_other_bytes_than_promised_are_never_sent_as_if_right(given: bytes, said: str) -> None:
    entry = replace(_entry("a.mp3"), chunks=lambda: iter((given,)))
    archive = _build(entry, _entry("b.mp3"))
    sent = bytearray()

    def send() -> None:
        for piece in archive.stream:
            sent.extend(piece)

    with pytest.raises(GiveUp, match=said):
        send()
    assert len(sent) < archive.length
    assert not zipfile.is_zipfile(io.BytesIO(sent))


def test_a_source_that_fails_is_heard() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"so"
        raise GiveUp("The store has no a.mp3.")

    with pytest.raises(GiveUp, match="no a.mp3"):
        list(_build(replace(_entry("a.mp3"), chunks=chunks)).stream)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plain.mp3", "plain.mp3"),
        ("media/01 Größe.mp3", "media/01 Größe.mp3"),
        ("e\u0301.mp3", "\u00e9.mp3"),
        ("/etc/passwd", "etc/passwd"),
        ("../../x.mp3", "x.mp3"),
        ("a/../../b/./c.mp3", "a/b/c.mp3"),
        ("..\\..\\x.mp3", "x.mp3"),
        ("C:\\Windows\\x.mp3", "C_/Windows/x.mp3"),
        ("a//b", "a/b"),
        ("a/b/c/d/e.mp3", "c/d/e.mp3"),
        ('what? "now" <1>|2*.mp3', "what_ _now_ _1__2_.mp3"),
        ("line\r\nbreak\0.mp3", "line__break_.mp3"),
        ("\u202egpj.mp3", "_gpj.mp3"),
        ("half\ud800.mp3", "half_.mp3"),
        ("CON", "_CON"),
        ("con.tar.gz", "_con.tar.gz"),
        ("a/lpt¹.txt", "a/_lpt¹.txt"),
        ("console.txt", "console.txt"),
        ("dots...", "dots"),
        (" spaced . ", "spaced"),
        (".hidden", ".hidden"),
        ("", "file"),
        ("..", "file"),
        ("/", "file"),
        ("readme.TXT", "readme-2.TXT"),
        ("manifest.json", "manifest-2.json"),
        ("x" * 300 + ".mp3", "x" * 76 + ".mp3"),
        ("é" * 300 + ".mp3", "é" * 38 + ".mp3"),
        ("x." + "y" * 300, "x." + "y" * 78),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_names([name]) == [safe]


def test_no_two_entries_share_a_name() -> None:
    assert safe_names(["a.mp3", "a.mp3", "A.MP3", "a-2.mp3"]) == ["a.mp3", "a-2.mp3", "A-3.MP3", "a-2-2.mp3"]
    assert safe_names(["a", "a/b", "c/d", "c"]) == ["a", "a_b", "c/d", "c-2"]
    assert len(set(safe_names(["e.mp3"] * 5000))) == 5000


@given(st.lists(st.one_of(st.text(max_size=20), st.text(st.sampled_from("aA./\\ :é"), max_size=8)), max_size=12))
def test_every_list_of_names_unpacks_beside_itself(names: list[str]) -> None:
    safe = safe_names(names)
    assert safe == safe_names(names)
    assert len({name.casefold() for name in [*safe, "README.txt", "manifest.json"]}) == len(names) + 2
    files = {name.casefold() for name in safe}
    for name in safe:
        path = PurePosixPath(name)
        assert str(path) == name
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert not PureWindowsPath(name).is_reserved()
        assert not re.search(r'[\x00-\x1f\\:*?"<>|]', name)
        assert len(name.encode()) < 260
        assert not files & {str(parent).casefold() for parent in path.parents}
    assert _unzipped(_build(*map(_entry, names))).namelist()[2:] == safe


def test_unzip_agrees(tmp_path: Path) -> None:
    if not (unzip := shutil.which("unzip")):
        pytest.skip("unzip is not installed")
    path = tmp_path / "show.zip"
    path.write_bytes(b"".join(_build(_entry("médiа/один.mp3"), _entry("b.mp3", b"")).stream))
    result = subprocess.run([unzip, "-t", str(path)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "No errors detected" in result.stdout
