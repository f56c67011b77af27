"""The demo: every state, the same rows for the same seed, and pages for all of them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app

from review.app import create_app
from review.db import db
from review.demo import load
from review.models.application import Application
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.show import Show
from review.podcast import reader
from review.podcast.snapshot import Snapshot
from review.reads import backlog, dossier
from review.rules import BACKLOG, Role, State
from review.services import people
from tests import servers
from tests.conftest import Fresh, settings_for
from tests.factories import rows, seeking

NOW = datetime(2024, 11, 24, 12, 30, 15, 999, tzinfo=UTC)
PASSWORD = "correct horse"
DICE = {"custom_id", "form_key", "password_hash", "token_hash"}


def fill(count: int, seed: int = 1) -> None:
    assert load.load(count, seed=seed, password=PASSWORD, now=NOW) == count


@pytest.fixture(scope="module", params=[34, 500])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, fresh_database: Fresh
) -> Callable[[Path], None]:
    """Brings the demo into a test's folder; it is made once, because drawing its covers takes a while."""
    folder = tmp_path_factory.mktemp("demo")
    fresh_database(folder)
    app = create_app(settings_for(folder))
    with app.app_context():
        fill(request.param)
        objects = {key: servers.stored(key) for key in servers.objects()}
        db.session.remove()
        db.engine.dispose()
    if servers.running() is None:
        return lambda target: shutil.copytree(folder, target, dirs_exist_ok=True) and None
    made = servers.contents()

    def bring(_target: Path) -> None:
        servers.fill(made)
        for key, data in objects.items():
            current_app.extensions["greenroom"].storage.put(key, [data])

    return bring


@pytest.fixture
def demo(app: Flask, filled: Callable[[Path], None]) -> int:
    """The app over a demo; how many applications there are."""
    folder = app.config["GREENROOM"].data_dir
    db.engine.dispose()
    filled(folder)
    return len(rows(Application))


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what has to be random."""
    found = {}
    for table in db.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name not in DICE]
        found[table.name] = sorted(tuple(map(repr, row)) for row in db.session.execute(db.select(*columns)))
    return found  # type: ignore[return-value]


def test_applications_stand_in_every_state_but_one(demo: int) -> None:
    states = Counter(row.state for row in rows(Application))
    assert sum(states.values()) == demo
    assert set(states) == set(State) - {State.EXPIRED}
    assert states[State.SUBMITTED] >= 14


@pytest.mark.parametrize("filled", [500], indirect=True, scope="module")
def test_same_seed_and_time_give_the_same_rows_and_another_seed_others(
    app: Flask, demo: int, fresh_database: Fresh
) -> None:
    first = everything()
    folder = app.config["GREENROOM"].data_dir / "again"
    folder.mkdir()
    db.session.remove()
    fresh_database(folder)
    other = create_app(settings_for(folder))
    with other.app_context():
        fill(demo)
        assert everything() == first
        fill(demo, seed=2)
        made = [(row.name, row.show_title, row.pitch) for row in rows(Application)]
        db.session.remove()
        db.engine.dispose()
    assert made[:34] == made[demo : demo + 34]
    assert made[34:demo] != made[demo + 34 :]


def test_every_application_opens_on_the_desk(demo: int) -> None:
    assert demo in (34, 500)
    for row in rows(Application):
        if row.state in BACKLOG:
            found = dossier.dossier(row.id, reader=0)
            assert found.events
            assert found.letters or found.decision is None
            assert (found.snapshot is None) == bool(not found.check or found.check.failure)
    assert sum(backlog.counts().values()) == sum(row.state in BACKLOG for row in rows(Application))


def test_applications_come_page_by_page(demo: int) -> None:
    first = backlog.page(seeking(everything=True), now=NOW)
    assert first.pages == -(-first.total // 50)
    seen = [
        row.id for n in range(first.pages) for row in backlog.page(seeking(everything=True, page=n + 1), now=NOW).rows
    ]
    assert len(seen) == len(set(seen)) == first.total


def test_applications_came_over_the_last_ten_days(demo: int) -> None:
    for row in rows(Application):
        assert NOW - timedelta(days=11) < row.created_at < NOW
        assert row.received_at is None or row.created_at < row.received_at < NOW
        assert row.decided_at is None or row.received_at < row.decided_at < NOW
        assert (row.decision_no == 1) == (row.state in load.DECIDED)


@pytest.mark.parametrize("filled", [34], indirect=True, scope="module")
def test_duplicates_name_what_they_repeat(demo: int) -> None:
    for row in rows(Application, state=State.DUPLICATE):
        assert row.duplicate_of_id is not None
        original = db.session.get_one(Application, row.duplicate_of_id)
        assert original.email_key == row.email_key
        assert original.duplicate_of_id is None


def test_nothing_is_mailed_but_the_welcome_that_is_still_to_come(app: Flask, demo: int) -> None:
    waiting = [letter for letter in rows(Letter) if letter.state is LetterState.QUEUED]
    assert {letter.kind for letter in waiting} == {"approved"}
    assert {(item.kind, item.state) for item in rows(OutboxItem)} == {(Kind.PROVISION, ItemState.WAITING)}
    assert not list(app.config["GREENROOM"].mail_dir.glob("*"))


def test_letters_hold_no_placeholder_and_escape_names(app: Flask, demo: int) -> None:
    for letter in rows(Letter):
        assert not {"\ue000", "\ue001"} & set(letter.subject + letter.text + letter.html)
        assert "&amp;amp;" not in letter.html
        assert len(letter.subject) <= 255


def test_staff_of_every_role_sign_in(app: Flask, demo: int) -> None:
    for role, (email, name) in load.STAFF.items():
        found = people.check_password(email, PASSWORD)
        assert found is not None
        assert (found.role, found.name) == (role, name)
    assert {person.role for person in rows(Person)} == set(Role)


def test_feeds_of_the_demo_are_what_their_checks_say(app: Flask, demo: int) -> None:
    storage, base = app.extensions["greenroom"].storage, app.config["PUBLIC_URL"]
    for row in rows(Application):
        check = row.feed_check
        if check is None or check.failure:
            continue
        read = reader.read(storage.read(check.url.removeprefix(f"{base}/")))
        assert check.snapshot is not None
        assert Snapshot.from_json(check.snapshot).title == read.feed.title
        assert storage.size(check.artwork_key)
        for episode in read.feed.episodes:
            if episode.enclosure is not None:  # the broken one has an item that says nothing
                assert storage.size(episode.enclosure.url.removeprefix(f"{base}/")) == episode.enclosure.length


@pytest.mark.parametrize("filled", [34], indirect=True, scope="module")
def test_approved_shows_of_the_demo_without_a_feed_go_on_the_air(app: Flask, demo: int, drain) -> None:  # type: ignore[no-untyped-def]
    drain()
    approved = {row.id for row in rows(Application, state=State.APPROVED) if not row.feed_url}
    assert approved
    assert approved <= {show.application_id for show in rows(Show)}


def test_demo_is_loaded_into_an_empty_database_and_no_second_time(app: Flask) -> None:
    settings = app.config["GREENROOM"]
    first = load.once(settings)
    assert load.once(settings) == first
    assert len(rows(Application)) == 34
    email, password = first.split()
    assert people.check_password(email, password) is not None
    note = settings.data_dir / "demo-sign-in.txt"
    assert note.stat().st_mode & 0o777 == 0o600
    note.unlink()
    assert "account" in load.once(settings)
