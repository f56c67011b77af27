"""A program that calls the API with a token of somebody's."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from review.models.person import Person
from review.services import api_tokens
from tests.factories import NOW


class Program:
    """It gets and posts JSON below /api/v1."""

    def __init__(self, client: FlaskClient, who: Person, scopes: Collection[str] = api_tokens.SCOPES) -> None:
        self.client, self.token = client, api_tokens.make("tests", scopes, days=30, by=who, now=NOW)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers())

    def post(self, path: str, body: object = None, key: str = "") -> TestResponse:
        more = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/v1{path}", json=body, headers=self.headers() | more)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def code(response: TestResponse) -> tuple[int, str]:
    """The status of a problem, and the last part of its type."""
    assert response.mimetype == "application/problem+json", response.text
    problem = response.json
    assert problem is not None
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    return response.status_code, problem["type"].rpartition(":")[2]
