"""`python -m stack.s3 --port P --folder DIR`: moto's S3, which works in memory, made to keep its objects.

They are written to the folder on SIGTERM and read back at the next start; SIGKILL loses what came in between.
"""

from __future__ import annotations

import argparse
import pickle
import signal
import sys
from pathlib import Path
from threading import Event

from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from stack.server import HOST

ACCOUNT = "123456789012"  # moto's only one


def load(path: Path) -> None:
    """Bring back what was kept; nothing where another release of moto has kept it."""
    if not path.exists():
        return
    try:
        kept = pickle.loads(path.read_bytes())  # noqa: S301 - our own file, in a folder only we can write
    except Exception as error:
        sys.stderr.write(f"{path} cannot be read, starting empty: {error!r}\n")
    else:
        s3_backends[ACCOUNT]["aws"].buckets.update(kept)


def save(path: Path) -> None:
    """Keep everything, whole or not at all."""
    draft = path.with_suffix(".draft")
    draft.write_bytes(pickle.dumps(s3_backends[ACCOUNT]["aws"].buckets))
    draft.rename(path)


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m stack.s3")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    path, over = given.folder / "objects.pickle", Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    load(path)
    server = ThreadedMotoServer(HOST, given.port, verbose=False)
    server.start()
    over.wait()
    save(path)  # at once, for the server ends no sooner than its last request, and who waits for that may lose patience
    server.stop()
    save(path)


if __name__ == "__main__":
    main()
