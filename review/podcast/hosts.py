"""Which host a feed lives at, by the name podcasters know it by."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import unquote

from review.podcast.feed import Feed
from review.podcast.normal import web_host

HOSTS: dict[str, tuple[str, ...]] = {
    "Acast": ("acast.com",),
    "ART19": ("art19.com",),
    "Audioboom": ("audioboom.com",),
    "Ausha": ("ausha.co",),
    "Blubrry": ("blubrry.com", "blubrry.net"),
    "Buzzsprout": ("buzzsprout.com",),
    "Captivate": ("captivate.fm",),
    "Castos": ("castos.com",),
    "Fireside": ("fireside.fm",),
    "Libsyn": ("libsyn.com", "libsynpro.com"),
    "Megaphone": ("megaphone.fm",),
    "Omny": ("omnycontent.com", "omny.fm"),
    "Pinecast": ("pinecast.com", "pinecast.co"),
    "Podbean": ("podbean.com",),
    "Podigee": ("podigee.io", "podigee.com", "podigee-cdn.net"),
    "PRX": ("prxu.org", "prx.org"),
    "RedCircle": ("redcircle.com",),
    "RSS.com": ("rss.com",),
    "Simplecast": ("simplecast.com", "simplecastaudio.com"),
    "SoundCloud": ("soundcloud.com",),
    "Spotify for Creators": ("anchor.fm", "creators.spotify.com", "podcasters.spotify.com"),
    "Spreaker": ("spreaker.com",),
    "Squarespace": ("squarespace.com",),
    "Transistor": ("transistor.fm",),
}
"""Host -> the domains its feeds and media live on."""

GENERATORS: dict[str, str] = {
    "anchor": "Spotify for Creators",
    "castopod": "Castopod",
    "powerpress": "Blubrry PowerPress",
    "seriously simple podcasting": "Castos",
    "omny": "Omny",
    **{name.lower(): name for name in HOSTS},
}
"""Word in the generator tag -> host, the telling ones first."""

TRACKERS = (
    "arttrk.com",
    "byspotify.com",
    "chrt.fm",
    "chtbl.com",
    "claritaspod.com",
    "feedproxy.google.com",
    "gum.fm",
    "mgln.ai",
    "op3.dev",
    "pdcn.co",
    "pdst.fm",
    "podderapp.com",
    "podscribe.com",
    "podtrac.com",
    "pscrb.fm",
    "swap.fm",
    "vpixl.com",
    "zen.ai",
    "media.blubrry.com",
)
"""Prefixes that count downloads and send the listener on to the address written behind them."""

_HOSTNAME = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
_NOT_HOSTS = (".mp3", ".m4a", ".mp4")
_SAMPLE = 20


def host(feed: Feed, url: str) -> str:
    """The host's name, from the feed's address, its media and its generator; else the bare name of the machine."""
    machine = web_host(url)
    media = Counter(
        _known(media_host(episode.enclosure.url)) for episode in feed.episodes[:_SAMPLE] if episode.enclosure
    )
    del media[""]
    written = feed.generator.lower()
    return (
        _known(machine)
        or next((name for name, _ in media.most_common(1)), "")
        or next((name for word, name in GENERATORS.items() if re.search(rf"\b{re.escape(word)}\b", written)), "")
        or machine.removeprefix("www.")
    )


def media_host(url: str) -> str:
    """The machine a media URL ends at, past the tracking prefixes in front of it."""
    machine = web_host(url)
    if not _within(machine, TRACKERS):
        return machine
    parts = (part.lower() for part in unquote(url).split("/")[3:-1])
    behind = (part for part in parts if _HOSTNAME.fullmatch(part) and not part.endswith(_NOT_HOSTS))
    return next((part for part in behind if not _within(part, TRACKERS)), machine)


def _known(machine: str) -> str:
    return next((name for name, domains in HOSTS.items() if _within(machine, domains)), "")


def _within(machine: str, domains: tuple[str, ...]) -> bool:
    return any(machine == domain or machine.endswith(f".{domain}") for domain in domains)
