"""The list: what it holds, what narrows it, and that nothing a person types breaks it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from review.reads import backlog, programmes
from review.reads.backlog import PAGE_SIZE
from review.rules import BACKLOG, State, Verb
from review.services import applications, decisions, expiry, reviewing
from tests.factories import NOW, WINDOW, decided, lead, person, programme, received, seeking, submitted

Statements = Callable[[Callable[[], Any]], int]


def titles(**filters: Any) -> list[str]:
    return [row.show_title for row in backlog.page(seeking(**filters), now=NOW).rows]


def show(title: str, **changes: Any) -> int:
    return received(show_title=title, **changes)


@pytest.fixture
def everything(app: Flask) -> dict[State, int]:
    """One application of every state."""
    made = {State.SUBMITTED: show("submitted"), State.IN_REVIEW: show("in-review")}
    reviewing.take(made[State.IN_REVIEW], by=person(), now=NOW)
    verbs = {
        State.ASKED: Verb.ASK,
        State.APPROVED: Verb.APPROVE,
        State.DECLINED: Verb.DECLINE,
        State.WAITLISTED: Verb.WAITLIST,
    }
    for state, verb in verbs.items():
        made[state] = show(state.value)
        decided(made[state], verb)
    made[State.DUPLICATE] = show("duplicate")
    decided(made[State.DUPLICATE], Verb.DUPLICATE, duplicate_of=made[State.SUBMITTED])
    made[State.WITHDRAWN] = show("withdrawn")
    applications.withdraw(made[State.WITHDRAWN], why="", now=NOW + WINDOW)
    made[State.EXPIRED] = submitted(show_title="expired", now=NOW - timedelta(days=9))
    expiry.expire_unverified(now=NOW)
    made[State.UNVERIFIED] = submitted(show_title="unverified")
    assert set(made) == set(State)
    return made


def test_list_shows_what_waits_for_a_decision(everything: dict[State, int]) -> None:
    assert titles() == ["submitted", "in-review"]


@pytest.mark.parametrize("state", BACKLOG)
def test_list_is_narrowed_to_a_state(everything: dict[State, int], state: State) -> None:
    assert titles(state=state) == [state.value]


def test_all_is_all_but_the_unconfirmed(everything: dict[State, int]) -> None:
    assert set(titles(everything=True)) == {state.value for state in BACKLOG}


def test_counts_are_those_of_the_list(everything: dict[State, int]) -> None:
    assert backlog.counts() == dict.fromkeys(BACKLOG, 1)


def test_counts_of_nothing_are_zeros(app: Flask) -> None:
    assert backlog.counts() == dict.fromkeys(BACKLOG, 0)
    page = backlog.page(seeking(), now=NOW)
    assert (page.rows, page.total, page.number, page.pages) == ([], 0, 1, 1)


def test_undo_brings_the_application_back_into_the_list(app: Flask) -> None:
    by = lead()
    made = decided(show("a"), Verb.DECLINE, by=by)
    assert titles() == []
    decisions.undo(made, by=by, now=NOW)
    assert titles() == ["a"]


FOUND = [
    ("Café Müller", "cafe muller"),
    ("Café Müller", "MÜLLER"),
    ("cafe muller", "Müller Café"),
    ("C# show", "C# show"),
    ("100% Yours", "100%"),
    ("snake_case", "snake_case"),
    ("back\\slash", "back\\slash"),
    ("a/b", "a/b"),
    ('It\'s "quoted"', 'it\'s "quoted"'),
    ("Straße", "strasse"),
    ("حكايات من الحي", "الحي"),
    ("🐝 Bees", "🐝"),
    ("Ａｌｌｗｉｄｅ", "allwide"),
]


@pytest.mark.parametrize(("title", "typed"), FOUND)
def test_text_finds_the_show_and_no_other(app: Flask, title: str, typed: str) -> None:
    show(title)
    for other in ("100x", "snakeXcase", "backXslash", "nothing", "aXb"):
        show(other)
    assert titles(text=typed) == [title]


def test_text_finds_name_address_pitch_and_feed(app: Flask) -> None:
    show("a", name="Zoë Ångström", email="zoe@mail.example", pitch="Zeppelins", feed_url="https://feeds.zed.example/x")
    show("b")
    for typed in ("angstrom", "zoe@mail", "zeppelin", "feeds.zed", "zoe zeppelins"):
        assert titles(text=typed) == ["a"]
    assert titles(text="zoe kitchen") == []


@pytest.mark.parametrize(
    "typed",
    ["", " ", "%", "_", "\\", "'", '"', "'; DROP TABLE applications; --", "(", "*", "AND OR NOT", "\x00", "x" * 5000]
    + ["a " * 500, "\ud800", "%%%", "/%", "//", "[a-z]", "NEAR/3", '"unclosed', "C# show", "🐝" * 50],
)
def test_nothing_a_person_types_fails(app: Flask, typed: str) -> None:
    show("Harbour")
    for name in ("text", "topic", "language", "feed"):
        if name == "text" or "\ud800" not in typed:
            backlog.page(seeking(**{name: typed}), now=NOW)
    assert titles() == ["Harbour"]


def test_percent_alone_finds_only_what_has_one(app: Flask) -> None:
    show("100%", pitch="x")
    show("none", pitch="x")
    assert titles(text="%") == ["100%"]
    assert titles(text="_") == titles(text="\\") == []


def test_list_is_narrowed_to_a_topic_and_what_stands_below_it(app: Flask) -> None:
    show("food", topics=("Arts > Food",))
    show("arts", topics=("News", "Arts"))
    show("other", topics=("Health & Fitness",))
    assert titles(topic="Arts") == ["food", "arts"]
    assert titles(topic="Arts > Food") == ["food"]
    assert titles(topic="Health & Fitness") == ["other"]
    assert titles(topic="food") == ["food"]
    assert titles(topic="%") == []


def test_list_is_narrowed_to_a_language(app: Flask) -> None:
    show("de", language="de")
    show("en")
    assert titles(language="de") == ["de"]


def test_list_is_narrowed_by_feed(app: Flask) -> None:
    show("none")
    for title, failure in (("good", ""), ("broken", "dns")):
        id_ = show(title, feed_url=f"https://{title}.example/feed")
        reviewing.feed_checked(id_, {"url": "u", "failure": failure}, now=NOW)
    show("unread", feed_url="https://unread.example/feed")
    assert {feed: titles(feed=feed) for feed in ("none", "good", "broken")} == {
        "none": ["none"],
        "good": ["good"],
        "broken": ["broken"],
    }
    assert len(titles(feed="")) == len(titles(feed="anything else")) == 4


def test_filters_narrow_together(app: Flask) -> None:
    show("Harbour", language="de", topics=("Arts",))
    show("Harbour two", language="en", topics=("Arts",))
    assert titles(text="harbour", language="de", topic="Arts", feed="none") == ["Harbour"]


def test_oldest_come_first_and_pages_hold_each_once(app: Flask) -> None:
    ids = [received(email=f"a{n}@mail.example", now=NOW + timedelta(minutes=n // 40)) for n in range(2 * PAGE_SIZE + 3)]
    pages = [backlog.page(seeking(page=number), now=NOW) for number in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [PAGE_SIZE, PAGE_SIZE, 3]
    assert [row.id for page in pages for row in page.rows] == ids
    assert {(page.total, page.pages) for page in pages} == {(103, 3)}
    for number, shown in ((0, 1), (-5, 1), (4, 3), (10**12, 3)):
        assert backlog.page(seeking(page=number), now=NOW).number == shown


def test_states_that_are_shown_together_are_in_one_order(app: Flask) -> None:
    """Also beyond the pages that are put together from each state."""
    by, count = lead(), (backlog.EARLY + 2) * PAGE_SIZE
    ids = [received(email=f"a{n}@mail.example", now=NOW + timedelta(minutes=n)) for n in range(count)]
    for id_ in ids[1::3]:
        reviewing.take(id_, by=by, now=NOW)
    for page in (1, 2, backlog.EARLY, backlog.EARLY + 1, backlog.EARLY + 2):
        found = backlog.page(seeking(page=page), now=NOW)
        assert [row.id for row in found.rows] == ids[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        assert (found.total, found.number) == (count, page)


@pytest.mark.parametrize("narrowed", [{"text": "harbour"}, {"language": "en"}, {"feed": "none"}])
def test_what_narrows_the_list_is_counted_with_it(app: Flask, narrowed: dict[str, str]) -> None:
    ids = [received(email=f"a{n}@mail.example", now=NOW + timedelta(minutes=n)) for n in range(PAGE_SIZE + 3)]
    for page, shown in ((1, ids[:PAGE_SIZE]), (2, ids[PAGE_SIZE:]), (9, ids[PAGE_SIZE:])):
        found = backlog.page(seeking(page=page, **narrowed), now=NOW)
        assert ([row.id for row in found.rows], found.total, found.pages) == (shown, PAGE_SIZE + 3, 2)
    assert backlog.page(seeking(language="xx"), now=NOW).total == 0


def test_places_left_never_fall_below_zero(app: Flask) -> None:
    decided(received(), Verb.APPROVE)
    decided(received(), Verb.APPROVE)
    assert programmes.places_left(programmes.first()) == 38
    programme(places=1)
    assert programmes.places_left(programmes.first()) == 0


def test_list_asks_as_often_for_thirty_as_for_one(app: Flask, statements: Statements) -> None:
    def look() -> None:
        for row in backlog.page(seeking(everything=True), now=NOW).rows:
            assert row.show_title
            assert row.feed_check is None or row.feed_check.failure == "dns"
        backlog.counts()

    def add(number: int) -> None:
        id_ = show(f"s{number}", feed_url=f"https://s{number}.example/feed")
        reviewing.feed_checked(id_, {"url": "u", "failure": "dns"}, now=NOW)

    add(0)
    few = statements(look)
    for number in range(1, 30):
        add(number)
    assert statements(look) == few <= 6


def test_snoozed_ones_stand_apart_until_their_time(app: Flask) -> None:
    for title in ("Awake", "Asleep", "Woken"):
        received(show_title=title)
    asleep, woken = (row.id for row in backlog.page(seeking(), now=NOW).rows[1:])
    reviewing.snooze(asleep, 3, by=person(), now=NOW)
    reviewing.snooze(woken, 1, by=person(), now=NOW - timedelta(days=1))
    assert titles() == ["Awake", "Woken"]
    assert titles(snoozed=True) == ["Asleep"]
    assert titles(text="asleep") == titles(everything=True, text="asleep") == ["Asleep"]
    assert titles(state=State.SUBMITTED) == ["Awake", "Asleep", "Woken"]
    assert (backlog.snoozed(NOW), backlog.snoozed(NOW + timedelta(days=3))) == (1, 0)
