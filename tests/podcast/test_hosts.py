"""Whose house a feed stands in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from review.podcast.feed import Enclosure, Episode, Feed
from review.podcast.hosts import host, media_host

OP3 = "https://op3.dev/e/dts.podtrac.com/redirect.mp3/"


@pytest.mark.parametrize(
    ("url", "machine"),
    [
        ("https://traffic.libsyn.com/secure/show/1.mp3", "traffic.libsyn.com"),
        (OP3 + "traffic.libsyn.com/secure/show/1.mp3", "traffic.libsyn.com"),
        ("https://pdst.fm/e/https://www.buzzsprout.com/1/2.mp3", "www.buzzsprout.com"),
        ("https://chrt.fm/track/ABC/https%3A%2F%2Fmedia.transistor.fm%2Fx%2F1.mp3", "media.transistor.fm"),
        ("https://media.blubrry.com/show/cdn.example.org/1.mp3", "cdn.example.org"),
        ("https://media.blubrry.com/show/1.mp3", "media.blubrry.com"),
        ("https://cdn.example.org/my.show/1.mp3", "cdn.example.org"),
        ("1.mp3", ""),
        ("", ""),
    ],
)
def test_media_host(url: str, machine: str) -> None:
    assert media_host(url) == machine


@pytest.mark.parametrize(
    ("url", "media", "generator", "name"),
    [
        ("https://feeds.buzzsprout.com/1.rss", "", "", "Buzzsprout"),
        ("https://anchor.fm/s/1/podcast/rss", "", "", "Spotify for Creators"),
        ("https://example.org/feed", OP3 + "traffic.libsyn.com/1.mp3", "", "Libsyn"),
        ("https://example.org/feed", "https://cdn.example.org/1.mp3", "Castopod - https://castopod.org/", "Castopod"),
        ("https://example.org/feed", "", "https://podbean.com/?v=5.5", "Podbean"),
        ("https://example.org/feed", "", "Anchor Podcasts", "Spotify for Creators"),
        ("https://example.org/feed", "", "Megacastos 2", "example.org"),
        ("https://www.example.org/feed", "https://cdn.example.org/1.mp3", "", "example.org"),
        ("https://notbuzzsprout.com/1.rss", "", "", "notbuzzsprout.com"),
        ("nonsense", "", "", ""),
    ],
)
def test_host(url: str, media: str, generator: str, name: str) -> None:
    episodes = (Episode(enclosure=Enclosure(media)),) if media else (Episode(),)
    assert host(Feed(generator=generator, episodes=episodes), url) == name


def test_the_feed_itself_says_more_than_its_media() -> None:
    feed = Feed(episodes=(Episode(enclosure=Enclosure("https://traffic.libsyn.com/1.mp3")),))
    assert host(feed, "https://feeds.acast.com/public/shows/1") == "Acast"
    assert host(replace(feed, generator="Podbean"), "https://example.org/") == "Libsyn"
