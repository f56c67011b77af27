"""Something else in the place of what the app has: a gateway, a setting. The fixture `app` gives its own back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask

from review.errors import TryLater
from review.gateways.broker import Broker

AWAY = Broker("unix:///nowhere/valkey.sock")


def put(app: Flask, **gateways: Any) -> None:
    """Have the app reach the outside through these."""
    app.extensions["greenroom"] = replace(app.extensions["greenroom"], **gateways)


def configure(app: Flask, **settings: Any) -> None:
    """Have the app run with these settings."""
    app.config["GREENROOM"] = replace(app.config["GREENROOM"], **settings)


@dataclass
class Engine:
    """A search engine that holds so many applications, or does not answer and says so."""

    held: int | None
    is_open: bool = False
    trouble: str = "no answer <here>"

    def size(self) -> int:
        if self.held is None:
            raise TryLater(self.trouble)
        return self.held
