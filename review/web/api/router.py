"""How the API's operations are declared and carried out. What one declares is checked, and what its document says.

An operation is a function that is given its caller and what was asked, all of it checked, and gives a value of its
answer's shape. Everything that changes something is a POST, and may be sent again under an Idempotency-Key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from flask import Blueprint, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from review.errors import Forbidden, Refused, Repeated
from review.rules import Role
from review.services import idempotency
from review.services.idempotency import Given
from review.web.access import token
from review.web.limits import per_token
from review.web.problems import Invalid
from review.web.refusals import REFUSALS

api = Blueprint("api", __name__, url_prefix="/api/v1")
per_token(api)
KEY = "Idempotency-Key"
KEY_SHAPE = r"^[A-Za-z0-9_-]{16,64}$"
UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
"""A database cannot keep these, though JSON can say them."""

V = TypeVar("V", bound=Callable[..., object])


class Nothing(BaseModel, extra="forbid"):
    """What is asked of an operation that asks nothing."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation takes and gives. `answer` None is no content; `keyed` is whether it must have a key, `refuses`
    whether things may stand in its way (409). `may` says whose role allows it, where not the verb itself does."""

    view: Callable[..., Any]
    method: Literal["GET", "POST"]
    rule: str
    query: type[BaseModel]
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    keyed: bool
    refuses: bool
    may: Callable[[Role | None], bool] | None

    @property
    def scope(self) -> str:
        return "read" if self.method == "GET" else "write"


OPERATIONS: list[Operation] = []


def operation(
    method: Literal["GET", "POST"],
    rule: str,
    *,
    answer: type[BaseModel] | None = None,
    query: type[BaseModel] = Nothing,
    body: type[BaseModel] | None = None,
    keyed: bool = False,
    refuses: bool = False,
    may: Callable[[Role | None], bool] | None = None,
) -> Callable[[V], V]:
    """Declare an operation. Its function's name is its id, its docstring what the document says of it."""

    def register(view: V) -> V:
        found = Operation(view, method, rule, query, body, answer, keyed, refuses or method == "POST", may)

        def endpoint(**path: Any) -> Response:
            return _carry_out(found, path)

        OPERATIONS.append(found)
        api.add_url_rule(rule, view.__name__, token(found.scope)(endpoint), methods=[method])
        return view

    return register


def _carry_out(op: Operation, path: dict[str, Any]) -> Response:
    asked = path | _query(op.query)
    if op.body is not None:
        asked["body"] = _body(op.body)
    key = request.headers.get(KEY) if op.method == "POST" else None
    if op.keyed and key is None:
        raise BadRequest(f"{KEY} is missing")
    if key is not None and not re.fullmatch(KEY_SHAPE, key):
        raise Invalid([(KEY, "16 to 64 letters, digits, hyphens or underscores")])
    if op.keyed:
        asked["key"] = key
    return _response(_once(op, asked, key) if key is not None else _given(op, asked))


def _given(op: Operation, asked: dict[str, Any]) -> Given:
    if op.may is not None and not op.may(g.caller.person.role):
        raise Forbidden
    answer = op.view(g.caller, **asked)
    return Given(200, answer.model_dump_json()) if op.answer else Given(204, "")


def _once(op: Operation, asked: dict[str, Any], key: str) -> Given:
    """The answer of the first request under this key, whether it is this one or not."""
    by, digest = g.caller.person, _digest()
    before = _before(key, digest)
    if before is not None:
        return before
    try:
        with idempotency.once(key, digest, by=by, now=datetime.now(UTC)):
            answer = _given(op, asked)
    except Repeated:
        before = _before(key, digest)
        if before is None:
            raise
        return before
    idempotency.keep(key, answer, by=by)
    return answer


def _before(key: str, digest: str) -> Given | None:
    try:
        return idempotency.given(key, digest, by=g.caller.person)
    except Refused as refusal:
        raise Invalid([(KEY, str(REFUSALS[refusal.code]))]) from refusal


def _digest() -> str:
    whole = b"\n".join((request.method.encode(), request.full_path.encode(), request.get_data()))
    return hashlib.sha256(whole).hexdigest()


def _response(given: Given) -> Response:
    return Response(given.body, given.status, mimetype="application/json" if given.body else None)


@api.after_request
def _keep_to_themselves(response: Response) -> Response:
    """Answers hold people's data: nobody on the way keeps them."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _query(shape: type[BaseModel]) -> dict[str, Any]:
    """What the address asks, each by its name. Raises Invalid, also for a name nobody knows or that comes twice."""
    lists = {name for name, field in shape.model_fields.items() if field.default_factory is not None}
    asked: dict[str, Any] = {}
    for name, values in request.args.lists():
        if len(values) > 1 and name not in lists:
            raise Invalid([(name, "given more than once")])
        asked[name] = values if name in lists else values[0]
    _check_writable(asked)
    with _faults():
        found = shape.model_validate(asked)
    return {"query": found} if shape is not Nothing else {}


def _body(shape: type[BaseModel]) -> BaseModel:
    """The body as its shape says. Raises BadRequest for what is no JSON, Invalid for what is another shape's."""
    raw = request.get_data()
    if not raw:
        raise BadRequest("a body is missing")
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        _check_writable(json.loads(raw.decode()))
    except (ValueError, RecursionError) as error:
        raise BadRequest("no JSON") from error
    with _faults():
        return shape.model_validate_json(raw, strict=True)


def _check_writable(value: Any) -> None:
    """Raises Invalid for text that no database can keep."""
    for name, one in value.items() if isinstance(value, dict) else [("", value)]:
        if any(UNWRITABLE.search(text) for text in _texts([name, one])):
            raise Invalid([(UNWRITABLE.sub("\ufffd", name), "a NUL or half a character")])


def _texts(left: list[Any]) -> Iterator[str]:
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one


@contextmanager
def _faults() -> Iterator[None]:
    """Say what is wrong with a request, field by field."""
    try:
        yield
    except ValidationError as error:
        raise Invalid([(".".join(map(str, fault["loc"])), fault["msg"]) for fault in error.errors()[:20]]) from error
