"""The real product, started as `make run` starts it, and a real browser. One product serves all journeys."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import NullPool, create_engine, text

from stack.machine import Stack
from tests import chromium, servers
from tests.conftest import IMPATIENT
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "test-results"
PATIENCE = 15_000
"""Milliseconds for what a browser waits for: a busy machine is slow, and no slower than a person would bear."""

expect.set_options(timeout=PATIENCE)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIGNED_IN: dict[tuple[str, str], list[Any]] = {}
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Product:
    """A running product: where it is, where its letters can be read, how its reviewer signs in, where its rows are."""

    url: str
    letters: str
    sign_in: tuple[str, str]
    database: str

    def count(self, query: str) -> int:
        """How many rows there are, by its own SQL."""
        with create_engine(self.database, poolclass=NullPool).connect() as connection:
            return int(connection.scalar(text(query)) or 0)


def start(folder: Path, port: int, **env: str) -> subprocess.Popen[str]:
    """`python -m jobs.run all` in a process group of its own, its words kept in a file."""
    settings = {"DATA_DIR": str(folder), "PORT": str(port), "FETCH_ALLOW_NETWORKS": "127.0.0.1/32"} | env
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    with (folder / "run.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "jobs.run", "all"],
            cwd=ROOT,
            env=kept | settings,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )


def answers(url: str) -> bool:
    """Whether the product says it is well."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def stop(process: subprocess.Popen[str]) -> int:
    """What Ctrl-C does. Returns the exit status."""
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=20)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Product]:
    """The product with its demo backlog: as `make run` starts it, or the whole stack behind nginx."""
    if servers.running() is not None:
        yield on_stack(request.getfixturevalue("stack"))
        return
    folder, port = tmp_path_factory.mktemp("product"), free_port()
    url = f"http://127.0.0.1:{port}"
    process = start(folder, port, **IMPATIENT)
    try:
        wait_for(lambda: answers(url), seconds=60, what="the product answers")
        email, password = (folder / "demo-sign-in.txt").read_text().split()
        yield Product(url, f"{url}/mailbox", (email, password), f"sqlite:///{folder}/greenroom.db")
    finally:
        stop(process)


def on_stack(stack: Stack) -> Product:
    """The running stack as journeys see it."""
    (reviewer,) = [line.split() for line in stack.sign_in.splitlines() if line.startswith("reviewer@")]
    database = stack.servers.postgres.url().replace("postgresql:", "postgresql+psycopg:")
    return Product(stack.url, stack.servers.mailjet.url, (reviewer[0], reviewer[1]), database)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    where = chromium.path()
    if where is None:
        pytest.skip(f"no chromium; {chromium.HOW}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=where, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(browser: Browser, product: Product) -> Iterator[Callable[..., Page]]:
    """Open a page of its own session; an error in its console fails the journey."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_(**options: object) -> Page:
        context = browser.new_context(base_url=product.url, accept_downloads=True, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture of the page and let axe look at it: it must find nothing."""
    folder = RESULTS / re.sub(r"[^\w.-]+", "-", request.node.name)
    folder.mkdir(parents=True, exist_ok=True)
    shots = iter(range(1, 100))

    def look_(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{next(shots):02d}-{name}.png", full_page=True)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()

    return look_


def sign_in(page: Page, product: Product, email: str = "") -> None:
    """Sign in at the desk as the demo's reviewer, or as another of its staff.

    Each does so once: the product slows down who signs in more often than people do.
    """
    known, password = product.sign_in
    email = email or known
    page.context.add_cookies(SIGNED_IN.get((product.url, email), []))
    page.goto("/desk")
    if (product.url, email) in SIGNED_IN:
        return
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/desk($|\?)"))
    SIGNED_IN[product.url, email] = page.context.cookies()  # type: ignore[assignment]


def sign_out(page: Page) -> None:
    """Leave the desk: nothing stays claimed."""
    page.goto("/desk")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")


def find(page: Page, title: str, *, words: str, state: str = "") -> None:
    """Search at the desk until the application is found, and open it. A search index learns of it a moment later."""
    for _ in range(60):
        page.goto(f"/desk?q={quote(words)}&state={state}")
        assert page.get_by_text("The search engine does not answer").count() == 0
        link = page.get_by_role("link", name=title)
        if link.count():
            link.first.click()
            return
        page.wait_for_timeout(250)
    raise AssertionError(f"not found: {words}")
