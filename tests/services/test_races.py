"""Verbs and effects that meet: each pair ends as if one had come after the other, and neither is half done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Executable, insert, select, text

from jobs import deliver
from jobs.letters import letter as send
from review import outbox
from review.db import db, release
from review.errors import GiveUp, Gone, TooLate, TryLater
from review.models.application import Application, Decision, FeedCheck
from review.models.event import Event
from review.models.letter import Letter, LetterState, MailReport
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.show import ExportLink, ProvisioningStep, Show, Slug, StepName
from review.podcast import reader
from review.podcast.feed import Feed
from review.reads import programmes
from review.rules import Role, State, Verb
from review.services import applications, decisions, delivery, expiry, moves, people, post, reviewing, shows
from tests import servers
from tests.factories import (
    DRAFT,
    NOW,
    WINDOW,
    choice,
    decided,
    filled,
    get,
    person,
    programme,
    received,
    rows,
    submitted,
)
from tests.services.at_once import at_once
from tests.waiting import wait_for

Act = Callable[[], Any]
Drain = Callable[..., int]
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
TOLD = NOW + WINDOW
LATER = datetime.now(UTC) + timedelta(hours=2)  # `drain` works an hour ahead of the clock
OLD = NOW + timedelta(days=post.VERIFY_DAYS + 2)
NEW = "maren@new.example"
COVER = {"artwork_key": "media/x/cover.png", "artwork_bytes": 1, "artwork_sha256": "0"}


def in_line(app: Flask, held: Executable, *acts: Act) -> list[Any]:
    """What each act returned or raised. All have begun, and wait in this order, before the first one can end.

    On PostgreSQL somebody else has done `held` meanwhile and takes it back. SQLite lets one write at a time: there,
    they come in any order.
    """
    release()
    if servers.running() is None:
        return at_once(app, *acts)
    outcomes: list[Any] = [None] * len(acts)

    def run(number: int) -> None:
        (outcomes[number],) = at_once(app, acts[number])

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    watching = servers.straight().execution_options(isolation_level="AUTOCOMMIT")
    with servers.straight().connect() as holder, watching.connect() as watcher:
        holder.execute(held)
        for thread in threads:
            before = blocked(watcher)
            thread.start()
            wait_for(
                lambda thread=thread, before=before: not thread.is_alive() or blocked(watcher) > before,  # type: ignore[misc]
                seconds=4,
                what="it waits",
            )
        holder.rollback()
    for thread in threads:
        thread.join()
    return outcomes


def blocked(watcher: Any) -> int:
    return int(watcher.scalar(text(BLOCKED)))


def held(table: Any, *ids: int) -> Executable:
    """Rows of a table, locked."""
    return select(table).where(table.id.in_(ids)).with_for_update()


def by(person_id: int) -> Person:
    """A person, in the session of whoever asks."""
    return db.session.get_one(Person, person_id)


def reviewer() -> int:
    return person(Role.LEAD).id


def verbs(application_id: int) -> list[str]:
    return [event.verb for event in rows(Event, application_id=application_id)]


def kinds(outcomes: Iterable[Any]) -> list[str]:
    """Outcomes in brief: `ok`, or the name of the error."""
    return sorted(type(one).__name__ if isinstance(one, Exception) else "ok" for one in outcomes)


# decisions


def deciding(application_id: int, verb: Verb, who: int, **changes: Any) -> Act:
    made = choice(application_id, verb, **changes)
    return lambda: decisions.decide(made, by=by(who), now=NOW, undo_window=WINDOW)


def test_form_pressed_twice_is_one_decision_and_one_letter(app: Flask) -> None:
    id_, who = received(), reviewer()
    act = deciding(id_, Verb.DECLINE, who)
    first, *others = in_line(app, held(Application, id_), act, act, act)
    assert others == [first, first]
    assert len(rows(Decision)) == len(rows(Letter, decision_id=first)) == len(rows(OutboxItem, decision_id=first)) == 1


def test_one_form_for_two_applications_at_once_decides_one(app: Flask) -> None:
    one, other, who = received(), received(), reviewer()
    acts = [deciding(id_, Verb.DECLINE, who, form_key="the same") for id_ in (one, other)]
    outcomes = in_line(app, held(Application, one, other), *acts)
    assert kinds(outcomes) == ["Refused", "ok"]
    assert sorted(get(id_).state for id_ in (one, other)) == [State.DECLINED, State.SUBMITTED]


@pytest.mark.parametrize("first", [0, 1])
def test_decision_and_withdrawal_at_once_leave_one_of_them(app: Flask, first: int) -> None:
    """Whoever decides second saw another version; whoever withdraws second was not told yet."""
    id_, who = received(), reviewer()
    acts = [deciding(id_, Verb.DECLINE, who), partial(applications.withdraw, id_, why="", now=NOW)]
    outcomes = in_line(app, held(Application, id_), acts[first], acts[1 - first])
    assert kinds(outcomes) == ["WrongState", "ok"]
    assert (get(id_).state is State.DECLINED) == bool(rows(Decision))
    assert len({Verb.DECLINE, Verb.WITHDRAW} & set(verbs(id_))) == 1


def test_decision_on_an_answer_that_comes_at_the_same_moment_is_refused_or_first(app: Flask) -> None:
    id_, who = received(), reviewer()
    decided(id_, Verb.ASK, asked=("pitch",))
    answer = partial(applications.answer, id_, changes={"pitch": "Another pitch."}, body="", now=TOLD)
    decide = deciding(id_, Verb.DECLINE, who)
    assert kinds(in_line(app, held(Application, id_), answer, decide)) == ["WrongState", "ok"]


def test_answer_pressed_twice_is_one(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.ASK, asked=("pitch",))
    answer = partial(applications.answer, id_, changes={"pitch": "Another pitch."}, body="Here.", now=TOLD)
    assert kinds(in_line(app, held(Application, id_), answer, answer)) == ["WrongState", "ok"]
    assert verbs(id_).count(Verb.ANSWER) == 1


def test_two_who_take_an_application_leave_it_to_one(app: Flask) -> None:
    id_, who = received(), [reviewer(), reviewer()]
    acts = [lambda one=one: reviewing.take(id_, by=by(one), now=NOW) for one in who]  # type: ignore[misc]
    assert kinds(in_line(app, held(Application, id_), *acts)) == ["WrongState", "ok"]
    assert verbs(id_).count(Verb.TAKE) == 1


def test_undo_pressed_twice_is_one(app: Flask) -> None:
    id_, who = received(), reviewer()
    made = decided(id_, Verb.APPROVE)
    act = lambda: decisions.undo(made, by=by(who), now=NOW)  # noqa: E731
    assert in_line(app, held(Application, id_), act, act) == [id_, id_]
    assert verbs(id_).count(Verb.UNDO) == 1


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DECLINE])
def test_undo_that_waits_until_its_effect_is_leased_is_too_late(app: Flask, verb: Verb) -> None:
    """It came in time, and was let in late: the time of the request is not what counts."""
    id_, who = received(), reviewer()
    made = decided(id_, verb)
    lease = partial(outbox.lease, limit=50, now=TOLD, period=WINDOW)
    undo = lambda: decisions.undo(made, by=by(who), now=NOW)  # noqa: E731
    undone, leased = in_line(app, held(Application, id_), undo, lease)
    (item,) = rows(OutboxItem, decision_id=made)
    if item.id in [one.item_id for one in leased]:
        assert isinstance(undone, TooLate)
        assert (item.state, rows(Letter, decision_id=made)[0].state) == (ItemState.LEASED, LetterState.QUEUED)
    else:
        assert (undone, item.state, get(id_).state) == (id_, ItemState.CANCELLED, State.SUBMITTED)


def test_two_marked_as_each_others_duplicate_at_once_are_not_both(app: Flask) -> None:
    for _ in range(3):
        one, other, who = received(), received(), reviewer()
        acts = [
            deciding(one, Verb.DUPLICATE, who, duplicate_of=other),
            deciding(other, Verb.DUPLICATE, who, duplicate_of=one),
        ]
        outcomes = in_line(app, held(Application, one, other), *acts)
        assert kinds(outcomes) in (["Refused", "ok"], ["TryLater", "ok"])
        assert sorted(get(id_).state for id_ in (one, other)) == [State.DUPLICATE, State.SUBMITTED]
        assert (
            len([letter for id_ in (one, other) for letter in rows(Letter, application_id=id_, kind="duplicate")]) == 1
        )


# coming in, and being forgotten


def test_last_place_is_promised_to_nobody(app: Flask) -> None:
    """Two who apply for the last place both come to the desk: a place is given by a decision only."""
    programme(places=1)
    acts = [partial(applications.submit, DRAFT, filled(), form_key=key, now=NOW) for key in "ab"]
    assert kinds(at_once(app, *acts)) == ["ok", "ok"]
    assert [application.for_waitlist for application in rows(Application)] == [False, False]
    assert programmes.places_left(programmes.first()) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_verification_and_expiry_at_once_agree(app: Flask, first: int) -> None:
    id_ = submitted()
    token = post.verify_token(get(id_), expires_at=OLD + WINDOW)
    acts = [partial(applications.verify, token, now=OLD), partial(expiry.expire_unverified, now=OLD)]
    outcomes = in_line(app, held(Application, id_), acts[first], acts[1 - first])
    verified, expired = outcomes[first], outcomes[1 - first]
    assert (expired, get(id_).state) == ((1, State.EXPIRED) if isinstance(verified, Gone) else (0, State.SUBMITTED))
    assert bool(get(id_).email) == (expired == 0)


def test_button_of_the_first_letter_pressed_by_many_enters_the_backlog_once(app: Flask) -> None:
    id_ = submitted()
    token = post.verify_token(get(id_), expires_at=OLD)
    act = partial(applications.verify, token, now=NOW)
    assert len(set(in_line(app, held(Application, id_), act, act, act))) == 3
    assert verbs(id_).count(Verb.VERIFY) == 1


def test_expired_application_leaves_nothing_of_what_was_said_of_its_letter(app: Flask) -> None:
    """A server that turns a letter down names whom it was for."""
    submitted()
    (letter,) = rows(Letter)
    post.address(letter.id, now=NOW)
    tell(bounce(letter, comment=f"550 {DRAFT.email} is unknown here"))
    assert expiry.expire_unverified(now=OLD) == 1
    (letter,) = rows(Letter)
    left = [letter.to_name, letter.to_email, letter.subject, letter.text, letter.html, letter.trouble]
    assert left == [""] * len(left)


def test_letter_that_leaves_while_its_application_expires_counts_as_sent(app: Flask) -> None:
    id_ = submitted()
    (letter,) = rows(Letter)
    post.address(letter.id, now=NOW)
    acts = [partial(post.sent, letter.id, "id", now=OLD), partial(expiry.expire_unverified, now=OLD)]
    assert in_line(app, held(Letter, letter.id), *acts) == [None, 1]
    (letter,) = rows(Letter)
    assert (get(id_).state, letter.to_email, letter.message_id) == (State.EXPIRED, "", "id")
    if servers.running():  # where one can say who was first
        assert letter.state is LetterState.SENT


# letters


def test_letter_that_two_workers_found_unsent_is_posted_by_one(app: Flask) -> None:
    """Both saw that nobody had tried; what the first one did must be asked for before the second one may."""
    submitted()
    (letter,) = rows(Letter)
    assert [post.attempt(letter.id), post.attempt(letter.id)] == [None, None]
    assert post.address(letter.id, now=NOW) is not None
    with pytest.raises(TryLater, match="outcome-unknown"):
        post.address(letter.id, now=NOW)
    post.not_found(letter.id)
    assert post.address(letter.id, now=NOW) is not None


def test_letter_worked_by_many_at_once_is_posted_once(app: Flask, drain: Drain) -> None:
    ids = []
    for number in range(6):
        submitted(email=f"a{number}@mail.example")
        (item,) = rows(OutboxItem, state=ItemState.WAITING)
        ids.append(item.target_id)
        outcomes = in_line(app, held(Letter, item.target_id), *[partial(send, item.target_id, lambda: None)] * 3)
        assert set(kinds(outcomes)) <= {"ok", "TryLater"}
        drain()
    assert servers.mailed() == ids


def test_lease_run_out_is_begun_by_one_of_two(app: Flask) -> None:
    submitted()
    (old,) = outbox.lease(limit=1, now=NOW, period=WINDOW)
    (new,) = outbox.lease(limit=1, now=TOLD, period=WINDOW)
    begin = [partial(outbox.start, one, now=TOLD, period=WINDOW) for one in (old, new)]
    stale, work = in_line(app, held(OutboxItem, new.item_id), *begin)
    assert stale is None
    assert work is not None


def test_effect_is_leased_once_by_many_relays(app: Flask) -> None:
    for number in range(12):
        submitted(email=f"a{number}@mail.example")
    lease = partial(outbox.lease, limit=5, now=NOW, period=WINDOW)
    leased = [one.item_id for some in at_once(app, *[lease] * 4) for one in some]
    assert len(leased) == len(set(leased))


def test_dead_effect_is_brought_back_once(app: Flask) -> None:
    submitted()
    (lease,) = outbox.lease(limit=1, now=NOW, period=WINDOW)
    outbox.start(lease, now=NOW, period=WINDOW)
    outbox.dead(lease, "x", now=NOW)
    who = reviewer()
    act = lambda: reviewing.retry(lease.item_id, by=by(who), now=NOW)  # noqa: E731
    assert kinds(in_line(app, held(OutboxItem, lease.item_id), act, act)) == ["Missing", "ok"]
    assert len(rows(Event, verb="retry")) == 1


def bounce(letter: Letter, **more: object) -> dict[str, object]:
    """What the mail service posts of a letter that came back."""
    return {"event": "bounce", "CustomID": letter.custom_id, "email": letter.to_email, "MessageID": 1} | more


def reported(*events: object) -> int:
    """The number of a report, not applied yet."""
    delivery.report(json.dumps(events).encode(), now=NOW)
    return rows(MailReport)[-1].id


def tell(*events: object) -> None:
    delivery.apply(reported(*events), now=NOW)


def test_reports_that_speak_of_the_same_letters_crosswise_are_both_noted(app: Flask) -> None:
    for number in range(2):
        submitted(email=f"a{number}@mail.example")
    one, other = rows(Letter)
    for letter in (one, other):
        post.address(letter.id, now=NOW)
    one, other = rows(Letter)
    reports = [
        reported(bounce(one, event="sent"), bounce(other, event="sent")),
        reported(bounce(other), bounce(one)),
    ]
    acts = [partial(delivery.apply, number, now=NOW) for number in reports]
    assert in_line(app, held(Letter, one.id, other.id), *acts) == [None, None]
    assert [letter.state for letter in rows(Letter)] == [LetterState.BOUNCED] * 2
    assert len(rows(Event, verb="letter-returned")) == 2


# provisioning


@pytest.fixture
def approved(app: Flask) -> int:
    """An application whose show is to come."""
    id_ = received()
    decided(id_, Verb.APPROVE)
    return id_


STEPS: list[Callable[[int], None]] = [
    lambda id_: shows.open_account(id_, now=NOW),
    lambda id_: shows.reserve_slug(id_, now=NOW),
    lambda id_: shows.create(id_, None, source_url="", artwork=COVER, now=NOW),
    lambda id_: shows.add_episodes(id_, None, now=NOW),
    lambda id_: shows.published(rows(Show, application_id=id_)[0].id, "ab" * 32, now=NOW),
    lambda id_: shows.welcome(id_, now=NOW),
]


def test_each_step_taken_by_two_workers_at_once_is_taken_once(app: Flask, approved: int) -> None:
    for step in STEPS:
        show = rows(Show, application_id=approved)
        row = held(Show, show[0].id) if show else held(Application, approved)
        assert in_line(app, row, *[partial(step, approved)] * 2) == [None, None]
    assert [step.name for step in rows(ProvisioningStep)] == list(StepName)
    assert len(rows(Person, email=DRAFT.email)) == len(rows(Slug)) == len(rows(Show)) == 1
    assert len(rows(OutboxItem, kind=Kind.LETTER, target_id=rows(Letter, kind="approved")[0].id)) == 1
    for verb in ("show-created", "feed-published", "provisioned"):
        assert len(rows(Event, verb=verb)) == 1


def test_two_shows_of_one_name_and_person_share_the_account_and_not_the_slug(app: Flask) -> None:
    ids = [received(), received()]
    for id_ in ids:
        decided(id_, Verb.APPROVE)
    for step in STEPS[:3]:
        assert at_once(app, *[partial(step, id_) for id_ in ids]) == [None, None]
    assert len(rows(Person, email=DRAFT.email)) == 1
    assert sorted(show.slug for show in rows(Show)) == ["harbour-kitchen", "harbour-kitchen-2"]


def test_one_podcast_that_was_approved_twice_goes_on_the_air_once(app: Flask) -> None:
    ids = [received(), received()]
    for id_ in ids:
        decided(id_, Verb.APPROVE)
        for step in STEPS[:2]:
            step(id_)
    feed = Feed(title="Harbour Kitchen", guid="917393e3-1b1e-5cef-ace4-edaa54e1f810")
    acts = [partial(shows.create, id_, feed, source_url="", artwork=COVER, now=NOW) for id_ in ids]
    outcomes = in_line(app, held(Application, *ids), *acts)
    assert kinds(outcomes) == ["GiveUp", "ok"]
    assert any(isinstance(one, GiveUp) and str(one).startswith("already-on-the-air") for one in outcomes)
    assert len(rows(Show)) == len(rows(Event, verb="show-created")) == 1


def test_address_corrected_between_account_and_show_owns_the_show(app: Flask) -> None:
    """A step may wait for hours for the old host, and a letter come back meanwhile."""
    id_ = received()
    letter = rows(Letter, application_id=id_)[0]
    post.address(letter.id, now=NOW)
    tell(bounce(rows(Letter)[0]))
    decided(id_, Verb.APPROVE)
    STEPS[0](id_)
    delivery.send_again(letter.id, NEW, by=person(Role.LEAD), now=NOW)
    for step in STEPS[1:]:
        step(id_)
    (show,) = rows(Show)
    assert show.owner.email == NEW
    assert rows(Letter, kind="approved")[0].person_id == show.owner_id


def test_account_opened_and_member_of_staff_invited_at_once_are_one_person(app: Flask, approved: int) -> None:
    """The operator and the worker each find nobody of that address."""
    invite = partial(people.invite, DRAFT.email, name="Maren", role=Role.REVIEWER, password="correct horse", now=NOW)
    taken = insert(Person).values(email=DRAFT.email, name="x", active=True, created_at=NOW)
    outcomes = in_line(app, taken, partial(STEPS[0], approved), invite, invite)
    assert kinds(outcomes) == ["ok"] * 3
    (one,) = rows(Person, email=DRAFT.email)
    assert one.role is Role.REVIEWER


# what changes a show


@pytest.fixture
def on_air(app: Flask, drain: Drain) -> int:
    """A show on the air; its number."""
    decided(received(), Verb.APPROVE)
    drain()
    return rows(Show)[0].id


def linked(show_id: int, drain: Drain) -> tuple[int, str]:
    """A link to all of the show, and its token."""
    show = rows(Show, id=show_id)[0]
    made = moves.make_link(show.slug, by=show.owner, now=LATER)
    drain(now=LATER)
    return made, str(servers.mail(rows(Letter)[-1]).text.partition("/move/")[2].split()[0])


@pytest.mark.parametrize("first", [0, 1])
def test_download_and_revocation_at_once_agree(app: Flask, drain: Drain, on_air: int, first: int) -> None:
    """Neither waits for the other in a circle, and a link that was revoked opens nothing more."""
    link_id, token = linked(on_air, drain)
    owner = rows(Show)[0].owner_id
    acts: list[Act] = [
        partial(moves.open_link, token, now=LATER),
        lambda: moves.revoke_link(link_id, by=by(owner), now=LATER),
    ]
    outcomes = in_line(app, held(ExportLink, link_id), acts[first], acts[1 - first])
    opened, revoked = outcomes[first], outcomes[1 - first]
    said = [
        event.verb
        for event in rows(Event, show_id=on_air)
        if event.verb in ("export-downloaded", "export-link-revoked")
    ]
    assert revoked == rows(Show)[0].slug
    if isinstance(opened, Gone):
        assert (said, rows(ExportLink)[0].downloads) == (["export-link-revoked"], 0)
    else:
        assert (opened, rows(ExportLink)[0].downloads) == (on_air, 1)
        assert said == ["export-downloaded", "export-link-revoked"]
    if servers.running():
        assert isinstance(opened, Gone) == (first == 1)


def test_links_revoked_at_once_lock_the_feed(app: Flask, drain: Drain, on_air: int) -> None:
    """Each sees the other's link alive until it has the show to itself."""
    owner = rows(Show)[0].owner_id
    links = [linked(on_air, drain)[0] for _ in range(2)]
    acts = [lambda one=one: moves.revoke_link(one, by=by(owner), now=LATER) for one in links]  # type: ignore[misc]
    assert kinds(in_line(app, held(Show, on_air), *acts)) == ["ok", "ok"]
    assert rows(Show)[0].locked
    assert len(rows(Event, verb="export-link-revoked")) == 2


def test_link_made_while_another_is_revoked_keeps_the_feed_unlocked(app: Flask, drain: Drain, on_air: int) -> None:
    show = rows(Show)[0]
    slug, owner = show.slug, show.owner_id
    for turn in range(2):
        link_id, _ = linked(on_air, drain)
        acts: list[Act] = [
            lambda one=link_id: moves.revoke_link(one, by=by(owner), now=LATER),  # type: ignore[misc]
            lambda: moves.make_link(slug, by=by(owner), now=LATER),
        ]
        assert kinds(in_line(app, held(Show, on_air), *acts[:: 1 - 2 * turn])) == ["ok", "ok"]
        assert not rows(Show)[0].locked
    drain(now=LATER + timedelta(hours=1))
    assert published(slug).locked is False


def test_link_made_while_the_last_one_expires_keeps_the_feed_unlocked(app: Flask, drain: Drain, on_air: int) -> None:
    slug, owner = rows(Show)[0].slug, rows(Show)[0].owner_id
    at = LATER
    for _ in range(8):
        moves.make_link(slug, by=rows(Show)[0].owner, now=at)
        at += timedelta(days=post.EXPORT_DAYS)
        release()
        made, _ = at_once(
            app,
            lambda at=at: moves.make_link(slug, by=by(owner), now=at),  # type: ignore[misc]
            partial(moves.lock_again, now=at),
        )
        assert isinstance(made, int)
        assert not rows(Show)[0].locked
        at += timedelta(days=post.EXPORT_DAYS)
        before = len(rows(Event, verb="feed-locked"))
        assert moves.lock_again(now=at) == 1
        assert len(rows(Event, verb="feed-locked")) == before + 1


def published(slug: str) -> Feed:
    return reader.read(servers.stored(f"feeds/{slug}/rss.xml")).feed


def test_no_change_is_lost_to_a_feed_that_is_being_published(app: Flask, drain: Drain, on_air: int) -> None:
    """A change that finds its effect waiting is covered by it; one that finds it begun puts another."""
    slug, owner = rows(Show)[0].slug, rows(Show)[0].owner_id
    release()

    def publish() -> None:
        for lease in outbox.lease(limit=10, now=LATER, period=WINDOW, kinds={Kind.FEED}):
            deliver.work(lease)

    links: list[int] = []
    for turn in range(8):
        change: Act = (
            (lambda: moves.revoke_link(links[-1], by=by(owner), now=LATER))
            if turn % 2
            else (lambda: links.append(moves.make_link(slug, by=by(owner), now=LATER)))
        )
        assert "TryLater" not in kinds(at_once(app, change, publish, publish))
        drain(now=LATER + timedelta(hours=1))
        assert published(slug).locked == rows(Show)[0].locked == bool(turn % 2)


def returned(application_id: int) -> int:
    """The welcome letter of an application, which came back; its number."""
    (letter,) = rows(Letter, application_id=application_id, kind="approved")
    tell(bounce(letter))
    return letter.id


def test_address_corrected_while_a_link_is_made(app: Flask, drain: Drain, on_air: int) -> None:
    """One begins with the letter, the other with the show, and both come to the application."""
    show, who = rows(Show)[0], reviewer()
    letter, slug, application_id = returned(show.application_id), show.slug, show.application_id
    other = person(None, email=NEW).id
    acts: list[Act] = [
        lambda: delivery.send_again(letter, NEW, by=by(who), now=LATER),
        lambda: moves.make_link(slug, by=by(who), now=LATER),
    ]
    assert kinds(in_line(app, held(Application, application_id), *acts)) == ["ok", "ok"]
    assert (rows(Show)[0].owner_id, rows(Show)[0].locked) == (other, False)
    assert len(rows(ExportLink)) == len(rows(Event, verb="letter-sent-again")) == 1


def test_two_shows_given_to_one_new_address_at_once_have_one_owner(app: Flask, drain: Drain) -> None:
    ids = [received(email=f"a{number}@mail.example", show_title=f"Show {number}") for number in range(2)]
    for id_ in ids:
        decided(id_, Verb.APPROVE)
    drain()
    letters, who = [returned(id_) for id_ in ids], reviewer()
    acts = [lambda one=one: delivery.send_again(one, NEW, by=by(who), now=LATER) for one in letters]  # type: ignore[misc]
    taken = insert(Person).values(email=NEW, name="x", active=True, created_at=NOW)
    assert in_line(app, taken, *acts) == ids
    assert {show.owner.email for show in rows(Show)} == {NEW}
    assert len(rows(Letter, to_email=NEW)) == 2


def test_feed_read_by_two_workers_at_once_is_one_look(app: Flask) -> None:
    id_ = received(feed_url="https://feeds.example/a")
    look = partial(reviewing.feed_checked, id_, {"url": "https://feeds.example/a", "failure": "dns"}, now=NOW)
    assert in_line(app, held(Application, id_), look, look) == [None, None]
    assert len(rows(FeedCheck)) == 1
