"""One variable of the environment at a time, read as what it must be. Each reader raises BadSetting with one line."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from limits import parse_many

from review import pace

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SECRET_BYTES = 32


class BadSetting(SystemExit):
    """One line that names the setting and says what would be right; it ends whatever process meets it."""


def number(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not low <= int(text) <= high:
        raise BadSetting(f"{name}: a whole number from {low} to {high} is needed, not {text!r}")
    return int(text)


def span(env: Mapping[str, str], name: str, default: int, *, high: int, **unit: int) -> timedelta | None:
    """So many hours (`hours=1`) or days (`days=1`), up to `high`; None for 0, which switches off what it is for."""
    return number(env, name, default, low=0, high=high) * timedelta(**unit) or None


def business_hours(env: Mapping[str, str], name: str, zone_name: str) -> pace.Pace:
    """The hours in which work is done, as the clocks of a zone show them; always where none are set."""
    try:
        zone = pace.zone(env.get(zone_name) or "UTC")
    except ValueError as error:
        raise BadSetting(f"{zone_name}: a time zone such as Europe/Helsinki is needed ({error})") from error
    try:
        return pace.Pace(pace.hours(env.get(name) or ""), zone)
    except ValueError as error:
        raise BadSetting(f"{name}: hours such as mon-fri 09:00-17:00 are needed ({error})") from error


def one_of(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`; the first where nothing is set."""
    text = env.get(name) or choices[0]
    if text not in choices:
        raise BadSetting(f"{name}: one of {', '.join(choices)} is needed, not {text!r}")
    return text


def split(text: str) -> SplitResult:
    """The parts of an address; empty ones where it is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def web_address(env: Mapping[str, str], name: str, example: str, *, password: bool = False) -> str:
    """An http(s) address without a query, or nothing. The text is never repeated: it may hold a password."""
    text = env.get(name) or ""
    if text and not is_web_address(text, password=password):
        raise BadSetting(f"{name}: an address such as {example} is needed")
    return split(text).geturl().rstrip("/")


def is_web_address(text: str, *, password: bool = False) -> bool:
    """Whether it is http(s), without a query, and without a user unless a password may stand in it."""
    parts = split(text)
    known = parts.scheme in ("http", "https") and bool(parts.hostname) and (password or "@" not in parts.netloc)
    return known and not (parts.query or parts.fragment)


def networks(env: Mapping[str, str], name: str, default: str = "") -> tuple[Network, ...]:
    """Networks parted by commas."""
    text = env.get(name) or default
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadSetting(f"{name}: networks such as 127.0.0.1/32, parted by commas, are needed ({error})") from error


def rate(env: Mapping[str, str], name: str, default: str) -> str:
    """A rate as Flask-Limiter reads it."""
    text = env.get(name) or default
    try:
        parse_many(text)
    except ValueError as error:
        raise BadSetting(f"{name}: a rate such as '{default}' is needed, not {text!r}") from error
    return text


def secret_key(env: Mapping[str, str], data_dir: Path) -> str:
    """The given key, or one made once and kept beside the data it protects."""
    given = env.get("SECRET_KEY")
    if given is not None:
        if len(given) < SECRET_BYTES:
            raise BadSetting(f"SECRET_KEY: at least {SECRET_BYTES} random characters are needed")
        return given
    path = data_dir / "secret-key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_hex(SECRET_BYTES))
        key = path.read_bytes().decode("ascii", "replace").strip()
    except OSError as error:
        raise BadSetting(f"DATA_DIR: {data_dir} cannot be written ({error.strerror}: {error.filename})") from error
    if len(key) < SECRET_BYTES:
        raise BadSetting(f"SECRET_KEY: {path} holds no key; delete that file and one is made anew")
    return key


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all, and only the first of several processes that start at once."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
