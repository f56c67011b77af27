"""`python -m stack up|down|status|test`: the whole product with real servers, on this machine only."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from stack import packages, suite
from stack.machine import Stack, configured
from stack.note import Entry
from stack.process import StackError

WIDTH = 28


def up(_arguments: Sequence[str]) -> int:
    """Start it, unless it runs."""
    packages.ensure()
    stack = configured()
    parts = stack.note.read()
    if not any(entry.process.alive() for entry in parts):
        _say("Starting Greenroom with real servers ...")
        stack.up(lambda line: _say(f"  {line}"))
    elif dead := [entry.name for entry in parts if not entry.process.alive()]:
        raise StackError(f"It runs, but for {', '.join(dead)}: stop it first")
    else:
        _say("It runs already.")
    _table(stack.note.read())
    _where(stack)
    return 0


def down(_arguments: Sequence[str]) -> int:
    """End exactly what was started. Data stays."""
    ended = configured().down()
    for entry in ended:
        _say(f"ended {entry.name} (pid {entry.pid})")
    _say(f"{len(ended)} processes ended; data and logs are kept." if ended else "Nothing of it was running.")
    return 0


def status(_arguments: Sequence[str]) -> int:
    """Show what runs. 1 where a part that was started does not, or where nothing was."""
    stack = configured()
    parts = stack.note.read()
    if not parts:
        _say("Nothing was started.")
        return 1
    _table(parts)
    _where(stack)
    return int(not all(entry.process.alive() for entry in parts))


def test(arguments: Sequence[str]) -> int:
    """Run the test suite on real servers; `arguments` go to pytest."""
    packages.ensure()
    return suite.run(arguments)


def _table(parts: Sequence[Entry]) -> None:
    _say(f"\n  {'part':<{WIDTH}}{'port':>6}{'pid':>9}  version")
    for entry in parts:
        said = entry.version if entry.process.alive() else "HAS ENDED"
        _say(f"  {entry.name:<{WIDTH}}{entry.port or '':>6}{entry.pid:>9}  {said}")


def _where(stack: Stack) -> None:
    people = stack.sign_in.splitlines() or ["with the account you made"]
    _say(f"\n  Greenroom  {stack.url}\n  Sign in    {people[0]}")
    for person in people[1:]:
        _say(f"             {person}")
    _say(f"  Letters    {stack.servers.mailjet.url}\n  Logs       {stack.folder}\n  Stop       make stack-stop\n")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {"up": up, "down": down, "status": status, "test": test}


def main(arguments: Sequence[str]) -> int:
    """Run one command; what cannot be done ends it with a few plain lines."""
    if not arguments or arguments[0] not in COMMANDS:
        sys.stderr.write(f"usage: python -m stack {'|'.join(COMMANDS)}\n")
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return COMMANDS[arguments[0]](arguments[1:])
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; what had been started is ended.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
