"""The whole product on one machine: servers, web instances behind nginx, worker hosts."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stack import product
from stack.front import Nginx
from stack.note import Entry, Note
from stack.process import StackError
from stack.server import HOST, ROOT, Server, busy, reachable
from stack.servers import Servers

WEB = [f"web {number}" for number in range(1, product.INSTANCES + 1)]
# All below 32768: above, Linux gives ports to outgoing connections, and now and then it would be one of these.
PORTS: Mapping[str, int] = {
    "nginx": 8080,
    **{name: 8101 + number for number, name in enumerate(WEB)},
    "postgres": 15432,
    "pgbouncer": 16432,
    "redis": 16379,
    "elasticsearch": 19200,
    "elasticsearch-transport": 19300,
    "s3": 15000,
    "mailjet": 18025,
}
SERVERS, PRODUCT, FRONT = range(3)  # the layers, from the bottom up


class Stack:
    """All of it, in `folder`, on `ports`. It runs on after whoever started it has ended, until it is taken down."""

    def __init__(self, folder: Path, ports: Mapping[str, int] = PORTS, *, fast: bool = False) -> None:
        self.folder = reachable(folder)
        self.note = Note(self.folder / "stack.json")
        self.ports = ports
        self.servers = Servers(self.folder, ports, webhook=f"{HOST}:{ports['nginx']}/hooks/mailjet", fast=fast)
        self.nginx = Nginx(self.folder / "nginx", ports["nginx"], [ports[name] for name in WEB])
        self.web: list[product.Web] = []
        self.jobs: list[product.Job] = []

    @property
    def url(self) -> str:
        return self.nginx.url

    @property
    def sign_in(self) -> str:
        """The demo's staff and their password, empty before the first start is over."""
        path = self.folder / "sign-in"
        return path.read_text().strip() if path.exists() else ""

    def environment(self) -> dict[str, str]:
        """The product's settings, for one that runs beside it. DATA_DIR is each process's own."""
        return self.servers.environment() | {
            "PUBLIC_URL": self.url,
            "SECRET_KEY": self._secret("secret-key"),
            "TRUSTED_PROXIES": "1",
            "FETCH_ALLOW_NETWORKS": f"{HOST}/32",
            "LOG_FORMAT": "json",
        }

    def up(self, say: Callable[[str], None] = lambda _line: None) -> None:
        """Start everything and wait until it answers. Raises StackError, with nothing left running."""
        with self._alone():
            if running := [entry for entry in self.note.read() if entry.process.alive()]:
                raise StackError(f"{len(running)} parts of this stack run already")
            self._refuse_busy_ports()
            try:
                self._start(say)
            except BaseException:
                self.down()
                raise

    def down(self) -> list[Entry]:
        """End what was started, from the front to the back. Returns what was ended."""
        ended = self.note.end()
        for part in (*self.servers.all.values(), *self.web, *self.jobs, self.nginx):
            part.stop()  # reaps those of our own children
        return ended

    def _start(self, say: Callable[[str], None]) -> None:
        def ready(server: Server) -> None:
            self._ready(server, SERVERS, say)

        self.servers.start(started=lambda server: self.note.add(Entry.of(server, layer=SERVERS)), ready=ready)
        env = self.environment()
        self._prepare(env, say)
        self.web, self.jobs = product.web(self.folder, self.ports, env), product.jobs(self.folder, env)
        parts = [*self.web, *self.jobs]
        for part in parts:
            part.start()
            self.note.add(Entry.of(part, layer=PRODUCT))
        for part in parts:
            part.wait_ready()
            self._ready(part, PRODUCT, say)
        self.nginx.start()
        self.note.add(Entry.of(self.nginx, layer=FRONT))
        self.nginx.wait_ready()
        self._ready(self.nginx, FRONT, say)
        self._refuse_dead()

    def _ready(self, server: Server, layer: int, say: Callable[[str], None]) -> None:
        version = server.version()
        self.note.add(Entry.of(server, layer=layer, version=version))
        say(f"{server.name} answers ({version})" if layer == SERVERS else f"{server.name} answers")

    def _prepare(self, env: Mapping[str, str], say: Callable[[str], None]) -> None:
        """Migrate; in an empty database, load the demo; fill the search index."""
        folder = self.folder / "commands"
        say("migrating the database")
        product.flask(folder, env, "db", "upgrade")
        if not self.servers.postgres.ask("SELECT 1 FROM people LIMIT 1"):
            say("loading the demo")
            said = product.flask(folder, env, "demo")
            _keep(self.folder / "sign-in", "".join(line for line in said.splitlines(True) if "@" in line))
        say("filling the search index")
        product.flask(folder, env, "reindex")

    def _refuse_busy_ports(self) -> None:
        if taken := [f"{port} ({name})" for name, port in self.ports.items() if busy(port)]:
            raise StackError(f"Other programs have the ports {', '.join(taken)}: STACK_PORT_BASE=20000 chooses others")

    def _refuse_dead(self) -> None:
        for part in (*self.web, *self.jobs):
            part.wait_ready(0)

    def _secret(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            _keep(path, secrets.token_hex(32))
        return path.read_text()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two that start at the same moment would take each other for strangers."""
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise StackError("This stack is being started already") from error
            yield


def configured(env: Mapping[str, str] = os.environ) -> Stack:
    """The stack of this project. With STACK_PORT_BASE it is another one, on ports from there upwards."""
    base = env.get("STACK_PORT_BASE", "")
    if not base:
        return Stack(ROOT / "var" / "stack")
    if not base.isascii() or not base.isdigit() or not 1024 <= int(base) <= 32000:
        raise StackError(f"STACK_PORT_BASE: a port from 1024 to 32000 is needed, not {base!r}")
    return Stack(ROOT / "var" / f"stack-{base}", {name: int(base) + number for number, name in enumerate(PORTS)})


def _keep(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
