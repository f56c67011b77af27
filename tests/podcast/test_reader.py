"""Reading: real feeds, odd feeds, hostile feeds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.podcast.codes import REPAIRS
from review.podcast.feed import Enclosure, Episode, Feed
from review.podcast.reader import NotAFeed, read
from review.podcast.writer import write

from .samples import FEED, NAMESPACES, document

OLD_PODCAST = "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"


def show(channel: str, namespaces: str = NAMESPACES) -> Feed:
    return read(document(channel, namespaces=namespaces)).feed


def episode(item: str) -> Episode:
    return read(document(item=item)).feed.episodes[0]


def found(channel: str = "", item: str = "", namespaces: str = NAMESPACES) -> list[tuple[str, str]]:
    repairs = read(document(channel, item, namespaces)).repairs
    return [(finding.code, finding.detail) for finding in repairs]


@pytest.mark.parametrize(
    "guid",
    ["  ep 1 \n", "https://example.org/?a=1&amp;b=2", "<![CDATA[ tag:<x> ]]>", "Ep-ÄÖ🎙", "a<!-- not this -->b"],
)
def test_guid_is_exact(guid: str) -> None:
    plain = {"https://example.org/?a=1&amp;b=2": "https://example.org/?a=1&b=2"}
    plain |= {"<![CDATA[ tag:<x> ]]>": " tag:<x> ", "a<!-- not this -->b": "ab"}
    assert episode(f"<guid>{guid}</guid>").guid == plain.get(guid, guid)


def test_guid_is_a_permalink_unless_it_says_no() -> None:
    assert episode("<guid>x</guid>").guid_is_permalink
    assert not episode('<guid isPermaLink="False">x</guid>').guid_is_permalink
    assert not episode("").guid_is_permalink


@pytest.mark.parametrize(
    "uri", ["http://www.itunes.com/DTDs/Podcast-1.0.dtd", "http://www.itunes.com/dtds/podcast-1.0.dtd"]
)
def test_itunes_namespace_in_any_case(uri: str) -> None:
    spaces = f'xmlns:i="{uri}"'
    assert show("<i:author>Ann</i:author>", spaces).author == "Ann"
    assert ("itunes-namespace-case", "") in found("", "", spaces) or "DTDs" not in uri


def test_both_podcast_namespaces() -> None:
    spaces = f'xmlns:p="{OLD_PODCAST}"'
    assert show("<p:guid>abc</p:guid>", spaces).guid == "abc"
    assert found("", "", spaces) == [("old-podcast-namespace", "")]
    assert show("<podcast:guid>abc</podcast:guid>").guid == "abc"


def test_undeclared_prefixes_are_read() -> None:
    feed = show("<itunes:author>Ann</itunes:author><podcast:locked>yes</podcast:locked>", "")
    assert (feed.author, feed.locked) == ("Ann", True)


def test_a_foreign_namespace_is_not_ours() -> None:
    assert show('<x:title xmlns:x="urn:x">No</x:title>').title == "Night Owls"


def test_rss_in_a_namespace_of_its_own() -> None:
    data = b'<rss xmlns="http://backend.userland.com/rss2"><channel><title>A</title><item/></channel></rss>'
    assert (read(data).feed.title, read(data).item_count) == ("A", 1)


def test_show() -> None:
    feed = show(
        """<atom:link rel="self" href="https://e.org/rss"/><link>https://e.org</link><language>en</language>
        <description> About </description><itunes:owner><itunes:name>Ann</itunes:name>
        <itunes:email>a@e.org</itunes:email></itunes:owner><itunes:explicit>yes</itunes:explicit>
        <itunes:category text="Arts"><itunes:category text="Books"/><itunes:category text="Food"/></itunes:category>
        <itunes:category text="News"/><itunes:category text="News"/><itunes:category/>
        <itunes:image href="https://e.org/c.jpg"/><itunes:type>Serial</itunes:type><copyright>Ann</copyright>
        <podcast:locked owner="b@e.org">no</podcast:locked><podcast:medium>podcast</podcast:medium>
        <itunes:new-feed-url>https://n.org/rss</itunes:new-feed-url><generator>Gen 1</generator>"""
    )
    assert (feed.self_url, feed.link, feed.language) == ("https://e.org/rss", "https://e.org", "en")
    assert (feed.description, feed.owner_name, feed.owner_email) == ("About", "Ann", "a@e.org")
    assert (feed.explicit, feed.locked, feed.kind, feed.medium) == (True, False, "serial", "podcast")
    assert feed.categories == ("Arts > Books", "Arts > Food", "News")
    assert (feed.image, feed.copyright) == ("https://e.org/c.jpg", "Ann")
    assert (feed.new_feed_url, feed.generator) == ("https://n.org/rss", "Gen 1")


def test_second_best_sources() -> None:
    feed = show(
        "<itunes:summary>Sum</itunes:summary><image><url>https://e.org/c.jpg</url></image>"
        '<podcast:locked owner="b@e.org">yes</podcast:locked>'
    )
    assert (feed.description, feed.image, feed.owner_email) == ("Sum", "https://e.org/c.jpg", "b@e.org")


def test_episode() -> None:
    one = episode(
        """<guid isPermaLink="false">g</guid><description>short</description><content:encoded>long</content:encoded>
        <pubDate>Fri, 01 Mar 2024 12:00:00 GMT</pubDate><itunes:duration>1:02:03</itunes:duration>
        <enclosure url=" https://e.org/1.mp3 " length="12" type="audio/mpeg"/><itunes:season>2</itunes:season>
        <itunes:episode>3</itunes:episode><itunes:episodeType>Bonus</itunes:episodeType><link>https://e.org/1</link>
        <itunes:explicit>clean</itunes:explicit><itunes:image href="https://e.org/1.jpg"/>"""
    )
    assert one == Episode(
        guid="g",
        title="One",
        description="long",
        published=datetime(2024, 3, 1, 12, tzinfo=UTC),
        enclosure=Enclosure("https://e.org/1.mp3", 12, "audio/mpeg"),
        duration=3723,
        season=2,
        number=3,
        kind="bonus",
        explicit=False,
        image="https://e.org/1.jpg",
        link="https://e.org/1",
    )


def test_an_empty_item_is_an_episode() -> None:
    reading = read(b"<rss><channel><item/></channel></rss>")
    assert (reading.item_count, reading.feed.episodes) == (1, (Episode(),))


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("<pubDate>soon</pubDate>", "bad-date"),
        ("<pubDate>2024-03-01</pubDate>", "date-format"),
        ("<pubDate>Fri, 01 Mar 2024 12:00:00 MEZ</pubDate>", "bad-zone"),
        ("<pubDate>Mon, 01 Mar 2024 12:00:00 GMT</pubDate>", "wrong-weekday"),
        ("<itunes:duration>1h5m</itunes:duration>", "bad-duration"),
        ("<itunes:duration>long</itunes:duration>", "bad-duration"),
        ("<itunes:episode>0</itunes:episode>", "bad-number"),
        ("<itunes:season>one</itunes:season>", "bad-number"),
        ("<itunes:explicit>maybe</itunes:explicit>", "bad-explicit"),
        ('<enclosure url="a.mp3"/><enclosure url="b.mp3"/>', "several-enclosures"),
    ],
)
def test_oddities_of_items(item: str, code: str) -> None:
    assert found(item=item) == [(code, "1")]


def test_oddities_are_counted() -> None:
    data = document(item="<pubDate>soon</pubDate></item><item><pubDate>later</pubDate>")
    assert [(finding.code, finding.detail) for finding in read(data).repairs] == [("bad-date", "2")]


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("<itunes:explicit>maybe</itunes:explicit>", "bad-explicit"),
        ("<podcast:locked>perhaps</podcast:locked>", "bad-locked"),
        ("<podcast:locked>true</podcast:locked>", "bad-locked"),
        ('<atom:link rel="next" href="https://e.org/2"/>', "paged"),
    ],
)
def test_oddities_of_shows(channel: str, code: str) -> None:
    assert found(channel) == [(code, "1")]


@pytest.mark.parametrize("length", ["", 'length=""', 'length="-1"', 'length="big"', 'length="1e9"'])
def test_a_length_that_is_none_is_0(length: str) -> None:
    assert episode(f'<enclosure url="https://e.org/1.mp3" {length}/>').enclosure == Enclosure("https://e.org/1.mp3")


def test_items_outside_a_broken_channel_count() -> None:
    assert read(b"<rss><title>A</title><item/><item/></channel></rss>").item_count == 2
    assert read(b"<rss><channel><title>A</title></channel><item/></rss>").item_count == 1


def test_an_item_that_was_not_closed_hides_none() -> None:
    reading = read(b"<rss><channel><item><title>A</title><item><title>B</title></item></channel></rss>")
    assert [one.title for one in reading.feed.episodes] == ["A", "B"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"Not here", "not-xml"),
        (b"<!DOCTYPE html><html><head><title>x</title></head><body><br></body></html>", "html-page"),
        (b"<!doctype html><meta charset=utf-8><title>x</title><p>Hi", "html-page"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "html-page"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', "atom-feed"),
        (b"<opml><body/></opml>", "not-rss"),
        (b"<rss/>", "not-rss"),
        (b"<rss><rubbish/></rss>", "not-rss"),
    ],
)
def test_not_a_feed(data: bytes, code: str) -> None:
    with pytest.raises(NotAFeed) as caught:
        read(data)
    assert caught.value.code == code


def reads_or_refuses(data: bytes) -> None:
    try:
        reading = read(data)
    except NotAFeed:
        return
    assert {finding.code for finding in reading.repairs} <= set(REPAIRS)
    assert reading.item_count == len(reading.feed.episodes)


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_any_bytes(data: bytes) -> None:
    reads_or_refuses(data)


PIECES = st.sampled_from(
    [
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "</channel>",
        "<guid>",
        "</guid>",
        "<pubDate>",
        "</pubDate>",
        "&",
        "&x;",
    ]
    + [
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE rss [",
        '<!ENTITY x "&x;&x;">',
        "]>",
        "<?xml ",
        "?>",
        "\x00",
        "\xff",
    ]
    + ['<enclosure url="', '" length="', '"/>', "<itunes:duration>", "</itunes:duration>", "9" * 30, ":", " ", "é", "x"]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["utf-8", "latin-1", "utf-16", "utf-16-be"]))
@settings(max_examples=300)
def test_any_pieces(text: str, codec: str) -> None:
    reads_or_refuses(text.encode(codec))


@given(st.data())
@settings(max_examples=200)
def test_any_damage(data: st.DataObject) -> None:
    whole = write(FEED)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 60)))
    reads_or_refuses(whole[:start] + data.draw(st.binary(max_size=12)) + whole[end:])


def test_every_truncation_is_read_or_refused() -> None:
    whole = write(FEED)
    for size in range(0, len(whole), 7):
        reads_or_refuses(whole[:size])


def test_a_large_feed_is_read_whole() -> None:
    item = "</item><item><title>x</title><guid>g</guid>"
    assert read(document(item=item * 9_999)).item_count == 10_000


def test_one_huge_text_ends_in_a_reading() -> None:
    reads_or_refuses(document(item=f"<description>{'x' * 11_000_000}</description>"))
