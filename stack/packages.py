"""The programs the stack needs: found, installed from Debian's packages where that is allowed, or named as missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from stack import search
from stack.process import StackError


def _on_disk(program: str) -> Callable[[], bool]:
    return lambda: bool(shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin"))


PACKAGES: Mapping[str, Callable[[], bool]] = {
    "postgresql": lambda: any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or bool(shutil.which("initdb")),
    "pgbouncer": _on_disk("pgbouncer"),
    "redis-server": _on_disk("redis-server"),
    "nginx": _on_disk("nginx"),
    "openjdk-17-jre-headless": search.java_is_here,
    "maven": lambda: search.is_here() or bool(shutil.which("mvn")),
}


def missing() -> list[str]:
    """Debian's packages that are needed and not here."""
    return [package for package, is_here in PACKAGES.items() if not is_here()]


def ensure() -> None:
    """Install what is missing where we may. Raises StackError with the command for what is missing still."""
    wanted = missing()
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write(f"Installing {' '.join(wanted)} ...\n")
        sys.stdout.flush()
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", *command], env=env, stdout=subprocess.DEVNULL)  # noqa: S603, S607
    if wanted := missing():
        raise StackError(f"The stack needs programs that are not here: apt-get install {' '.join(wanted)}")
