"""The API's own description: OpenAPI 3.1, made from the operations as they are declared."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from review.web.access import token
from review.web.api.answers import Problem
from review.web.api.examples import EXAMPLES
from review.web.api.router import KEY, KEY_SHAPE, OPERATIONS, Operation, api
from review.web.api.shapes import LARGEST
from review.web.problems import MEDIA_TYPE

REF = "#/components/schemas/{model}"
ALWAYS = {
    401: "No token, or none that works.",
    403: "The token's scope, or its person's role, does not allow this.",
    404: "There is no such thing, or the caller is not to know of it.",
    422: "The request is not what is described here: `errors` says where.",
    429: "Too many requests with this token.",
    500: "Something broke; `reference` stands in the log.",
    503: "The database did not answer. Nothing was changed.",
}
REFUSED = {409: "It cannot be done as things stand, and nothing was changed."}
WHERE_IT_ACTS = {
    400: "No JSON, or a header that must be there is missing.",
    413: "More than 256 KB.",
    415: "Something else than application/json.",
}
INTRODUCTION = """\
The desk for programs. A token acts for the person who made it and can do no more than that person's role; its scopes
narrow that further. Whatever changes something is a POST and may carry an `Idempotency-Key`: sent again under its key
within 24 hours it is answered again and not done again. 422 means that the request is not what this document
describes; 409 that it is, but cannot be done as things stand. Lists go on with `cursor`, the `next` of the page before.
"""


@api.get("/openapi.json")
@token("read")
def describe() -> Response:
    """This document."""
    return jsonify(document())


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    for op in OPERATIONS:
        paths.setdefault(_path(op.rule), {})[op.method.lower()] = _operation(op)
    paths["/openapi.json"] = {"get": _about_itself()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Greenroom", "version": "1", "description": INTRODUCTION},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {
                str(status): _problem(status, said) for status, said in (ALWAYS | REFUSED | WHERE_IT_ACTS).items()
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Made at /desk/tokens."}},
        },
    }


def _schemas() -> dict[str, Any]:
    """Bodies as they are taken, answers as they are given: what has a default is always given."""
    taken = [(op.body, "validation") for op in OPERATIONS if op.body]
    given = [(op.answer, "serialization") for op in OPERATIONS if op.answer]
    named = [*dict.fromkeys([*taken, *given, (Problem, "validation")])]
    found = models_json_schema(named, ref_template=REF)[1]["$defs"]  # type: ignore[arg-type]
    return {name: schema | EXAMPLES.get(name, {}) for name, schema in sorted(found.items())}


def _path(rule: str) -> str:
    return re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", rule)


def _operation(op: Operation) -> dict[str, Any]:
    """One operation with every answer it can give."""
    acts = op.method == "POST"
    failures = ALWAYS | (REFUSED if op.refuses else {}) | (WHERE_IT_ACTS if acts else {})
    said = (op.view.__doc__ or "").partition(". ")
    described: dict[str, Any] = {
        "operationId": op.view.__name__,
        "summary": said[0].rstrip("."),
        "description": f"{op.view.__doc__}\n\nScope: `{op.scope}`.",
        "parameters": [*_in_path(op), *_in_query(op.query), *([_key(op.keyed)] if acts else [])],
        "responses": _given(op) | {str(status): _same(status) for status in sorted(failures)},
    }
    if op.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(op.body)}}}
    return described


def _given(op: Operation) -> dict[str, Any]:
    if op.answer is None:
        return {"204": {"description": "Done."}}
    content = {"application/json": {"schema": _ref(op.answer)}}
    return {"200": {"description": (op.answer.__doc__ or "").partition("\n")[0], "content": content}}


def _ref(shape: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=shape.__name__)}


def _same(status: int) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{status}"}


def _problem(status: int, said: str) -> dict[str, Any]:
    example = {
        "type": f"urn:greenroom:problem:{HTTPStatus(status).phrase.lower().replace(' ', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": said,
    }
    content = {MEDIA_TYPE: {"schema": _ref(Problem), "example": example}}
    found: dict[str, Any] = {"description": said, "content": content}
    if status in (429, 503):
        found["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}}
    if status == 401:
        found["headers"] = {"WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}
    return found


def _in_path(op: Operation) -> list[dict[str, Any]]:
    number = {"type": "integer", "minimum": 1, "maximum": LARGEST}
    return [
        {"name": name, "in": "path", "required": True, "schema": number if kind else {"type": "string", "minLength": 1}}
        for kind, name in re.findall(r"<([^:<>]*:)?(\w+)>", op.rule)
    ]


def _in_query(shape: type[BaseModel]) -> list[dict[str, Any]]:
    known = shape.model_json_schema()
    return [
        {"name": name, "in": "query", "required": name in known.get("required", ()), **_told(schema)}
        for name, schema in known.get("properties", {}).items()
    ]


def _told(schema: dict[str, Any]) -> dict[str, Any]:
    """An address has no null: what may be left out is left out."""
    schema = schema | next((one for one in schema.pop("anyOf", ()) if one != {"type": "null"}), {})
    said = {"description": schema.pop("description")} if "description" in schema else {}
    if schema.get("default", ...) is None:
        del schema["default"]
    return said | {"schema": schema}


def _key(needed: bool) -> dict[str, Any]:
    said = "Under the same key the same request is carried out once; another one is refused."
    schema = {"type": "string", "pattern": KEY_SHAPE, "examples": ["6f1c9a52-2d0e-4d63-9f2b-6a3a1f0e7d11"]}
    return {"name": KEY, "in": "header", "required": needed, "description": said, "schema": schema}


def _about_itself() -> dict[str, Any]:
    answer = {"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}}}
    refusals = {str(status): _same(status) for status in (401, 403, 429, 500, 503)}
    return {"operationId": "describe", "summary": "This document", "responses": answer | refusals}
