"""The browser the journeys need: found, installed where that is allowed, or named as missing.

`python -m tests.chromium` is what `make test` calls before the suite.
"""

from __future__ import annotations

import os
import shutil
import subprocess

HOW = "install Debian's package: apt-get install chromium"


def path() -> str | None:
    """Where Chromium is, if it is anywhere."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def install() -> None:
    """Install Debian's Chromium where this user may install packages and it is missing."""
    if path() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Installing chromium for the browser journeys ...", flush=True)  # noqa: T201 - said to whoever waits
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium", "fonts-noto-core"]):
        if subprocess.run(command, env=env, stdout=subprocess.DEVNULL).returncode:
            return


def main() -> None:
    """Make sure, or say in one line what will be skipped."""
    install()
    if not path():
        print(f"No chromium: the browser journeys will be skipped; {HOW}")  # noqa: T201 - said to whoever waits


if __name__ == "__main__":
    main()
