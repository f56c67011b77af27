"""Processes that may outlive whoever started them: known again by pid and start time, ended with all their children."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

Popen = subprocess.Popen[bytes]


class StackError(Exception):
    """What keeps the stack from working, in words for whoever started it."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process. `started` (clock ticks since boot) tells it from a later one under the same pid."""

    pid: int
    started: int
    popen: Popen | None = field(default=None, compare=False, repr=False)

    @classmethod
    def find(cls, pid: int, popen: Popen | None = None) -> Process:
        """The process that has this pid now. Raises ProcessLookupError where there is none."""
        return cls(pid, _stat(pid)[1], popen)

    def alive(self) -> bool:
        with suppress(ProcessLookupError, FileNotFoundError):
            state, started = _stat(self.pid)
            # Of many threads the first one may be dead while others still hold files and ports.
            if started == self.started and (state != "Z" or len(os.listdir(f"/proc/{self.pid}/task")) > 1):
                return True
        if self.popen:
            self.popen.wait()  # a child that has ended stays in the process table until it is asked for
        return False

    def tree(self) -> list[Process]:
        """The process and all that descend from it, whatever groups and sessions they have gone into."""
        found = [self] if self.alive() else []
        for parent in found:
            found.extend(_children(parent.pid))
        return found

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it and all its children at once, as a power cut would."""
        tree = self.tree()
        for process in tree:
            process.send(signal.SIGKILL)
        wait_until(lambda: not any(process.alive() for process in tree), seconds=10)

    def end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 20) -> None:
        """Ask it to end; after `seconds`, end it and all that is left of its children."""
        end_all([(self, number)], seconds=seconds)


def end_all(requests: Sequence[tuple[Process, signal.Signals]], *, seconds: float = 20) -> None:
    """Ask all of them to end, each by its own signal, at the same time; after `seconds`, end what is left by force."""
    family = [member for process, _number in requests for member in process.tree()]
    for member in family:
        member.send(signal.SIGCONT)  # one that is stopped would not hear the request
    for process, number in requests:
        process.send(number)
    wait_until(lambda: not any(process.alive() for process, _number in requests), seconds=seconds)
    for process in [*(process for process, _number in requests), *family]:
        process.kill()


def spawn(
    command: Sequence[str | Path], *, log: Path, folder: Path, env: Mapping[str, str], account: str | None = None
) -> Process:
    """Start a process in a session of its own, with all it says appended to `log`; as `account` where we are root."""
    popen = _popen(command, log=log, folder=folder, env=env, account=account, start_new_session=True)
    return Process.find(popen.pid, popen)


def run(
    command: Sequence[str | Path], *, log: Path, folder: Path, env: Mapping[str, str], account: str | None = None
) -> None:
    """Run a command to its end. Raises StackError with the end of its log where it fails."""
    with _popen(command, log=log, folder=folder, env=env, account=account) as popen:
        try:
            status = popen.wait()
        except BaseException:
            popen.kill()
            raise
    if status:
        raise StackError(f"{Path(command[0]).name} failed with status {status}; {log} ends with:\n{tail(log)}")


def _popen(
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path,
    env: Mapping[str, str],
    account: str | None,
    start_new_session: bool = False,
) -> Popen:
    entry = drops_to(account)
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the commands are ours
            [str(word) for word in command],
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=start_new_session,
            user=entry and entry.pw_uid,
            group=entry and entry.pw_gid,
            extra_groups=entry and [],
        )


def output(command: Sequence[str | Path]) -> str:
    """What a command that changes nothing says, standard error included."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours


def wait_until(condition: Callable[[], object], *, seconds: float) -> bool:
    """Look until it is so. False where it was not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, empty where there is none."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


def drops_to(account: str | None) -> pwd.struct_passwd | None:
    """The account a process is started under, None for our own: only root can change. Raises StackError if unknown."""
    if account is None or os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(account)
    except KeyError as error:
        raise StackError(f"This machine has no account {account}: is its package installed?") from error


def _stat(pid: int) -> tuple[str, int]:
    """State and start time. Raises ProcessLookupError."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except FileNotFoundError as error:
        raise ProcessLookupError(pid) from error
    fields = text.rpartition(")")[2].split()  # the name before it may hold blanks
    return fields[0], int(fields[19])


def _children(pid: int) -> list[Process]:
    """None of a process that has ended meanwhile, nor of a thread that has."""
    found: list[Process] = []
    threads: list[str] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        threads = os.listdir(f"/proc/{pid}/task")
    for thread in threads:
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
                with suppress(ProcessLookupError):
                    found.append(Process.find(int(child)))
    return found
