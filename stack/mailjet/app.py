"""A double of Mailjet: the parts of its API that Greenroom uses, what can go wrong there, and pages to read letters.

It answers as the service does, and adds `/_double`, which says what happens next, and pages for people under `/`.
"""

from __future__ import annotations

import socket
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from stack.mailjet import rules
from stack.mailjet.events import MODES, Webhook
from stack.mailjet.letters import Letter, Letters

HOST = "127.0.0.1"
PAGE = 100
STEPS = ("stall", "drop", "accept-and-drop", "status")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
BAD_KEY = (
    "API key authentication/authorization failure. You may be unauthorized to access the API or your API key may be "
    "expired. Visit API keys management section to check your keys."
)


@dataclass
class Double:
    """What it knows. `lag` is how many seconds a letter stays out of the message list."""

    letters: Letters
    webhook: Webhook
    key: str
    secret: str
    steps: deque[dict[str, Any]] = field(default_factory=deque)
    posts: Counter[str] = field(default_factory=Counter)
    lag: float = 0

    def knows(self) -> bool:
        """Whether the request carries the key."""
        given = request.authorization
        user, password = (given.username or "", given.password or "") if given else ("", "")
        right = compare_digest(user.encode(), self.key.encode())
        return compare_digest(password.encode(), self.secret.encode()) and right

    def clear(self) -> None:
        self.letters.clear()
        self.webhook.clear()
        self.steps.clear()
        self.posts.clear()
        self.lag = 0


api = Blueprint("api", __name__)
control = Blueprint("control", __name__, url_prefix="/_double")
pages = Blueprint("pages", __name__)


def create_app(folder: Path, *, key: str, secret: str, webhook: str = "", grouped: bool = False) -> Flask:
    """The double as a WSGI app. It keeps letters in `folder`, and tells `webhook` (with user:pass@) of them."""
    app = Flask(__name__)
    events = Webhook(webhook, "grouped" if grouped else "normal")
    app.extensions["double"] = Double(Letters(folder), events, key, secret)
    for blueprint in (api, control, pages):
        app.register_blueprint(blueprint)
    return app


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """The double's address, ending in a slash, while it listens on 127.0.0.1."""
    server = make_server(HOST, port, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _double() -> Double:
    found: Double = current_app.extensions["double"]
    return found


@api.post("/v3.1/send")
def send() -> ResponseReturnValue:
    """Send API v3.1, after whatever `/_double` has put in its way."""
    double, payload = _double(), request.get_json(silent=True)
    double.posts.update(_custom_ids(payload))
    if not double.knows():
        return rules.error("mj-0015", BAD_KEY, status=401), 401
    step: dict[str, Any] = double.steps.popleft() if double.steps else {"do": "nothing"}
    if step["do"] == "stall":
        time.sleep(step.get("seconds", 30))
    if step["do"] == "drop":
        return _hang_up()
    if step["do"] == "status" and not step.get("accepted"):
        return _failed(step["code"])
    answer, status = _taken(double, payload)
    if step["do"] == "accept-and-drop":
        return _hang_up()
    return _failed(step["code"]) if step["do"] == "status" else (answer, status)


@api.get("/v3/REST/message")
def messages() -> ResponseReturnValue:
    """The message list, oldest first. As there, a filter that is not known is passed over."""
    double, asked = _double(), request.args
    if not double.knows():
        return _rest_error(401, BAD_KEY)
    seen = (datetime.now(UTC) - timedelta(seconds=double.lag)).isoformat(timespec="milliseconds")
    found = [letter for letter in reversed(list(double.letters)) if letter.at <= seen]
    if "CustomID" in asked:
        found = [letter for letter in found if letter.custom_id == asked["CustomID"]]
    start, count = asked.get("Offset", 0, type=int), asked.get("Limit", 10, type=int)
    return _rest_list(found[start : start + count])


@api.get("/v3/REST/message/<int:id_>")
def message(id_: int) -> ResponseReturnValue:
    if not _double().knows():
        return _rest_error(401, BAD_KEY)
    letter = _double().letters.get(id_)
    return _rest_list([letter]) if letter else _rest_error(404, "Object not found")


@control.post("")
def steer() -> ResponseReturnValue:
    """`next`: what happens to the next sends. `events`: how they are told. `lag`: see Double."""
    double, wanted = _double(), request.get_json()
    steps = wanted.get("next", [])
    mode = wanted.get("events", double.webhook.mode)
    if (
        mode not in MODES
        or any(step.get("do") not in STEPS for step in steps)
        or wanted.keys() - {"next", "events", "lag"}
    ):
        abort(400)
    double.steps.extend(steps)
    double.webhook.mode = mode
    double.lag = wanted.get("lag", double.lag)
    return "", 204


@control.delete("")
def forget() -> ResponseReturnValue:
    """Begin anew, without letters and events that are still due."""
    _double().clear()
    return "", 204


@control.post("/event")
def event() -> ResponseReturnValue:
    """Send the body, an event or an array of them, to the webhook as it is. `status` is what it answered, or 0."""
    return jsonify(status=_double().webhook.post(request.get_json()))


@control.get("/messages")
def taken() -> ResponseReturnValue:
    """All letters, the newest first."""
    return jsonify([asdict(letter) for letter in _double().letters])


@control.get("/posts")
def posts() -> ResponseReturnValue:
    """How many POSTs to /v3.1/send there were per CustomID, whatever became of them."""
    return jsonify(_double().posts)


@pages.get("/")
def index() -> ResponseReturnValue:
    page = max(request.args.get("page", 1, type=int), 1)
    letters = list(_double().letters)
    shown, more = letters[(page - 1) * PAGE : page * PAGE], len(letters) > page * PAGE
    return _page(render_template("index.html", letters=shown, total=len(letters), page=page, more=more))


@pages.get("/letters/<int:id_>")
def letter(id_: int) -> ResponseReturnValue:
    return _page(render_template("letter.html", letter=_double().letters.get(id_) or abort(404)))


@pages.get("/letters/<int:id_>/html")
def html(id_: int) -> ResponseReturnValue:
    """The letter's HTML as it came. It runs nothing, loads nothing, and may bring its own style."""
    found = _double().letters.get(id_) or abort(404)
    return _page(found.html, LETTER_POLICY)


def _page(text: str, policy: str = PAGE_POLICY) -> Response:
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
    return Response(text, content_type="text/html; charset=utf-8", headers=headers)


def _custom_ids(payload: object) -> list[str]:
    """The CustomID of each message of a call, which may be anything; "" where it has none."""
    messages = payload.get("Messages") if isinstance(payload, dict) else None
    return [str(one.get("CustomID") or "") for one in messages or [] if isinstance(one, dict)] or [""]


def _taken(double: Double, payload: Any) -> tuple[dict[str, Any], int]:
    """Keep what the rules allow. The answer and its status; one bad message makes the status an error."""
    if refused := rules.refused_call(payload):
        return refused, 400
    answers = [_answer(double, message) for message in payload["Messages"]]
    wrong = [error["StatusCode"] for answer in answers for error in answer.get("Errors", [])]
    return {"Messages": answers}, max(wrong, default=200)


def _answer(double: Double, message: dict[str, Any]) -> dict[str, Any]:
    if errors := rules.errors(message):
        return {"Status": "error", "Errors": errors}
    answer: dict[str, Any] = {
        "Status": "success",
        "CustomID": message.get("CustomID") or "",
        "To": [],
        "Cc": [],
        "Bcc": [],
    }
    for letter in double.letters.take(message):
        href = f"{request.url_root}v3/REST/message/{letter.id}"
        told = {"Email": letter.to, "MessageUUID": letter.uuid, "MessageID": letter.id, "MessageHref": href}
        answer[letter.kind].append(told)
        double.webhook.tell(letter)
    return answer


def _failed(code: int) -> ResponseReturnValue:
    return rules.error("mj-0000", "The double was told to answer this.", status=code), code


def _hang_up() -> ResponseReturnValue:
    """Close the connection; the answer that follows reaches nobody."""
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return "", 204


def _rest_list(letters: list[Letter]) -> ResponseReturnValue:
    rows = [_row(letter) for letter in letters]
    return jsonify(Count=len(rows), Data=rows, Total=len(rows))


def _row(letter: Letter) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ID": letter.id,
        "UUID": letter.uuid,
        "ArrivedAt": f"{letter.at[:19]}Z",
        "AttemptCount": 0,
        "IsHTMLPartIncluded": bool(letter.html),
        "IsTextPartIncluded": bool(letter.text),
        "MessageSize": len(letter.text) + len(letter.html),
        "Status": "sent",
        "Subject": letter.subject if request.args.get("ShowSubject") == "true" else "",
    }
    return row | ({"CustomID": letter.custom_id} if request.args.get("ShowCustomID") == "true" else {})


def _rest_error(status: int, text: str) -> ResponseReturnValue:
    return {"ErrorInfo": "", "ErrorMessage": text, "StatusCode": status}, status
