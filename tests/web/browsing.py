"""What a browser does: fetch the page, keep its hidden fields, fill in the rest, send it; and what a reader sees."""

from __future__ import annotations

import re
from typing import Any

from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from review.models.person import Person


def fields(page: str, action: str = "") -> dict[str, Any]:
    """The fields of a page's form as a browser would send them back untouched."""
    tree = html.document_fromstring(page)
    forms = [form for form in tree.forms if form.method.upper() == "POST" and action in (form.get("action") or "")]
    frame = re.compile(
        r"/(sign-out|next|views|export|drop|tags|remove|assign|opinion|conflict|lift)(\?|$)"
    )  # of every page
    own = [form for form in forms if not frame.search(form.get("action") or "")]
    values: dict[str, Any] = {}
    long = {area.get("name") for area in own[0].iter("textarea")}
    for name, value in own[0].form_values():
        value = _lines(value) if name in long else value
        values[name] = [*values[name], value] if name in values else [value]
    return {name: value if len(value) > 1 else value[0] for name, value in values.items()}


def _lines(value: str) -> str:
    """What a browser makes of a textarea: the first line break is not its own, the others are CR LF."""
    return value.replace("\r\n", "\n").removeprefix("\n").replace("\n", "\r\n")


def send(client: FlaskClient, path: str, *, to: str = "", action: str = "", **changes: Any) -> TestResponse:
    """Open a page and send its form, with changes; None takes a field away."""
    data = fields(client.get(path).text, action) | changes
    data = {name: value for name, value in data.items() if value is not None}
    return client.post(to or path, data=data)


def sign_in(client: FlaskClient, who: Person, password: str = "correct horse") -> None:
    """Sign a member of staff in through the real form."""
    response = send(client, "/sign-in", email=who.email, password=password)
    assert response.status_code == 303, response.text


def press(client: FlaskClient, path: str, action: str, **changes: Any) -> TestResponse:
    """Open a page, fill in the form that leads to an address that ends in `action`, and press its button."""
    tree = html.document_fromstring(client.get(path).text)
    form = next(form for form in tree.forms if (form.get("action") or "").partition("?")[0].endswith(action))
    return client.post(form.get("action"), data=dict(form.form_values()) | changes)


def tree(response: TestResponse) -> html.HtmlElement:
    """The page as elements."""
    return html.document_fromstring(response.text)


def words(response: TestResponse, within: str = "//body") -> str:
    """What stands on the page, with one space between words and between elements."""
    said = " ".join(text for part in tree(response).xpath(within) for text in part.xpath(".//text()[not(parent::kbd)]"))
    return re.sub(r" ([.,;:!?)])", r"\1", " ".join(said.split()))


def beside(response: TestResponse, field: str) -> str:
    """The sentence that a field with an error points at. The field, or the group it is in, must say it is wrong."""
    page = tree(response)
    (control, *_) = page.xpath("//*[@name=$name and not(@type='hidden')]", name=field)
    group = control.xpath("ancestor::fieldset[1]") if control.get("aria-invalid") != "true" else []
    pointing = (group[0] if group else control).get("aria-describedby") or ""
    errors = [id_ for id_ in pointing.split() if id_.endswith("-error")]
    assert errors, f"nothing beside {field} says what is wrong"
    return str(page.get_element_by_id(errors[0]).text_content()).strip()


def links(response: TestResponse) -> list[str]:
    """Where the page's links lead."""
    return [str(href) for href in tree(response).xpath("//a/@href")]


def buttons(response: TestResponse, within: str = "//main") -> list[str]:
    """What the buttons, and the links that look like them, say."""
    found = tree(response).xpath(f"{within}//button|{within}//a[contains(@class, 'button')]")
    heard = ".//text()[not(ancestor::*[@aria-hidden='true'])]"
    return [" ".join(" ".join(button.xpath(heard)).split()) for button in found]
