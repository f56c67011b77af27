"""What programs may do: the desk's verbs, with the desk's rules. Each answers with how things stand then."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from flask import current_app

from review.errors import Refused
from review.reads import dossier as files
from review.rules import Verb
from review.services import decisions, delivery, moves, reviewing, scoring, sorting
from review.services.api_tokens import Caller
from review.services.decisions import Choice
from review.typed import is_email
from review.web.access import ID
from review.web.api import answers, outcomes, shapes
from review.web.api.dossiers import application
from review.web.api.reading import show
from review.web.api.router import operation

ONE = f"/applications/<{ID}:application_id>"


@operation("POST", f"{ONE}/decisions", body=shapes.DecisionBody, answer=answers.Application, keyed=True)
def decide(caller: Caller, application_id: int, body: shapes.DecisionBody, key: str) -> answers.Application:
    """Decide. Its letter waits until `undo_until`. Was somebody first, nothing is changed: 409 says who, what, when."""
    verb = Verb(body.verb)
    file = files.brief(application_id, reader=caller.person.id)
    if file.hides:
        raise Refused("score-first")
    reasons, asked = tuple(dict.fromkeys(body.reasons)), tuple(dict.fromkeys(body.asked))
    letter = decisions.preview(file.application, verb, reasons=reasons, asked=asked)
    choice = Choice(
        application_id=application_id,
        verb=verb,
        version=body.version,
        form_key=hashlib.sha256(f"{caller.person.id}:{key}".encode()).hexdigest(),
        subject=letter.subject if body.subject is None else body.subject,
        text=letter.text if body.text is None else body.text,
        reasons=reasons,
        asked=asked if verb is Verb.ASK else (),
        duplicate_of=body.duplicate_of if verb is Verb.DUPLICATE else None,
        past_places=body.past_places,
    )
    window = current_app.config["GREENROOM"].undo_window
    decisions.decide(choice, by=caller.person, now=datetime.now(UTC), undo_window=window)
    return application(application_id, caller)


@operation("POST", f"/decisions/<{ID}:decision_id>/undo", answer=answers.Application)
def undo(caller: Caller, decision_id: int) -> answers.Application:
    """Take a decision back while its letter waits."""
    return application(decisions.undo(decision_id, by=caller.person, now=datetime.now(UTC)), caller)


@operation("POST", f"{ONE}/take", answer=answers.Application)
def take(caller: Caller, application_id: int) -> answers.Application:
    """Start reviewing: the applicant sees that somebody reads."""
    reviewing.take(application_id, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/snooze", body=shapes.SnoozeBody, answer=answers.Application)
def snooze(caller: Caller, application_id: int, body: shapes.SnoozeBody) -> answers.Application:
    """Put it off; it comes back by itself."""
    reviewing.snooze(application_id, body.days, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/wake", answer=answers.Application)
def wake(caller: Caller, application_id: int) -> answers.Application:
    """Bring it back before its time."""
    reviewing.snooze(application_id, 0, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/notes", body=shapes.NoteBody, answer=answers.Application)
def leave_note(caller: Caller, application_id: int, body: shapes.NoteBody) -> answers.Application:
    """Leave a note for colleagues."""
    reviewing.note(application_id, body.body, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/check-feed", answer=answers.Application)
def check_feed(caller: Caller, application_id: int) -> answers.Application:
    """Have the feed read again."""
    reviewing.check_feed(application_id, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/send-link", answer=answers.Application)
def send_link(caller: Caller, application_id: int) -> answers.Application:
    """Send the applicant a new link to the status page."""
    reviewing.send_link(application_id, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/tags", body=shapes.TagBody, answer=answers.Application)
def add_tag(caller: Caller, application_id: int, body: shapes.TagBody) -> answers.Application:
    """Put a tag on it."""
    sorting.tag(application_id, body.word, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/tags/remove", body=shapes.TagBody, answer=answers.Application)
def remove_tag(caller: Caller, application_id: int, body: shapes.TagBody) -> answers.Application:
    """Take a tag off it."""
    sorting.untag(application_id, body.word, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/assign", body=shapes.AssigneeBody, answer=answers.Application)
def assign(caller: Caller, application_id: int, body: shapes.AssigneeBody) -> answers.Application:
    """Say who is to look at it. They hear of it."""
    sorting.assign(application_id, body.person, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/opinion", body=shapes.ColleagueBody, answer=answers.Application)
def ask_opinion(caller: Caller, application_id: int, body: shapes.ColleagueBody) -> answers.Application:
    """Ask a colleague for a second opinion. Their next note is the answer."""
    sorting.ask_opinion(application_id, body.person, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/conflict")
def declare_conflict(caller: Caller, application_id: int) -> None:
    """Step back from it: the caller does not see it any more, until a lead brings it back."""
    sorting.declare_conflict(application_id, by=caller.person, now=datetime.now(UTC))


@operation("POST", f"{ONE}/conflict/<{ID}:person_id>/lift", answer=answers.Application)
def lift_conflict(caller: Caller, application_id: int, person_id: int) -> answers.Application:
    """Let a colleague see it again. Leads may."""
    sorting.lift_conflict(application_id, person_id, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"{ONE}/score", body=shapes.PointsBody, answer=answers.Application)
def score(caller: Caller, application_id: int, body: shapes.PointsBody) -> answers.Application:
    """Give points for every criterion; again, they replace what was given."""
    points = {one.criterion: one.points for one in body.points}
    scoring.score(application_id, points, by=caller.person, now=datetime.now(UTC))
    return application(application_id, caller)


@operation("POST", f"/letters/<{ID}:letter_id>/send-again", body=shapes.AddressBody, answer=answers.Application)
def send_again(caller: Caller, letter_id: int, body: shapes.AddressBody) -> answers.Application:
    """Correct the applicant's address, and send a letter that came back once more."""
    if not is_email(body.email):
        raise Refused("email-address", field="email")
    found = delivery.send_again(letter_id, body.email, by=caller.person, now=datetime.now(UTC))
    return application(found, caller)


@operation("POST", f"/letters/<{ID}:letter_id>/let-go", answer=answers.Application)
def let_go(caller: Caller, letter_id: int) -> answers.Application:
    """Leave a letter that came back at that."""
    return application(delivery.let_go(letter_id, by=caller.person, now=datetime.now(UTC)), caller)


@operation("POST", f"/outbox/<{ID}:item_id>/retry")
def retry(caller: Caller, item_id: int) -> None:
    """Bring a dead effect back: it is tried again at once."""
    reviewing.retry(item_id, by=caller.person, now=datetime.now(UTC))


@operation("POST", "/shows/<slug>/export-links", answer=outcomes.Show)
def make_export_link(caller: Caller, slug: str) -> outcomes.Show:
    """Mail the show's owner a link by which it can leave. Its feed is unlocked until the link ends."""
    moves.make_link(slug, by=caller.person, now=datetime.now(UTC))
    return show(slug, caller)


@operation("POST", f"/export-links/<{ID}:link_id>/revoke", answer=outcomes.Show)
def revoke_export_link(caller: Caller, link_id: int) -> outcomes.Show:
    """End an export link before its time."""
    return show(moves.revoke_link(link_id, by=caller.person, now=datetime.now(UTC)), caller)
