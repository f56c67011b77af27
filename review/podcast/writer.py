"""A Feed to the RSS 2.0 document that apps and other hosts' importers read. Equal feeds give equal bytes."""

from __future__ import annotations

from datetime import UTC
from email.utils import format_datetime

from lxml import etree

from review.podcast.categories import SEPARATOR
from review.podcast.elements import ATOM, ITUNES, PODCAST
from review.podcast.feed import Episode, Feed
from review.podcast.normal import web_host
from review.podcast.prose import LONGEST_VALUE, line, notes, visible

# Importers look for this at byte 0, with these quotes; lxml would write others.
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES = {"itunes": ITUNES, "podcast": PODCAST, "atom": ATOM}


def write(feed: Feed) -> bytes:
    """The document, UTF-8. No build date: its bytes change only when the feed does, so polls stay cheap."""
    root = etree.Element("rss", {"version": "2.0"}, nsmap=_NAMESPACES)
    channel = etree.SubElement(root, "channel")
    _about(channel, feed)
    _standing(channel, feed)
    for episode in feed.episodes:
        _item(channel, episode)
    return _DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False, pretty_print=True)


def _about(channel: etree._Element, feed: Feed) -> None:
    """What a listener sees."""
    if feed.self_url:
        _add(channel, "atom:link", href=feed.self_url, rel="self", type="application/rss+xml")
    _value(channel, "title", feed.title)
    _notes(channel, feed.description)
    _address(channel, "link", feed.link)
    _value(channel, "language", feed.language)
    _value(channel, "copyright", feed.copyright)
    _value(channel, "generator", feed.generator)
    _value(channel, "itunes:author", feed.author)
    _image(channel, feed.image)
    for category in feed.categories:
        _category(channel, category)
    _flag(channel, "itunes:explicit", feed.explicit)
    _value(channel, "itunes:type", feed.kind)


def _standing(channel: etree._Element, feed: Feed) -> None:
    """What directories and other hosts act on."""
    if feed.owner_name or feed.owner_email:
        owner = _add(channel, "itunes:owner")
        _value(owner, "itunes:name", feed.owner_name)
        _value(owner, "itunes:email", feed.owner_email)
    _address(channel, "itunes:new-feed-url", feed.new_feed_url)
    _value(channel, "podcast:guid", feed.guid)
    _value(channel, "podcast:medium", feed.medium)
    if feed.locked is not None:
        # PowerPress finds the lock by its owner attribute, on one line and in lower case.
        owned = {"owner": line(feed.owner_email, LONGEST_VALUE)} if feed.owner_email else {}
        _add(channel, "podcast:locked", "yes" if feed.locked else "no", **owned)


def _item(channel: etree._Element, episode: Episode) -> None:
    """Importers look for a literal `<item>`: it never has attributes."""
    item = _add(channel, "item")
    _value(item, "title", episode.title)
    _notes(item, episode.description)
    _address(item, "link", episode.link)
    if guid := visible(episode.guid):
        permalink = episode.guid_is_permalink and web_host(guid)
        _add(item, "guid", guid, isPermaLink="true" if permalink else "false")
    if episode.published:
        _add(item, "pubDate", format_datetime(episode.published.astimezone(UTC), usegmt=True))
    if episode.enclosure:
        media = episode.enclosure
        _add(item, "enclosure", url=media.url, length=str(media.length), type=media.type)
    _image(item, episode.image)
    for tag, number in (("duration", episode.duration), ("season", episode.season), ("episode", episode.number)):
        _value(item, f"itunes:{tag}", "" if number is None else str(number))
    _value(item, "itunes:episodeType", episode.kind)
    _flag(item, "itunes:explicit", episode.explicit)


def _add(parent: etree._Element, tag: str, text: str = "", /, **attributes: str) -> etree._Element:
    prefix, colon, local = tag.rpartition(":")
    element = etree.SubElement(parent, f"{{{_NAMESPACES[prefix]}}}{local}" if colon else tag)
    for key, value in attributes.items():
        element.set(key, visible(value).strip())
    element.text = text or None
    return element


def _value(parent: etree._Element, tag: str, text: str) -> None:
    if short := line(text, LONGEST_VALUE):
        _add(parent, tag, short)


def _address(parent: etree._Element, tag: str, url: str) -> None:
    """Never clipped: half an address leads elsewhere."""
    if clean := line(url):
        _add(parent, tag, clean)


def _notes(parent: etree._Element, markup: str) -> None:
    """Apple: HTML stands in CDATA."""
    element = _add(parent, "description")
    if text := notes(markup):
        element.text = etree.CDATA(text)


def _image(parent: etree._Element, url: str) -> None:
    if url:
        _add(parent, "itunes:image", href=url)


def _category(channel: etree._Element, written: str) -> None:
    top, _, sub = written.partition(SEPARATOR)
    parent = _add(channel, "itunes:category", text=top)
    if sub:
        _add(parent, "itunes:category", text=sub)


def _flag(parent: etree._Element, tag: str, said: bool | None) -> None:
    """Apple: explicit is `true` or `false`; left out where nobody has said."""
    if said is not None:
        _add(parent, tag, "true" if said else "false")
