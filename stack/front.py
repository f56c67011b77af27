"""nginx with deploy/nginx.conf as it is: only the files that it includes are this machine's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import urllib3

from stack.server import DEPLOY, HOST, ROOT, Server

BINARY = Path(shutil.which("nginx") or "/usr/sbin/nginx")  # not on the PATH of people who are not root
FILES = {
    "nginx.conf": """\
{user}
daemon off;
pid nginx.pid;
worker_processes 2;
error_log stderr warn;
events {{
  worker_connections 4096;
}}
http {{
  include /etc/nginx/mime.types;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path other;
  uwsgi_temp_path other;
  scgi_temp_path other;
  sendfile on;
  include greenroom.conf;
}}
""",
    "greenroom/server.conf": """\
listen {host}:{port};
root {root};
access_log access.log greenroom;
error_log stderr crit;
""",
}


class Nginx(Server):
    """nginx before the web instances at `upstreams`, ports of this machine."""

    name = "nginx"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, port: int, upstreams: Sequence[int]) -> None:
        super().__init__(folder, port)
        self._upstreams = upstreams

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        super().prepare()
        (self.folder / "greenroom").mkdir(exist_ok=True)
        # The project's folder may be closed to other accounts, and static files are read from there.
        user = "user root;" if os.geteuid() == 0 else ""
        for name, text in FILES.items():
            self.write(name, text.format(user=user, host=HOST, port=self.port, root=ROOT))
        lines = (f"server {HOST}:{port} max_fails=3 fail_timeout=5s;\n" for port in self._upstreams)
        self.write("greenroom/web.conf", "".join(lines))
        self.write("greenroom.conf", (DEPLOY / "nginx.conf").read_text())

    def command(self) -> list[str | Path]:
        return [BINARY, "-e", "stderr", "-p", f"{self.folder}/", "-c", self.folder / "nginx.conf"]

    def check(self) -> str:
        """What nginx says about the files as they lie there, "" where it accepts them."""
        words = [str(word) for word in [*self.command(), "-t", "-q"]]
        return subprocess.run(words, check=False, capture_output=True, text=True).stderr  # noqa: S603

    def probe(self) -> None:
        urllib3.request("GET", self.url, timeout=3, retries=False)

    def version(self) -> str:
        """Asked of the program that runs: its answers name no version."""
        return version(Path(f"/proc/{self.pid}/exe"))


def version(binary: Path = BINARY) -> str:
    """Of a program."""
    said = subprocess.run([str(binary), "-v"], check=True, capture_output=True, text=True).stderr  # noqa: S603
    return f"nginx {said.rpartition('/')[2].strip()}"
