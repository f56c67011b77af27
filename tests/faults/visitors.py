"""People at the front door: one who walks through pages, and many who come again and again while something breaks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from threading import Event
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import urllib3

from tests.web.browsing import fields

PATIENCE = 20.0
"""Seconds after which people take a page for dead."""

NO_ANSWER = 0
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What came back. `status` is 0 where nothing did: the connection broke, or patience ended."""

    path: str
    status: int
    text: str
    location: str
    seconds: float


class Visitor:
    """A browser without pictures at `url`: it keeps cookies, and neither follows redirects nor tries anything twice."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=PATIENCE), maxsize=64)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, data: dict[str, Any]) -> Answer:
        return self._ask("POST", path, body=urlencode(data, doseq=True), headers=FORM)

    def send(self, path: str, **changes: Any) -> Answer:
        """Open a page and send its form with changes."""
        return self.post(path, fields(self.get(path).text) | changes)

    def application(self, **changes: Any) -> dict[str, Any]:
        """The form at /apply, filled in."""
        name = secrets.token_hex(4)
        filled = {
            "name": "Ines Faro",
            "email": f"{name}@mail.example",
            "show_title": f"Lighthouse {name}",
            "pitch": "Keepers of lighthouses read their logbooks aloud.",
            "topics": "History",
            "language": "en",
            "schedule": "monthly",
            "consent_rules": "y",
            "consent_data": "y",
        }
        return fields(self.get("/apply/for/community-plan").text) | filled | changes

    def sign_in(self, email: str, password: str) -> None:
        answer = self.send("/sign-in", email=email, password=password)
        assert answer.status == 303, answer.text

    def _ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        began = time.monotonic()
        try:
            response = self._pool.request(
                method, self._url + path, headers={"cookie": cookies} | (headers or {}), redirect=False, **more
            )
        except urllib3.exceptions.HTTPError as error:
            return Answer(path, NO_ANSWER, repr(error), "", time.monotonic() - began)
        seconds = time.monotonic() - began
        for header in response.headers.getlist("set-cookie"):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        location = urlsplit(response.headers.get("location", "")).path
        return Answer(path, response.status, response.data.decode(), location, seconds)


class Crowd:
    """`count` people who do something again and again inside the block. `answers` are theirs, in the order they came.

    Each has `pause` seconds between two visits.
    """

    def __init__(self, visit: Callable[[], Answer], *, count: int = 8, pause: float = 0.05) -> None:
        self._visit = visit
        self._count = count
        self._pause = pause
        self._over = Event()
        self.answers: list[Answer] = []

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(self._count)
        self._visits = [self._pool.submit(self._come) for _ in range(self._count)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._pool.shutdown()
        for visit in self._visits:
            visit.result()

    def _come(self) -> None:
        while not self._over.is_set():
            self.answers.append(self._visit())
            self._over.wait(self._pause)


def together(count: int, visit: Callable[[], Answer]) -> list[Answer]:
    """The answers to `count` visits at the same moment."""
    with ThreadPoolExecutor(count) as pool:
        return [each.result() for each in [pool.submit(visit) for _ in range(count)]]
