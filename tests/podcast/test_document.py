"""What is mended, how it is named, and what a hostile document can do: nothing."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from review.podcast.document import NotAFeed, parse
from review.podcast.feed import Finding

START = '<?xml version="1.0" encoding="UTF-8"?>\n'


def text_of(data: bytes) -> str:
    return "".join(str(part) for part in parse(data)[0].itertext())


def found(data: bytes) -> list[tuple[str, str]]:
    return [(finding.code, finding.detail) for finding in parse(data)[1]]


@pytest.mark.parametrize(
    ("data", "repairs", "text"),
    [
        (f"{START}<rss>a</rss>".encode(), [], "a"),
        (f"\ufeff{START}<rss>é</rss>".encode(), [], "é"),
        ("<rss>é</rss>".encode("utf-16"), [], "é"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><rss>é</rss>'.encode("latin-1"), [], "é"),
        (f"\n{START}<rss>a</rss>".encode(), [("leading-bytes", "1")], "a"),
        (f"<br />Warning: x{START}<rss>a</rss>".encode(), [("leading-bytes", "16")], "a"),
        (b"oops <rss>a</rss>", [("leading-bytes", "5")], "a"),
        (b"<rss>a</rss><script>track()</script>", [("trailing-bytes", "24")], "a"),
        (f"{START}<rss>caf\xe9 \x93x\x94</rss>".encode("latin-1"), [("bad-encoding", "utf-8")], "café “x”"),
        (f"{START}<rss>é caf".encode() + b"\xe9</rss>", [("bad-encoding", "utf-8")], "é café"),
        ('<?xml version="1.0" encoding="klingon"?><rss>é</rss>'.encode(), [("bad-encoding", "klingon")], "é"),
        (b'<?xml version="1.0" encoding="utf-16"?><rss>ab</rss>', [("bad-encoding", "utf-16")], "ab"),
        (b'<?xml version="1.0" encoding="iso-8859-1"?><rss>\xe9 &</rss>', [("bare-ampersand", "1")], "é &"),
        (b"<rss>a\x00\x0bb&#1;&#x0;&#xFFFFFFF;&#65;</rss>", [("control-characters", "22")], "abA"),
        (b"<rss>&nbsp;&eacute;&LT;&amp;</rss>", [("undefined-entity", "3")], "\xa0é<&"),
        (b"<rss>&gtgt;</rss>", [("undefined-entity", "1")], "&gtgt;"),
        (b"<rss>a=1&b=2 & c &#x; &</rss>", [("bare-ampersand", "4")], "a=1&b=2 & c &#x; &"),
        (b"<rss><![CDATA[a & &nbsp;]]><!-- & -->&</rss>", [("bare-ampersand", "1")], "a & &nbsp;&"),
        (b'<!DOCTYPE rss SYSTEM "x.dtd"><rss>a</rss>', [("doctype", "")], "a"),
        (b'<!DOCTYPE rss [<!ENTITY n "name">]><rss>&n;</rss>', [("doctype", ""), ("undefined-entity", "1")], "&n;"),
        (b"<rss><a>b", [("truncated", "1")], "b"),
        (b"<rss><itunes:a>b</itunes:a></rss>", [("undeclared-prefix", "itunes")], "b"),
        (b"<rss><a>b</c></a>\n</rss>", [("not-well-formed", "1")], "b"),
    ],
)
def test_mended(data: bytes, repairs: list[tuple[str, str]], text: str) -> None:
    assert found(data) == repairs
    assert text_of(data).strip(" \n") == text


def test_several_faults_are_each_named() -> None:
    data = b"\n<?xml version='1.0'?><rss>a & b \x01 &nbsp; caf\xe9</rss> tail"
    assert {code for code, _ in found(data)} == {
        "leading-bytes",
        "bare-ampersand",
        "control-characters",
        "undefined-entity",
        "bad-encoding",
        "trailing-bytes",
    }


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "empty"), (b" \n\t", "empty"), (b"hello", "not-xml"), (b'{"a": 1}', "not-xml")]
)
def test_not_a_document(data: bytes, code: str) -> None:
    with pytest.raises(NotAFeed) as caught:
        parse(data)
    assert caught.value.code == code


def bomb(use: str) -> bytes:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(12))
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss>{use}</rss>'.encode()


@pytest.mark.parametrize("use", ["<a>&l12;</a>", '<a b="&l12;"/>', "<a>&l12;"])
def test_a_billion_laughs_stay_one(use: str) -> None:
    started = time.perf_counter()
    root, repairs = parse(bomb(use))
    assert Finding("doctype") in repairs
    assert len("".join(str(part) for part in root.itertext())) < 10
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("scheme", ["file:///etc/hostname", "http://127.0.0.1:9/x"])
def test_external_entities_are_not_loaded(scheme: str) -> None:
    data = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{scheme}">]><rss>[&x;]</rss>'.encode()
    assert text_of(data) == "[&x;]"


def test_a_doctype_hidden_in_another_is_no_way_in() -> None:
    inner = '<!ENTITY x SYSTEM "file:///etc/hostname">'
    data = f"<!DOC<!DOCTYPE a>TYPE rss [{inner}]><!DOCTYPE rss [{inner}]><rss>[&x;]</rss>".encode()
    with suppress(NotAFeed):
        assert text_of(data).endswith("[&x;]")


def test_a_doctype_in_utf_16_is_seen() -> None:
    data = '<!DOCTYPE rss [<!ENTITY x "boom">]><rss>[&x;]</rss>'.encode("utf-16")
    assert text_of(data) == "[&x;]"


@pytest.mark.parametrize(
    "data",
    [
        b"<rss>" + b"<a>" * 200_000,
        b"<rss>" + b"<!--" * 200_000,
        b"<rss>" + b"<![CDATA[" * 200_000,
        b"<rss>" + b"&" * 200_000,
        b"<rss>\x00&#" + b"1" * 200_000,
        b"<" * 200_000,
        b"<?x?>" * 200_000,
        b"<?xml " * 200_000,
        b"<!DOCTYPE x [" + b"]  " * 200_000,
        b'<!DOCTYPE x "' + b'"' * 200_000,
        b"<rss a" + b'="' * 200_000,
    ],
    ids=lambda data: bytes(data[:18]).decode("latin-1").replace("\0", ""),
)
def test_repetition_takes_no_time(data: bytes) -> None:
    started = time.perf_counter()
    with suppress(NotAFeed):
        parse(data)
    assert time.perf_counter() - started < 3
