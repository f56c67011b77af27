"""`python -m stack test`: the test suite against real servers, which are there for this run only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stack import front
from stack.process import Process
from stack.server import ROOT
from stack.servers import Servers

DOUBLES = ("s3", "mailjet")


def run(arguments: Sequence[str]) -> int:
    """Run pytest with `arguments` while the servers run, and stop them whatever happens. Returns its status."""
    with tempfile.TemporaryDirectory(prefix="greenroom-", ignore_cleanup_errors=True) as name:
        servers = Servers(Path(name), fast=True)
        try:
            servers.start()
            note = servers.folder / "stack.json"
            servers.describe(note)
            versions = {name: server.version() for name, server in servers.all.items()}
            status = _pytest(arguments, os.environ | {"GREENROOM_STACK": str(note)})
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # nobody who presses Ctrl-C twice leaves servers behind
            servers.stop()
    real = [version for name, version in versions.items() if name not in DOUBLES]
    sys.stdout.write(f"Real servers: {', '.join([*real, front.version()])}\n")
    sys.stdout.write(f"Doubles: {', '.join(versions[name] for name in DOUBLES)}\n")
    return status


def _pytest(arguments: Sequence[str], env: dict[str, str]) -> int:
    words = [sys.executable, "-m", "pytest", "-n", "2", *arguments]
    popen = subprocess.Popen(words, cwd=ROOT, env=env)  # noqa: S603 - typed by whoever runs us
    try:
        return popen.wait()
    except BaseException:
        Process.find(popen.pid, popen).end(signal.SIGINT)
        raise
