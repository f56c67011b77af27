"""The embedded mailbox as pages show it. Where letters really leave, there is none."""

from __future__ import annotations

from flask import current_app

from review.errors import Missing
from review.gateways.mail import Mailbox, Message, Summary

PAGE_SIZE = 100


def present() -> bool:
    """Whether letters are kept here to be read."""
    return isinstance(current_app.extensions["greenroom"].mail, Mailbox)


def messages() -> list[Summary]:
    """The newest letters. Raises Missing where there is no mailbox."""
    return _mailbox().messages(PAGE_SIZE)


def message(number: int) -> Message:
    """One letter as it was sent. Raises Missing."""
    found = _mailbox().message(number)
    if found is None:
        raise Missing
    return found


def _mailbox() -> Mailbox:
    mail = current_app.extensions["greenroom"].mail
    if not isinstance(mail, Mailbox):
        raise Missing
    return mail
