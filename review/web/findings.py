"""What was found in a feed, as one sentence a podcaster understands."""

from __future__ import annotations

from flask_babel import gettext

from review.podcast.feed import Finding


def N_(message: str) -> str:  # noqa: N802 - the name that message extraction knows
    """Marks a message for translation; `sentence` translates it."""
    return message


SENTENCES: dict[str, str] = {
    # The document is not a feed.
    "empty": N_("There is nothing at this address: the document is empty."),
    "not-xml": N_("This is not a podcast feed: the document is not XML."),
    "html-page": N_("This is a web page, not a podcast feed. Look for the RSS address in your host's settings."),
    "not-rss": N_("This document is XML, but it is not an RSS feed."),
    "atom-feed": N_("This is an Atom feed, as blogs have. Podcasts need an RSS feed."),
    # The document had to be mended.
    "leading-bytes": N_("There is something in front of the feed's first line, which strict apps do not accept."),
    "trailing-bytes": N_("There is something behind the end of the feed, which strict apps do not accept."),
    "bad-encoding": N_("Some letters are not written in the character set the feed names (%(detail)s)."),
    "control-characters": N_("The feed holds invisible characters that are not allowed; we dropped them."),
    "undefined-entity": N_("Names of characters that feeds do not know, such as &nbsp;: %(detail)s."),
    "bare-ampersand": N_("Ampersands that are not written as &amp;: %(detail)s."),
    "doctype": N_("The feed begins with a document type, which podcast apps refuse; we left it out."),
    "truncated": N_("The feed breaks off at line %(detail)s: episodes may be missing."),
    "undeclared-prefix": N_("The feed uses %(detail)s: tags without saying what they are."),
    "not-well-formed": N_("The feed is broken at line %(detail)s; we read what could be read."),
    "old-podcast-namespace": N_("The Podcasting 2.0 tags carry an old name, so many apps do not see them."),
    "itunes-namespace-case": N_("Apple's tags carry a name in the wrong case, so some apps do not see them."),
    "paged": N_("The feed is split into pages, and only the first one was read."),
    "bad-explicit": N_("Explicit marks that say neither true nor false: %(detail)s."),
    "bad-locked": N_("The lock does not say yes or no, so hosts may read it either way."),
    "bad-date": N_("Episodes whose date cannot be read: %(detail)s."),
    "date-format": N_("Episodes whose date is not written as feeds write dates: %(detail)s."),
    "bad-zone": N_("Episodes whose date has no proper time zone, so they may be hours off: %(detail)s."),
    "wrong-weekday": N_("Episodes whose date names the wrong day of the week: %(detail)s."),
    "bad-duration": N_("Episodes whose length is written in a way apps do not know: %(detail)s."),
    "bad-number": N_("Episode or season numbers that are not whole numbers from 1 up: %(detail)s."),
    "several-enclosures": N_("Episodes with more than one media file, of which apps play only the first: %(detail)s."),
    # The show.
    "no-title": N_("The show has no title."),
    "no-description": N_("The show has no description."),
    "no-image": N_("The show has no cover art."),
    "no-language": N_("The feed does not say which language the show is in."),
    "no-category": N_("The show has no category, so directories do not know where to list it."),
    "no-explicit": N_("The feed does not say whether the show is explicit."),
    "no-author": N_("The feed does not name an author."),
    "no-link": N_("The feed does not link to a website."),
    "no-owner-email": N_("The feed holds no owner's e-mail address, which is how other hosts check whose show it is."),
    "no-self-link": N_("The feed does not name its own address."),
    "no-episodes": N_("There are no episodes yet."),
    "locked": N_("The feed is locked, so other hosts will not import it. Unlock it at your host first."),
    "moved": N_("The feed says that the show has moved to %(detail)s."),
    "bad-owner-email": N_("The owner's e-mail address does not look right: %(detail)s."),
    "bad-language": N_("“%(detail)s” is not a language code such as en or pt-br."),
    "bad-medium": N_("“%(detail)s” is not a kind of show that apps know."),
    "bad-podcast-guid": N_("The show's own identifier is not a proper one: %(detail)s."),
    "unknown-category": N_("Categories that Apple does not have: %(detail)s."),
    "image-type": N_("The cover art's address does not end in .jpg or .png: %(detail)s."),
    "description-too-long": N_("Descriptions longer than the 4,000 bytes Apple allows: %(detail)s."),
    "value-too-long": N_("Titles or names longer than the 255 characters Apple allows: %(detail)s."),
    "relative-address": N_("Addresses that are not complete, so apps cannot follow them: %(detail)s."),
    "not-a-web-address": N_("An address that is not on the web, so nobody else can open it: %(detail)s."),
    # The episodes.
    "episode-no-title": N_("Episodes without a title: %(detail)s."),
    "episode-no-description": N_("Episodes without a description: %(detail)s."),
    "episode-no-date": N_("Episodes without a date that can be read: %(detail)s."),
    "episode-no-guid": N_("Episodes without an identifier, which listeners may get twice: %(detail)s."),
    "episode-no-enclosure": N_("Episodes without a media file: %(detail)s."),
    "guid-repeated": N_("Episodes with the identifier of another one, which apps do not show: %(detail)s."),
    "guid-not-an-address": N_("Episodes whose identifier claims to be a web address and is none: %(detail)s."),
    "enclosure-repeated": N_("Episodes that use the media file of another one: %(detail)s."),
    "enclosure-length": N_("Episodes whose file size is missing or 0: %(detail)s."),
    "enclosure-type": N_("Episodes whose media type Apple does not list, such as audio/mp3: %(detail)s."),
    "enclosure-extension": N_("Episodes whose file name does not end as audio or video does: %(detail)s."),
    "episode-unnumbered": N_("Episodes without a number, which a serial show needs: %(detail)s."),
}


def sentence(finding: Finding) -> str:
    """The sentence for any code of `podcast.codes`, in the reader's language."""
    return str(gettext(SENTENCES[finding.code], detail=finding.detail))
