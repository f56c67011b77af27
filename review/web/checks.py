"""What a machine saw, as one sentence a reviewer understands."""

from __future__ import annotations

from flask_babel import gettext

from review.podcast.checks import Check
from review.web import words
from review.web.findings import N_

SENTENCES: dict[str, str] = {
    "no-feed-given": N_("No feed was given."),
    "feed-unreadable": N_("The feed cannot be read: %(seen)s"),
    "feed-not-read-yet": N_("The feed has not been read yet."),
    "feed-has-faults": N_("The feed can be read. Things to know about it: %(seen)s."),
    "feed-reads-well": N_("The feed can be read and nothing is wrong with it."),
    "no-episode-yet": N_("There is no episode yet."),
    "silent-for": N_("Nothing new for long. Days since the latest episode: %(seen)s."),
    "heard-lately": N_("Days since the latest episode: %(seen)s."),
    "appears-seldom": N_("Episodes are rare. Days from one to the next: %(seen)s."),
    "appears-often": N_("Days from one episode to the next: %(seen)s."),
    "language-not-said": N_("The feed does not say its language."),
    "language-as-said": N_("The feed's language is the one applied for: %(seen)s."),
    "language-differs": N_("The feed's language is another than the one applied for: %(seen)s."),
    "explicit-not-said": N_("The feed does not say whether the show is explicit."),
    "explicit": N_("The show is marked explicit."),
    "not-explicit": N_("The show is marked clean."),
    "artwork-missing": N_("No artwork could be fetched."),
    "artwork-not-square": N_("The artwork is not square: %(seen)s."),
    "artwork-size": N_("The artwork is smaller or larger than directories take: %(seen)s."),
    "artwork-fits": N_("The artwork has the size directories ask for: %(seen)s."),
    "owner-is-applicant": N_("The feed's owner has the applicant's address."),
    "owner-differs": N_("The feed's owner has another address: %(seen)s."),
    "feed-is-locked": N_("The feed is locked against being imported."),
    "sounds-commercial": N_("Words of selling: %(seen)s."),
    "names-a-licence": N_("A licence is named: %(seen)s."),
}


def sentence(check: Check) -> str:
    """The sentence for any code of podcast.checks, in the reader's language."""
    seen = str(words.unread(check.seen)) if check.code == "feed-unreadable" else check.seen
    return str(gettext(SENTENCES[check.code], seen=seen))
