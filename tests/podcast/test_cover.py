"""Cover art: made, measured, made small."""

from __future__ import annotations

import struct
import time
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from review.podcast.cover import SIDE, Artwork, NotAnImage, default_cover, measure, thumbnail


def encoded(mode: str, kind: str, size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    out = BytesIO()
    image = Image.new("I;16", size, 3000) if mode == "I;16" else Image.linear_gradient("L").resize(size).convert(mode)
    image.save(out, kind, **options)
    return out.getvalue()


def empty_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_default_cover_is_what_apple_asks_for() -> None:
    started = time.perf_counter()
    data = default_cover("Night Owls")
    assert time.perf_counter() - started < 1
    assert measure(data) == Artwork(SIDE, SIDE, "PNG")
    assert Image.open(BytesIO(data)).mode == "RGB"
    assert len(data) < 200_000


def test_default_cover_belongs_to_its_seed() -> None:
    assert default_cover("a") == default_cover("a") != default_cover("b")
    assert default_cover("\ud800") != default_cover("")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png(mode: str) -> None:
    data = encoded(mode, "PNG")
    assert measure(data) == Artwork(60, 40, "PNG")
    assert measure(thumbnail(data, 30)) == Artwork(30, 20, "PNG")
    assert Image.open(BytesIO(thumbnail(data, 30))).mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg(mode: str) -> None:
    data = encoded(mode, "JPEG")
    assert measure(data) == Artwork(60, 40, "JPEG")
    assert measure(thumbnail(data, 30)) == Artwork(30, 20, "JPEG")


def test_a_phone_picture_of_two_frames_is_a_jpeg() -> None:
    out = BytesIO()
    frame = Image.new("RGB", (60, 40))
    frame.save(out, "MPO", save_all=True, append_images=[frame])
    assert measure(out.getvalue()).format == "JPEG"
    assert measure(thumbnail(out.getvalue(), 30)) == Artwork(30, 20, "JPEG")


def test_a_thumbnail_is_upright_and_says_nothing_of_the_camera() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Secret Camera"
    small = thumbnail(encoded("RGB", "JPEG", exif=exif, comment=b"Secret Comment"), 30)
    assert measure(small) == Artwork(20, 30, "JPEG")
    assert b"Secret" not in small
    assert b"Exif" not in small


def test_a_small_picture_stays_small() -> None:
    assert measure(thumbnail(encoded("RGB", "PNG"))) == Artwork(60, 40, "PNG")


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"<svg/>", encoded("P", "GIF"), encoded("RGB", "WEBP"), encoded("RGB", "BMP")],
    ids=["empty", "text", "svg", "gif", "webp", "bmp"],
)
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage):
        measure(data)
    with pytest.raises(NotAnImage):
        thumbnail(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_every_cut_is_refused(kind: str) -> None:
    data = encoded("RGB", kind, (16, 16))
    for size in range(len(data)):
        with pytest.raises(NotAnImage):
            measure(data[:size])


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (12_000, 9_000), (9_000, 9_000), (0, 5)])
def test_bombs_are_refused(width: int, height: int) -> None:
    with pytest.raises(NotAnImage):
        measure(empty_png(width, height))


@given(st.data())
@settings(max_examples=100)
def test_damage_is_refused_or_survived(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([encoded("RGB", "PNG", (16, 16)), encoded("RGB", "JPEG", (16, 16))])))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(NotAnImage):
        assert max(Image.open(BytesIO(thumbnail(bytes(whole), 8))).size) <= 8
