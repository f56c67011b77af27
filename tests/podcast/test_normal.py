"""Keys for the same show and the same person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.podcast.normal import email_key, feed_key, web_host


@pytest.mark.parametrize(
    "url",
    [
        "https://Feeds.Example.org/Show",
        "http://feeds.example.org/Show/",
        "  https://feeds.example.org:443/Show#top",
        "http://feeds.example.org:80/Show?utm_source=mail&UTM_Medium=x",
        "https://me:secret@feeds.example.org/Show?",
        "feed://feeds.example.org/Show",
        "feed:https://feeds.example.org/Show",
        "feeds.example.org/Show",
        "//feeds.example.org/Show",
    ],
)
def test_one_show(url: str) -> None:
    assert feed_key(url) == "feeds.example.org/Show"


@pytest.mark.parametrize(
    "url",
    [
        "https://feeds.example.org/show",
        "https://feeds.example.org/Show?id=2",
        "https://feeds.example.org:8080/Show",
        "https://example.org/Show",
    ],
)
def test_other_shows(url: str) -> None:
    assert feed_key(url) != "feeds.example.org/Show"


def test_queries_that_matter_stay() -> None:
    assert feed_key("https://example.org/?feed=podcast&utm_source=x&cat=2") == "example.org?feed=podcast&cat=2"


@given(st.text() | st.text(alphabet="htps:/?#&@.[]ae=%"))
def test_total(text: str) -> None:
    assert isinstance(feed_key(text), str)
    assert isinstance(email_key(text), str)
    assert isinstance(web_host(text), str)


@given(st.from_regex(r"https?://[a-z.]{1,9}(:80)?(/[a-zA-Z?&=#]{0,6}){0,3}", fullmatch=True))
def test_a_key_is_its_own_key(url: str) -> None:
    assert feed_key(feed_key(url)) == feed_key(url)


@pytest.mark.parametrize(
    "address", ["Ann.Lee@Gmail.com", "annlee+show@gmail.com", " a.n.n.l.e.e@googlemail.com ", "annlee@gmail.com"]
)
def test_one_person(address: str) -> None:
    assert email_key(address) == "annlee@gmail.com"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Ann.Lee+x@Example.org", "ann.lee@example.org"),
        ("+tag@example.org", "+tag@example.org"),
        ("nobody", "nobody"),
        ("", ""),
        ("a@b@example.org", "a@b@example.org"),
    ],
)
def test_other_addresses(address: str, key: str) -> None:
    assert email_key(address) == key


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.example.org:8/x", "a.example.org"),
        ("file:///etc/passwd", ""),
        ("gs://bucket/x", ""),
        ("/x", ""),
        ("", ""),
        ("http://[", ""),
        ("//example.org/x", ""),
    ],
)
def test_web_host(url: str, host: str) -> None:
    assert web_host(url) == host
