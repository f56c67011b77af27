"""Tables that are brought in: each row once, whoever dies and however often it comes; nothing untrue is noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from jobs import clock, deliver
from review import outbox
from review.errors import Forbidden, GiveUp, Missing, Refused
from review.models.application import Application
from review.models.event import Event
from review.models.intake import Import, ImportRow, Outcome, Stage
from review.models.letter import Letter
from review.models.outbox import Kind, OutboxItem
from review.models.person import Person
from review.models.show import StepName
from review.reads import intake as kept_tables
from review.reads import provisioning
from review.rules import Role, State, Verb
from review.services import intake, shows
from review.services import intake as verbs
from tests.factories import NOW, decided, get, person, programme, rows
from tests.services.at_once import at_once
from tests.services.old_host import OldHost

HEAD = "Timestamp,Email Address,What is your name?,Name of your show,Tell us about it,RSS feed,Category\n"
SENT = NOW - timedelta(days=20)


def line(number: int, **changes: str) -> str:
    said = {
        "at": f"{SENT:%m/%d/%Y %H:%M:%S}",
        "email": f"a{number}@mail.example",
        "name": f"Ada {number}",
        "title": f"Show {number}",
        "pitch": "We talk at night.",
        "feed": "",
        "category": "",
    }
    return ",".join((said | changes).values()) + "\n"


def table(*numbers: int) -> bytes:
    return (HEAD + "".join(map(line, numbers))).encode()


@pytest.fixture
def lead(app: Flask) -> Person:
    return person(Role.LEAD, name="Linus Adeyemi")


def brought_in(data: bytes, lead: Person, *, name: str = "forms.csv") -> Counter[Outcome]:
    """Keep a table, take it in, and count what became of its rows."""
    id_ = intake.keep(data, name, by=lead, now=NOW)
    intake.start(id_, by=lead, now=NOW)
    while intake.take_in_next(id_, now=NOW):
        pass
    assert rows(Import, id=id_)[0].stage is Stage.DONE
    return Counter(row.outcome for row in rows(ImportRow, import_id=id_))


class TestRows:
    def test_row_stands_in_the_backlog_as_it_was_sent(self, lead: Person) -> None:
        row = line(1, feed="https://pod.example/feed.xml", category="Comedy; Wizardry")
        assert brought_in((HEAD + row).encode(), lead) == {Outcome.IMPORTED: 1}
        (one,) = rows(Application)
        assert (one.state, one.received_at, one.created_at) == (State.SUBMITTED, SENT, NOW)
        assert (one.name, one.email, one.show_title, one.pitch) == (
            "Ada 1",
            "a1@mail.example",
            "Show 1",
            "We talk at night.",
        )
        assert (one.topics, one.language, one.feed_url) == (["Comedy"], "en", "https://pod.example/feed.xml")
        assert (one.rules_version, one.consented_at, one.for_waitlist) == (0, SENT, False)
        (event,) = rows(Event, application_id=one.id)
        assert (event.verb, event.person_id, event.why) == ("imported", lead.id, "forms.csv, 2")
        assert event.data == {"file": "forms.csv", "line": 2, "left_out": {"topics": ["Wizardry"]}}

    def test_no_letter_is_sent_and_the_feed_is_read(self, lead: Person) -> None:
        brought_in((HEAD + line(1, feed="pod.example/feed.xml")).encode(), lead)
        assert rows(Letter) == []
        assert [item.kind for item in rows(OutboxItem) if item.kind is not Kind.INTAKE] == [Kind.FEED_CHECK]

    def test_row_without_a_time_is_of_now_and_none_is_of_the_future(self, lead: Person) -> None:
        soon = NOW + timedelta(hours=3)  # a zone the table does not name
        data = HEAD + line(1, at="") + line(2, at=f"{soon:%Y-%m-%d %H:%M:%S}")
        brought_in(data.encode(), lead)
        assert [one.received_at for one in rows(Application)] == [NOW, NOW]

    def test_a_closed_programme_turns_no_row_away(self, lead: Person) -> None:
        programme(closes_at=NOW - timedelta(days=1), places=0)
        brought_in(table(1), lead)
        assert rows(Application)[0].state is State.SUBMITTED

    def test_later_letters_carry_a_link_as_for_anyone(self, lead: Person) -> None:
        brought_in(table(1), lead)
        decided(rows(Application)[0].id, Verb.ASK, asked=("pitch",))
        assert "[[status-link]]" in rows(Letter)[0].text

    def test_wrong_row_says_everything_and_stops_no_other(self, lead: Person) -> None:
        data = HEAD + line(1, email="a at b", name="") + line(2)
        assert brought_in(data.encode(), lead) == {Outcome.REFUSED: 1, Outcome.IMPORTED: 1}
        wrong, right = rows(ImportRow)
        assert [problem["code"] for problem in wrong.problems] == ["missing", "no-email"]
        assert right.application_id == rows(Application)[0].id


class TestAgain:
    def test_thirty_old_and_five_new_rows_are_five(self, lead: Person) -> None:
        assert brought_in(table(*range(30)), lead) == {Outcome.IMPORTED: 30}
        assert brought_in(table(*range(35)), lead) == {Outcome.KNOWN: 30, Outcome.IMPORTED: 5}
        assert len(rows(Application)) == 35

    def test_the_same_row_twice_in_a_table_is_one(self, lead: Person) -> None:
        assert brought_in(table(1, 2, 1), lead) == {Outcome.IMPORTED: 2, Outcome.KNOWN: 1}

    def test_known_row_leads_to_the_application_as_it_is_now(self, lead: Person) -> None:
        brought_in(table(1), lead)
        (one,) = rows(Application)
        decided(one.id, Verb.DECLINE)
        brought_in(table(1), lead)
        assert [row.application_id for row in rows(ImportRow)] == [one.id, one.id]
        assert get(one.id).state is State.DECLINED

    def test_two_workers_at_once_take_each_row_once(self, app: Flask, lead: Person) -> None:
        id_ = intake.keep(table(*range(12)), "forms.csv", by=lead, now=NOW)
        intake.start(id_, by=lead, now=NOW)

        def work() -> None:
            while intake.take_in_next(id_, now=NOW):
                pass

        assert at_once(app, work, work) == [None, None]
        assert {row.outcome for row in rows(ImportRow)} == {Outcome.IMPORTED}
        assert len(rows(Application)) == 12
        assert rows(Import)[0].stage is Stage.DONE

    def test_worker_that_dies_midway_leaves_the_rest_to_the_next(
        self, lead: Person, monkeypatch: pytest.MonkeyPatch, drain: Callable[..., int]
    ) -> None:
        id_ = intake.keep(table(*range(6)), "forms.csv", by=lead, now=NOW)
        intake.start(id_, by=lead, now=NOW)
        held = outbox.lease(limit=1, now=NOW, period=timedelta(minutes=1), kinds=[Kind.INTAKE])[0]
        real, left = verbs.take_in_next, [3]

        def dying(import_id: int, *, now: datetime) -> bool:
            left[0] -= 1
            if left[0] < 0:
                raise SystemExit("killed")
            return real(import_id, now=now)

        with monkeypatch.context() as patched:
            patched.setattr(verbs, "take_in_next", dying)
            with pytest.raises(SystemExit):
                deliver.work(held)
        assert Counter(row.outcome for row in rows(ImportRow)) == {Outcome.IMPORTED: 3, Outcome.WAITING: 3}
        drain(datetime.now(UTC) + timedelta(days=1))
        assert {row.outcome for row in rows(ImportRow)} == {Outcome.IMPORTED}
        assert [event.verb for event in rows(Event, application_id=rows(Application)[0].id)] == ["imported"]
        assert len(rows(Application)) == 6


class TestKeeping:
    def test_table_is_kept_as_guessed_and_read_as_told(self, lead: Person) -> None:
        id_ = intake.keep(table(1), "C:\\Users\\ada\\forms.csv", by=lead, now=NOW)
        kept = kept_tables.table(id_)
        assert kept.name == "forms.csv"
        assert (kept.headings[0], kept.columns["email"], kept.stage) == ("Timestamp", 1, Stage.KEPT)
        intake.arrange(id_, {"name": 2, "email": 1}, dates="dmy", language="de", by=lead)
        kept = kept_tables.table(id_)
        assert (kept.columns, kept.dates, kept.language) == ({"name": 2, "email": 1}, "dmy", "de")

    @pytest.mark.parametrize(
        ("columns", "dates", "language"),
        [({"name": 99}, "dmy", "en"), ({"state": 1}, "dmy", "en"), ({}, "ymd", "en"), ({}, "dmy", "xx")],
    )
    def test_columns_that_are_not_there_are_refused(
        self, lead: Person, columns: dict[str, int], dates: str, language: str
    ) -> None:
        id_ = intake.keep(table(1), "forms.csv", by=lead, now=NOW)
        with pytest.raises(Refused, match="import-columns"):
            intake.arrange(id_, columns, dates=dates, language=language, by=lead)

    def test_preview_says_what_would_become_of_the_rows_and_does_nothing(self, lead: Person) -> None:
        brought_in(table(1, 2), lead)
        data = HEAD + line(1) + line(3) + line(3) + line(4, email="no")
        kept = kept_tables.table(intake.keep(data.encode(), "forms.csv", by=lead, now=NOW))
        preview = kept_tables.preview(kept, now=NOW)
        assert (preview.new, preview.known, preview.refused) == (1, 2, 1)
        assert [refusal.line for refusal in preview.refusals] == [5]
        assert [number for number, _entry in preview.first] == [2, 3, 4]
        assert len(rows(Application)) == 2

    def test_started_twice_is_once_and_arranged_no_more(self, lead: Person) -> None:
        id_ = intake.keep(table(1), "forms.csv", by=lead, now=NOW)
        for _ in range(2):
            intake.start(id_, by=lead, now=NOW)
        assert [item.kind for item in rows(OutboxItem)] == [Kind.INTAKE]
        for act in (
            lambda: intake.arrange(id_, {}, dates="dmy", language="en", by=lead),
            lambda: intake.let_go(id_, by=lead, now=NOW),
        ):
            with pytest.raises(Refused, match="import-begun"):
                act()

    def test_table_is_let_go_of_and_its_applications_stay(self, lead: Person) -> None:
        brought_in(table(1), lead)
        intake.let_go(rows(Import)[0].id, by=lead, now=NOW)
        assert (rows(Import), rows(ImportRow), len(rows(Application))) == ([], [], 1)

    def test_clock_lets_go_of_old_tables_only(self, lead: Person) -> None:
        brought_in(table(1), lead)
        running = intake.keep(table(2), "running.csv", by=lead, now=NOW)
        intake.start(running, by=lead, now=NOW)
        recent = intake.keep(table(3), "recent.csv", by=lead, now=NOW + timedelta(days=10))
        clock.tick(NOW + timedelta(days=15))
        assert [one.id for one in rows(Import)] == [running, recent]
        assert {row.import_id for row in rows(ImportRow)} == {running, recent}

    def test_effect_of_a_table_that_is_gone_ends(self, lead: Person) -> None:
        assert intake.take_in_next(99, now=NOW) is False

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
    def test_only_leads_bring_tables_in(self, lead: Person, role: Role) -> None:
        id_, who = intake.keep(table(1), "forms.csv", by=lead, now=NOW), person(role)
        for act in (
            lambda: intake.keep(table(1), "forms.csv", by=who, now=NOW),
            lambda: intake.arrange(id_, {}, dates="dmy", language="en", by=who),
            lambda: intake.start(id_, by=who, now=NOW),
            lambda: intake.let_go(id_, by=who, now=NOW),
        ):
            with pytest.raises(Forbidden):
                act()

    def test_table_that_is_not_there_is_missing(self, lead: Person) -> None:
        with pytest.raises(Missing):
            intake.start(99, by=lead, now=NOW)
        with pytest.raises(Missing):
            kept_tables.table(99)


def test_locked_feed_is_not_taken_on_the_word_of_a_table(lead: Person, old_host: OldHost) -> None:
    """The address was never confirmed here: that it is the owner's proves nothing."""
    locked = '<podcast:locked owner="a1@mail.example">yes</podcast:locked>'
    url = old_host.put_feed("a", channel=locked)
    brought_in((HEAD + line(1, feed=url)).encode(), lead)
    id_ = rows(Application)[0].id
    assert provisioning.confirmed_email(id_) == ""
    decided(id_, Verb.APPROVE)
    with pytest.raises(GiveUp, match="feed-locked"):
        deliver.provision(id_, lambda: None)
    assert StepName.SHOW not in shows.steps_done(id_)


class TestCommand:
    """`flask import-applications`."""

    @pytest.fixture
    def run(self, app: Flask, tmp_path: Path) -> Callable[..., Result]:
        def invoke(data: bytes, *words: str) -> Result:
            file = tmp_path / "forms.csv"
            file.write_bytes(data)
            return app.test_cli_runner().invoke(args=["import-applications", str(file), *words])

        return invoke

    def test_it_brings_a_table_in_once(self, run: Callable[..., Result]) -> None:
        first, again = run(table(1, 2)), run(table(1, 2, 3))
        assert (first.exit_code, again.exit_code) == (0, 0)
        assert "2 brought in, 0 here already, 0 cannot be brought in" in first.output
        assert "1 brought in, 2 here already" in again.output
        event = rows(Event, verb="imported")[0]
        assert (event.actor, event.why) == ("system", "forms.csv, 2")

    def test_it_says_what_is_wrong_and_where(self, run: Callable[..., Result]) -> None:
        result = run((HEAD + line(1) + line(2, email="no")).encode())
        assert result.exit_code == 1
        assert "line 3: Email Address: “no” is no e-mail address" in result.output
        assert len(rows(Application)) == 1

    def test_dry_run_brings_nothing_in(self, run: Callable[..., Result]) -> None:
        run(table(1))
        result = run(table(1, 2), "--dry-run")
        assert "1 would be brought in, 1 here already" in result.output
        assert len(rows(Application)) == 1

    def test_columns_can_be_named(self, run: Callable[..., Result]) -> None:
        data = b"who,where,what,say\nAda,a@mail.example,Owls,We talk.\n"
        assert run(data).exit_code == 1
        maps = ("name=who", "email=where", "show_title=what", "pitch=say")
        assert run(data, *(word for one in maps for word in ("--map", one))).exit_code == 0
        assert rows(Application)[0].show_title == "Owls"

    @pytest.mark.parametrize(
        ("data", "words", "said"),
        [
            (b"", (), "The file is empty"),
            (b"a\n1\n", ("--map", "nonsense=a"), "no field is called 'nonsense'"),
            (b"a\n1\n", ("--map", "email=b"), "no column is called 'b'"),
        ],
    )
    def test_it_says_why_it_cannot_begin(
        self, run: Callable[..., Result], data: bytes, words: tuple[str, ...], said: str
    ) -> None:
        result = run(data, *words)
        assert result.exit_code
        assert said in result.output
