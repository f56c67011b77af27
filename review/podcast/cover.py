"""Cover art: a picture for a show that has none, and the measure of one that somebody sent."""

from __future__ import annotations

import colorsys
import hashlib
import struct
from dataclasses import dataclass
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageOps

SIDE = 1400
"""Apple: artwork is 1400 to 3000 pixels square, JPEG or PNG, RGB."""

MOST_PIXELS = 50_000_000
_TILES = 5
_FORMATS = ("JPEG", "PNG")
_PNG_END = b"IEND\xaeB`\x82"
Colour = tuple[int, int, int]


class NotAnImage(ValueError):
    """Neither JPEG nor PNG, cut short, or so large that opening it would hurt."""


@dataclass(frozen=True, slots=True)
class Artwork:
    """Size in pixels; `format` is "JPEG" or "PNG"."""

    width: int
    height: int
    format: str


def measure(data: bytes) -> Artwork:
    """The artwork in `data`, decoded to its last row. Raises NotAnImage."""
    image = _opened(data)
    return Artwork(image.width, image.height, _kind(image))


def thumbnail(data: bytes, side: int = 320) -> bytes:
    """The same picture at most `side` pixels wide and high, upright, without metadata. Raises NotAnImage."""
    image = _opened(data)
    kind = _kind(image)
    clear = kind == "PNG" and image.has_transparency_data
    small = _upright(image).convert("RGBA" if clear else "RGB")
    small.thumbnail((side, side))
    small.info = {}
    out = BytesIO()
    small.save(out, kind, optimize=True)
    return out.getvalue()


def _opened(data: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
        if image.width * image.height > MOST_PIXELS:
            raise NotAnImage("too many pixels")
        image.load()
        if image.format == "PNG" and _PNG_END not in data:
            raise NotAnImage("cut short")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAnImage(str(error)) from error
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera noted; a note that cannot be read turns nothing."""
    try:
        return ImageOps.exif_transpose(image)
    except (Warning, OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return image


def _kind(image: Image.Image) -> str:
    """A phone's JPEG with a second picture inside calls itself MPO; to everyone else it is a JPEG."""
    return "PNG" if image.format == "PNG" else "JPEG"


def default_cover(seed: str) -> bytes:
    """A quiet pattern of quarter circles, 1400 x 1400 RGB PNG: always the same for the same seed."""
    dice = Random(hashlib.sha256(seed.encode("utf-8", "replace")).digest())
    palette = _palette(dice)
    # Drawn at twice the size and halved, which is what smooths the arcs.
    tile = 2 * SIDE // _TILES
    image = Image.new("RGB", (tile * _TILES, tile * _TILES), palette[0])
    draw = ImageDraw.Draw(image)
    for row in range(_TILES):
        for column in range(_TILES):
            _tile(draw, column * tile, row * tile, tile, dice, palette)
    out = BytesIO()
    image.reduce(2).save(out, "PNG")
    return out.getvalue()


def _palette(dice: Random) -> list[Colour]:
    """A ground, three tones near it, and one accent from across the wheel."""
    hue = dice.random()
    tones = ((hue, 0.22, 0.45), (hue, 0.30, 0.42), (hue + 0.04, 0.40, 0.38), (hue - 0.05, 0.62, 0.42))
    accent = (hue + dice.choice((0.42, 0.5, 0.58)), 0.72, 0.62)
    return [_rgb(*tone) for tone in (*tones, accent)]


def _rgb(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _tile(draw: ImageDraw.ImageDraw, left: int, top: int, size: int, dice: Random, palette: list[Colour]) -> None:
    ground, shape = dice.sample(palette[:4], 2)
    if dice.random() < 0.08:
        shape = palette[4]
    draw.rectangle((left, top, left + size - 1, top + size - 1), fill=ground)
    corner = dice.randrange(4)
    x, y = left + size * (corner % 2), top + size * (corner // 2)
    start = (0, 90, 270, 180)[corner]
    for radius, colour in ((size, shape), (size // 2, ground)):
        draw.pieslice((x - radius, y - radius, x + radius - 1, y + radius - 1), start, start + 90, fill=colour)
