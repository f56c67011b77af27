"""The time one fetch may take, and a socket that keeps to it."""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

from review.gateways.places import FetchLater

CHUNK = 64 * 1024


class Deadline:
    """The end of one fetch, all hops together. It also cuts a host that stays silent for `silence` seconds."""

    def __init__(self, seconds: float, silence: float) -> None:
        self._end = time.monotonic() + seconds
        self._silence = silence

    def left(self) -> float:
        """Seconds the next wait may take. Raises FetchLater (too-slow) when none are left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchLater("too-slow", "The host took longer than it was given.")
        return min(left, self._silence)

    def response(self, sock: socket.socket, **options: Any) -> http.client.HTTPResponse:
        """What http.client builds on a connected socket, reading by this deadline."""
        return http.client.HTTPResponse(_Socket(sock, self), **options)  # type: ignore[arg-type]


class _Socket(io.RawIOBase):
    """Asks what is left before every read: a socket's own timeout starts anew with each byte that drips in."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self, CHUNK)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
