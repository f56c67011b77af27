"""What becomes of letters, told to a webhook as the service tells it. Source: Mailjet's guide, "Event API"."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Iterator
from datetime import datetime
from threading import Condition, Thread
from typing import Any

import requests

from stack.mailjet.letters import Letter

MODES = ("normal", "twice", "shuffled", "grouped", "off")
PATIENCE = 2.0  # seconds between two tries; the service waits 30
TIMEOUT = 5.0

Json = dict[str, Any]


def story(letter: Letter) -> list[Json]:
    """The events of one letter, in the order of their times. The part of the address before the @ decides."""
    local = letter.to.partition("@")[0].lower()
    if "bounce" in local:
        hard = "soft" not in local
        reason = ("user unknown", "550 5.1.1 No such user here") if hard else ("quota exceeded", "452 4.2.2 Over quota")
        told = {"blocked": False, "hard_bounce": hard, "error_related_to": "recipient", "error": reason[0]}
        return [_event(letter, "bounce", 0, **told, comment=reason[1])]
    if "blocked" in local:
        return [_event(letter, "blocked", 0, error_related_to="mailjet", error="preblocked")]
    sent = _event(letter, "sent", 0, mj_message_id=str(letter.id), smtp_reply="sent (250 2.0.0 OK)")
    if "spam" in local:
        return [sent, _event(letter, "spam", 1, source="JMRPP")]
    return [sent, _event(letter, "open", 1, ip="127.0.0.1", geo="US", agent="Mozilla/5.0 (the double)")]


def _event(letter: Letter, name: str, later: int, **more: object) -> Json:
    return {
        "event": name,
        "time": int(datetime.fromisoformat(letter.at).timestamp()) + later,
        "MessageID": letter.id,
        "Message_GUID": letter.uuid,
        "email": letter.to,
        "mj_campaign_id": 0,
        "mj_contact_id": 0,
        "customcampaign": "",
        "CustomID": letter.custom_id,
        "Payload": letter.payload,
    } | more


class Webhook:
    """Where events go. Each body is sent again until it is answered with 200; none is sent where `url` is empty."""

    def __init__(self, url: str, mode: str = "normal") -> None:
        self.mode = self._first_mode = mode
        self._url = url
        self._due: list[tuple[float, int, Json | list[Json]]] = []
        self._numbers = itertools.count()
        self._changed = Condition()
        Thread(target=self._work, name="events", daemon=True).start()

    def tell(self, letter: Letter) -> None:
        """Send the letter's events when their times come, in the way `mode` says."""
        if not self._url or self.mode == "off":
            return
        with self._changed:
            for due, body in self._bodies(story(letter)):
                heapq.heappush(self._due, (due, next(self._numbers), body))
            self._changed.notify()

    def post(self, body: Json | list[Json]) -> int:
        """Send `body` once, now. The status of the answer, 0 where there was none."""
        try:
            with requests.Session() as session:
                session.trust_env = False  # neither a proxy nor a .netrc stands between two processes here
                return session.post(self._url, json=body, timeout=TIMEOUT, allow_redirects=False).status_code
        except requests.RequestException:
            return 0

    def clear(self) -> None:
        with self._changed:
            self._due = []
            self.mode = self._first_mode

    def _bodies(self, events: list[Json]) -> Iterator[tuple[float, Json | list[Json]]]:
        last = float(events[-1]["time"])
        if self.mode == "grouped":
            yield last, events
        elif self.mode == "shuffled":
            yield from ((last, event) for event in reversed(events))
        else:
            times = 2 if self.mode == "twice" else 1
            yield from ((float(event["time"]), event) for event in events for _ in range(times))

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.time():
                    self._changed.wait(self._due[0][0] - time.time() if self._due else None)
                due = self._due
                _, number, body = heapq.heappop(due)
            if self.post(body) != 200:
                with self._changed:
                    heapq.heappush(due, (time.time() + PATIENCE, number, body))  # for nobody, if cleared meanwhile
