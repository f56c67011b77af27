"""Settings: what is good, what is refused and in which words, and the key that is made once."""

from __future__ import annotations

import dataclasses
import stat
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from review.config import Bucket, Settings, load
from review.environment import BadSetting
from review.pace import Pace, hours

KEY = "k" * 32
DATABASE = "postgresql://greenroom:hunter2@pooler:6432/greenroom"
DIRECT = "postgresql://greenroom:hunter2@db:5432/greenroom"
SERVERS = {
    "DATABASE_URL": DATABASE,
    "DATABASE_DIRECT_URL": DIRECT,
    "REDIS_URL": "redis://:hunter2@cache:6379/0",
    "SECRET_KEY": KEY,
}
MAILJET = {
    "MAILJET_API_KEY": "hunter2-key",
    "MAILJET_API_SECRET": "hunter2-secret",
    "MAILJET_WEBHOOK_PASSWORD": "hunter2-hunter2-hunter2",
    "MAIL_FROM": "plan@host.example",
    "PUBLIC_URL": "https://greenroom.example",
}
BUCKET = {"STORAGE_URL": "s3://pods", "FEEDS_URL": "https://feeds.host.example"}
EVERYTHING = SERVERS | MAILJET | BUCKET | {"ELASTICSEARCH_URL": "http://elastic:hunter2@search:9200/desk"}


def settings(folder: Path, **env: str) -> Settings:
    return load({"DATA_DIR": str(folder)} | env)


def test_nothing_set_is_embedded(tmp_path: Path) -> None:
    made = settings(tmp_path)
    assert made.database_url == f"sqlite:///{tmp_path}/greenroom.db"
    assert made.embedded_broker
    assert made.broker_socket == tmp_path / "valkey.sock"
    assert (made.objects_dir, made.mail_dir) == (tmp_path / "objects", tmp_path / "mail")
    assert (made.port, made.public_url, made.secure) == (8000, "http://127.0.0.1:8000", False)
    assert (made.undo_window, made.lease) == (timedelta(seconds=20), timedelta(seconds=60))
    assert (made.due, made.pace) == (timedelta(hours=168), Pace())
    assert (made.remind_after, made.close_after, made.release_after) == tuple(timedelta(days=n) for n in (7, 14, 3))
    assert made.fetch_allow == ()
    assert made.trusted_proxies == 0
    assert (made.bucket, made.mailjet, made.elasticsearch_url, made.metrics_dir) == (None, None, "", None)
    assert (made.feeds_url, made.postgres, made.database_direct_url) == (made.public_url, False, made.database_url)
    assert (made.database_pool, made.log_format) == (50, "text")
    assert made.monitor_networks == (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def test_empty_settings_count_as_unset(tmp_path: Path) -> None:
    names = set(EVERYTHING) - {"SECRET_KEY"} | {
        *("PORT", "UNDO_SECONDS", "FETCH_ALLOW_NETWORKS", "DATABASE_POOL", "MAILJET_API_URL"),
        *(
            "DIGEST_HOUR",
            "DUE_HOURS",
            "BUSINESS_HOURS",
            "BUSINESS_ZONE",
            "REMIND_AFTER_DAYS",
            "CLOSE_AFTER_DAYS",
            "RELEASE_AFTER_DAYS",
        ),
        *("MONITOR_NETWORKS", "LOG_FORMAT", "PROMETHEUS_MULTIPROC_DIR"),
    }
    assert settings(tmp_path, **dict.fromkeys(names, "")) == settings(tmp_path)


def test_port_moves_the_public_url(tmp_path: Path) -> None:
    assert settings(tmp_path, PORT="9000").public_url == "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("PORT", "1", "port", 1),
        ("PORT", "65535", "port", 65535),
        ("UNDO_SECONDS", "0", "undo_window", timedelta(0)),
        ("LEASE_SECONDS", "2", "lease", timedelta(seconds=2)),
        ("DIGEST_HOUR", "0", "digest_hour", 0),
        ("RATE_LIMIT_TOKEN", "5 per second", "limit_token", "5 per second"),
        ("DUE_HOURS", "0", "due", None),
        ("DUE_HOURS", "36", "due", timedelta(hours=36)),
        ("BUSINESS_HOURS", "mon 09:00-17:00", "pace", Pace(hours("mon 09:00-17:00"))),
        ("BUSINESS_ZONE", "Europe/Helsinki", "pace", Pace((), ZoneInfo("Europe/Helsinki"))),
        ("REMIND_AFTER_DAYS", "0", "remind_after", None),
        ("REMIND_AFTER_DAYS", "0", "close_after", None),
        ("REMIND_AFTER_DAYS", "365", "remind_after", timedelta(days=365)),
        ("CLOSE_AFTER_DAYS", "0", "close_after", None),
        ("CLOSE_AFTER_DAYS", "1", "close_after", timedelta(days=1)),
        ("RELEASE_AFTER_DAYS", "0", "release_after", None),
        ("MIN_FILL_SECONDS", "0", "fill_seconds", 0),
        ("TRUSTED_PROXIES", "5", "trusted_proxies", 5),
        ("PUBLIC_URL", "https://localhost/", "public_url", "https://localhost"),
        ("PUBLIC_URL", "http://[::1]:8000", "public_url", "http://[::1]:8000"),
        ("DATABASE_URL", "sqlite:////srv/x.db", "database_url", "sqlite:////srv/x.db"),
        ("REDIS_URL", "redis://127.0.0.1:6379/0", "redis_url", "redis://127.0.0.1:6379/0"),
        ("REDIS_URL", "rediss://cache:6379", "embedded_broker", False),
        ("MAIL_FROM", "plan@host.example", "mail_from", "plan@host.example"),
        (
            "FETCH_ALLOW_NETWORKS",
            "127.0.0.1/32, ::1/128,",
            "fetch_allow",
            (ip_network("127.0.0.1/32"), ip_network("::1/128")),
        ),
        ("RATE_LIMIT_ADDRESS", "1 per second", "limit_address", "1 per second"),
        ("RATE_LIMIT_NETWORK", "5/minute;50/hour", "limit_network", "5/minute;50/hour"),
        ("RATE_LIMIT_EMAIL", "2 per day", "limit_email", "2 per day"),
        ("SECRET_KEY", KEY, "secret_key", KEY),
        ("DATABASE_POOL", "1", "database_pool", 1),
        ("ELASTICSEARCH_URL", "http://search:9200", "elasticsearch_url", "http://search:9200"),
        ("ELASTICSEARCH_URL", "http://search:9200", "search_index", "greenroom"),
        ("ELASTICSEARCH_URL", "https://u:p@search:9200/desk-2/", "elasticsearch_url", "https://u:p@search:9200"),
        ("ELASTICSEARCH_URL", "https://u:p@search:9200/desk-2/", "search_index", "desk-2"),
        ("STORAGE_URL", "disk:/srv/objects", "objects_dir", Path("/srv/objects")),
        ("STORAGE_URL", "disk:", "bucket", None),
        ("FEEDS_URL", "https://feeds.host.example/", "feeds_url", "https://feeds.host.example"),
        ("FEEDS_URL", "https://cdn.example/pods/", "feeds_url", "https://cdn.example/pods"),
        (
            "MONITOR_NETWORKS",
            "10.0.0.0/8, fd00::/8",
            "monitor_networks",
            (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        ),
        ("LOG_FORMAT", "json", "log_format", "json"),
        ("PROMETHEUS_MULTIPROC_DIR", "/run/greenroom", "metrics_dir", Path("/run/greenroom")),
    ],
)
def test_good_setting_is_taken(tmp_path: Path, name: str, value: str, attribute: str, expected: object) -> None:
    assert getattr(settings(tmp_path, **{name: value}), attribute) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("0", "65536", "-1", "80.0", "http", " 80", "٨٠", "1e3")),
        *(("UNDO_SECONDS", value) for value in ("-1", "3601", "20s")),
        *(("LEASE_SECONDS", value) for value in ("1", "0", "3601", "a minute")),
        *(("DIGEST_HOUR", value) for value in ("-1", "24", "noon")),
        *(("DUE_HOURS", value) for value in ("-1", "2001", "a week")),
        *(("BUSINESS_HOURS", value) for value in ("9-17", "mon 17:00-09:00", "mon 09:00-09:30")),
        *(("BUSINESS_ZONE", value) for value in ("Mars/Base", "../UTC")),
        *(
            (f"{step}_AFTER_DAYS", value)
            for step in ("REMIND", "CLOSE", "RELEASE")
            for value in ("-1", "366", "7 days", "1.5")
        ),
        *(("MIN_FILL_SECONDS", value) for value in ("-1", "601", "three")),
        *(("TRUSTED_PROXIES", value) for value in ("-1", "6", "yes")),
        *(
            ("PUBLIC_URL", value)
            for value in (
                "127.0.0.1",
                "ftp://127.0.0.1",
                "http://",
                "http://127.0.0.1/path",
                "http://127.0.0.1?q",
                "http://127.0.0.1#f",
                "http://[::1",
                "http://127.0.0.1:port",
                "https://greenroom.example",
                "http://0.0.0.0:8000",
                "http://hunter2@127.0.0.1",
            )
        ),
        *(("DATABASE_URL", value) for value in ("mysql://x", "/srv/x.db", "sqlite://", "postgresql://u:hunter2@db")),
        *(("DATABASE_POOL", value) for value in ("0", "1001", "many")),
        ("DATABASE_DIRECT_URL", DIRECT),
        *(
            ("ELASTICSEARCH_URL", value)
            for value in (
                "search:9200",
                "ftp://search",
                "http://:hunter2@",
                "http://u:hunter2@search/A",
                "http://u:hunter2@search/a/b",
                "http://u:hunter2@search/9a",
                "http://search/a?b",
                "http://search:port",
            )
        ),
        *(
            ("STORAGE_URL", value)
            for value in (
                "disk",
                "disk:objects",
                "/srv/objects",
                "s3:",
                "s3:///prefix",
                "s3://key:hunter2@pods",
                "s3://pods:80",
                "s3://pods?endpoint=objects.example",
                "s3://pods?endpoint=https://key:hunter2@objects.example",
                "s3://pods?secret=hunter2",
                "s3://pods#part",
                "gs://pods",
            )
        ),
        *(("FEEDS_URL", value) for value in ("feeds.example", "https://u:hunter2@feeds.example", "https://feeds/?a")),
        *(("MONITOR_NETWORKS", value) for value in ("prometheus", "10.0.0.1/8", "10.0.0.0/8;::1")),
        *(("LOG_FORMAT", value) for value in ("xml", "JSON")),
        *(("REDIS_URL", value) for value in ("127.0.0.1:6379", "http://cache")),
        *(("MAIL_FROM", value) for value in ("nobody", "a@b@c", "Ann <a@b.example>", "a@b,c@d.example", "a @b")),
        *(("FETCH_ALLOW_NETWORKS", value) for value in ("localhost", "127.0.0.1/33", "10.0.0.1/8", "127.0.0.1/32;::1")),
        *(
            (f"RATE_LIMIT_{which}", value)
            for which in ("ADDRESS", "NETWORK", "EMAIL")
            for value in ("many", "5", "per hour")
        ),
        *(("SECRET_KEY", value) for value in ("", "short", "k" * 31)),
    ],
)
def test_bad_setting_is_refused_in_one_line_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refusal:
        settings(tmp_path, **{name: value})
    text = str(refusal.value)
    assert text.startswith(f"{name}: ")
    assert "\n" not in text
    assert "hunter2" not in text
    assert len(text) < 250


@pytest.mark.parametrize(
    ("given", "changes", "at_fault"),
    [
        *((SERVERS, {name: ""}, name) for name in ("DATABASE_DIRECT_URL", "REDIS_URL", "SECRET_KEY")),
        (SERVERS, {"DATABASE_URL": ""}, "DATABASE_DIRECT_URL"),
        (SERVERS, {"DATABASE_DIRECT_URL": "sqlite:///x.db"}, "DATABASE_DIRECT_URL"),
        (SERVERS, {"DATABASE_DIRECT_URL": f"{DIRECT}2"}, "DATABASE_DIRECT_URL"),
        *((MAILJET, {name: ""}, name) for name in MAILJET),
        (MAILJET, {"MAILJET_WEBHOOK_PASSWORD": "hunter2"}, "MAILJET_WEBHOOK_PASSWORD"),
        *(
            (MAILJET, {"MAILJET_API_URL": url}, "MAILJET_API_URL")
            for url in (
                "http://api.mailjet.com",
                "https://mailjet.example",
                "https://notmailjet.com",
                "https://u:hunter2@api.mailjet.com",
                "api.mailjet.com",
            )
        ),
        *(({name: MAILJET[name]}, {}, "MAILJET_API_KEY") for name in MAILJET if name.endswith(("SECRET", "PASSWORD"))),
        ({"MAILJET_API_URL": "https://api.us.mailjet.com"}, {}, "MAILJET_API_KEY"),
        (BUCKET, {"FEEDS_URL": ""}, "FEEDS_URL"),
        ({"CLOSE_AFTER_DAYS": "14"}, {"REMIND_AFTER_DAYS": "0"}, "CLOSE_AFTER_DAYS"),
    ],
)
def test_what_goes_together_is_set_together(
    tmp_path: Path, given: dict[str, str], changes: dict[str, str], at_fault: str
) -> None:
    with pytest.raises(BadSetting) as refusal:
        settings(tmp_path, **given | changes)
    text = str(refusal.value)
    assert text.startswith(f"{at_fault}: ")
    assert "\n" not in text
    assert "hunter2" not in text


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_servers_take_the_place_of_what_is_embedded(tmp_path: Path, scheme: str) -> None:
    made = settings(tmp_path, **SERVERS | {"DATABASE_URL": DATABASE.replace("postgresql", scheme)})
    assert made.postgres
    assert made.database_url == DATABASE.replace("postgresql", "postgresql+psycopg")
    assert made.database_direct_url == DIRECT.replace("postgresql", "postgresql+psycopg")
    assert not made.embedded_broker


@pytest.mark.parametrize(
    ("url", "bucket"),
    [
        ("s3://pods", Bucket("pods", "", None, None, None)),
        ("s3://pods/", Bucket("pods", "", None, None, None)),
        ("s3://pods/green/room/?region=eu-north-1", Bucket("pods", "green/room", None, "eu-north-1", None)),
        (
            "s3://My_pods.1/x?endpoint=http://127.0.0.1:9000&region=r&acl=public-read",
            Bucket("My_pods.1", "x", "http://127.0.0.1:9000", "r", "public-read"),
        ),
        ("s3://pods?endpoint=https%3A%2F%2Fobjects.example", Bucket("pods", "", "https://objects.example", None, None)),
    ],
)
def test_bucket_is_read_from_the_storage_url(tmp_path: Path, url: str, bucket: Bucket) -> None:
    assert settings(tmp_path, **BUCKET | {"STORAGE_URL": url}).bucket == bucket


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("", "https://api.mailjet.com/"),
        ("https://api.us.mailjet.com", "https://api.us.mailjet.com/"),
        ("https://api.us.mailjet.com/", "https://api.us.mailjet.com/"),
        ("http://127.0.0.1:8025", "http://127.0.0.1:8025/"),
    ],
)
def test_mailjet_is_reached_where_it_is_or_on_this_machine(tmp_path: Path, url: str, taken: str) -> None:
    account = settings(tmp_path, **MAILJET | {"MAILJET_API_URL": url}).mailjet
    assert account is not None
    assert account.api_url == taken
    assert (account.key, account.secret) == (MAILJET["MAILJET_API_KEY"], MAILJET["MAILJET_API_SECRET"])


@pytest.mark.parametrize("url", ["https://greenroom.example", "http://10.0.0.5:8000", "https://[2001:db8::1]"])
def test_public_address_is_served_exactly_when_letters_leave(tmp_path: Path, url: str) -> None:
    made = settings(tmp_path, **MAILJET | {"PUBLIC_URL": url})
    assert (made.public_url, made.feeds_url, made.secure) == (url, url, url.startswith("https"))
    with pytest.raises(BadSetting, match=r"^PUBLIC_URL: without Mailjet"):
        settings(tmp_path, PUBLIC_URL=url)


def test_settings_show_no_secret(tmp_path: Path) -> None:
    shown = repr(settings(tmp_path, **EVERYTHING))
    assert "hunter2" not in shown
    assert KEY not in shown


def test_data_dir_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSetting, match=r"^DATA_DIR: .*cannot be written"):
        settings(tmp_path / "file" / "data")


def test_secret_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    first = settings(folder).secret_key
    file = folder / "secret-key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(first) == 64
    assert file.read_text() == first
    assert settings(folder).secret_key == first


def test_secret_key_differs_from_one_installation_to_the_next(tmp_path: Path) -> None:
    assert settings(tmp_path / "a").secret_key != settings(tmp_path / "b").secret_key


def test_a_given_secret_key_leaves_no_file(tmp_path: Path) -> None:
    settings(tmp_path / "new", SECRET_KEY=KEY)
    assert not (tmp_path / "new").exists()


def test_an_emptied_secret_key_file_is_not_taken_for_a_key(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("\n")
    with pytest.raises(BadSetting, match=r"^SECRET_KEY: .*secret-key holds no key"):
        settings(tmp_path)


def test_settings_are_frozen(tmp_path: Path) -> None:
    made = settings(tmp_path)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.port = 1  # type: ignore[misc]


def test_secure_follows_the_public_url(tmp_path: Path) -> None:
    assert settings(tmp_path, PUBLIC_URL="https://127.0.0.1").secure
    assert not settings(tmp_path, PUBLIC_URL="http://127.0.0.1").secure


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_key_of_the_bucket_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSetting, match=r"^AWS_[A-Z_]+: a key of the bucket has two halves$") as refusal:
        settings(tmp_path, **BUCKET, **{name: "half-of-a-secret"})
    assert name not in str(refusal.value).partition(":")[0]
    assert "half-of" not in str(refusal.value)
