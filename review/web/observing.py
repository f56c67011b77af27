"""Every request gets a number, one line in the log and a place in the metrics. What a line never holds: the address
itself, for private links are addresses."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, current_app, g, request

from review import logs, metrics

log = logging.getLogger(__name__)


def begin() -> None:
    """Number the request; the proxy's own number is taken where a proxy is trusted."""
    from_proxy = request.headers.get("X-Request-ID", "") if current_app.config["GREENROOM"].trusted_proxies else ""
    logs.begin(from_proxy)
    g.began = time.perf_counter()


def end(response: Response) -> Response:
    """Note what was asked for and what came of it."""
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    endpoint = request.endpoint or "none"
    metrics.REQUESTS.labels(endpoint, request.method, response.status_code).observe(seconds)
    response.headers["X-Request-ID"] = logs.request_id()
    if endpoint not in ("static", "ops.health"):
        log.info(
            "%s %s %d",
            request.method,
            request.url_rule.rule if request.url_rule else "unknown address",
            response.status_code,
            extra={"endpoint": endpoint, "milliseconds": round(seconds * 1000, 1)},
        )
    return response


def init(app: Flask) -> None:
    """Number every request before anything else sees it."""
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(lambda _error: logs.end())
