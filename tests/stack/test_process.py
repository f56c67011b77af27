"""Processes that are known again, and ended in full, and never a stranger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.note import Entry, Note
from stack.process import Process, StackError, run, spawn, wait_until

ENV = {"PATH": os.environ["PATH"]}
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"


def start(folder: Path, *words: str) -> Process:
    return spawn(words, log=folder / "log", folder=folder, env=ENV)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    process = start(tmp_path, "sleep", "600")
    yield process
    process.kill()


def entry(process: Process, name: str = "sleeper", layer: int = 0) -> Entry:
    return Entry(name, 0, process.pid, process.started, signal.SIGTERM, layer)


def test_children_may_end_while_the_tree_is_walked(tmp_path: Path) -> None:
    """As a worker's do, one after each job."""
    busy = start(tmp_path, "sh", "-c", "while :; do true | true | true; (true); done")
    try:
        for _ in range(3000):
            assert busy.tree()[0] == busy
    finally:
        busy.kill()


def test_recycled_pid_is_left_alone(sleeper: Process) -> None:
    earlier = Process(sleeper.pid, sleeper.started - 1)
    earlier.end(seconds=0)
    assert not earlier.alive()
    assert sleeper.alive()


def test_deaf_process_is_killed_after_its_time(tmp_path: Path) -> None:
    process = start(tmp_path, sys.executable, "-c", DEAF)
    assert wait_until(lambda: "ready" in (tmp_path / "log").read_text(), seconds=10)
    process.end(seconds=0.2)
    assert not process.alive()


def test_stopped_process_hears_that_it_is_to_end(sleeper: Process) -> None:
    sleeper.send(signal.SIGSTOP)
    began = time.monotonic()
    sleeper.end(seconds=20)
    assert not sleeper.alive()
    assert time.monotonic() - began < 10


def test_children_in_sessions_of_their_own_end_too(tmp_path: Path) -> None:
    process = start(tmp_path, "sh", "-c", "setsid sleep 600 & wait")
    assert wait_until(lambda: len(process.tree()) == 2, seconds=5)
    child = process.tree()[1]
    process.kill()
    assert wait_until(lambda: not child.alive(), seconds=5)


def test_failed_command_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"sh failed with status 3; .*log ends with:\nno such thing"):
        run(["sh", "-c", "echo no such thing >&2; exit 3"], log=tmp_path / "log", folder=tmp_path, env=ENV)


def test_note_ends_what_stands_in_it_from_the_front_to_the_back(tmp_path: Path, sleeper: Process) -> None:
    note, parts = Note(tmp_path / "note.json"), [start(tmp_path, "sleep", "600") for _ in range(3)]
    for layer, part in enumerate(parts):
        note.add(entry(part, f"part {layer}", layer))
    parts[1].kill()
    assert [ended.name for ended in note.end()] == ["part 2", "part 0"]
    assert not any(part.alive() for part in parts)
    assert sleeper.alive()
    assert note.read() == []
    assert note.end() == []


def test_note_of_before_the_machine_started_anew_names_nothing(tmp_path: Path, sleeper: Process) -> None:
    note, path = Note(tmp_path / "note.json"), tmp_path / "note.json"
    note.add(entry(sleeper))
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    path.write_text(path.read_text().replace(boot, "another"))
    assert note.end() == []
    assert sleeper.alive()
    assert not path.exists()


def test_note_can_be_read_by_nobody_else(tmp_path: Path, sleeper: Process) -> None:
    Note(tmp_path / "note.json").add(entry(sleeper))
    assert (tmp_path / "note.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("words", "status", "said"), [([], 2, "usage: python -m stack up|down|status|test\n")])
def test_command_line_says_what_there_is(words: list[str], status: int, said: str) -> None:
    done = subprocess.run([sys.executable, "-m", "stack", *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (status, said)


def test_command_line_refuses_ports_that_are_none() -> None:
    env = dict(os.environ) | {"STACK_PORT_BASE": "80"}
    done = subprocess.run([sys.executable, "-m", "stack", "status"], capture_output=True, text=True, env=env)
    assert (done.returncode, done.stderr) == (1, "STACK_PORT_BASE: a port from 1024 to 32000 is needed, not '80'\n")
