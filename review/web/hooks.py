"""What other services post to us. Their guard is a password in the address they were given."""

from __future__ import annotations

from datetime import UTC, datetime
from hmac import compare_digest

from flask import Blueprint, current_app, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from review.errors import Missing
from review.services import delivery

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
USER = "mailjet"
MAX_BYTES = 2**20


@hooks.post("/mailjet")
def mailjet() -> tuple[str, int]:
    """Mailjet's reports: kept as they come and answered at once. Mailjet: anything but 200 is posted again."""
    account = current_app.config["GREENROOM"].mailjet
    if account is None:
        raise Missing
    _check_password(account.webhook_password)
    request.max_content_length = MAX_BYTES
    delivery.report(request.get_data(), now=datetime.now(UTC))
    return "", 200


def _check_password(password: str) -> None:
    """In constant time, and both parts of it. Raises Unauthorized."""
    given = request.authorization
    user, word = (given.username or "", given.password or "") if given and given.type == "basic" else ("", "")
    if not (compare_digest(user.encode(), USER.encode()) & compare_digest(word.encode(), password.encode())):
        raise Unauthorized(www_authenticate=WWWAuthenticate("basic", {"realm": "reports"}))
