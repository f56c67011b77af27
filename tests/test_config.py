"""Settings: what is good, what is refused and in which words, and the key that is made once."""

from __future__ import annotations

import dataclasses
import stat
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from review.config import BadSetting, Settings, load

KEY = "k" * 32


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
    assert made.fetch_allow == ()
    assert made.trusted_proxies == 0


def test_empty_settings_count_as_unset(tmp_path: Path) -> None:
    names = ("PORT", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "MAIL_FROM", "UNDO_SECONDS", "FETCH_ALLOW_NETWORKS")
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
            )
        ),
        *(("DATABASE_URL", value) for value in ("postgresql://db/x", "mysql://x", "/srv/x.db")),
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
    assert len(text) < 200


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
