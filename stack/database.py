"""PostgreSQL, and pgBouncer in front of it with the settings production has."""

from __future__ import annotations

import configparser
import io
import re
import secrets
import shutil
import signal
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from stack.process import StackError, run
from stack.server import DEPLOY, HOST, Server

ROLE = "greenroom"
Row = tuple[Any, ...]
FAST = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Server):
    """PostgreSQL with the role and the database `greenroom`. Passwords are made once and kept in the folder.

    `fast` is for tests: the role may make databases, and what is committed is safe from the end of the server's process
    but not from a power cut.
    """

    name = "PostgreSQL"
    account = "postgres"
    stop_signal = signal.SIGINT  # SIGTERM would wait for every client to leave
    patience = 60  # it may have a crash to recover from

    def __init__(self, folder: Path, port: int, *, max_connections: int = 100, fast: bool = False) -> None:
        super().__init__(folder, port)
        self._settings = {
            "port": str(port),
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "max_connections": str(max_connections),
            "timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u@%d ",
        } | (FAST if fast else {})
        self._fast = fast

    @property
    def password(self) -> str:
        """Of the role `greenroom`."""
        return (self.folder / "role.password").read_text()

    @property
    def admin_url(self) -> str:
        """For the superuser, in the database `postgres`."""
        return f"postgresql://postgres:{(self.folder / 'admin.password').read_text()}@{HOST}:{self.port}/postgres"

    def url(self, database: str = ROLE) -> str:
        """For the role `greenroom`, past the pooler."""
        return f"postgresql://{ROLE}:{self.password}@{HOST}:{self.port}/{database}"

    def prepare(self) -> None:
        super().prepare()
        data, draft = self.folder / "data", self.folder / "draft"
        if data.exists():
            return
        shutil.rmtree(draft, ignore_errors=True)  # of a start that was cut short
        self.write("role.password", secrets.token_urlsafe(24))
        password = self.write("admin.password", secrets.token_urlsafe(24))
        options = ["--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        run(
            [
                _binary("initdb"),
                "-D",
                "draft",
                f"--pwfile={password}",
                *options,
                *(["--no-sync"] if self._fast else []),
            ],
            log=self.log,
            folder=self.folder,
            env=self.environment(),
            account=self.account,
        )
        draft.rename(data)

    def command(self) -> list[str | Path]:
        settings = [word for key, value in self._settings.items() for word in ("-c", f"{key}={value}")]
        return [_binary("postgres"), "-D", "data", *settings]

    def probe(self) -> None:
        self.admin("SELECT 1")

    def wait_ready(self, seconds: float | None = None) -> None:
        super().wait_ready(seconds)
        if not self.admin("SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
            self.admin(_with("CREATE ROLE {} LOGIN PASSWORD {}", ROLE, sql.Literal(self.password)))
        self.admin((DEPLOY / "postgres-role.sql").read_text())
        if self._fast:
            self.admin(_with("ALTER ROLE {} CREATEDB", ROLE))  # each test process makes its own
        if not self.admin("SELECT 1 FROM pg_database WHERE datname = %s", ROLE):
            self.create_database(ROLE)

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """A database that belongs to the role `greenroom`; nobody may be connected to the `template`."""
        self.admin(_with("CREATE DATABASE {} OWNER {} TEMPLATE {}", name, ROLE, template))

    def drop_database(self, name: str) -> None:
        """Remove a database, under the feet of whoever is connected. One that is not there is removed already."""
        self.admin(_with("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))

    def admin(self, statement: str | sql.Composed, *values: object) -> list[Row]:
        """Run statements as superuser and give back the last one's rows."""
        return _rows(self.admin_url, statement, values)

    def ask(self, statement: str, *values: object) -> list[Row]:
        """Run statements as the role `greenroom` in its database."""
        return _rows(self.url(), statement, values)

    def version(self) -> str:
        return f"PostgreSQL {self.admin('SHOW server_version')[0][0].split()[0]}"


class PgBouncer(Server):
    """pgBouncer with deploy/pgbouncer.ini; only addresses and paths are other ones. Every database can be reached."""

    name = "pgBouncer"
    account = "postgres"  # it refuses to run as root; this is the account of Debian's package

    def __init__(self, folder: Path, port: int, postgres: Postgres) -> None:
        super().__init__(folder, port)
        self._postgres = postgres

    def url(self, database: str = ROLE) -> str:
        """For the role `greenroom`, through the pooler."""
        return f"postgresql://{ROLE}:{self._postgres.password}@{HOST}:{self.port}/{database}"

    def prepare(self) -> None:
        """Needs a PostgreSQL that answers: the role's SCRAM secret is asked for there."""
        super().prepare()
        ((secret,),) = self._postgres.admin("SELECT rolpassword FROM pg_authid WHERE rolname = %s", ROLE)
        self.write("userlist.txt", f'"{ROLE}" "{secret}"\n')
        self.write("pgbouncer.ini", pgbouncer_ini(port=self.port, postgres_port=self._postgres.port))

    def command(self) -> list[str | Path]:
        return [shutil.which("pgbouncer") or "/usr/sbin/pgbouncer", "pgbouncer.ini"]

    def probe(self) -> None:
        self._ask(self.url("postgres"), "SELECT 1")

    def version(self) -> str:
        version = self._ask(self.url("pgbouncer"), "SHOW VERSION")
        return f"pgBouncer {version.split()[-1]}"

    def _ask(self, url: str, statement: str) -> str:
        with psycopg.connect(url, autocommit=True, connect_timeout=3, prepare_threshold=None) as connection:
            (value,) = psycopg.ClientCursor(connection).execute(statement).fetchone() or ("",)
            return str(value)


def pgbouncer_ini(*, port: int, postgres_port: int) -> str:
    """Production's file with this machine's addresses; all paths are relative to the server's folder."""
    ini = configparser.ConfigParser(interpolation=None, comment_prefixes=(";",))
    ini.read_string((DEPLOY / "pgbouncer.ini").read_text())
    ini["databases"] = {"*": f"host={HOST} port={postgres_port}"}
    ini["pgbouncer"].update(listen_addr=HOST, listen_port=str(port), unix_socket_dir="", auth_file="userlist.txt")
    for written_elsewhere in ("logfile", "pidfile"):
        ini.remove_option("pgbouncer", written_elsewhere)
    text = io.StringIO()
    ini.write(text)
    return text.getvalue()


def _binary(name: str) -> Path:
    """One of PostgreSQL's programs, of the newest version here; Debian keeps them off the PATH."""
    found = list(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found:
        return max(found, key=lambda path: int(re.sub(r"\D", "", path.parts[4]) or 0))
    if path := shutil.which(name):
        return Path(path)
    raise StackError(f"PostgreSQL's {name} is not here: apt-get install postgresql")


def _rows(url: str, statement: str | sql.Composed, values: tuple[object, ...]) -> list[Row]:
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def _with(statement: str, *parts: str | sql.Composable) -> sql.Composed:
    names = [part if isinstance(part, sql.Composable) else sql.Identifier(part) for part in parts]
    return sql.SQL(statement).format(*names)
