"""What runs, written down while it is started: so that another process can show and end exactly that."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

from stack.process import Process, end_all
from stack.server import Server

BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Entry:
    """One part. Parts are ended by `layer`, the highest first, each by its own signal."""

    name: str
    port: int
    pid: int
    started: int
    signal: int
    layer: int
    version: str = ""

    @classmethod
    def of(cls, server: Server, *, layer: int, version: str = "") -> Entry:
        process = Process.find(server.pid)
        return cls(server.name, server.port, process.pid, process.started, server.stop_signal, layer, version)

    @property
    def process(self) -> Process:
        return Process(self.pid, self.started)


class Note:
    """The file that holds it. After the machine has started anew nothing in it runs, whatever has those pids now."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[Entry]:
        """What was started, in that order, and not ended through this note; a part that has died by itself is in it."""
        if not self._path.exists():
            return []
        written = json.loads(self._path.read_text())
        return [Entry(**entry) for entry in written["parts"]] if written["boot"] == BOOT.read_text() else []

    def add(self, entry: Entry) -> None:
        """Note a part, or what is new about it."""
        self._write([*(known for known in self.read() if known.name != entry.name), entry])

    def end(self, *, seconds: float = 30) -> list[Entry]:
        """End all that runs still, by force after `seconds` for each layer. Returns what was ended, in that order."""
        alive = [entry for entry in self.read() if entry.process.alive()]
        running = sorted(alive, key=lambda entry: -entry.layer)
        for layer in dict.fromkeys(entry.layer for entry in running):
            batch = [(entry.process, signal.Signals(entry.signal)) for entry in running if entry.layer == layer]
            end_all(batch, seconds=seconds)
        self._path.unlink(missing_ok=True)
        return running

    def _write(self, entries: list[Entry]) -> None:
        draft = self._path.with_suffix(".draft")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"boot": BOOT.read_text(), "parts": [asdict(entry) for entry in entries]}, file, indent=1)
        draft.rename(self._path)
