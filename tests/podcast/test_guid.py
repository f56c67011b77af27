"""podcast:guid against the two vectors of the Podcasting 2.0 documents."""

import pytest

from review.podcast.guid import podcast_guid

PODNEWS = "9b024349-ccf0-5f69-a609-6b82873eab3c"
NO_AGENDA = "917393e3-1b1e-5cef-ace4-edaa54e1f810"


@pytest.mark.parametrize(
    ("url", "guid"),
    [
        ("podnews.net/rss", PODNEWS),
        ("https://podnews.net/rss", PODNEWS),
        ("http://podnews.net/rss", PODNEWS),
        ("HTTPS://podnews.net/rss//", PODNEWS),
        ("mp3s.nashownotes.com/pc20rss.xml", NO_AGENDA),
        ("https://mp3s.nashownotes.com/pc20rss.xml", NO_AGENDA),
    ],
)
def test_vectors(url: str, guid: str) -> None:
    assert podcast_guid(url) == guid


def test_the_path_is_part_of_it() -> None:
    assert podcast_guid("https://podnews.net/rss2") != PODNEWS
