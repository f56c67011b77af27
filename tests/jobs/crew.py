"""The real processes of a product in one folder: started, killed without mercy, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from jobs.run import ROOT

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


class Crew:
    """Processes by name. Only those started here, and the children they have forked, are ever killed."""

    def __init__(self, folder: Path, **env: str) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "TMPDIR") or name.startswith("AWS_")
        }
        self._env = kept | {"DATA_DIR": str(folder)} | env
        self._log = folder / "crew.log"
        self._forked: set[int] = set()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def set(self, **env: str) -> None:
        """Settings of processes that are started from now on."""
        self._env |= env

    def start(self, name: str) -> None:
        with self._log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "jobs.run", *name.split()], cwd=ROOT, env=self._env, stdout=log, stderr=log
            )

    def children(self, name: str) -> list[int]:
        """What a process has forked: a worker forks one horse per job."""
        pid = self.processes[name].pid
        with suppress(FileNotFoundError):
            found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            self._forked.update(found)
            return found
        return []

    def kill(self, name: str) -> None:
        """SIGKILL, to the process alone: its horse runs on as an orphan."""
        self.children(name)
        self.processes[name].kill()
        self.processes[name].wait(timeout=5)

    def kill_children(self, name: str) -> None:
        """SIGKILL to what a process has forked."""
        for pid in self.children(name):
            self._kill(pid)

    def ended(self) -> list[str]:
        """Processes that are no longer there, although nobody killed them."""
        return [name for name, process in self.processes.items() if process.poll() is not None]

    def log(self) -> str:
        return self._log.read_text()

    def disband(self) -> None:
        for name in self.processes:
            self.children(name)
        for process in self.processes.values():
            process.kill()
            process.wait(timeout=5)
        for pid in self._forked:
            self._kill(pid)

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError, FileNotFoundError):
            if b"jobs.run" in Path(f"/proc/{pid}/cmdline").read_bytes():  # not a stranger under the same number
                os.kill(pid, signal.SIGKILL)
