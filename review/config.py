"""Settings, read once from the environment. No other file reads it.

Nothing set means embedded: SQLite, an embedded Valkey, letters and objects on disk, all under `DATA_DIR`.
A server's address takes the place of one embedded part. What goes together is set together, or nothing starts.
Every setting stands in docs/operations.md.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl

from review.environment import (
    BadSetting,
    Network,
    business_hours,
    is_web_address,
    networks,
    number,
    one_of,
    rate,
    secret_key,
    span,
    split,
    web_address,
)
from review.pace import Pace

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where objects lie when they do not lie on disk."""

    name: str
    prefix: str
    endpoint: str | None
    region: str | None
    acl: str | None


@dataclass(frozen=True, slots=True)
class MailjetAccount:
    """How letters leave, and how what became of them comes back."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    api_url: str
    webhook_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process needs to know about where it runs. Defaults are safe; see docs/operations.md."""

    data_dir: Path
    database_url: str = field(repr=False)
    database_direct_url: str = field(repr=False)
    database_pool: int
    redis_url: str = field(repr=False)
    elasticsearch_url: str = field(repr=False)
    search_index: str
    bucket: Bucket | None
    objects_dir: Path
    mailjet: MailjetAccount | None
    secret_key: str = field(repr=False)
    public_url: str
    feeds_url: str
    port: int
    mail_from: str
    undo_window: timedelta
    bulk_undo_window: timedelta
    lease: timedelta
    due: timedelta | None
    pace: Pace
    digest_hour: int
    remind_after: timedelta | None
    close_after: timedelta | None
    release_after: timedelta | None
    fetch_allow: tuple[Network, ...]
    limit_address: str
    limit_network: str
    limit_email: str
    limit_token: str
    fill_seconds: int
    trusted_proxies: int
    monitor_networks: tuple[Network, ...]
    metrics_dir: Path | None
    log_format: str

    @property
    def postgres(self) -> bool:
        return not self.database_url.startswith("sqlite:")

    @property
    def embedded_broker(self) -> bool:
        """True where the product starts its own Valkey."""
        return self.redis_url == f"unix://{self.broker_socket}"

    @property
    def broker_socket(self) -> Path:
        return self.data_dir / "valkey.sock"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")


def load(env: Mapping[str, str] = os.environ) -> Settings:
    """Read and check every setting. Raises BadSetting with one line that names the one at fault."""
    data_dir = Path(env.get("DATA_DIR") or "var").resolve()
    port = number(env, "PORT", 8000, low=1, high=65535)
    database_url, direct_url = _database_urls(env, data_dir)
    search_url, search_index = _elasticsearch(env)
    mailjet = _mailjet(env)
    public_url = _public_url(env, port, mailjet is not None)
    bucket, objects_dir = _storage(env, data_dir)
    remind_after = span(env, "REMIND_AFTER_DAYS", 7, high=365, days=1)
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        database_direct_url=direct_url,
        database_pool=number(env, "DATABASE_POOL", 50, low=1, high=1000),
        redis_url=_redis_url(env, data_dir),
        elasticsearch_url=search_url,
        search_index=search_index,
        bucket=bucket,
        objects_dir=objects_dir,
        mailjet=mailjet,
        secret_key=secret_key(env, data_dir),
        public_url=public_url,
        feeds_url=_feeds_url(env, bucket is not None) or public_url,
        port=port,
        mail_from=_mail_from(env),
        undo_window=timedelta(seconds=number(env, "UNDO_SECONDS", 20, low=0, high=3600)),
        bulk_undo_window=timedelta(seconds=number(env, "BULK_UNDO_SECONDS", 600, low=0, high=86400)),
        lease=timedelta(seconds=number(env, "LEASE_SECONDS", 60, low=2, high=3600)),
        due=span(env, "DUE_HOURS", 168, high=2000, hours=1),
        pace=business_hours(env, "BUSINESS_HOURS", "BUSINESS_ZONE"),
        digest_hour=number(env, "DIGEST_HOUR", 8, low=0, high=23),
        remind_after=remind_after,
        close_after=_close_after(env, remind_after),
        release_after=span(env, "RELEASE_AFTER_DAYS", 3, high=365, days=1),
        fetch_allow=networks(env, "FETCH_ALLOW_NETWORKS"),
        limit_address=rate(env, "RATE_LIMIT_ADDRESS", "20 per hour"),
        limit_network=rate(env, "RATE_LIMIT_NETWORK", "100 per hour"),
        limit_email=rate(env, "RATE_LIMIT_EMAIL", "10 per day"),
        limit_token=rate(env, "RATE_LIMIT_TOKEN", "600 per minute"),
        fill_seconds=number(env, "MIN_FILL_SECONDS", 3, low=0, high=600),
        trusted_proxies=number(env, "TRUSTED_PROXIES", 0, low=0, high=5),
        metrics_dir=Path(env["PROMETHEUS_MULTIPROC_DIR"]) if env.get("PROMETHEUS_MULTIPROC_DIR") else None,
        monitor_networks=networks(env, "MONITOR_NETWORKS", "127.0.0.0/8,::1/128"),
        log_format=one_of(env, "LOG_FORMAT", ("text", "json")),
    )


def _close_after(env: Mapping[str, str], remind_after: timedelta | None) -> timedelta | None:
    """Nobody's application is closed who was not reminded first."""
    close_after = span(env, "CLOSE_AFTER_DAYS", 14 if remind_after else 0, high=365, days=1)
    if close_after and not remind_after:
        raise BadSetting("CLOSE_AFTER_DAYS: it counts from the reminder, so REMIND_AFTER_DAYS is needed with it")
    return close_after


def _public_url(env: Mapping[str, str], port: int, mail_leaves: bool) -> str:
    """Embedded letters can be read by whoever reaches the server, so with them only loopback addresses are served."""
    if mail_leaves and not env.get("PUBLIC_URL"):
        raise BadSetting("PUBLIC_URL: needed with Mailjet, for it stands in every letter")
    text = web_address(env, "PUBLIC_URL", "http://127.0.0.1:8000") or f"http://127.0.0.1:{port}"
    parts = split(text)
    if parts.path:
        raise BadSetting("PUBLIC_URL: the address of a host is needed, without a path")
    if not mail_leaves and parts.hostname not in LOOPBACK:
        raise BadSetting(
            "PUBLIC_URL: without Mailjet letters lie in a mailbox anyone here can read, so only 127.0.0.1 is served"
        )
    return text


def _feeds_url(env: Mapping[str, str], in_bucket: bool) -> str:
    if in_bucket and not env.get("FEEDS_URL"):
        raise BadSetting("FEEDS_URL: needed with a bucket; it is where listeners fetch what lies in it")
    return web_address(env, "FEEDS_URL", "https://feeds.example.org")


def _database_urls(env: Mapping[str, str], data_dir: Path) -> tuple[str, str]:
    """For work, through a pooler where there is one, and straight to the server, for migrations."""
    url, direct = env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'greenroom.db'}", env.get("DATABASE_DIRECT_URL")
    if url.startswith("sqlite:///"):
        if direct:
            raise BadSetting("DATABASE_DIRECT_URL: it goes with a PostgreSQL DATABASE_URL only")
        return url, url
    pooled = _postgres(url, "DATABASE_URL")
    for name, needed in (("REDIS_URL", "the embedded broker serves one machine"), ("SECRET_KEY", "hosts sign alike")):
        if not env.get(name):
            raise BadSetting(f"{name}: needed with PostgreSQL, for {needed}")
    if not direct:
        raise BadSetting(
            "DATABASE_DIRECT_URL: needed with PostgreSQL, for migrations do not go through a pooler; "
            "without a pooler it is the same as DATABASE_URL"
        )
    straight = _postgres(direct, "DATABASE_DIRECT_URL")
    if split(pooled).path != split(straight).path:
        raise BadSetting("DATABASE_DIRECT_URL: it names another database than DATABASE_URL")
    return pooled, straight


def _postgres(url: str, name: str) -> str:
    """The same address for SQLAlchemy's psycopg 3."""
    parts = split(url)
    if parts.scheme not in ("postgresql", "postgres", "postgresql+psycopg") or not parts.path.strip("/"):
        raise BadSetting(f"{name}: sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME is needed")
    return parts._replace(scheme="postgresql+psycopg").geturl()


def _redis_url(env: Mapping[str, str], data_dir: Path) -> str:
    url = env.get("REDIS_URL") or f"unix://{data_dir / 'valkey.sock'}"
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise BadSetting("REDIS_URL: it starts with redis://, rediss:// or unix://")
    return url


def _elasticsearch(env: Mapping[str, str]) -> tuple[str, str]:
    """The server, and what the index is called there: the address's path."""
    parts = split(web_address(env, "ELASTICSEARCH_URL", "http://127.0.0.1:9200", password=True))
    name = parts.path.strip("/") or "greenroom"
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,60}", name):
        raise BadSetting(
            "ELASTICSEARCH_URL: an index is called by small letters, digits and hyphens, not " + repr(name)
        )
    return parts._replace(path="").geturl(), name


def _storage(env: Mapping[str, str], data_dir: Path) -> tuple[Bucket | None, Path]:
    """A bucket, or a folder on disk."""
    text = env.get("STORAGE_URL") or "disk:"
    if re.fullmatch("disk:(/.*)?", text):
        return None, Path(text.removeprefix("disk:") or data_dir / "objects").resolve()
    parts = split(text)
    options = dict(parse_qsl(parts.query))
    if (
        parts.scheme != "s3"
        or not re.fullmatch(r"[A-Za-z0-9._-]+", parts.netloc)
        or parts.fragment
        or set(options) - {"endpoint", "region", "acl"}
        or not is_web_address(options.get("endpoint", "https://amazon"))
    ):
        raise BadSetting(
            "STORAGE_URL: disk:, disk:/FOLDER or s3://BUCKET/PREFIX is needed, the latter with ?endpoint= and &region= "
            "where it is not Amazon's; keys are given as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    missing = [name for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if not env.get(name)]
    if len(missing) == 1:  # without either, the machine's own role is asked
        raise BadSetting(f"{missing[0]}: a key of the bucket has two halves")
    prefix = parts.path.strip("/")
    return Bucket(parts.netloc, prefix, options.get("endpoint"), options.get("region"), options.get("acl")), data_dir


def _mailjet(env: Mapping[str, str]) -> MailjetAccount | None:
    """All of it or nothing: letters must leave under a name, and what became of them must find its way back."""
    together = ("MAILJET_API_KEY", "MAILJET_API_SECRET", "MAILJET_WEBHOOK_PASSWORD")
    given = [name for name in (*together, "MAILJET_API_URL") if env.get(name)]
    if not given:
        return None
    for name in (*together, "MAIL_FROM"):
        if not env.get(name):
            raise BadSetting(f"{name}: needed with {given[0]}")
    if len(env["MAILJET_WEBHOOK_PASSWORD"]) < 16:
        raise BadSetting("MAILJET_WEBHOOK_PASSWORD: at least 16 random characters are needed")
    api_url = web_address(env, "MAILJET_API_URL", "https://api.us.mailjet.com") or "https://api.mailjet.com"
    host = split(api_url).hostname or ""
    if host not in LOOPBACK and not (api_url.startswith("https://") and f".{host}".endswith(".mailjet.com")):
        raise BadSetting("MAILJET_API_URL: keys and letters go to an https:// address of Mailjet's only")
    key, secret, webhook_password = (env[name] for name in together)
    return MailjetAccount(key, secret, f"{api_url}/", webhook_password)


def _mail_from(env: Mapping[str, str]) -> str:
    address = env.get("MAIL_FROM") or "hello@greenroom.example"
    if address.count("@") != 1 or any(c.isspace() or c in "<>," for c in address):
        raise BadSetting(f"MAIL_FROM: one plain e-mail address is needed, not {address!r}")
    return address
