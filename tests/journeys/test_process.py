"""Starting and stopping: one plain line for every wrong port, nothing lost between two starts, Ctrl-C ends it all."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.journeys.conftest import answers, free_port, start, stop
from tests.servers import EMBEDDED_ONLY
from tests.waiting import wait_for

pytestmark = EMBEDDED_ONLY


def said(folder: Path) -> str:
    return (folder / "run.log").read_text()


def test_it_listens_on_loopback_only_keeps_its_data_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    for attempt in (1, 2):
        process = start(tmp_path, port)
        wait_for(lambda: answers(url), seconds=40, what=f"start {attempt} answers")
        if attempt == 1:
            known = (tmp_path / "demo-sign-in.txt").read_text()
            wait_for(lambda: len(list((tmp_path / "mail").glob("*.eml"))) == 4, seconds=40, what="four welcomes")
            another = start(tmp_path, free_port())
            assert another.wait(timeout=20) == 1
            assert f"Greenroom already runs from {tmp_path}" in said(tmp_path)
            assert listeners(port) == [f"0100007F:{port:04X}"]
        assert stop(process) == 0
        wait_until_gone(url, process.pid)
    assert (tmp_path / "demo-sign-in.txt").read_text() == known
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 4
    assert "Sign in    reviewer@greenroom.example" in said(tmp_path)


def listeners(port: int) -> list[str]:
    """The addresses on which somebody listens at this port, as the kernel writes them: 127.0.0.1 is 0100007F."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [line[1] for line in lines if line[3] == "0A" and line[1].endswith(f":{port:04X}")]


def wait_until_gone(url: str, pid: int) -> None:
    """Nothing answers any more and no process of the group is left."""
    wait_for(lambda: not answers(url) and not group_lives(pid), seconds=10, what="every process is gone")


def group_lives(pid: int) -> bool:
    """Whether any process of the group that `start` opened still runs."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pid and fields[0] != "Z":
            return True
    return False


@pytest.mark.parametrize("port", ["0", "http", "８０００"])
def test_malformed_port_gets_one_plain_line(tmp_path: Path, port: str) -> None:
    process = start(tmp_path, 1, PORT=port)
    assert process.wait(timeout=20) == 1
    lines = said(tmp_path).strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("Greenroom cannot start. PORT: ")


def test_busy_port_gets_one_plain_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(tmp_path, taken.getsockname()[1])
        assert process.wait(timeout=20) == 1
    lines = said(tmp_path).strip().splitlines()
    assert len(lines) == 1
    assert "Address already in use" in lines[0]
