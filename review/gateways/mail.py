"""Letters on their way out. Here the embedded mailbox: one .eml file a letter, which the /mailbox page reads back."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Protocol

from review.errors import GiveUp, TryLater

HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
# Mailjet: the headers a message may not set itself, and those that every mail program sets.
OWN_HEADERS = re.compile(
    r"(from|sender|to|cc|bcc|subject|date|message-id|mime-version|content-.*|return-path|delivered-to|received.*|list-id"
    r"|dkim-signature|domainkey-status|authentication-results|user-agent|x-mailer|x-feedback-id|x-csa-complaints"
    r"|x-mj-.*|x-mailjet-.*)",
    re.I,
)
CUSTOM_ID = "X-MJ-CustomID"
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
ATOM = r"[^\s\x00-\x1f\x7f<>(),:;@\"\\\[\].]+"
EMAIL = re.compile(rf"({ATOM}(?:\.{ATOM})*)@({ATOM}(?:\.{ATOM})*)")
# Python's email loses the quotes of a name it has to fold, so that a name could hold a second recipient, and stumbles
# over a word longer than a line: names are kept free of marks, and short.
SPECIAL = re.compile(r"[\"<>@,;:\\()\[\]=?]+")
MAX_NAME = 60
NEVER = (ValueError, LookupError, AttributeError, TypeError)  # what the email package raises on a broken message


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One letter, rendered. `id` and `custom_id` (a UUID) are the letter's own and never another's."""

    id: int
    custom_id: str
    to_name: str
    to_email: str
    from_email: str
    from_name: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Summary:
    """A line of the mailbox. `to` is as a mail client shows it, name and address."""

    id: int
    to: str
    subject: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Message(Summary):
    """A letter read back. `html` came from a template of ours, but show it in a frame that runs nothing."""

    sender: str
    text: str
    html: str


class Mail(Protocol):
    """`settle` is how long after an attempt `find` can be trusted to know of it."""

    settle: timedelta

    def send(self, outgoing: Outgoing) -> str:
        """Hand the letter over, in one attempt. The service's own id of it.

        Raises TryLater where it surely was not taken but may be, GiveUp where it never will be, and Unknown where
        nobody can tell: then `find` it before sending it again.
        """

    def find(self, id_: int, custom_id: str) -> str | None:
        """The service's own id of a letter it was given before, None where it knows of none. Raises TryLater."""

    def check(self) -> str:
        """Ask the service something harmless. What answered, as a sentence. Raises TryLater with what is wrong."""


class Mailbox:
    """A Mail that keeps letters in `folder` as `<id>.eml`, each once. `clock` gives the Date header."""

    settle = timedelta(0)

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._clock = clock

    def send(self, outgoing: Outgoing) -> str:
        message = compose(outgoing, self._clock())
        path = self._path(outgoing.id)
        try:
            if not path.exists():
                _write(path, message.as_bytes())
        except OSError as error:
            raise TryLater(f"The mailbox cannot be written ({error.strerror}).") from error
        except NEVER as error:
            raise GiveUp(f"Letter {outgoing.id} cannot be written as a mail.") from error
        return str(message["Message-ID"])

    def find(self, id_: int, custom_id: str) -> str | None:
        try:
            parsed = BytesParser(policy=policy.SMTPUTF8).parsebytes(self._path(id_).read_bytes(), headersonly=True)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TryLater(f"The mailbox cannot be read ({error.strerror}).") from error
        return str(parsed["Message-ID"]) if parsed[CUSTOM_ID] == custom_id else None

    def check(self) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder):
                return f"Letters are kept in {self._folder}."
        except OSError as error:
            raise TryLater(f"The mailbox cannot be written ({error.strerror}).") from error

    def messages(self, limit: int, offset: int = 0) -> list[Summary]:
        """Summaries, the newest letter first. A file that is no letter is left out."""
        ids = sorted((int(path.stem) for path in self._folder.glob("*.eml") if _is_id(path.stem)), reverse=True)
        found = (self.message(id_) for id_ in ids[offset : offset + limit])
        return [Summary(one.id, one.to, one.subject, one.date) for one in found if one]

    def message(self, id_: int) -> Message | None:
        """The letter `id_`, None where there is none or its file cannot be read as one."""
        try:
            return _read(id_, self._path(id_).read_bytes())
        except (OSError, *NEVER):
            return None

    def _path(self, id_: int) -> Path:
        return self._folder / f"{id_}.eml"


def compose(outgoing: Outgoing, at: datetime) -> EmailMessage:
    """The letter as RFC 5322 has it, dated `at`. Raises GiveUp for an address or a header that cannot be sent.

    Line breaks in a name or subject a person typed become spaces, as do the marks that part one address from the next
    in a name. In an address they are refused.
    """
    sender, to = parties(outgoing)
    ascii_only = (outgoing.from_email + outgoing.to_email).isascii()
    message = EmailMessage(policy=policy.SMTP.clone(cte_type="7bit", utf8=not ascii_only))
    message["From"], message["To"], message["Date"] = sender, to, at
    message["Subject"] = line(outgoing.subject)
    message["Message-ID"] = f"<letter-{outgoing.id}@{sender.domain}>"
    message[CUSTOM_ID] = outgoing.custom_id
    for name, value in own_headers(outgoing).items():
        try:
            message[name] = value
        except NEVER as error:
            raise GiveUp(f"The header {name} of the letter cannot be written.") from error
    message.set_content(body(outgoing.text))
    message.add_alternative(body(outgoing.html), subtype="html")
    return message


def own_headers(outgoing: Outgoing) -> dict[str, str]:
    """What the letter adds to the headers every mail has. Raises GiveUp for one that is not the letter's to set."""
    for name in outgoing.headers:
        if not HEADER_NAME.fullmatch(name) or OWN_HEADERS.fullmatch(name):
            raise GiveUp(f"{name!r} cannot be a header of a letter.")
    return {name: line(value) for name, value in outgoing.headers.items()}


def parties(outgoing: Outgoing) -> tuple[Address, Address]:
    """Sender and recipient. Raises GiveUp for an address that is none."""
    return address(outgoing.from_name, outgoing.from_email), address(outgoing.to_name, outgoing.to_email)


def address(name: str, email: str) -> Address:
    """`name` is cleaned of what could start another address. Raises GiveUp where `email` is no address."""
    parts = EMAIL.fullmatch(email)
    if not parts or len(email) > 254 or UNPRINTABLE.search(email):
        raise GiveUp(f"{email[:254]!r} is no e-mail address.")
    name = " ".join(SPECIAL.sub(" ", line(name)).split())
    return Address(name[:MAX_NAME].strip(), *parts.groups())


def line(text: str) -> str:
    """`text` on one line."""
    return UNPRINTABLE.sub(" ", text).strip()


def body(text: str) -> str:
    """Half a character, as a broken form can hold, would keep the whole letter from being written."""
    return text.encode("utf-8", "replace").decode()


def _write(path: Path, data: bytes) -> None:
    """All of `data` or nothing. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _is_id(stem: str) -> bool:
    return stem.isascii() and stem.isdigit()


def _read(id_: int, data: bytes) -> Message:
    """Raises one of NEVER where `data` is no letter of ours."""
    parsed = BytesParser(policy=policy.SMTPUTF8).parsebytes(data)
    if not parsed["To"] or not parsed["Date"].datetime or not parsed.get_body():
        raise ValueError("no letter")
    return Message(
        id=id_,
        to=str(parsed["To"]),
        subject=str(parsed["Subject"]),
        date=parsed["Date"].datetime,
        sender=str(parsed["From"]),
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
    )


def _part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""
