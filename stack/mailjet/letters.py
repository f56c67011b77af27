"""The letters the double has taken: one JSON file each, so that they outlive it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from stack.mailjet.rules import recipients


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one recipient, as the service counts them. `at` is ISO 8601 in UTC."""

    id: int
    uuid: str
    custom_id: str
    payload: str
    kind: str
    to: str
    to_name: str
    sender: str
    sender_name: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    at: str


class Letters:
    """Every letter in `folder`, the newest first."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = Lock()
        read = (json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json"))
        self._by_id = {one["id"]: Letter(**one) for one in sorted(read, key=lambda one: one["id"])}

    def __iter__(self) -> Iterator[Letter]:
        with self._lock:
            return reversed(list(self._by_id.values()))

    def get(self, id_: int) -> Letter | None:
        return self._by_id.get(id_)

    def take(self, message: dict[str, Any]) -> list[Letter]:
        """Keep a message the rules have nothing against: a letter for each recipient."""
        return [self._keep(message, kind, party) for kind, party in recipients(message)]

    def clear(self) -> None:
        with self._lock:
            for id_ in self._by_id:
                self._path(id_).unlink(missing_ok=True)
            self._by_id.clear()

    def _keep(self, message: dict[str, Any], kind: str, party: dict[str, Any]) -> Letter:
        with self._lock:
            letter = Letter(
                id=max(time.time_ns() // 100, next(reversed(self._by_id), 0) + 1),  # as big as the service's
                uuid=str(uuid4()),
                custom_id=message.get("CustomID") or "",
                payload=message.get("EventPayload") or "",
                kind=kind,
                to=party["Email"],
                to_name=party.get("Name") or "",
                sender=message["From"]["Email"],
                sender_name=message["From"].get("Name") or "",
                subject=message.get("Subject") or "",
                text=message.get("TextPart") or "",
                html=message.get("HTMLPart") or "",
                headers=message.get("Headers") or {},
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            )
            half = self._path(letter.id).with_suffix(".half")
            half.write_text(json.dumps(asdict(letter), indent=1), encoding="utf-8")
            os.replace(half, self._path(letter.id))
            self._by_id[letter.id] = letter
            return letter

    def _path(self, id_: int) -> Path:
        return self._folder / f"{id_}.json"
