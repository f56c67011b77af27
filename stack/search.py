"""Elasticsearch as Elastic publishes it for integration tests: the real server, with fewer analysers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import urllib3

from stack.process import StackError, drops_to, run
from stack.server import HOST, Server, reachable

RELEASE = "8.19.21"
ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{RELEASE}:zip"
JAVA_OPTIONS = """\
-Xms{heap}
-Xmx{heap}
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-XX:+ExitOnOutOfMemoryError
-Djava.io.tmpdir=${{ES_TMPDIR}}
"""
LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%consoleException%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


class Elasticsearch(Server):
    """One node without access control, on loopback only. The program is fetched once and shared by all stacks here.

    `heap` is the memory it works in: half a gigabyte is enough for a hundred thousand applications.
    """

    name = "Elasticsearch"
    account = "greenroom-search"  # it refuses to run as root
    patience = 90

    def __init__(self, folder: Path, port: int, transport_port: int, *, heap: str = "512m") -> None:
        super().__init__(folder, port)
        self._heap = heap
        self._transport_port = transport_port

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Fetches the program first where that was not done yet. Raises StackError where it cannot be had."""
        self._make_account()
        program()
        super().start()

    def prepare(self) -> None:
        super().prepare()
        for name in ("config", "data", "logs", "tmp"):
            (self.folder / name).mkdir(exist_ok=True)
            self._give(self.folder / name)
        settings = {
            "cluster.name": "greenroom",
            "discovery.type": "single-node",
            "network.host": HOST,
            "http.port": self.port,
            "transport.port": self._transport_port,
            "path.data": self.folder / "data",
            "path.logs": self.folder / "logs",
            "xpack.security.enabled": "false",
            "xpack.ml.enabled": "false",
            "node.store.allow_mmap": "false",
            "search.allow_expensive_queries": "false",
            # It stops writing on a disk that is nearly full by share; a stack needs little.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        self.write("config/elasticsearch.yml", "".join(f"{key}: {value}\n" for key, value in settings.items()))
        self.write("config/jvm.options", JAVA_OPTIONS.format(heap=self._heap))
        self.write("config/log4j2.properties", LOGGING)

    def command(self) -> list[str | Path]:
        return [program() / "bin" / "elasticsearch"]

    def environment(self) -> dict[str, str]:
        here = {"ES_PATH_CONF": self.folder / "config", "ES_TMPDIR": self.folder / "tmp", "ES_JAVA_HOME": _java_home()}
        return super().environment() | {name: str(path) for name, path in here.items()}

    def probe(self) -> None:
        health = self._get("/_cluster/health?wait_for_status=yellow&timeout=1s")
        if health.get("status") not in ("yellow", "green"):
            raise StackError("no shard can be read yet")

    def version(self) -> str:
        (node,) = self._get("/_nodes")["nodes"].values()
        return f"Elasticsearch {node['version']}"

    def _get(self, path: str) -> dict:  # type: ignore[type-arg]
        return urllib3.request("GET", self.url + path, timeout=3, retries=False).json()  # type: ignore[no-any-return]

    def _make_account(self) -> None:
        if os.geteuid() != 0:
            return
        try:
            drops_to(self.account)
        except StackError:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", str(self.account)]
            with suppress(subprocess.CalledProcessError):  # another stack was first; if not, the start says so
                subprocess.run(command, check=True, capture_output=True)  # noqa: S603


def program() -> Path:
    """Where the program lies; fetched with Maven the first time, and there only as a whole. Raises StackError."""
    target = _target()
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetching-") as draft:
            unpacked = _fetch(Path(draft))
            with suppress(FileExistsError):  # another stack was first
                unpacked.rename(target)
    return target


def is_here() -> bool:
    """Whether the program was fetched already."""
    return _target().exists()


def java_is_here() -> bool:
    """Whether there is a Java that it runs on."""
    try:
        _java_home()
    except StackError:
        return False
    return True


def _target() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return reachable(cache / "greenroom") / f"elasticsearch-{RELEASE}"


def _fetch(draft: Path) -> Path:
    # A repository of its own, so that nothing but the program is left behind.
    folders = [f"-DoutputDirectory={draft}", f"-Dmaven.repo.local={draft / 'repository'}"]
    options = [f"-Dartifact={ARTIFACT}", "-Dstyle.color=never", *folders]
    log = draft.with_name("maven.log")
    run(["mvn", "-q", "-B", "dependency:copy", *options], log=log, folder=draft, env=os.environ)
    (archive,) = draft.glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(draft)
    unpacked = draft / f"elasticsearch-{RELEASE}"
    for path in unpacked.glob("bin/*"):
        path.chmod(0o755)  # a zip file's modes are lost on the way
    return unpacked


def _java_home() -> Path:
    """Java 17 or newer. Raises StackError."""
    found = {int(match[1]): path for path in Path("/usr/lib/jvm").glob("*") if (match := _version(path))}
    if found and max(found) >= 17:
        return found[max(found)]
    if (home := os.environ.get("JAVA_HOME")) and shutil.which("java", path=f"{home}/bin"):
        return Path(home)
    raise StackError("Elasticsearch needs Java 17: apt-get install openjdk-17-jre-headless")


def _version(home: Path) -> re.Match[str] | None:
    return re.fullmatch(r"java-(?:1\.)?(\d+)-openjdk-\w+", home.name) if (home / "bin" / "java").exists() else None
