"""The mailbox: what is written is a letter any mail program reads, once, whatever a person typed into it."""

from __future__ import annotations

import email
import errno
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.errors import GiveUp, TryLater
from review.gateways.mail import Mail, Mailbox, Outgoing, compose

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LETTER = Outgoing(
    id=7,
    custom_id="0b5c1f6e-8a52-4f0e-9c37-d6a1e2b90f11",
    to_name="Ada Byron",
    to_email="ada@pod.example",
    from_email="hello@greenroom.example",
    from_name="Greenroom",
    subject="Your show is on the air",
    text="Dear Ada,\n\nit is.\n",
    html="<p>Dear Ada,</p>\n<p>it is.</p>\n",
    headers={"Reply-To": "staff@greenroom.example", "List-Unsubscribe": "<https://greenroom.example/u/1>"},
)


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mail", clock=lambda: NOON)


def _with(field: str, value: str) -> Outgoing:
    changes: dict[str, Any] = {field: value}
    return replace(LETTER, **changes)


def _raw(mailbox: Mailbox, id_: int = 7) -> bytes:
    return (mailbox._folder / f"{id_}.eml").read_bytes()


def test_a_letter_is_written_and_read_back(mailbox: Mailbox) -> None:
    as_mail: Mail = mailbox
    assert as_mail.send(LETTER) == "<letter-7@greenroom.example>"
    found = mailbox.message(7)
    assert found
    assert (found.id, found.to, found.subject) == (7, "Ada Byron <ada@pod.example>", LETTER.subject)
    assert (found.sender, found.date) == ("Greenroom <hello@greenroom.example>", NOON)
    assert (found.text, found.html) == (LETTER.text, LETTER.html)


def test_the_file_is_a_mail_of_two_alternatives(mailbox: Mailbox) -> None:
    mailbox.send(LETTER)
    raw = _raw(mailbox)
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert raw.isascii()
    assert parsed.defects == []
    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsed["Message-ID"] == "<letter-7@greenroom.example>"
    assert parsed["List-Unsubscribe"] == "<https://greenroom.example/u/1>"
    assert parsed["Reply-To"] == "staff@greenroom.example"


def test_twice_is_once(mailbox: Mailbox) -> None:
    first = mailbox.send(LETTER)
    raw = _raw(mailbox)
    mailbox._clock = lambda: NOON + timedelta(days=1)
    assert mailbox.send(replace(LETTER, subject="Other")) == first
    assert _raw(mailbox) == raw
    assert os.listdir(mailbox._folder) == ["7.eml"]


def test_a_letter_is_found_by_its_ids_and_no_other_is(mailbox: Mailbox) -> None:
    assert mailbox.find(7, LETTER.custom_id) is None
    message_id = mailbox.send(LETTER)
    assert mailbox.find(7, LETTER.custom_id) == message_id
    assert mailbox.find(7, "another") is mailbox.find(8, LETTER.custom_id) is None
    assert mailbox.settle == timedelta(0)


def test_a_mailbox_that_cannot_be_read_is_asked_later(mailbox: Mailbox) -> None:
    (mailbox._folder / "7.eml").mkdir(parents=True)
    with pytest.raises(TryLater, match="cannot be read"):
        mailbox.find(7, LETTER.custom_id)


def test_check_says_where_letters_are_and_leaves_nothing(mailbox: Mailbox) -> None:
    assert mailbox.check() == f"Letters are kept in {mailbox._folder}."
    assert os.listdir(mailbox._folder) == []
    mailbox._folder.rmdir()
    mailbox._folder.touch()
    with pytest.raises(TryLater, match="cannot be written"):
        mailbox.check()


def test_any_language_survives(mailbox: Mailbox) -> None:
    subject = "Ваша заявка 番組 🎙️ " + "длинная тема " * 20
    letter = replace(
        LETTER, to_name='Ада, "Графиня" Байрон', subject=subject, text="Привет 🎧\n", html="<p>Привет 🎧</p>\n"
    )
    mailbox.send(letter)
    found = mailbox.message(7)
    assert found
    assert (found.subject, found.text, found.html) == (subject.strip(), letter.text, letter.html)
    assert found.to == "Ада Графиня Байрон <ada@pod.example>"
    assert _raw(mailbox).isascii()
    assert max(map(len, _raw(mailbox).splitlines())) <= 998


def test_an_address_beyond_ascii_is_kept(mailbox: Mailbox) -> None:
    mailbox.send(replace(LETTER, to_email="адa@пример.example"))
    found = mailbox.message(7)
    assert found
    assert found.to == "Ada Byron <адa@пример.example>"


@pytest.mark.parametrize("field", ["subject", "to_name", "from_name"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\ud800"])
def test_a_line_break_in_what_people_type_becomes_a_space(mailbox: Mailbox, field: str, ending: str) -> None:
    mailbox.send(_with(field, f"Hello{ending}Bcc: all@pod.example{ending}"))
    parsed = email.message_from_bytes(_raw(mailbox), policy=policy.default)
    assert parsed["Bcc"] is None
    assert "Hello Bcc" in str(parsed[{"subject": "Subject", "to_name": "To"}.get(field, "From")])


BAD_EMAILS = ["", "ada", "@pod.example", "ada@", "a@b@c.example", "a b@c.example", "a@b.example\nBcc: x@y.example"]
MORE_BAD_EMAILS = [
    "a@b.example, c@d.example",
    "<a@b.example>",
    "a@b.example\0",
    '"a"@b.example',
    "a" * 255 + "@b.example",
]


@pytest.mark.parametrize("bad", [*BAD_EMAILS, *MORE_BAD_EMAILS, "\ud800@b.example", "a@b..example", ".a@b.example"])
@pytest.mark.parametrize("field", ["to_email", "from_email"])
def test_what_is_no_address_is_never_sent(mailbox: Mailbox, field: str, bad: str) -> None:
    with pytest.raises(GiveUp, match="is no e-mail address"):
        mailbox.send(_with(field, bad))
    assert mailbox.messages(10) == []


@pytest.mark.parametrize(
    "name",
    ["Bcc", "to", "FROM", "Subject", "Content-Type", "X\nY", "X:", "", "X Y", "Message-ID", "É", "X-MJ-CustomID"],
)
def test_a_header_that_is_not_the_letters_to_set_is_refused(mailbox: Mailbox, name: str) -> None:
    with pytest.raises(GiveUp, match="cannot be a header"):
        mailbox.send(replace(LETTER, headers={name: "x@y.example"}))


def test_a_header_value_cannot_start_another_header() -> None:
    message = compose(replace(LETTER, headers={"X-Show": "a\r\nBcc: all@pod.example"}), NOON)
    assert message["Bcc"] is None
    assert "X-Show: a Bcc: all@pod.example" in message.as_string()


nasty = st.lists(st.sampled_from([*',"<>@ é=?\\;:()[].\n', "name", "x@y.example", "Bcc: ", "=?utf-8?q?a?="])).map(
    "".join
)
typed = st.one_of(st.text(), nasty)


@settings(max_examples=60)
@given(typed, typed, typed, typed)
def test_no_text_breaks_a_letter_or_adds_to_it(subject: str, name: str, text: str, header: str) -> None:
    letter = replace(LETTER, subject=subject, to_name=name, text=text, html=text, headers={"X-Show": header})
    raw = compose(letter, NOON).as_bytes()
    parsed = email.message_from_bytes(raw, policy=policy.default)
    allowed = {"From", "To", "Date", "Subject", "Message-ID", "X-MJ-CustomID", "X-Show", "MIME-Version", "Content-Type"}
    assert set(parsed.keys()) == allowed
    assert [address.addr_spec for address in parsed["To"].addresses] == [LETTER.to_email]
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


def test_the_newest_letter_comes_first_and_pages_follow(mailbox: Mailbox) -> None:
    for id_ in (9, 10, 100, 2):
        mailbox.send(replace(LETTER, id=id_, subject=f"Letter {id_}"))
    assert [one.id for one in mailbox.messages(10)] == [100, 10, 9, 2]
    assert [one.subject for one in mailbox.messages(2, 1)] == ["Letter 10", "Letter 9"]
    assert mailbox.messages(10, 4) == []


def test_an_empty_mailbox_is_one(mailbox: Mailbox) -> None:
    assert mailbox.messages(10) == []
    assert mailbox.message(1) is None


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\0\xff\xfe",
        b"Subject: half",
        b"Date: nonsense\r\nTo: x\r\n\r\n",
        b"Subject: no date\r\nTo: a@b.example\r\n\r\nbody",
        b"Date: Mon, 04 May 2026 12:00:00 +0000\r\nContent-Type: text/plain; charset=none-such\r\n\r\n\xff",
        b"Date: Mon, 04 May 2026 12:00:00 +0000\r\nTo: a@b.example\r\nContent-Type: multipart/alternative\r\n\r\n",
    ],
)
def test_a_file_that_is_no_letter_is_passed_over(mailbox: Mailbox, junk: bytes) -> None:
    mailbox.send(LETTER)
    (mailbox._folder / "8.eml").write_bytes(junk)
    (mailbox._folder / "notes.eml").write_bytes(junk)
    (mailbox._folder / "9.eml").mkdir()
    assert [one.id for one in mailbox.messages(10)] == [7]


def test_half_a_letter_does_not_break_the_page(mailbox: Mailbox) -> None:
    mailbox.send(replace(LETTER, text="Привет\n" * 50))
    whole = _raw(mailbox)
    for length in range(0, len(whole), 97):
        (mailbox._folder / "7.eml").write_bytes(whole[:length])
        mailbox.messages(10)


def test_a_full_disk_is_tried_later_and_leaves_nothing(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(TryLater, match="cannot be written"):
        mailbox.send(LETTER)
    assert os.listdir(mailbox._folder) == []
