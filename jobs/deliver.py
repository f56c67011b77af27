"""Effects are carried out: each kind by one short function that takes ids and swallows nothing.

Each may run twice (its worker may die after the outside world has moved) and then finds its work done.
No database connection is held while the outside world is waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

from flask import Flask, current_app

from jobs.feeds import feed, feed_check, media, sweep
from jobs.letters import letter, mail_report
from jobs.outside import Keep, now
from jobs.provision import provision, retire
from jobs.search import drift, search
from jobs.tables import bulk, intake
from jobs.webhooks import webhook
from review import logs, outbox
from review.app import create_app
from review.errors import GiveUp, TryLater
from review.models.outbox import Kind

log = logging.getLogger(__name__)


@cache
def application() -> Flask:
    """This process's app. The worker builds it before it forks; no connection is open at that time."""
    return create_app()


def run(item_id: int, lease_no: int) -> None:
    """The one function RQ is ever asked to call."""
    with application().app_context():
        work(outbox.Lease(item_id, lease_no))


def work(held: outbox.Lease) -> None:
    """Carry out one leased effect and settle its row, whatever happens short of a killed process."""
    settings = current_app.config["GREENROOM"]
    found = outbox.start(held, now=now(), period=settings.lease)
    if found is None:
        return
    logs.begin(found.request_id, job=f"{held.item_id}-{held.number}", kind=found.kind)
    try:
        HANDLERS[found.kind](found.target_id, lambda: outbox.renew(held, now=now(), period=settings.lease))
    except GiveUp as error:
        log.warning("given up: %s", error)
        outbox.dead(held, _said(error), now=now())
    except TryLater as error:
        log.warning("later: %s", error)
        outbox.later(held, _said(error), now=now())
    except BaseException as error:
        outbox.later(held, f"{type(error).__name__}: {error}", now=now())
        raise
    else:
        log.info("done")
        outbox.done(held, now=now())
    finally:
        logs.end()


def _said(error: GiveUp | TryLater) -> str:
    """What the row keeps of a failure: a code that pages have a sentence for where there is one, and what was seen."""
    code = getattr(error, "code", "")
    return f"{code}: {error}" if code else str(error)


HANDLERS: dict[Kind, Callable[[int, Keep], None]] = {
    Kind.LETTER: letter,
    Kind.FEED_CHECK: feed_check,
    Kind.PROVISION: provision,
    Kind.RETIRE: retire,
    Kind.MEDIA: media,
    Kind.FEED: feed,
    Kind.MAIL_REPORT: mail_report,
    Kind.SEARCH: search,
    Kind.DRIFT: drift,
    Kind.SWEEP: sweep,
    Kind.WEBHOOK: webhook,
    Kind.INTAKE: intake,
    Kind.BULK: bulk,
}
