"""What no package of this machine offers: an object store and Mailjet, as doubles that speak their protocols."""

from __future__ import annotations

import secrets
import sys
from abc import ABC
from importlib import metadata
from pathlib import Path

import urllib3

from stack.server import HOST, ROOT, Server

BUCKET = "greenroom"


class Double(Server, ABC):
    """A double in Python, from this very environment."""

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def probe(self) -> None:
        urllib3.request("GET", self.url, timeout=3, retries=False)


class S3(Double):
    """moto's S3 with the bucket `greenroom`. Objects outlive stop(), for they are written down then, but not kill()."""

    name = "S3"
    account_id = "greenroom"
    account_secret = "not-a-secret-here"  # noqa: S105 - moto takes any

    def command(self) -> list[str | Path]:
        return [sys.executable, "-m", "stack.s3", "--port", str(self.port), "--folder", self.folder]

    def wait_ready(self, seconds: float | None = None) -> None:
        super().wait_ready(seconds)
        bucket = f"{self.url}/{BUCKET}"
        if urllib3.request("HEAD", bucket, timeout=10, retries=False).status == 404:  # making it again would empty it
            urllib3.request("PUT", bucket, timeout=10, retries=False)

    def version(self) -> str:
        """Of the package: the running server does not tell."""
        return f"moto {metadata.version('moto')}"


class Mailjet(Double):
    """The double of Mailjet: it keeps letters, shows them on a page and reports to `webhook`, host:port/path."""

    name = "Mailjet double"

    def __init__(self, folder: Path, port: int, *, webhook: str = "") -> None:
        super().__init__(folder, port)
        self._webhook = webhook

    @property
    def key(self) -> str:
        return self._secret("key")

    @property
    def secret(self) -> str:
        return self._secret("secret")

    @property
    def webhook_password(self) -> str:
        return self._secret("webhook-password")

    def command(self) -> list[str | Path]:
        words = ["--port", str(self.port), "--folder", "letters", "--key", self.key, "--secret", self.secret]
        if self._webhook:
            words += ["--webhook", f"http://mailjet:{self.webhook_password}@{self._webhook}"]
        return [sys.executable, "-m", "stack.mailjet", *words]

    def version(self) -> str:
        return "Mailjet double"

    def _secret(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            super().prepare()
            self.write(name, secrets.token_hex(16))
        return path.read_text()
