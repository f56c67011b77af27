"""The search index is kept up to date, and compared with the database now and then."""

from __future__ import annotations

import logging
from itertools import islice

from jobs.outside import Keep, gateways, now
from review.db import release
from review.reads import index
from review.services import housekeeping

log = logging.getLogger(__name__)


def search(application_id: int, keep: Keep) -> None:
    """Bring the search index up to date with one application."""
    engine, (document, revision) = gateways().search, index.document(application_id)
    release()
    if engine is None:
        return
    if document is not None:
        engine.put([document])
        housekeeping.taken(application_id, now=now())
    else:
        engine.remove(application_id, revision)


def drift(_target: int, keep: Keep) -> None:
    """Find what the search index lacks, has too much or has too old, and have it brought up to date."""
    engine = gateways().search
    if engine is not None:
        wrong = index.drifted(index.revisions(), index.indexed(engine))
        while some := list(islice(wrong, 500)):
            log.warning("the search index differs in %d applications, among them %s", len(some), dict(some[:10]))
            housekeeping.reindex(some, now=now())
            keep()
