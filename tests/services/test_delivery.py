"""What the mail service reports of letters, and sending one again that came back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import deliver
from review import outbox
from review.db import db, transaction
from review.errors import Forbidden, GiveUp, Missing, Refused
from review.models.event import Actor, Event
from review.models.letter import Letter, LetterState, MailReport
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.show import Show
from review.podcast import reader
from review.reads import effects
from review.reads.dossier import dossier
from review.rules import Role, State, Verb
from review.services import delivery, moves, post
from review.services.delivery import KEEP_DAYS
from tests import servers
from tests.factories import DRAFT, NOW, decided, get, lead, person, received, rows, submitted
from tests.services.at_once import at_once

Drain = Callable[..., int]
Json = dict[str, Any]
LATER = NOW + timedelta(minutes=1)
NEW = "maren@new.example"
HARD = {"hard_bounce": True, "error_related_to": "recipient", "error": "user unknown", "comment": "550 No such user"}
SOFT = {"hard_bounce": False, "error_related_to": "recipient", "error": "quota exceeded", "comment": "452 Over quota"}
GREYLISTED = {"hard_bounce": False, "error_related_to": "spam", "error": "greylisted", "comment": "451 Later"}
STORY: list[Json] = [
    {"event": "sent", "mj_message_id": "77", "smtp_reply": "sent (250 2.0.0 OK)"},
    {"event": "open", "ip": "127.0.0.1", "geo": "US"},
    {"event": "click", "url": "https://greenroom.example/"},
    {"event": "unsub"},
    {"event": "blocked", "error_related_to": "mailjet", "error": "preblocked"},
    {"event": "bounce", **HARD},
    {"event": "bounce", **SOFT},
    {"event": "bounce", **GREYLISTED},
    {"event": "spam", "source": "JMRPP"},
]


def event(letter: Letter, name: str = "bounce", **more: object) -> Json:
    """An event as Mailjet posts it."""
    return {
        "event": name,
        "time": int(NOW.timestamp()),
        "MessageID": 19421777835146490,
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0gh1i2j",
        "email": letter.to_email,
        "mj_campaign_id": 7257,
        "mj_contact_id": 4,
        "customcampaign": "",
        "CustomID": letter.custom_id,
        "Payload": "",
    } | more


def tell(*events: object, grouped: bool = False) -> None:
    """Have events noted, each posted alone or all as one array."""
    for body in [list(events)] if grouped else events:
        note(json.dumps(body).encode())


def note(body: bytes) -> None:
    delivery.report(body, now=LATER)
    delivery.apply(rows(MailReport)[-1].id, now=LATER)


def letter_of(application_id: int) -> Letter:
    return rows(Letter, application_id=application_id)[-1]


def on_its_way(**changes: Any) -> Letter:
    """A letter that was handed to the mail service, whose answer has not come."""
    letter = letter_of(submitted(**changes))
    post.address(letter.id, now=NOW)
    return letter_of(letter.application_id or 0)


def sent(**changes: Any) -> Letter:
    letter = on_its_way(**changes)
    post.sent(letter.id, "77", now=NOW)
    return letter_of(letter.application_id or 0)


def bounced(application_id: int) -> Letter:
    """The newest letter of an application, come back."""
    tell(event(letter_of(application_id), **HARD))
    return letter_of(application_id)


@pytest.fixture
def approved(app: Flask, drain: Drain) -> int:
    """An application whose show is on the air, and whose welcome was sent."""
    id_ = received()
    decided(id_, Verb.APPROVE)
    drain()
    return id_


class TestReports:
    """What Mailjet posts."""

    def test_report_is_kept_as_it_came_and_queued(self, app: Flask) -> None:
        delivery.report(b"\x00 anything", now=NOW)
        (row,) = rows(MailReport)
        assert (row.body, row.received_at) == (b"\x00 anything", NOW)
        (item,) = rows(OutboxItem)
        assert (item.kind, item.target_id, item.state) == (Kind.MAIL_REPORT, row.id, ItemState.WAITING)

    @pytest.mark.parametrize(
        ("story", "state", "trouble"),
        [
            ({"event": "sent"}, LetterState.SENT, ""),
            ({"event": "open"}, LetterState.OPENED, ""),
            ({"event": "click"}, LetterState.OPENED, ""),
            ({"event": "blocked", "error": "preblocked"}, LetterState.BLOCKED, "preblocked"),
            ({"event": "bounce", **HARD}, LetterState.BOUNCED, "user unknown: 550 No such user"),
            ({"event": "bounce", **GREYLISTED, "hard_bounce": True}, LetterState.BOUNCED, "greylisted: 451 Later"),
            ({"event": "spam"}, LetterState.SPAM, ""),
        ],
    )
    def test_event_is_noted_on_its_letter(self, app: Flask, story: Json, state: LetterState, trouble: str) -> None:
        letter = sent()
        tell(event(letter) | story)
        found = letter_of(letter.application_id or 0)
        assert (found.state, found.trouble, found.sent_at, found.message_id) == (state, trouble, NOW, "77")

    @pytest.mark.parametrize(
        "story", [{"event": "unsub"}, {"event": "bounce", **GREYLISTED}, {"event": "nonsense"}, {}]
    )
    def test_event_that_says_nothing_of_the_letter_changes_nothing(self, app: Flask, story: Json) -> None:
        letter = sent()
        tell(event(letter, "") | story)
        assert letter_of(letter.application_id or 0).state is LetterState.SENT

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data(), grouped=st.booleans())
    def test_order_and_repetition_make_no_difference(self, app: Flask, data: st.DataObject, grouped: bool) -> None:
        story = data.draw(st.lists(st.sampled_from(STORY), min_size=1, max_size=7))
        repeated = data.draw(st.permutations(story + data.draw(st.lists(st.sampled_from(story), max_size=3))))
        one, other = on_its_way(), on_its_way()
        tell(*(event(one) | part for part in story))
        tell(*(event(other) | part for part in repeated), grouped=grouped)
        one, other = (letter_of(letter.application_id or 0) for letter in (one, other))
        assert (one.state, one.trouble, one.sent_at, one.message_id) == (
            other.state,
            other.trouble,
            other.sent_at,
            other.message_id,
        )

    def test_array_tells_of_several_letters(self, app: Flask) -> None:
        first, second = sent(), sent(email="other@mail.example")
        tell(event(first, "open"), "rubbish", None, [], event(second, "spam"), grouped=True)
        assert [letter.state for letter in rows(Letter)] == [LetterState.OPENED, LetterState.SPAM]

    @pytest.mark.parametrize("custom_id", ["", "not-ours", "0" * 36, None])
    def test_foreign_letter_is_none_of_our_business(self, app: Flask, custom_id: object) -> None:
        sent()
        tell(event(rows(Letter)[0], CustomID=custom_id))
        assert rows(Letter)[0].state is LetterState.SENT

    @pytest.mark.parametrize("email", ["other@mail.example", "maren@mail.example.evil.example", "", None, "maren"])
    def test_letter_that_went_elsewhere_is_not_the_one_reported(self, app: Flask, email: object) -> None:
        letter = sent()
        tell(event(letter, email=email))
        assert rows(Letter)[0].state is LetterState.SENT

    @pytest.mark.parametrize(
        ("ours", "theirs"),
        [
            ("Maren@Mail.Example", "maren@mail.example"),
            ("maren@mail.example", "MAREN@MAIL.EXAMPLE"),
            ("maren@bücher.example", "maren@xn--bcher-kva.example"),
        ],
    )
    def test_address_is_the_same_however_it_is_written(self, app: Flask, ours: str, theirs: str) -> None:
        tell(event(sent(email=ours), email=theirs))
        assert rows(Letter)[0].state is LetterState.BOUNCED

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 200_000, b"1" * 5000], ids=range(5))
    def test_body_that_is_no_json_is_given_up(self, app: Flask, body: bytes) -> None:
        with pytest.raises(GiveUp, match="report-unreadable"):
            note(body)

    def test_body_that_is_given_up_stands_on_the_desk(self, app: Flask, drain: Drain) -> None:
        delivery.report(b"{", now=NOW)
        drain()
        (item,) = effects.effects().dead
        assert (item.kind, item.error) == (Kind.MAIL_REPORT, "report-unreadable")
        assert effects.to_mend() == 1

    @pytest.mark.parametrize(
        "value",
        [None, True, [], [[1]], {"a": {}}, 10**400, -1, 1e400, 0.5, "", "x" * 10_000, "a\0b\ud800c", "😀" * 300],
        ids=range(13),
    )
    def test_odd_value_breaks_nothing(self, app: Flask, value: object) -> None:
        for field in event(Letter(), **HARD):
            letter = sent()
            tell(event(letter, **HARD | {field: value}))
            found = letter_of(letter.application_id or 0)
            decisive = field in ("event", "email", "CustomID")
            assert found.state is (LetterState.SENT if decisive else LetterState.BOUNCED), field
            assert "\0" not in found.trouble

    @pytest.mark.parametrize("body", ["null", "1", '"x"', "[]", "{}", "[1, null]"])
    def test_body_without_an_event_is_nothing(self, app: Flask, body: str) -> None:
        note(body.encode())

    def test_report_that_is_gone_is_nothing(self, app: Flask) -> None:
        delivery.apply(99, now=NOW)

    @pytest.mark.parametrize(
        ("name", "state"), [("sent", LetterState.SENT), ("open", LetterState.OPENED), ("bounce", LetterState.BOUNCED)]
    )
    def test_report_that_is_faster_than_the_answer_stands(self, app: Flask, name: str, state: LetterState) -> None:
        letter = on_its_way()
        tell(event(letter, name))
        assert letter_of(letter.application_id or 0).sent_at == NOW
        assert post.attempt(letter.id) is None
        assert post.address(letter.id, now=LATER) is None
        post.sent(letter.id, "19421777835146490", now=LATER)
        found = letter_of(letter.application_id or 0)
        assert (found.state, found.sent_at, found.message_id) == (state, NOW, "19421777835146490")

    def test_letter_of_an_undone_decision_stays_cancelled(self, app: Flask) -> None:
        letter = sent()
        with transaction() as session:
            session.get_one(Letter, letter.id).state = LetterState.CANCELLED
        tell(event(letter))
        assert rows(Letter)[0].state is LetterState.CANCELLED

    def test_return_leaves_one_line_in_the_trail(self, app: Flask) -> None:
        letter = sent()
        tell(*(event(letter) | part for part in (*STORY[:3], *STORY[5:7], *STORY[5:7])))
        (line,) = rows(Event, verb="letter-returned")
        assert (line.actor, line.why, line.data) == (Actor.SYSTEM, "bounced", {"letter": letter.id})
        assert (line.application_id, line.show_id, line.at) == (letter.application_id, None, LATER)

    def test_report_goes_the_way_of_every_effect(self, app: Flask, drain: Drain) -> None:
        letter = sent()
        delivery.report(json.dumps(event(letter)).encode(), now=NOW)
        held = outbox.lease(limit=9, now=LATER, period=timedelta(minutes=1), kinds={Kind.MAIL_REPORT})
        for lease in held:
            deliver.work(lease)
        assert len(held) == 1
        assert letter_of(letter.application_id or 0).came_back

    def test_reports_are_forgotten_after_a_month(self, app: Flask) -> None:
        delivery.report(b"{}", now=NOW)
        delivery.report(b"{}", now=LATER)
        month = timedelta(days=KEEP_DAYS)
        assert delivery.forget_reports(now=NOW + month) == 0
        assert delivery.forget_reports(now=LATER + month) == 1
        assert [row.received_at for row in rows(MailReport)] == [LATER]


class TestAttempts:
    """A letter between the mail service and our own note of it."""

    def test_letter_is_being_sent_before_it_is(self, app: Flask) -> None:
        letter = on_its_way()
        assert (letter.state, letter.attempted_at, letter.sent_at) == (LetterState.SENDING, NOW, None)
        assert post.attempt(letter.id) == post.Attempt(letter.custom_id or "", NOW)

    def test_letter_keeps_its_custom_id_through_all_attempts(self, app: Flask) -> None:
        letter = on_its_way()
        assert post.not_found(letter.id) == 1
        assert post.not_found(letter.id) == 2
        again = post.address(letter.id, now=LATER)
        assert again is not None
        assert again.custom_id == letter.custom_id
        assert (rows(Letter)[0].attempted_at, rows(Letter)[0].asked_after) == (LATER, 0)

    def test_letter_from_before_gets_a_custom_id(self, app: Flask) -> None:
        submitted()
        with transaction() as session:
            session.query(Letter).one().custom_id = None
        addressed = post.address(1, now=NOW)
        assert addressed is not None
        assert addressed.custom_id == rows(Letter)[0].custom_id

    def test_letter_that_was_surely_not_sent_waits_again(self, app: Flask) -> None:
        letter = on_its_way()
        post.not_sent(letter.id)
        assert rows(Letter)[0].state is LetterState.QUEUED
        assert post.attempt(letter.id) is None

    def test_letter_that_is_known_to_have_come_is_not_taken_back(self, app: Flask) -> None:
        letter = on_its_way()
        tell(event(letter, "open"))
        post.not_sent(letter.id)
        assert rows(Letter)[0].state is LetterState.OPENED

    def test_letter_that_waits_has_no_attempt(self, app: Flask) -> None:
        submitted()
        assert post.attempt(1) is None


class TestReturned:
    """Letters that came back, as the desk sees them."""

    def test_bounced_approval_is_shown_where_it_can_be_mended(self, app: Flask, approved: int) -> None:
        letter = bounced(approved)
        assert dossier(approved, reader=0).returned is letter
        assert effects.effects().returned == [(letter, approved)]
        assert effects.to_mend() == 1

    def test_letter_about_a_show_is_shown_with_its_application(self, app: Flask, drain: Drain, approved: int) -> None:
        moves.make_link(rows(Show)[0].slug, by=lead(), now=NOW)
        drain()
        letter = rows(Letter)[-1]
        assert letter.application_id is None
        tell(event(letter))
        letter = rows(Letter)[-1]
        assert dossier(approved, reader=0).returned is letter
        assert effects.effects().returned == [(letter, approved)]

    def test_letter_nobody_can_see_is_not_to_be_mended(self, app: Flask) -> None:
        bounced(submitted())
        assert effects.effects().returned == []
        assert effects.to_mend() == 0

    def test_spam_came_to_the_person_and_is_not_to_be_mended(self, app: Flask, approved: int) -> None:
        tell(event(letter_of(approved), "spam"))
        assert dossier(approved, reader=0).returned is None
        assert effects.to_mend() == 0
        assert [line.why for line in rows(Event, verb="letter-returned")] == ["spam"]


class TestSendAgain:
    """Staff correct the address."""

    def test_same_words_go_to_the_new_address(self, app: Flask, drain: Drain, approved: int) -> None:
        old = bounced(approved)
        by = person(Role.REVIEWER)
        assert delivery.send_again(old.id, NEW, by=by, now=LATER) == approved
        old, again = rows(Letter)[-2:]
        assert (old.state, old.replaced_by_id) == (LetterState.BOUNCED, again.id)
        assert (again.to_email, again.to_name, again.state) == (NEW, old.to_name, LetterState.QUEUED)
        assert (again.kind, again.subject, again.text, again.html) == (old.kind, old.subject, old.text, old.html)
        assert again.custom_id != old.custom_id
        assert get(approved).email == NEW
        assert (dossier(approved, reader=0).returned, effects.to_mend()) == (None, 0)
        drain()
        again = rows(Letter)[-1]
        assert again.state is LetterState.SENT
        assert NEW in servers.mail(again).to
        assert "/shows/enter/" in servers.mail(again).text

    def test_sending_again_leaves_its_line(self, app: Flask, approved: int) -> None:
        old, by = bounced(approved), person(Role.REVIEWER)
        before = get(approved).version
        delivery.send_again(old.id, NEW, by=by, now=LATER)
        line = rows(Event)[-1]
        assert (line.verb, line.actor, line.person_id, line.at) == ("letter-sent-again", Actor.STAFF, by.id, LATER)
        assert (line.application_id, line.data) == (approved, {"letter": old.id})
        assert get(approved).version == before + 1

    def test_pressing_twice_sends_once(self, app: Flask, approved: int) -> None:
        old, by = bounced(approved), person(Role.REVIEWER)
        for _ in range(2):
            assert delivery.send_again(old.id, NEW, by=by, now=LATER) == approved
        assert len(rows(Letter, to_email=NEW)) == 1
        assert len(rows(Event, verb="letter-sent-again")) == 1

    def test_two_at_once_send_once(self, app: Flask, approved: int) -> None:
        old, by = bounced(approved), person(Role.REVIEWER)
        ids = (old.id, by.id)
        db.session.remove()

        def press() -> int:
            return delivery.send_again(ids[0], NEW, by=db.session.get_one(Person, ids[1]), now=LATER)

        assert at_once(app, press, press) == [approved, approved]
        assert len(rows(Letter, to_email=NEW)) == 1

    def test_owner_of_the_show_moves_with_it(self, app: Flask, drain: Drain, approved: int) -> None:
        delivery.send_again(bounced(approved).id, "Maren@New.Example", by=lead(), now=LATER)
        (show,) = rows(Show)
        assert (show.owner.email, len(rows(Person, email=DRAFT.email))) == (NEW, 0)
        drain()
        assert reader.read(servers.stored(f"feeds/{show.slug}/rss.xml")).feed.owner_email == NEW

    def test_show_goes_to_whom_the_address_belongs(self, app: Flask, approved: int) -> None:
        other = person(None, name="Somebody known", email=NEW)
        delivery.send_again(bounced(approved).id, NEW, by=lead(), now=LATER)
        (show,) = rows(Show)
        assert show.owner_id == other.id
        assert rows(Letter)[-1].person_id == other.id
        assert rows(Person, email=DRAFT.email)[0].id != other.id

    @pytest.mark.parametrize("on_air", [True, False])
    def test_colleagues_address_is_refused(self, app: Flask, drain: Drain, on_air: bool) -> None:
        id_ = received()
        decided(id_, Verb.APPROVE if on_air else Verb.DECLINE)
        drain()
        old, colleague = bounced(id_), person(Role.VIEWER, email="rosa@staff.example")
        with pytest.raises(Refused) as refusal:
            delivery.send_again(old.id, "Rosa@Staff.example", by=lead(), now=LATER)
        assert (refusal.value.code, refusal.value.field) == ("staff-address", "email")
        assert get(id_).email == DRAFT.email
        assert letter_of(id_).replaced_by_id is None
        assert rows(Person, email=colleague.email)[0].role is Role.VIEWER

    @pytest.mark.parametrize("role", [Role.VIEWER, None])
    def test_who_may_not_write_may_not_send_again(self, app: Flask, approved: int, role: Role | None) -> None:
        old = bounced(approved)
        with pytest.raises(Forbidden):
            delivery.send_again(old.id, NEW, by=person(role), now=LATER)
        assert get(approved).email == DRAFT.email

    @pytest.mark.parametrize("name", ["sent", "open", "spam"])
    def test_letter_that_came_is_not_sent_again(self, app: Flask, approved: int, name: str) -> None:
        tell(event(letter_of(approved), name))
        for id_ in (letter_of(approved).id, 999):
            with pytest.raises(Missing):
                delivery.send_again(id_, NEW, by=lead(), now=LATER)

    def test_letter_sent_again_may_come_back_too(self, app: Flask, drain: Drain, approved: int) -> None:
        delivery.send_again(bounced(approved).id, NEW, by=lead(), now=LATER)
        drain()
        second = bounced(approved)
        assert dossier(approved, reader=0).returned is second
        delivery.send_again(second.id, "third@new.example", by=lead(), now=LATER)
        assert effects.to_mend() == 0
        assert get(approved).state is State.APPROVED

    def test_decline_is_sent_again_with_a_link_that_works(self, app: Flask, drain: Drain) -> None:
        id_ = received()
        decided(id_, Verb.DECLINE)
        drain()
        delivery.send_again(bounced(id_).id, NEW, by=lead(), now=LATER)
        assert rows(Show) == []
        drain()
        again = letter_of(id_)
        assert (again.to_email, again.state) == (NEW, LetterState.SENT)
        assert "[[" not in servers.mail(again).text


class TestLetGo:
    """No better address is known."""

    def test_it_is_off_the_list_and_can_still_be_sent_again(self, app: Flask, approved: int) -> None:
        letter, by = bounced(approved), lead()
        assert delivery.let_go(letter.id, by=by, now=LATER) == delivery.let_go(letter.id, by=by, now=LATER) == approved
        assert (effects.to_mend(), effects.effects().returned, dossier(approved, reader=0).returned) == (0, [], None)
        assert [one.person_id for one in rows(Event, verb="letter-let-go")] == [by.id]
        delivery.send_again(letter.id, NEW, by=by, now=LATER)
        assert letter_of(approved).to_email == NEW

    def test_letter_that_came_cannot_be_let_go(self, app: Flask, approved: int) -> None:
        with pytest.raises(Missing):
            delivery.let_go(letter_of(approved).id, by=lead(), now=LATER)

    def test_who_may_not_write_may_not_let_go(self, app: Flask, approved: int) -> None:
        letter = bounced(approved)
        with pytest.raises(Forbidden):
            delivery.let_go(letter.id, by=person(Role.VIEWER), now=LATER)
