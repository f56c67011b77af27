"""Failures as programs read them: application/problem+json (RFC 9457). Errors.py says which failure is which."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response, request

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"


class Invalid(Exception):
    """The request is not what the API's document describes: each `(field, what is wrong with it)`."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__(errors)
        self.errors = errors


def wanted() -> bool:
    """Whether whoever asked is a program: then no page is an answer."""
    return request.path.startswith(PREFIX)


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    code: str = "",
    errors: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    **more: object,
) -> Response:
    """The answer. `code` names the problem in its type; without one it is called as HTTP calls the status."""
    code = code or HTTPStatus(status).phrase.lower().replace(" ", "-")
    body = {"type": f"urn:greenroom:problem:{code}", "title": title, "status": status, "detail": detail, **more}
    if errors:
        body["errors"] = [{"field": field, "message": message} for field, message in errors]
    return Response(json.dumps(body), status, headers, mimetype=MEDIA_TYPE)
