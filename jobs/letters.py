"""Letters leave, and what became of them comes back."""

from __future__ import annotations

from flask import current_app

from jobs.outside import Keep, gateways, now
from review.db import release
from review.errors import GiveUp, TryLater, Unknown
from review.gateways.mail import Outgoing
from review.services import delivery, post


def letter(letter_id: int, keep: Keep) -> None:
    """Send one letter, in one attempt. Where an earlier one ended in the dark, the mail service is asked first."""
    if _left_before(letter_id):
        return
    addressed = post.address(letter_id, now=now())
    release()
    if addressed is None:
        return
    try:
        message_id = gateways().mail.send(_outgoing(addressed))
    except Unknown:
        raise
    except (TryLater, GiveUp):
        post.not_sent(letter_id)
        raise
    post.sent(letter_id, message_id, now=now())


def _left_before(letter_id: int) -> bool:
    """Whether an attempt that ended in the dark did reach the mail service. Raises TryLater until that is sure.

    A service that knows of its letters only after a while is asked twice.
    """
    mail, before = gateways().mail, post.attempt(letter_id)
    release()
    if before is None:
        return False
    if now() < before.at + mail.settle:
        raise TryLater("outcome-unknown")
    message_id = mail.find(letter_id, before.custom_id)
    if message_id is not None:
        post.sent(letter_id, message_id, now=now())
        return True
    if post.not_found(letter_id) < 2 and mail.settle:
        raise TryLater("outcome-unknown")
    return False


def _outgoing(addressed: post.Addressed) -> Outgoing:
    return Outgoing(
        id=addressed.id,
        custom_id=addressed.custom_id,
        to_name=addressed.to_name,
        to_email=addressed.to_email,
        from_name="Greenroom",
        from_email=current_app.config["GREENROOM"].mail_from,
        subject=addressed.subject,
        text=addressed.text,
        html=addressed.html,
    )


def mail_report(report_id: int, keep: Keep) -> None:
    """Note on the letters what the mail service reported of them."""
    delivery.apply(report_id, now=now())
