"""What Send API v3.1 refuses, and how it says so. Source: Mailjet's guide, "Send API errors" and "Headers"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

MAX_MESSAGES = 50
MAX_RECIPIENTS = 50
MAX_SUBJECT = 255
EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
RECIPIENTS = ("To", "Cc", "Bcc")
TRACKING = ("account_default", "disabled", "enabled")
TYPES: dict[str, type] = {
    "Subject": str,
    "TextPart": str,
    "HTMLPart": str,
    "CustomID": str,
    "EventPayload": str,
    "Headers": dict,
    "From": dict,
    "ReplyTo": dict,
    "To": list,
    "Cc": list,
    "Bcc": list,
}
FORBIDDEN_HEADERS = frozenset(
    """
    from sender subject to cc bcc reply-to return-path delivered-to dkim-signature domainkey-status received-spf
    authentication-results received x-mailjet-prio x-mailjet-debug user-agent x-mailer x-mj-customid x-mj-eventpayload
    x-mj-vars x-mj-templateerrordeliver x-mj-templateerrorreporting x-mj-templatelanguage x-mailjet-trackopen
    x-mailjet-trackclick x-mj-templateid x-mj-workflowid x-feedback-id x-mailjet-segmentation list-id x-mj-mid
    x-mj-errormessage date x-csa-complaints message-id x-mailjet-campaign x-mj-statisticscontactslistid
    """.split()
)

Json = dict[str, Any]


def error(code: str, text: str, *related: str, status: int = 400) -> Json:
    """One error as the service writes it."""
    told: Json = {"ErrorIdentifier": str(uuid4()), "ErrorCode": code, "StatusCode": status, "ErrorMessage": text}
    return told | ({"ErrorRelatedTo": list(related)} if related else {})


def refused_call(payload: object) -> Json | None:
    """Why the whole call is refused, whatever its messages are."""
    if not isinstance(payload, dict):
        return error("mj-0002", "Malformed JSON, please review the syntax and properties types.")
    messages = payload.get("Messages")
    if messages is None:
        return error("mj-0003", '"Messages" is mandatory but missing from the input.', "Messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return error("mj-0004", 'Type mismatch. Expected type "array of messages".', "Messages")
    if not messages:
        return error("mj-0007", '"Messages" cannot be empty.', "Messages")
    if len(messages) > MAX_MESSAGES:
        return error("mj-0008", f"At most {MAX_MESSAGES} messages are allowed.", "Messages")
    return None


def errors(message: Json) -> list[Json]:
    """Everything that is wrong with one message."""
    wrong_types = [error("mj-0004", f'Type mismatch of "{name}".', name) for name in TYPES if _mistyped(message, name)]
    return wrong_types or [*_missing(message), *_addresses(message), *_content(message), *_headers(message)]


def recipients(message: Json) -> list[tuple[str, Json]]:
    """Each recipient with the property it stands in."""
    return [(kind, party) for kind in RECIPIENTS for party in message.get(kind) or []]


def _mistyped(message: Json, name: str) -> bool:
    value = message.get(name)
    if value is None:
        return False
    parties = value if isinstance(value, list) else []
    return not isinstance(value, TYPES[name]) or not all(isinstance(party, dict) for party in parties)


def _missing(message: Json) -> Iterator[Json]:
    for name in ("From", "To"):
        if message.get(name) is None:
            yield error("mj-0003", f'"{name}" is mandatory but missing from the input.', name)
    if message.get("To") == []:
        yield error("mj-0007", '"To" cannot be empty.', "To")
    if not any(message.get(part) for part in ("TextPart", "HTMLPart", "TemplateID")):
        text = 'At least "HTMLPart", "TextPart" or "TemplateID" must be provided.'
        yield error("send-0003", text, "HTMLPart", "TextPart")


def _addresses(message: Json) -> Iterator[Json]:
    if len(recipients(message)) > MAX_RECIPIENTS:
        yield error("send-0015", f"At most {MAX_RECIPIENTS} recipients are allowed.", *RECIPIENTS)
    single = [(name, message[name]) for name in ("From", "ReplyTo") if message.get(name)]
    for name, party in single + recipients(message):
        email = party.get("Email")
        if not email:
            yield error("mj-0012", f'"{name}.Email" cannot be empty.', f"{name}.Email")
        elif not isinstance(email, str) or not EMAIL.fullmatch(email):
            yield error("mj-0013", f'"{email}" is an invalid email address.', f"{name}.Email")


def _content(message: Json) -> Iterator[Json]:
    if len(message.get("Subject") or "") > MAX_SUBJECT:
        yield error("mj-0006", f'"Subject" has more than {MAX_SUBJECT} characters.', "Subject")
    if message.get("TemplateID"):
        yield error("send-0010", "The template does not exist for this API key.", "TemplateID")
    if not message.get("TemplateLanguage") and message.keys() & {"TemplateErrorReporting", "TemplateErrorDeliver"}:
        yield error("send-0016", '"TemplateLanguage" must be set to report template errors.', "TemplateLanguage")
    for name in ("TrackOpens", "TrackClicks"):
        if message.get(name, "enabled") not in TRACKING:
            yield error("mj-0005", f'"{name}" is none of {", ".join(TRACKING)}.', name)


def _headers(message: Json) -> Iterator[Json]:
    for name in message.get("Headers") or {}:
        if name.lower() in FORBIDDEN_HEADERS:
            yield error("send-0011", f'Header "{name}" cannot be customized.', f'Headers["{name}"]')
