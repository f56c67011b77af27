"""Tokens: random, signed for one purpose, and only their digest kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import tokens

SECRET, OTHER = "one secret", "another secret"
VALUES = st.lists(st.integers() | st.text(st.characters(exclude_categories=["Cs"])), max_size=4)


def test_token_is_genuine_for_its_secret_and_purpose_alone() -> None:
    token = tokens.mint(SECRET, "status")
    assert tokens.genuine(SECRET, "status", token)
    assert not tokens.genuine(OTHER, "status", token)
    assert not tokens.genuine(SECRET, "owner", token)


def test_tokens_are_never_the_same() -> None:
    assert len({tokens.mint(SECRET, "status") for _ in range(200)}) == 200


def test_token_fits_into_an_address_as_it_is() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]{60,100}", tokens.mint(SECRET, "status"))


def test_token_holds_192_random_bits() -> None:
    assert len(tokens.mint(SECRET, "status").split(".")[0]) == 32


@pytest.mark.parametrize("token", ["", ".", "x", "x.y", "a" * 5000, "ü.ü", "\x00", "../../etc"])
def test_made_up_token_is_not_genuine(token: str) -> None:
    assert not tokens.genuine(SECRET, "status", token)


def test_token_with_one_character_changed_is_not_genuine() -> None:
    token = tokens.mint(SECRET, "status")
    for at in range(len(token) - 1):  # the last character of base64 has bits that mean nothing
        swapped = "A" if token[at] != "A" else "B"
        assert not tokens.genuine(SECRET, "status", token[:at] + swapped + token[at + 1 :])


@given(st.text())
def test_genuine_never_raises(text: str) -> None:
    assert tokens.genuine(SECRET, "status", text) is False


def test_digest_is_sha256_and_tells_nothing() -> None:
    assert tokens.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(VALUES)
def test_signed_value_comes_back_unaltered(value: list[int | str]) -> None:
    assert tokens.unsign(SECRET, "verify", tokens.sign(SECRET, "verify", value)) == value


def test_signed_value_is_refused_for_another_secret_or_purpose() -> None:
    text = tokens.sign(SECRET, "verify", [1, "a@b.example", 2])
    assert tokens.unsign(OTHER, "verify", text) is None
    assert tokens.unsign(SECRET, "form", text) is None


@given(st.text())
def test_unsign_never_raises(text: str) -> None:
    assert tokens.unsign(SECRET, "verify", text) is None


def test_altered_value_is_refused() -> None:
    text = tokens.sign(SECRET, "verify", [1, "a@b.example", 2])
    body, _, signature = text.rpartition(".")
    other = tokens.sign(SECRET, "verify", [2, "a@b.example", 2]).rpartition(".")[0]
    assert tokens.unsign(SECRET, "verify", f"{other}.{signature}") is None
    assert tokens.unsign(SECRET, "verify", body) is None
