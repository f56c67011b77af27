"""Production's files: the numbers hold together, the programs accept them, and they name what exists."""

from __future__ import annotations

import configparser
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.queues import SPREAD
from jobs.run import COMMANDS
from review.config import load
from stack import packages, product
from stack.database import pgbouncer_ini
from stack.front import Nginx

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
GUNICORN = runpy.run_path(str(DEPLOY / "gunicorn.py"))
NGINX = (DEPLOY / "nginx.conf").read_text()
NGINX_SERVER = (DEPLOY / "nginx-server.conf").read_text()
POSTGRES_CONNECTIONS, RESERVED = 100, 3  # PostgreSQL's defaults
NEEDS_NGINX = pytest.mark.skipif("nginx" in packages.missing(), reason="needs nginx")


def pooler() -> configparser.SectionProxy:
    ini = configparser.ConfigParser(interpolation=None, comment_prefixes=(";",))
    ini.read(DEPLOY / "pgbouncer.ini")
    return ini["pgbouncer"]


def role_seconds(setting: str) -> int:
    found = re.search(rf"SET {setting} = '(\d+)s'", (DEPLOY / "postgres-role.sql").read_text())
    assert found
    return int(found[1])


def nginx_seconds(directive: str, text: str = NGINX) -> int:
    found = re.search(rf"^\s*{directive} (\d+)s;", text, re.MULTILINE)
    assert found
    return int(found[1])


def unit(path: Path) -> dict[str, list[str]]:
    """The directives of a unit, each with its values."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def test_pooler_lends_connections_for_a_transaction_only() -> None:
    assert pooler()["pool_mode"] == "transaction"


def test_pooler_has_room_for_every_client(tmp_path: Path) -> None:
    web = product.INSTANCES * load({"DATA_DIR": str(tmp_path)}).database_pool
    jobs = sum(2 + len(queues) for queues in product.HOSTS.values())
    assert pooler().getint("max_client_conn") >= web + 2 * jobs


def test_pooler_opens_no_more_connections_than_postgres_has() -> None:
    most = pooler().getint("max_db_connections")
    assert pooler().getint("default_pool_size") + pooler().getint("reserve_pool_size") <= most
    assert most < POSTGRES_CONNECTIONS - RESERVED


def test_whoever_waits_learns_why_before_the_next_one_gives_up() -> None:
    assert role_seconds("lock_timeout") < role_seconds("statement_timeout") < pooler().getint("query_timeout")
    assert pooler().getint("query_timeout") + pooler().getint("query_wait_timeout") < GUNICORN["timeout"]
    assert GUNICORN["timeout"] < nginx_seconds("proxy_read_timeout")


def test_pooler_file_has_comments_on_lines_of_their_own() -> None:
    assert [value for value in pooler().values() if ";" in value or "#" in value] == []


def test_stack_changes_addresses_and_paths_of_the_pooler_only() -> None:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read_string(pgbouncer_ini(port=1, postgres_port=2))
    here, there = dict(ini["pgbouncer"]), dict(pooler())
    assert {name for name in here | there if here.get(name) != there.get(name)} == {
        "listen_port",
        "unix_socket_dir",
        "auth_file",
        "logfile",
        "pidfile",
    }


def test_redis_keeps_every_queue() -> None:
    lines = (DEPLOY / "redis.conf").read_text().splitlines()
    assert {"appendonly yes", "maxmemory-policy noeviction"} <= set(lines)


def test_nginx_knows_no_feeds() -> None:
    everything = "".join(path.read_text() for path in DEPLOY.glob("nginx*.conf"))
    assert re.findall(r"feeds|media|rss|\bs3\b|amazonaws|cloudfront", everything, re.IGNORECASE) == []


def test_nginx_never_sends_a_form_twice() -> None:
    directives = re.sub(r"#.*", "", NGINX)
    assert re.findall(r"proxy_next_upstream ([^;]*);", directives) == ["error timeout"]
    upstream = directives[directives.index("upstream ") : directives.index("server {")]
    assert "keepalive" not in upstream  # nor can one go into a connection that has just been closed
    assert GUNICORN["keepalive"] == 0


def test_nginx_logs_no_private_link() -> None:
    (log_format,) = re.findall(r"log_format greenroom.*?;", NGINX, re.DOTALL)
    assert re.findall(r"\$(?:request|request_uri|uri|http_referer|args)\b", log_format) == []
    assert re.search(r"^error_log \S+ crit;$", NGINX_SERVER, re.MULTILINE)


@NEEDS_NGINX
def test_nginx_accepts_the_stack_files(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path / "nginx", 20001, [20002, 20003])
    nginx.prepare()
    assert nginx.check() == ""


@NEEDS_NGINX
@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl for a certificate")
def test_nginx_accepts_production_files(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path / "nginx", 20001, [20002])
    nginx.prepare()
    key, certificate = nginx.folder / "key.pem", nginx.folder / "certificate.pem"
    options = ["-nodes", "-newkey", "rsa:2048", "-subj", "/CN=greenroom.example"]
    subprocess.run(
        ["openssl", "req", "-x509", *options, "-keyout", key, "-out", certificate],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    text = re.sub(r"listen \[::\]:.*;", "", NGINX_SERVER)
    for old, new in (
        ("listen 80", "listen 127.0.0.1:20001"),
        ("listen 443", "listen 127.0.0.1:20003"),
        (r"ssl_certificate \S+;", f"ssl_certificate {certificate};"),
        (r"ssl_certificate_key \S+;", f"ssl_certificate_key {key};"),
        ("/var/log/greenroom/", f"{nginx.folder}/"),
    ):
        text, count = re.subn(old, new, text)
        assert count
    nginx.write("greenroom/server.conf", text)
    nginx.write("greenroom/web.conf", (DEPLOY / "nginx-web.conf").read_text())
    assert nginx.check() == ""


def test_every_log_file_is_rotated() -> None:
    rotated = (DEPLOY / "logrotate.d" / "greenroom").read_text()
    logs = [*re.findall(r"(?:access|error)_log (\S+)", NGINX_SERVER), pooler()["logfile"]]
    patterns = re.findall(r"^(/\S+) \{", rotated, re.MULTILINE)
    assert [log for log in logs if not any(Path(log).match(pattern) for pattern in patterns)] == []


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_unit_starts_a_process_there_is(path: Path) -> None:
    (start,) = unit(path)["ExecStart"]
    _python, _m, module, *words = start.split()
    if module == "jobs.run":
        assert words[0] in COMMANDS
        assert words[1:] == (["%i"] if words[0] == "worker" else [])
    else:
        assert (module, words[-1]) == ("gunicorn", "wsgi:app")
        assert (ROOT / words[words.index("-c") + 1]).exists()


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_unit_comes_back_and_may_do_little(path: Path) -> None:
    directives = unit(path)
    assert directives["Restart"] == ["always"]
    assert directives["User"] == ["greenroom"]
    assert directives["EnvironmentFile"] == ["/etc/greenroom/env"]
    assert int(directives["TimeoutStopSec"][0]) > GUNICORN["graceful_timeout"]
    assert {"NoNewPrivileges", "PrivateTmp", "ProtectSystem", "MemoryMax", "SystemCallFilter"} <= set(directives)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_accepts_every_unit(tmp_path: Path) -> None:
    names = []
    for path in [*UNITS, DEPLOY / "systemd" / "greenroom.target"]:
        text = path.read_text().replace("/opt/greenroom/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(text)
        names.append(tmp_path / path.name.replace("@.", "@one."))
    said = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True).stderr
    assert [line for line in said.splitlines() if "greenroom" in line] == []


def test_every_queue_has_a_worker_on_two_hosts_but_search() -> None:
    served = [queue for queues in product.HOSTS.values() for queue in queues]
    assert {queue: served.count(queue) for queue in SPREAD} == dict.fromkeys(SPREAD, 2) | {"search": 1}


def test_units_tell_the_same_hosts_as_the_stack() -> None:
    target = (DEPLOY / "systemd" / "greenroom.target").read_text()
    hosts = re.findall(r"^#   (\w)  greenroom-relay greenroom-clock greenroom-worker@\{(.*)\}$", target, re.MULTILINE)
    assert {host: tuple(queues.split(",")) for host, queues in hosts} == product.HOSTS
    assert len(re.findall(r"^server ", (DEPLOY / "nginx-web.conf").read_text(), re.MULTILINE)) == product.INSTANCES
