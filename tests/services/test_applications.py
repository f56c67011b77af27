"""What applicants do, and what becomes of those who never confirm their address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta

import pytest
from flask import Flask

from review import tokens
from review.db import db
from review.errors import Gone, Missing, Refused, WrongState
from review.models.application import Application, Message
from review.models.event import Actor, Event
from review.models.letter import Letter, LetterState
from review.models.outbox import Kind, OutboxItem
from review.models.person import AccessLink
from review.reads import backlog, dossier, links
from review.rules import State, Verb
from review.services import applications, expiry, lost_links, post
from tests import servers
from tests.factories import (
    DRAFT,
    NOW,
    WINDOW,
    decided,
    filled,
    get,
    programme,
    received,
    rows,
    seeking,
    submitted,
    verify_token,
)
from tests.services.at_once import at_once

Drain = Callable[..., int]
DAY = timedelta(days=1)


def last_event(application_id: int) -> Event:
    return rows(Event, application_id=application_id)[-1]


# submit


def test_submit_keeps_what_the_form_said(app: Flask) -> None:
    id_ = submitted(topics=("Arts > Food", "Music"), links=("https://a.example",), feed_url="http://A.example/feed/")
    application = get(id_)
    assert application.state is State.UNVERIFIED
    assert application.topics == ["Arts > Food", "Music"]
    assert application.links == ["https://a.example"]
    assert (application.feed_url, application.feed_key) == ("http://A.example/feed/", "a.example/feed")
    assert (application.consented_at, application.created_at, application.received_at) == (NOW, NOW, None)
    assert application.rules_version == 1


def test_submit_sends_one_letter_to_confirm(app: Flask) -> None:
    id_ = submitted()
    (letter,) = rows(Letter)
    assert (letter.kind, letter.to_email, letter.application_id) == ("received", "maren@mail.example", id_)
    assert [item.kind for item in rows(OutboxItem)] == [Kind.LETTER]


def test_the_same_form_sent_twice_is_one_application(app: Flask) -> None:
    first = applications.submit(DRAFT, filled(), form_key="k", now=NOW)
    assert applications.submit(DRAFT, filled(), form_key="k", now=NOW) == first
    assert len(rows(Application)) == len(rows(Letter)) == len(rows(Event)) == 1


def test_a_form_sent_again_with_other_words_is_not_dropped_silently(app: Flask) -> None:
    applications.submit(DRAFT, filled(), form_key="k", now=NOW)
    for change in ({"pitch": "Another pitch altogether."}, {"topics": ("Music",)}, {"language": "fi"}):
        with pytest.raises(Refused, match="form-sent-already"):
            applications.submit(replace(DRAFT, **change), filled(), form_key="k", now=NOW)
    assert len(rows(Application)) == 1


def test_the_same_form_sent_by_many_at_once_is_one_application(app: Flask) -> None:
    got = at_once(app, *[lambda: applications.submit(DRAFT, filled(), form_key="k", now=NOW)] * 6)
    assert len(got) == 6
    assert len(set(got)) == len(rows(Application)) == len(rows(Letter)) == 1


def test_two_forms_of_one_person_are_two_applications(app: Flask) -> None:
    assert submitted() != submitted()


def test_submit_under_rules_that_changed_is_refused(app: Flask) -> None:
    programme(rules_version=2)
    with pytest.raises(Refused) as refusal:
        submitted()
    assert (refusal.value.code, refusal.value.field) == ("rules-changed", "rules")
    assert rows(Application) == rows(Letter) == rows(Event) == []


@pytest.mark.parametrize(
    "closed",
    [{"places": 0}, {"opens_at": NOW + DAY}, {"closes_at": NOW}],
    ids=["full", "not yet open", "over"],
)
def test_without_a_place_people_join_the_waitlist(app: Flask, closed: dict[str, object]) -> None:
    programme(**closed)
    id_ = received()
    assert get(id_).state is State.WAITLISTED
    assert last_event(id_).verb == Verb.JOIN_WAITLIST


def test_the_last_place_is_given_once(app: Flask) -> None:
    programme(places=1)
    first = received()
    decided(first, Verb.APPROVE)
    assert get(received()).state is State.WAITLISTED


def test_who_applied_while_there_were_places_is_not_waitlisted_later(app: Flask) -> None:
    id_ = submitted()
    programme(places=0)
    applications.verify(verify_token(id_), now=NOW)
    assert get(id_).state is State.SUBMITTED


# verify


def test_verify_puts_the_application_on_the_desk(app: Flask) -> None:
    id_ = submitted(feed_url="https://a.example/feed")
    version = get(id_).version
    token = applications.verify(verify_token(id_), now=NOW + DAY)
    application = get(id_)
    assert (application.state, application.received_at, application.version) == (
        State.SUBMITTED,
        NOW + DAY,
        version + 1,
    )
    assert (last_event(id_).verb, last_event(id_).actor) == (Verb.VERIFY, Actor.APPLICANT)
    assert links.status(token, now=NOW + DAY) == id_
    assert [item.kind for item in rows(OutboxItem)] == [Kind.LETTER, Kind.FEED_CHECK]


def test_verify_without_a_feed_checks_none(app: Flask) -> None:
    received()
    assert [item.kind for item in rows(OutboxItem)] == [Kind.LETTER]


def test_verifying_twice_only_opens_the_page_again(app: Flask) -> None:
    id_ = received(feed_url="https://a.example/feed")
    before = (get(id_).version, get(id_).received_at, len(rows(Event)), len(rows(OutboxItem)))
    token = applications.verify(verify_token(id_), now=NOW + DAY)
    assert (get(id_).version, get(id_).received_at, len(rows(Event)), len(rows(OutboxItem))) == before
    assert links.status(token, now=NOW + DAY) == id_


def test_verifying_a_decided_application_only_opens_the_page(app: Flask) -> None:
    id_ = received()
    decided(id_, Verb.DECLINE)
    applications.verify(verify_token(id_), now=NOW + DAY)
    assert get(id_).state is State.DECLINED


def test_an_altered_verify_link_opens_nothing(app: Flask) -> None:
    token = verify_token(submitted())
    for bad in ("", "x", token[:-3] + "AAA", token.replace(".", "", 1), token + "x"):
        with pytest.raises(Missing):
            applications.verify(bad, now=NOW)
    assert rows(Application)[0].state is State.UNVERIFIED


def test_a_verify_link_made_for_something_else_opens_nothing(app: Flask) -> None:
    submitted()
    other = tokens.sign(app.config["SECRET_KEY"], "form", [1, "maren@mail.example", 2**40])
    with pytest.raises(Missing):
        applications.verify(other, now=NOW)


def test_a_verify_link_expires_after_three_days(app: Flask) -> None:
    token = verify_token(submitted())
    with pytest.raises(Gone):
        applications.verify(token, now=NOW + 3 * DAY + timedelta(seconds=1))
    applications.verify(token, now=NOW + 3 * DAY)


def test_verifying_an_expired_application_is_too_late(app: Flask) -> None:
    id_ = submitted()
    token = post.verify_token(get(id_), expires_at=NOW + 30 * DAY)
    expiry.expire_unverified(now=NOW + 5 * DAY)
    with pytest.raises(Gone):
        applications.verify(token, now=NOW + 5 * DAY)
    assert get(id_).state is State.EXPIRED


def test_verifying_what_never_was_is_missing(app: Flask) -> None:
    with pytest.raises(Missing):
        applications.verify(tokens.sign(app.config["SECRET_KEY"], "verify", [99, "a", 2**40]), now=NOW)


# links sent again


def test_resend_sends_each_application_its_own_kind_of_link(app: Flask) -> None:
    waiting, unverified = received(), submitted()
    before = len(rows(Letter))
    assert lost_links.resend_links("Maren@Mail.Example", now=NOW) == 2
    assert {(letter.application_id, letter.kind) for letter in rows(Letter)[before:]} == {
        (waiting, "status_link"),
        (unverified, "received"),
    }
    assert last_event(waiting).verb == last_event(unverified).verb == Verb.SEND_LINK


def test_resend_to_an_unknown_address_sends_nothing(app: Flask) -> None:
    received()
    before = len(rows(Letter))
    for email in ("nobody@mail.example", "", "maren+tag@mail.example", "%@mail.example"):
        assert lost_links.resend_links(email, now=NOW) == 0
    assert len(rows(Letter)) == before


def test_resend_finds_an_address_of_any_script(app: Flask) -> None:
    received(email="Ärmel@Mail.example")
    assert lost_links.resend_links("Ärmel@Mail.example", now=NOW) == 1
    assert lost_links.resend_links("ärmel@mail.example", now=NOW) == 1


def test_resend_never_writes_to_an_expired_application(app: Flask) -> None:
    submitted()
    expiry.expire_unverified(now=NOW + 5 * DAY)
    assert lost_links.resend_links("maren@mail.example", now=NOW + 5 * DAY) == 0


def test_resend_stops_at_ten(app: Flask) -> None:
    for _ in range(12):
        submitted()
    assert lost_links.resend_links("maren@mail.example", now=NOW) == 10


def test_a_link_sent_again_works_as_long_as_its_letter_says(app: Flask, drain: Drain) -> None:
    id_ = submitted()
    late = NOW + 3.5 * DAY
    lost_links.resend_links("maren@mail.example", now=late)
    token = post.verify_token(get(id_), expires_at=late + post.VERIFY_DAYS * DAY)
    expiry.expire_unverified(now=late + 2 * DAY)
    applications.verify(token, now=late + 2 * DAY)
    assert get(id_).state is State.SUBMITTED


# answer


def asked(*fields: str) -> int:
    id_ = received()
    decided(id_, Verb.ASK, asked=fields or ("pitch",))
    return id_


def test_answer_mends_what_was_asked_for_and_returns_to_the_backlog(app: Flask) -> None:
    id_ = asked("pitch", "show_title")
    version = get(id_).version
    applications.answer(id_, changes={"pitch": "Für Köche", "show_title": "Galley"}, body="Here.", now=NOW + DAY)
    application = get(id_)
    assert (application.state, application.asked, application.version) == (State.SUBMITTED, [], version + 1)
    assert (application.pitch, application.show_title) == ("Für Köche", "Galley")
    assert [row.id for row in backlog.page(seeking("fur koche galley"), now=NOW).rows] == [id_]
    assert [(m.body, m.person_id) for m in rows(Message)][-1] == ("Here.", None)
    assert (last_event(id_).verb, sorted(last_event(id_).data["changed"])) == (Verb.ANSWER, ["pitch", "show_title"])


def test_answer_with_another_feed_has_it_read(app: Flask) -> None:
    id_ = asked("feed_url")
    applications.answer(id_, changes={"feed_url": "https://new.example/feed"}, body="", now=NOW + WINDOW)
    assert get(id_).feed_key == "new.example/feed"
    assert [item.kind for item in rows(OutboxItem)][-1] is Kind.FEED_CHECK


def test_answer_in_words_alone_changes_nothing_else(app: Flask) -> None:
    id_ = asked("feed_url", "pitch")
    before = len(rows(OutboxItem))
    applications.answer(id_, changes={"pitch": DRAFT.pitch}, body="It stands.", now=NOW + WINDOW)
    assert last_event(id_).data["changed"] == {}
    assert len(rows(OutboxItem)) == before


@pytest.mark.parametrize("field", ["schedule", "name", "email", "state", "id"])
def test_answer_to_what_nobody_asked_is_refused(app: Flask, field: str) -> None:
    id_ = asked("pitch")
    with pytest.raises(Refused, match="not-asked"):
        applications.answer(id_, changes={"pitch": "x", field: "y"}, body="", now=NOW + WINDOW)
    assert get(id_).pitch == DRAFT.pitch
    assert get(id_).state is State.ASKED


@pytest.mark.parametrize("verb", [None, Verb.APPROVE, Verb.DECLINE, Verb.WAITLIST])
def test_answer_when_nothing_is_asked_is_the_wrong_state(app: Flask, verb: Verb | None) -> None:
    id_ = received()
    if verb:
        decided(id_, verb)
    with pytest.raises(WrongState):
        applications.answer(id_, changes={}, body="Hello?", now=NOW + WINDOW)


def test_answering_twice_is_the_wrong_state(app: Flask) -> None:
    id_ = asked()
    applications.answer(id_, changes={}, body="One", now=NOW + WINDOW)
    with pytest.raises(WrongState):
        applications.answer(id_, changes={}, body="Two", now=NOW + WINDOW)


# withdraw


@pytest.mark.parametrize("verb", [None, Verb.ASK, Verb.WAITLIST])
def test_withdraw_closes_an_open_application(app: Flask, verb: Verb | None) -> None:
    id_ = received()
    if verb:
        decided(id_, verb)
    version = get(id_).version
    applications.withdraw(id_, why="Found a host", now=NOW + DAY)
    application = get(id_)
    assert (application.state, application.decided_at, application.asked) == (State.WITHDRAWN, NOW + DAY, [])
    assert application.version == version + 1
    assert (last_event(id_).verb, last_event(id_).why) == (Verb.WITHDRAW, "Found a host")


def test_withdrawing_twice_is_once(app: Flask) -> None:
    id_ = received()
    applications.withdraw(id_, why="", now=NOW + WINDOW)
    applications.withdraw(id_, why="again", now=NOW + WINDOW)
    assert [event.verb for event in rows(Event)].count(Verb.WITHDRAW) == 1


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DECLINE])
def test_withdraw_after_the_decision_is_the_wrong_state(app: Flask, verb: Verb) -> None:
    id_ = received()
    decided(id_, verb)
    with pytest.raises(WrongState):
        applications.withdraw(id_, why="", now=NOW + WINDOW)


def test_withdraw_of_what_never_was_is_missing(app: Flask) -> None:
    with pytest.raises(Missing):
        applications.withdraw(99, why="", now=NOW + WINDOW)


# expiry


def test_unverified_application_expires_after_four_days(app: Flask) -> None:
    id_ = submitted()
    assert expiry.expire_unverified(now=NOW + 4 * DAY) == 0
    assert expiry.expire_unverified(now=NOW + 4 * DAY + timedelta(seconds=1)) == 1
    assert get(id_).state is State.EXPIRED
    assert (last_event(id_).verb, last_event(id_).actor) == (Verb.EXPIRE, Actor.SYSTEM)


def test_expiry_happens_once(app: Flask) -> None:
    submitted()
    expiry.expire_unverified(now=NOW + 5 * DAY)
    assert expiry.expire_unverified(now=NOW + 6 * DAY) == 0


def test_expiry_leaves_everybody_else_alone(app: Flask) -> None:
    id_ = received()
    assert expiry.expire_unverified(now=NOW + 50 * DAY) == 0
    assert get(id_).name == DRAFT.name


PERSONAL = {
    "name": "Zebedee Quillfeather",
    "email": "zebedee@mail.example",
    "show_title": "Zigzag Hours",
    "pitch": "Zeppelins over the allotments",
    "links": ("https://zeppelin.example",),
    "schedule": "zonal",
    "feed_url": "https://zeppelin.example/feed",
    "topics": ("Zoology",),
}


@pytest.mark.parametrize("sent", [True, False], ids=["letter sent", "letter still waiting"])
def test_nothing_personal_is_left_of_an_expired_application(app: Flask, drain: Drain, sent: bool) -> None:
    id_ = submitted(**PERSONAL)
    if sent:
        drain()
    expiry.expire_unverified(now=NOW + 5 * DAY)
    drain()
    tables = db.metadata.sorted_tables
    everything = " ".join(str(tuple(row)) for table in tables for row in db.session.execute(table.select())).lower()
    for word in ("zebedee", "quillfeather", "zigzag", "zeppelin", "zonal", "zoology"):
        assert word not in everything
    assert asdict(DRAFT).keys() >= PERSONAL.keys()
    assert get(id_).state is State.EXPIRED


def test_a_letter_nobody_took_yet_does_not_leave_after_expiry(app: Flask, drain: Drain) -> None:
    submitted()
    expiry.expire_unverified(now=NOW + 5 * DAY)
    drain()
    assert servers.mailed() == []
    assert [letter.state for letter in rows(Letter)] == [LetterState.CANCELLED]


# letters on their way


def test_letter_is_sent_with_links_that_work(app: Flask, drain: Drain) -> None:
    id_ = submitted()
    drain()
    (letter,) = rows(Letter)
    assert letter.state is LetterState.SENT
    assert "[[verify-link]]" in letter.text  # what is kept opens nothing
    mail = servers.mail(letter)
    token = mail.text.partition("/apply/verify/")[2].split()[0]
    assert token in mail.html
    assert links.unverified(token, now=NOW) == id_


def test_only_the_digest_of_a_link_is_kept(app: Flask) -> None:
    id_ = submitted()
    token = applications.verify(verify_token(id_), now=NOW)
    (link,) = rows(AccessLink)
    assert link.token_hash == tokens.digest(token)
    assert link.expires_at == NOW + post.STATUS_DAYS * DAY


@pytest.mark.parametrize("marker", ["[[show-link]]", "[[export-link]]", "[[status-link]]", "[[verify-link]]"])
def test_a_show_named_like_a_link_gets_its_letters_all_the_same(app: Flask, drain: Drain, marker: str) -> None:
    id_ = received(show_title=marker, name=marker)
    decided(id_, Verb.DECLINE)
    drain()
    assert [letter.state for letter in rows(Letter)] == [LetterState.SENT] * 2


def test_standing_is_what_the_status_link_shows(app: Flask) -> None:
    id_ = received()
    token = applications.verify(verify_token(id_), now=NOW)
    assert dossier.standing(links.status(token, now=NOW), now=NOW + WINDOW).state is State.SUBMITTED
    with pytest.raises(Gone):
        links.status(token, now=NOW + 181 * DAY)
    with pytest.raises(Missing):
        links.status(token[:-2], now=NOW)


# every verb leaves one line


def _events(act: Callable[[], object]) -> list[str]:
    before = len(rows(Event))
    act()
    return [event.verb for event in rows(Event)][before:]


def test_every_verb_of_an_applicant_leaves_one_line(app: Flask) -> None:
    made = submitted()
    assert _events(submitted) == [Verb.SUBMIT]
    assert _events(lambda: applications.verify(verify_token(made), now=NOW)) == [Verb.VERIFY]
    decided(made, Verb.ASK)
    assert _events(lambda: applications.answer(made, changes={}, body="x", now=NOW + WINDOW)) == [Verb.ANSWER]
    assert _events(lambda: applications.withdraw(made, why="", now=NOW + WINDOW)) == [Verb.WITHDRAW]
    assert _events(lambda: expiry.expire_unverified(now=NOW + 9 * DAY)) == [Verb.EXPIRE]
