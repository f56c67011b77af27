"""Letters on their way out through Mailjet's Send API v3.1: one letter a call, one call an attempt.

The client would repeat a POST whose answer was lost, and Mailjet promises nowhere that the same letter twice is one. So
its retries are off, and where nobody can know, `find` asks for the letter by its CustomID.
"""

from __future__ import annotations

import logging
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.headerregistry import Address
from typing import Any
from urllib.parse import urlsplit

import idna
from mailjet_rest import Client
from mailjet_rest.errors import ApiError
from mailjet_rest.utils.guardrails import SecureHTTPAdapter
from requests import ConnectTimeout, Response
from urllib3.exceptions import NewConnectionError, SSLError

from review.errors import GiveUp, TryLater, Unknown
from review.gateways.mail import Outgoing, address, body, line, own_headers, parties

MAX_SUBJECT = 255
REFUSED = (400, 413, 422)
LINK = re.compile(r"https?://\S+")

# The client logs the traceback of every timeout. What failed is said by the errors raised here.
logging.getLogger("mailjet_rest").setLevel(logging.CRITICAL)


class Mailjet:
    """A Mail at `api_url`. `timeout` is for the connection and for each wait for an answer, in seconds."""

    settle = timedelta(seconds=60)

    def __init__(
        self,
        key: str,
        secret: str,
        *,
        api_url: str = "https://api.mailjet.com/",
        timeout: tuple[float, float] = (5, 20),
    ) -> None:
        self._key = key
        self._secret = secret
        self._api_url = api_url
        self._timeout = timeout

    def send(self, outgoing: Outgoing) -> str:
        data = {"Messages": [_message(outgoing)]}
        # The client's own key is made of the text alone: two letters that say the same would share it.
        headers = {"Idempotency-Key": outgoing.custom_id}
        with self._client("v3.1") as client:
            try:
                return _accepted(client.send.create(data=data, headers=headers, allow_redirects=False))
            except ApiError as error:
                raise _failure(error) from None  # the client's errors quote whole answers

    def find(self, id_: int, custom_id: str) -> str | None:
        rows = self._messages(CustomID=custom_id, ShowCustomID="true")
        # A filter Mailjet does not know is passed over, and the latest messages come back.
        return next((str(row["ID"]) for row in rows if row.get("CustomID", custom_id) == custom_id), None)

    def check(self) -> str:
        self._messages(Limit="1")
        return f"Mailjet answers at {urlsplit(self._api_url).netloc} and knows the key."

    def _messages(self, **filters: str) -> list[dict[str, Any]]:
        """Messages Mailjet has taken. Raises TryLater."""
        with self._client("v3") as client:
            try:
                rows = client.message.get(filters=filters, allow_redirects=False).json()["Data"]
                return [row for row in rows if row["ID"]]
            except ApiError as error:
                raise TryLater(str(_failure(error))) from None
            except (ValueError, TypeError, LookupError):
                raise TryLater("Mailjet's list of messages cannot be read.") from None

    @contextmanager
    def _client(self, version: str) -> Iterator[Client]:
        """A client for one call: no connection grows old, or is shared with another thread or fork."""
        try:
            f"{self._key}{self._secret}".encode("ascii")  # the client would stumble over it only when it asks
            auth = (self._key, self._secret)
            client = Client(auth=auth, version=version, api_url=self._api_url, timeout=self._timeout)
        except ValueError:
            raise TryLater("Mailjet cannot be asked with this key, secret and address.") from None
        with client:
            adapter = SecureHTTPAdapter(max_retries=0)
            client.session.mount("https://", adapter)
            client.session.mount("http://", adapter)
            yield client


def _message(outgoing: Outgoing) -> dict[str, Any]:
    """The letter as Mailjet's JSON. Without TemplateLanguage, so that {{ }} in what people wrote stays text.

    Raises GiveUp for an address or a header that cannot be sent.
    """
    sender, to = parties(outgoing)
    headers = own_headers(outgoing)
    message: dict[str, Any] = {
        "From": _party(sender),
        "To": [_party(to)],
        "Subject": line(outgoing.subject)[:MAX_SUBJECT],
        "TextPart": body(outgoing.text),
        "HTMLPart": body(outgoing.html),
        "CustomID": outgoing.custom_id,
    }
    for name in [name for name in headers if name.lower() == "reply-to"]:
        message["ReplyTo"] = _party(address("", headers.pop(name)))
    return message | ({"Headers": headers} if headers else {})


def _party(party: Address) -> dict[str, str]:
    try:
        domain = party.domain if party.domain.isascii() else idna.encode(party.domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise GiveUp(f"{party.addr_spec!r} is no e-mail address.") from error
    email = {"Email": f"{party.username}@{domain}"}
    return email | ({"Name": party.display_name} if party.display_name else {})


def _accepted(response: Response) -> str:
    """The MessageID in an answer that is no error by its status. A refusal may still stand in it."""
    try:
        answer = response.json()
        message = answer["Messages"][0]
        if message["Status"] == "success":
            return str(int(message["To"][0]["MessageID"]))
        refused = _refusal(int(message["Errors"][0]["StatusCode"]), answer)
    except (ValueError, TypeError, LookupError):
        raise Unknown(f"Mailjet's answer to the letter cannot be read ({response.status_code}).") from None
    raise refused


def _failure(error: ApiError) -> TryLater | GiveUp:
    """What became of the letter: Unknown, except where it surely did not leave or surely was refused."""
    cause = error.__cause__
    response = getattr(cause, "response", None)
    if isinstance(response, Response):
        try:
            return _refusal(response.status_code, response.json())
        except ValueError:
            return _refusal(response.status_code, None)
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    if isinstance(cause, ConnectTimeout) or isinstance(reason, NewConnectionError):
        return TryLater("Mailjet cannot be reached.")
    if isinstance(reason, SSLError) and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return TryLater("Mailjet's certificate does not hold. Is this machine's clock right?")
    return Unknown(f"Mailjet broke off without an answer ({type(cause).__name__}).")


def _refusal(status: int, answer: object) -> TryLater | GiveUp:
    text = f"Mailjet answered {status}{_said(answer)}"
    if status in REFUSED:
        return GiveUp(text)
    if status in (401, 403):
        return TryLater(f"The key or the sender is refused. {text}")
    if status == 408 or not 400 <= status < 500:
        return Unknown(text)
    return TryLater(text)


def _said(answer: Any) -> str:
    """The service's own words: short, on one line, and without links, which are private where a letter is quoted."""
    try:
        errors = list(answer["Messages"][0]["Errors"])
    except (TypeError, LookupError):
        errors = [answer]
    told = [f"{one.get('ErrorCode', '')} {one.get('ErrorMessage', '')}" for one in errors if isinstance(one, dict)]
    words = line(LINK.sub("...", " ".join(told)))
    return f": {words[:300]}" if words else "."
