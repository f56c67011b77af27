"""What a browser does: fetch the page, keep its hidden fields, fill in the rest, send it."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from review.models.person import Person


def fields(page: str, action: str = "") -> dict[str, Any]:
    """The fields of a page's form as a browser would send them back untouched."""
    tree = html.document_fromstring(page)
    forms = [form for form in tree.forms if form.method.upper() == "POST" and action in (form.get("action") or "")]
    own = [form for form in forms if "/sign-out" not in (form.get("action") or "")]
    values: dict[str, Any] = {}
    for name, value in own[0].form_values():
        values[name] = [*values[name], value] if name in values else [value]
    return {name: value if len(value) > 1 else value[0] for name, value in values.items()}


def send(client: FlaskClient, path: str, *, to: str = "", action: str = "", **changes: Any) -> TestResponse:
    """Open a page and send its form, with changes; None takes a field away."""
    data = fields(client.get(path).text, action) | changes
    data = {name: value for name, value in data.items() if value is not None}
    return client.post(to or path, data=data)


def sign_in(client: FlaskClient, who: Person, password: str = "correct horse") -> None:
    """Sign a member of staff in through the real form."""
    response = send(client, "/sign-in", email=who.email, password=password)
    assert response.status_code == 303, response.text
