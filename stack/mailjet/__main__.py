"""`python -m stack.mailjet`: the double as a process, until SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from threading import Event

from stack.mailjet.app import create_app, serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stack.mailjet", description="A double of Mailjet on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where letters are kept")
    parser.add_argument("--key", required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--webhook", default="", help="where events go, such as http://user:pass@127.0.0.1:8000/events")
    parser.add_argument("--grouped", action="store_true", help="send events as arrays")
    given = parser.parse_args()
    over = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    app = create_app(given.folder, key=given.key, secret=given.secret, webhook=given.webhook, grouped=given.grouped)
    with serving(app, given.port) as url:
        sys.stdout.write(f"Letters can be read at {url}\n")
        sys.stdout.flush()
        over.wait()


main()
