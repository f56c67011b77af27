"""Rate limits, counted in Redis and, while that is away, in this process."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, Response, current_app, g, request
from flask_limiter import Limiter

P = ParamSpec("P")
R = TypeVar("R")


def address() -> str:
    """The visitor's address."""
    return request.remote_addr or "unknown"


def network() -> str:
    """The visitor's network: /24 of IPv4, /64 of IPv6. One household or office shares it, and so does one spammer."""
    try:
        visitor = ipaddress.ip_address(address())
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{visitor}/{24 if visitor.version == 4 else 64}", strict=False))


def email() -> str:
    """The mail address in the form, so that nobody's inbox is filled from many networks."""
    return "email:" + request.form.get("email", "").strip().lower()[:254]


def caller() -> str:
    """The token a program came with."""
    return f"token:{g.caller.token_id}"


limiter = Limiter(key_func=address, swallow_errors=True, in_memory_fallback_enabled=True, headers_enabled=True)

per_address = limiter.limit(lambda: current_app.config["GREENROOM"].limit_address, methods=["POST"], key_func=address)
per_network = limiter.limit(lambda: current_app.config["GREENROOM"].limit_network, methods=["POST"], key_func=network)
per_email = limiter.limit(lambda: current_app.config["GREENROOM"].limit_email, methods=["POST"], key_func=email)
per_token = limiter.shared_limit(lambda: current_app.config["GREENROOM"].limit_token, scope="api", key_func=caller)


def limit_posts(view: Callable[P, R]) -> Callable[P, R]:
    """All three limits on one view."""
    limited: Callable[P, R] = per_address(per_network(per_email(view)))
    return limited


def init(app: Flask, redis_url: str) -> None:
    """Count where every web process sees it."""
    app.config["RATELIMIT_STORAGE_URI"] = redis_url.replace("unix://", "redis+unix://", 1)
    # A second, once: a form must not wait for a Redis that hangs.
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": None}
    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
    app.before_request(_read_form)
    app.after_request(_tell_wait)
    limiter.init_app(app)


def takes(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A view whose form may be larger than others, in bytes, by the files in it."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.takes = size  # type: ignore[attr-defined]
        return view

    return mark


def _read_form() -> None:
    """Refuse a body that is too big before the limiter looks into it: there, that would pass for a lost Redis."""
    if request.method == "POST" and request.blueprint not in ("hooks", "api"):  # those are no forms
        view = current_app.view_functions.get(request.endpoint or "")
        words = current_app.config["MAX_CONTENT_LENGTH"]
        files = getattr(view, "takes", words) if request.mimetype == "multipart/form-data" else words
        request.max_content_length, request.max_form_memory_size = files, words
        request.form.get("email")


def _tell_wait(response: Response) -> Response:
    """Flask-Limiter tells everybody when to come again. It is for who was refused; others are told by errors.py."""
    wait = g.pop("wait", None)
    if response.status_code != 429:
        response.headers.pop("Retry-After", None)
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
    return response
