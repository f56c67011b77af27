"""Signed random tokens, pure. A token opens something for whoever holds it, so only its digest is ever stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from itsdangerous import BadData, Signer, URLSafeSerializer


def mint(secret: str, purpose: str) -> str:
    """A new token: 192 random bits, signed so that guesses are refused before the database is asked."""
    return Signer(secret, salt=purpose, digest_method=hashlib.sha256).sign(secrets.token_urlsafe(24)).decode()


def genuine(secret: str, purpose: str, token: str) -> bool:
    """Whether this product made the token for this purpose."""
    return Signer(secret, salt=purpose, digest_method=hashlib.sha256).validate(token)


def derive(secret: str, purpose: str, salt: str) -> bytes:
    """256 bits that this product alone can make again from a salt; who knows only the salt knows nothing."""
    return hmac.new(secret.encode(), f"{purpose}:{salt}".encode(), hashlib.sha256).digest()


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign(secret: str, purpose: str, value: list[int | str]) -> str:
    """A value that travels through a mail or a form and comes back unaltered."""
    return str(URLSafeSerializer(secret, salt=purpose).dumps(value))


def unsign(secret: str, purpose: str, text: str) -> list[int | str] | None:
    """The value of `sign`, or None if anything about the text is wrong."""
    try:
        value: list[int | str] = URLSafeSerializer(secret, salt=purpose).loads(text)
    except BadData:
        return None
    return value


def signature(key: bytes, message_id: str, at: int, body: bytes) -> str:
    """Who sent a message, when (seconds since 1970) and that it is whole. Standard Webhooks: v1."""
    signed = b".".join((message_id.encode(), str(at).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
