"""Other programs are told what happens."""

from __future__ import annotations

import re

from jobs.outside import Keep, gateways, now
from review.db import release
from review.errors import GiveUp, TryLater
from review.services import webhooks

ANSWER_BYTES = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def webhook(delivery_id: int, keep: Keep) -> None:
    """Send one message, in one attempt. Whatever is not taken is sent again later, under the same id."""
    message = webhooks.begin(delivery_id, now=now())
    release()
    if message is None:
        return
    try:
        told = gateways().fetcher.post(message.url, message.body, message.headers, max_bytes=ANSWER_BYTES)
    except (TryLater, GiveUp) as error:
        webhooks.answered(delivery_id, None, getattr(error, "code", "") or str(error), now=now())
        raise
    answer = " ".join(_CONTROL.sub(" ", told.body.decode("utf-8", "replace")).split())
    if not webhooks.answered(delivery_id, told.status, answer, now=now()):
        raise TryLater(f"not-taken: {told.status}")
