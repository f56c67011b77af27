"""What all servers of the stack have in common: one folder, one port on 127.0.0.1, one log, one process."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
from abc import ABC, abstractmethod
from itertools import islice
from pathlib import Path
from typing import ClassVar

from stack.process import Process, StackError, drops_to, spawn, tail, wait_until

HOST = "127.0.0.1"
ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
OUTSIDE = Path("/var/lib/greenroom-stack")


class Server(ABC):
    """A server whose whole state lies in `folder`. It may be started again there, on the same port, at any time."""

    name: str
    account: ClassVar[str | None] = None
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    patience: ClassVar[float] = 30

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.process: Process | None = None

    @property
    def log(self) -> Path:
        """Everything the server says. It lies beside the folder, which belongs to another account."""
        return self.folder.with_name(f"{self.folder.name}.log")

    @property
    def pid(self) -> int:
        """Raises StackError where it was not started."""
        return self._started().pid

    @abstractmethod
    def command(self) -> list[str | Path]:
        """The server in the foreground."""

    def prepare(self) -> None:
        """Lay out what must be in the folder before a start. Does no harm the second time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._give(self.folder)

    @abstractmethod
    def probe(self) -> None:
        """Ask the server something only a working one answers. Raises any Exception where it does not."""

    @abstractmethod
    def version(self) -> str:
        """Product and version, as the running server tells them."""

    def where(self) -> Path:
        """The working folder."""
        return self.folder

    def environment(self) -> dict[str, str]:
        return base_environment(self.folder)

    def start(self) -> None:
        """Start it, unless it runs. Raises StackError where another program has the port."""
        if self.running():
            return
        if self.port and busy(self.port):
            raise StackError(f"{self.name}: another program has port {self.port}")
        self.prepare()
        self.process = spawn(
            self.command(), log=self.log, folder=self.where(), env=self.environment(), account=self.account
        )

    def wait_ready(self, seconds: float | None = None) -> None:
        """Wait until it answers. Raises StackError with the end of its log where it does not within `seconds`."""
        limit = self.patience if seconds is None else seconds
        if not wait_until(lambda: self.answers() or not self.running(), seconds=limit) or not self.running():
            how = f"does not answer after {limit:g} s" if self.running() else "has ended"
            raise StackError(f"{self.name} {how}; {self.log} ends with:\n{tail(self.log)}")

    def answers(self) -> bool:
        try:
            self.probe()
        except Exception:
            return False
        return True

    def running(self) -> bool:
        return self.process is not None and self.process.alive()

    def stop(self, seconds: float = 20) -> None:
        """End it in good order, by force after `seconds`. What it keeps on disk stays."""
        if self.process:
            self.process.end(self.stop_signal, seconds=seconds)

    def kill(self) -> None:
        """SIGKILL to it and all its children, as a power cut would."""
        self._started().kill()

    def pause(self) -> None:
        """Stop it in its tracks: connections stay open and nothing answers, as on a machine that hangs."""
        for process in self._started().tree():
            process.send(signal.SIGSTOP)

    def resume(self) -> None:
        for process in self._started().tree():
            process.send(signal.SIGCONT)

    def restart(self) -> None:
        """End it, start it on the same port with the same data, and wait until it answers."""
        self.stop()
        self.start()
        self.wait_ready()

    def write(self, name: str, text: str) -> Path:
        """A file in the folder that the server's account alone can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        self._give(path)
        return path

    def _give(self, path: Path) -> None:
        if entry := drops_to(self.account):
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def _started(self) -> Process:
        if self.process is None:
            raise StackError(f"{self.name} was not started")
        return self.process


def base_environment(home: Path) -> dict[str, str]:
    """Nothing of what happens to be set around us."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": str(home), "TZ": "UTC"}


def busy(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def free_ports(count: int) -> list[int]:
    """Ports nobody has right now, all different, below those Linux gives to outgoing connections."""
    candidates = random.sample(range(20000, 32768), 50 + count)
    return list(islice((port for port in candidates if not busy(port)), count))


def reachable(folder: Path) -> Path:
    """A folder the servers' own accounts can get to: `folder`, or its stand-in where others may not pass above it."""
    folder = folder.resolve()
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in folder.parents if parent.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        return folder
    stand_in = OUTSIDE / hashlib.sha256(bytes(folder)).hexdigest()[:16]
    stand_in.mkdir(mode=0o711, parents=True, exist_ok=True)
    return stand_in
