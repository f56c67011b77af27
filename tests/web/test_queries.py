"""A page asks the database as often for thirty rows as for two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from review.rules import Verb
from review.services import applications, moves, reviewing
from tests.factories import NOW, decided, person, received
from tests.web.stage import counted, episode, listed, on_air


def statements(client: FlaskClient, path: str) -> int:
    """How many a second visit takes; the first may have to look something up."""
    client.get(path)
    with counted() as found:
        assert client.get(path).status_code == 200
    return len(found)


def more_applications(number: int) -> None:
    for _ in range(number):
        id_ = received(feed_url="https://x.example/feed")
        reviewing.feed_checked(id_, {"url": "https://x.example/feed", "failure": "dns"}, now=NOW)


@pytest.mark.parametrize("query", ["", "?state=all&q=harbour&topic=Arts&feed=broken&language=en"])
def test_list_asks_as_often_for_many_applications(desk: FlaskClient, query: str) -> None:
    more_applications(6)  # where fewer are found, words that are spelled alike are sought, too
    few = statements(desk, f"/desk{query}")
    more_applications(28)
    assert statements(desk, f"/desk{query}") == few


def test_application_asks_as_often_with_a_long_history(desk: FlaskClient) -> None:
    id_ = received(feed_url="https://x.example/feed")
    staff = [person(), person()]

    def more(number: int) -> None:
        for turn in range(number):
            by = staff[turn % 2]
            received(feed_url="https://x.example/feed")
            reviewing.note(id_, "Hm", by=by, now=NOW)
            reviewing.send_link(id_, by=by, now=NOW)
            decided(id_, Verb.ASK, by=by, now=NOW - timedelta(hours=1), asked=("pitch",))
            applications.answer(id_, changes={}, body="Hello", now=NOW)

    more(2)
    few = {path: statements(desk, path) for path in (f"/desk/{id_}", f"/desk/{id_}/decline", f"/desk/{id_}/progress")}
    more(30)
    assert {path: statements(desk, path) for path in few} == few


def test_shows_ask_as_often_for_many(desk: FlaskClient) -> None:
    listed(2)
    few = statements(desk, "/shows")
    listed(28)
    assert statements(desk, "/shows") == few


def test_show_asks_as_often_with_many_episodes_and_links(desk: FlaskClient, drain: Callable[..., int]) -> None:
    show = on_air(drain)
    makers = [show.owner, person()]

    def more(number: int) -> None:
        for turn in range(number):
            episode(show, f"Episode {turn} of {number}", None)
            moves.make_link(show.slug, by=makers[turn % 2], now=NOW)

    more(2)
    few = statements(desk, f"/shows/{show.slug}")
    more(30)
    assert statements(desk, f"/shows/{show.slug}") == few


def test_outbox_asks_as_often_for_many(desk: FlaskClient) -> None:
    more_applications(2)
    few = statements(desk, "/desk/outbox")
    more_applications(28)
    assert statements(desk, "/desk/outbox") == few
