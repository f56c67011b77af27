"""Settings, read once from the environment. No other file reads it.

Nothing set means embedded: SQLite, an embedded Valkey, letters and objects on disk, all under `DATA_DIR`.
Every setting stands in docs/operations.md.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from limits import parse_many

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
SECRET_BYTES = 32


class BadSetting(SystemExit):
    """One line that names the setting and says what would be right; it ends whatever process meets it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process needs to know about where it runs. Defaults are safe; see docs/operations.md."""

    data_dir: Path
    database_url: str
    redis_url: str
    secret_key: str
    public_url: str
    port: int
    mail_from: str
    undo_window: timedelta
    lease: timedelta
    fetch_allow: tuple[Network, ...]
    limit_address: str
    limit_network: str
    limit_email: str
    fill_seconds: int
    trusted_proxies: int

    @property
    def embedded_broker(self) -> bool:
        """True where the product starts its own Valkey."""
        return self.redis_url == f"unix://{self.broker_socket}"

    @property
    def broker_socket(self) -> Path:
        return self.data_dir / "valkey.sock"

    @property
    def objects_dir(self) -> Path:
        """Published objects: feeds, media, artwork."""
        return self.data_dir / "objects"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")


def load(env: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every setting. Raises BadSetting with one line that names the one at fault."""
    data_dir = Path(env.get("DATA_DIR") or "var").resolve()
    port = _number(env, "PORT", 8000, low=1, high=65535)
    public_url = _public_url(env.get("PUBLIC_URL") or f"http://127.0.0.1:{port}")
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(env, data_dir),
        redis_url=_redis_url(env, data_dir),
        secret_key=_secret_key(env, data_dir),
        public_url=public_url,
        port=port,
        mail_from=_mail_from(env),
        undo_window=timedelta(seconds=_number(env, "UNDO_SECONDS", 20, low=0, high=3600)),
        lease=timedelta(seconds=_number(env, "LEASE_SECONDS", 60, low=2, high=3600)),
        fetch_allow=_networks(env, "FETCH_ALLOW_NETWORKS"),
        limit_address=_rate(env, "RATE_LIMIT_ADDRESS", "20 per hour"),
        limit_network=_rate(env, "RATE_LIMIT_NETWORK", "100 per hour"),
        limit_email=_rate(env, "RATE_LIMIT_EMAIL", "10 per day"),
        fill_seconds=_number(env, "MIN_FILL_SECONDS", 3, low=0, high=600),
        trusted_proxies=_number(env, "TRUSTED_PROXIES", 0, low=0, high=5),
    )


def _number(env: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not low <= int(text) <= high:
        raise BadSetting(f"{name}: a whole number from {low} to {high} is needed, not {text!r}")
    return int(text)


def _public_url(text: str) -> str:
    """Embedded letters can be read by whoever reaches the server, so only loopback addresses are served so far."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise BadSetting(f"PUBLIC_URL: an address such as http://127.0.0.1:8000 is needed, not {text!r}")
    if host not in ("localhost", "127.0.0.1", "::1"):
        raise BadSetting("PUBLIC_URL: letters are kept in a mailbox anyone here can read, so only 127.0.0.1 is served")
    return text.rstrip("/")


def _database_url(env: Mapping[str, str], data_dir: Path) -> str:
    url = env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'greenroom.db'}"
    if not url.startswith("sqlite:///"):
        raise BadSetting("DATABASE_URL: only sqlite:///PATH is supported so far")
    return url


def _redis_url(env: Mapping[str, str], data_dir: Path) -> str:
    url = env.get("REDIS_URL") or f"unix://{data_dir / 'valkey.sock'}"
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise BadSetting("REDIS_URL: it starts with redis://, rediss:// or unix://")
    return url


def _secret_key(env: Mapping[str, str], data_dir: Path) -> str:
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


def _mail_from(env: Mapping[str, str]) -> str:
    address = env.get("MAIL_FROM") or "hello@greenroom.example"
    if address.count("@") != 1 or any(c.isspace() or c in "<>," for c in address):
        raise BadSetting(f"MAIL_FROM: one plain e-mail address is needed, not {address!r}")
    return address


def _networks(env: Mapping[str, str], name: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in (env.get(name) or "").split(",") if part.strip())
    except ValueError as error:
        raise BadSetting(f"{name}: networks such as 127.0.0.1/32, parted by commas, are needed ({error})") from error


def _rate(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(name) or default
    try:
        parse_many(text)
    except ValueError as error:
        raise BadSetting(f"{name}: a rate such as '{default}' is needed, not {text!r}") from error
    return text
