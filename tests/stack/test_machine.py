"""The whole product on one machine, started as `make stack` does: what a visitor sees of it, and what breaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
import urllib3

from stack.machine import PORTS, Stack, configured
from stack.process import wait_until
from stack.server import busy
from tests.page import lint
from tests.servers import STACK_ONLY

pytestmark = STACK_ONLY
BASES = range(20000, 32000, 40)


@pytest.fixture(scope="module")
def env() -> dict[str, str]:
    """A stack of its own, beside whichever one runs here."""
    base = next(base for base in BASES if not any(busy(base + number) for number in range(len(PORTS))))
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {"STACK_PORT_BASE": str(base)}


def command(env: dict[str, str], name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "stack", name], env=env, capture_output=True, text=True)


@pytest.fixture(scope="module")
def stack(env: dict[str, str]) -> Iterator[Stack]:
    stack = configured(env)
    try:
        done = command(env, "up")
        assert done.returncode == 0, done.stderr
        yield stack
    finally:
        command(env, "down")
        shutil.rmtree(stack.folder)


def pids(stack: Stack) -> dict[str, int]:
    return {entry.name: entry.pid for entry in stack.note.read() if entry.process.alive()}


def ready(stack: Stack) -> bool:
    return urllib3.request("GET", f"{stack.url}/readyz", retries=False, timeout=20).status == 200


def test_every_part_runs_and_is_shown(stack: Stack, env: dict[str, str]) -> None:
    shown = command(env, "status")
    assert shown.returncode == 0
    assert "HAS ENDED" not in shown.stdout
    assert stack.url in shown.stdout
    assert [name for name in pids(stack) if name not in shown.stdout] == []
    assert len(pids(stack)) == 31
    assert ready(stack)


def test_second_start_says_that_it_runs(stack: Stack, env: dict[str, str]) -> None:
    before = pids(stack)
    again = command(env, "up")
    assert again.returncode == 0
    assert again.stdout.startswith("It runs already.\n")
    assert pids(stack) == before


def test_demo_reviewer_signs_in_through_the_front(stack: Stack) -> None:
    (line,) = [line for line in stack.sign_in.splitlines() if line.startswith("reviewer@")]
    email, password = line.split()
    assert (stack.folder / "sign-in").stat().st_mode & 0o777 == 0o600
    browser = build_opener(HTTPCookieProcessor())
    page = lint(browser.open(f"{stack.url}/sign-in").read().decode())
    (token,) = page.xpath("//input[@name='csrf_token']/@value")
    form = {"email": email, "password": password, "csrf_token": token}
    browser.open(f"{stack.url}/sign-in", urlencode(form).encode()).close()
    with browser.open(f"{stack.url}/desk") as desk:
        assert desk.url == f"{stack.url}/desk"


def test_letters_of_the_demo_reach_mailjet_and_its_reports_come_back(stack: Stack) -> None:
    assert wait_until(lambda: bool(stack.servers.postgres.ask("SELECT 1 FROM mail_reports LIMIT 1")), seconds=60)


def test_killed_web_instance_is_not_noticed_and_is_shown(stack: Stack, env: dict[str, str]) -> None:
    (victim,) = [entry for entry in stack.note.read() if entry.name == "web 3"]
    victim.process.kill()
    answers = {urllib3.request("GET", f"{stack.url}/healthz", retries=False).status for _ in range(20)}
    assert answers == {200}
    shown = command(env, "status")
    assert shown.returncode == 1
    assert "HAS ENDED" in shown.stdout
    assert "It runs, but for web 3: stop it first" in command(env, "up").stderr


def test_it_ends_in_full_and_starts_again_with_its_data(stack: Stack, env: dict[str, str]) -> None:
    count, sign_in = stack.servers.postgres.ask("SELECT count(*) FROM applications"), stack.sign_in
    running = [entry.process for entry in stack.note.read()]
    ended = command(env, "down")
    assert "30 processes ended" in ended.stdout
    assert not any(process.alive() for process in running)
    assert not any(busy(port) for port in stack.ports.values())
    assert command(env, "down").stdout == "Nothing of it was running.\n"
    assert command(env, "status").returncode == 1
    assert command(env, "up").returncode == 0
    assert stack.servers.postgres.ask("SELECT count(*) FROM applications") == count
    assert stack.sign_in == sign_in
    assert ready(stack)


def test_busy_port_stops_it_before_anything_starts(stack: Stack) -> None:
    other = Stack(Path(f"{stack.folder}-other"), stack.ports)
    try:
        with pytest.raises(Exception, match=r"^Other programs have the ports \d+ \(nginx\)"):
            other.up()
        assert other.note.read() == []
    finally:
        shutil.rmtree(other.folder)
