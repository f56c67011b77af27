"""Reviewers' hands: over HTTP as a browser's forms do it, and on a keyboard in a real Chromium."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier, Thread
from typing import Any

import requests
from lxml import html
from playwright.sync_api import Page, sync_playwright

from tests import chromium

TIMEOUT = 30
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync"]
PAINTED = """async (key) => {
  const title = () => document.querySelector('#title')?.textContent + location.pathname;
  const before = title(), began = performance.now();
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  while (title() === before) {
    await new Promise(requestAnimationFrame);
    if (performance.now() - began > 5000) throw new Error('nothing new was painted after ' + key);
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""
"""Presses a key and waits for the frame in which another application is seen. Milliseconds."""


class Reviewer:
    """A signed-in member of staff, without a browser."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.url, self._session = url, requests.Session()
        form = self._form(self.get("/sign-in").text, "")
        answer = self._session.post(
            f"{url}/sign-in", data=form | {"email": email, "password": password}, allow_redirects=False, timeout=TIMEOUT
        )
        if answer.status_code != 303:
            raise RuntimeError(f"{email} was not let in: {answer.status_code}")

    def get(self, path: str, part: str = "") -> requests.Response:
        """A page, or the part of it that the desk's script would ask for."""
        headers = {"HX-Request": "true", "HX-Target": part} if part else {}
        return self._session.get(self.url + path, headers=headers, timeout=TIMEOUT)

    def approval(self, application_id: int) -> tuple[str, dict[str, str]]:
        """The form that approves an application as its page holds it now: where it leads, and its fields."""
        page = self.get(f"/desk/{application_id}", part="pane").text
        path = f"/desk/{application_id}/approve"
        return path, self._form(page, path)

    def send(self, path: str, form: dict[str, str]) -> int:
        """Send a form as the desk's script does. Returns the status."""
        headers = {"HX-Request": "true", "HX-Target": "toasts"}
        return self._session.post(self.url + path, data=form, headers=headers, timeout=TIMEOUT).status_code

    def next_free(self) -> int | None:
        """Claim the next application nobody is reading."""
        form = self._form(self.get("/desk", part="listing").text, "/desk/next")
        answer = self._session.post(f"{self.url}/desk/next", data=form, allow_redirects=False, timeout=TIMEOUT)
        number = answer.headers.get("Location", "").rpartition("/")[2].partition("?")[0]
        return int(number) if number.isdigit() else None

    @staticmethod
    def _form(page: str, action: str) -> dict[str, str]:
        forms = html.document_fromstring(page).forms
        form = next(f for f in forms if (f.get("method") or "").lower() == "post" and action in (f.get("action") or ""))
        return {name: str(value) for name, value in form.form_values()}


def milliseconds(act: Callable[[], Any], times: int) -> float:
    """The median of so many tries."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


@dataclass(slots=True)
class Shift:
    """What came of many reviewers working side by side."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return len(self.failures) + sum(number for status, number in self.statuses.items() if status >= 500)


def work_off(reviewers: list[Reviewer], *, seconds: float) -> Shift:
    """All of them take the next free application and approve it, again and again."""
    shift, until = Shift(), time.monotonic() + seconds

    def work(reviewer: Reviewer) -> None:
        try:
            while time.monotonic() < until:
                application_id = reviewer.next_free()
                if application_id is None:
                    return
                shift.statuses[reviewer.send(*reviewer.approval(application_id))] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted and told
            shift.failures.append(f"{type(error).__name__}: {error}")

    threads = [Thread(target=work, args=(reviewer,)) for reviewer in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return shift


def collide(first: Reviewer, second: Reviewer, ids: list[int]) -> Counter[tuple[int, ...]]:
    """Both approve the same application at the same instant, one application after the other. How often they were
    answered how: (200, 409) is one decision, and one who is told so."""
    outcomes: Counter[tuple[int, ...]] = Counter()
    for application_id in ids:
        forms = [reviewer.approval(application_id) for reviewer in (first, second)]
        line, answers = Barrier(2), [0, 0]

        def act(at: int, reviewer: Reviewer, form: tuple[str, dict[str, str]]) -> None:
            line.wait()  # noqa: B023 - it has ended before the next one begins
            answers[at] = reviewer.send(*form)  # noqa: B023

        pair = zip((0, 1), (first, second), forms, strict=True)
        threads = [Thread(target=act, args=args) for args in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outcomes[tuple(sorted(answers))] += 1
    return outcomes


@contextmanager
def keyboard(url: str, email: str, password: str) -> Iterator[Page]:
    """A Chromium at the desk, signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=CHROMIUM)
        page = browser.new_page(base_url=url, viewport={"width": 1440, "height": 900})
        page.goto("/sign-in?next=/desk")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/desk")
        yield page
        browser.close()


def next_painted(page: Page, times: int) -> float:
    """From the key to the next application on the screen; the reviewer reads for a moment in between."""
    page.goto("/desk")
    page.keyboard.press("j")
    page.wait_for_selector("#title")
    taken = []
    for _ in range(times):
        page.wait_for_timeout(400)
        taken.append(float(page.evaluate(PAINTED, "j")))
    return statistics.median(taken)


def acknowledged(page: Page, times: int) -> float:
    """From the key that decides to the server's answer."""
    page.goto("/desk")
    page.keyboard.press("j")
    page.wait_for_selector("#title")
    taken = []
    for _ in range(times):
        page.wait_for_timeout(400)
        with page.expect_response(lambda answer: answer.request.method == "POST" and "/approve" in answer.url) as told:
            page.keyboard.press("a")
        timing = told.value.request.timing
        taken.append(timing["responseStart"] - max(0.0, timing["requestStart"]))
    return statistics.median(taken)


def decide_by_keys(page: Page, number: int) -> float:
    """So many plain applications approved by keyboard as fast as the page takes keys. Seconds."""
    page.goto("/desk")
    page.keyboard.press("j")
    page.wait_for_selector("#title")
    began = time.perf_counter()
    for _ in range(number):
        page.evaluate(PAINTED, "a")
    while page.evaluate("JSON.parse(sessionStorage.getItem('pending decisions') || '[]').length"):
        page.wait_for_timeout(50)
    return time.perf_counter() - began
