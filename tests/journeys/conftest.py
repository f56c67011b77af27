"""The real product, started as `make run` starts it, and a real browser. One product serves all journeys."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import chromium

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "test-results"
UNDO_SECONDS = 4
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Product:
    """A running product: where it is, where its data lies, how its reviewer signs in."""

    url: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def sign_in(self) -> tuple[str, str]:
        email, password = (self.folder / "demo-sign-in.txt").read_text().split()
        return email, password


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


def wait_until(condition: Callable[[], object], *, seconds: float, what: str) -> None:
    """Look again and again until it is so. Fails with `what` when it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


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
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product with its demo backlog, a short undo window and no patience for slow typists."""
    folder, port = tmp_path_factory.mktemp("product"), free_port()
    limits = {f"RATE_LIMIT_{name}": "1000 per minute" for name in ("ADDRESS", "NETWORK", "EMAIL")}
    process = start(folder, port, UNDO_SECONDS=str(UNDO_SECONDS), MIN_FILL_SECONDS="0", **limits)
    made = Product(f"http://127.0.0.1:{port}", folder, process)
    try:
        wait_until(lambda: answers(made.url), seconds=40, what="the product answers")
        yield made
    finally:
        stop(process)


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
        context.set_default_timeout(15_000)
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
    """Sign in at the desk as the demo's reviewer, or as another of its staff."""
    known, password = product.sign_in
    page.goto("/desk")
    page.get_by_label("E-mail address").fill(email or known)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk*")
