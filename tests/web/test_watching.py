"""What programs and operators watch: readiness, metrics, and the status page of the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from jobs import clock
from review.db import transaction
from review.gateways.broker import Serving
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.rules import Role, Verb
from tests.factories import NOW, decided, person, received, rows
from tests.outside import AWAY, Engine, configure
from tests.outside import put as put_outside
from tests.servers import EMBEDDED_ONLY
from tests.web.browsing import buttons, fields, links, press, words
from tests.web.stage import lose_database, status_token

Staff = Callable[..., FlaskClient]
WATCHED = ("/readyz", "/metrics")
FOREIGN = {"REMOTE_ADDR": "192.0.2.7"}


@dataclass
class Queues:
    """A broker in which ids wait and workers serve."""

    waiting: dict[str, int]
    serving: list[Serving] = field(default_factory=list)

    def ping(self) -> None:
        pass

    def queues(self) -> dict[str, int]:
        return self.waiting

    def workers(self) -> list[Serving]:
        return self.serving


@pytest.fixture(autouse=True)
def outside(app: Flask) -> Callable[..., None]:
    """Put something in the place of a gateway. Redis is away."""
    put_outside(app, broker=AWAY)
    return partial(put_outside, app)


@pytest.fixture
def configured(app: Flask) -> Callable[..., None]:
    """Change settings of the app."""
    return partial(configure, app)


def fail(kind: Kind = Kind.LETTER, error: str = "workers-died") -> None:
    """An effect that is dead."""
    with transaction() as session:
        session.add(
            OutboxItem(
                kind=kind, target_id=1, state=ItemState.DEAD, error=error, due_at=NOW, created_at=NOW, done_at=NOW
            )
        )


def bounce_last() -> None:
    with transaction() as session:
        session.get_one(Letter, rows(Letter)[-1].id).state = LetterState.BOUNCED


def metrics(client: FlaskClient) -> dict[str, dict[tuple[str, ...], float]]:
    """Every sample of /metrics: name -> values of its labels -> value."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


class TestReadiness:
    """/healthz and /readyz."""

    def test_ready_while_only_redis_is_away(self, client: FlaskClient) -> None:
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json is not None
        assert response.json["ready"] is True
        parts = response.json["parts"]
        assert list(parts) == ["database", "redis", "storage"]
        assert parts["redis"]["trouble"] == "Redis does not answer (ConnectionError)"
        assert [part["ok"] for part in parts.values()] == [True, False, True]
        assert all(part["milliseconds"] >= 0 for part in parts.values())

    @EMBEDDED_ONLY
    def test_not_ready_without_the_database(self, app: Flask, client: FlaskClient) -> None:
        lose_database()
        (app.config["GREENROOM"].data_dir / "greenroom.db").mkdir()
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json is not None
        assert response.json["ready"] is False
        assert client.get("/metrics").status_code == 503
        assert client.get("/healthz").status_code == 200

    def test_search_that_is_away_leaves_it_ready(self, client: FlaskClient, outside: Callable[..., None]) -> None:
        outside(search=Engine(None))
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json is not None
        assert response.json["parts"]["search"]["ok"] is False

    def test_health_is_for_everybody(self, client: FlaskClient) -> None:
        response = client.get("/healthz", environ_overrides=FOREIGN)
        assert (response.status_code, response.json) == (200, {"status": "ok"})


class TestGuard:
    """Who may watch is said by network."""

    @pytest.mark.parametrize("path", WATCHED)
    @pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
    def test_this_machine_may_watch(self, client: FlaskClient, path: str, address: str) -> None:
        assert client.get(path, environ_overrides={"REMOTE_ADDR": address}).status_code == 200

    @pytest.mark.parametrize("path", WATCHED)
    @pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "2001:db8::1", "", "unix:", "127.0.0.1, 10.0.0.1"])
    def test_others_may_not(self, client: FlaskClient, path: str, address: str) -> None:
        headers = {"X-Forwarded-For": "127.0.0.1"}
        assert client.get(path, environ_overrides={"REMOTE_ADDR": address}, headers=headers).status_code == 403

    @pytest.mark.parametrize("path", WATCHED)
    def test_networks_are_a_setting(self, client: FlaskClient, configured: Callable[..., None], path: str) -> None:
        configured(monitor_networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))
        for address, status in (("192.0.2.7", 200), ("2001:db8::1", 200), ("127.0.0.1", 403)):
            assert client.get(path, environ_overrides={"REMOTE_ADDR": address}).status_code == status

    @pytest.mark.parametrize("path", WATCHED)
    def test_role_does_not_take_the_place_of_a_network(self, staff: Staff, path: str) -> None:
        assert staff(Role.ADMIN).get(path, environ_overrides=FOREIGN).status_code == 403


class TestMetrics:
    """Prometheus reads them."""

    def test_rows_are_counted_by_kind_and_state(self, client: FlaskClient) -> None:
        decided(received(now=NOW - timedelta(hours=1)), Verb.DECLINE)
        fail(Kind.FEED)
        found = metrics(client)
        assert set(found["greenroom_outbox_waiting"]) == {(kind.value,) for kind in Kind}
        assert found["greenroom_outbox_waiting"][("letter",)] == 2
        assert found["greenroom_outbox_oldest_seconds"][("letter",)] == 3600
        assert found["greenroom_outbox_oldest_seconds"][("feed",)] == 0
        assert found["greenroom_outbox_dead"][("feed",)] == 1
        assert found["greenroom_letters"] == {
            (state.value,): 2 if state is LetterState.QUEUED else 0 for state in LetterState
        }

    def test_effect_that_is_not_due_has_waited_for_nothing(self, client: FlaskClient) -> None:
        with transaction() as session:
            due = NOW + timedelta(hours=1)
            session.add(OutboxItem(kind=Kind.SWEEP, target_id=0, state=ItemState.WAITING, due_at=due, created_at=NOW))
        assert metrics(client)["greenroom_outbox_oldest_seconds"][("sweep",)] == 0

    def test_requests_are_counted_by_page_and_never_by_address(self, client: FlaskClient) -> None:
        token = status_token(received())

        def counted() -> float:
            return metrics(client)["greenroom_request_seconds_count"].get(("apply.status", "GET", "200"), 0)

        before = counted()
        assert client.get(f"/apply/{token}").status_code == 200
        assert counted() == before + 1
        assert client.get("/no/such/page").status_code == 404
        text = client.get("/metrics").text
        assert token not in text
        assert "/no/such" not in text
        assert 'endpoint="none"' in text

    def test_connections_in_use_are_counted(self, client: FlaskClient) -> None:
        assert metrics(client)["greenroom_database_connections_in_use"][()] >= 0

    def test_counts_of_several_processes_are_read_from_their_folder(
        self, client: FlaskClient, configured: Callable[..., None], tmp_path: Path
    ) -> None:
        configured(metrics_dir=tmp_path)
        (tmp_path / "histogram_7.db").touch()  # of a process that has only just made it
        found = metrics(client)
        assert "greenroom_request_seconds_count" not in found
        assert "greenroom_outbox_waiting" in found


class TestStatusPage:
    """/desk/status."""

    @pytest.mark.parametrize(
        ("role", "status"), [(Role.VIEWER, 403), (Role.REVIEWER, 403), (Role.LEAD, 403), (Role.ADMIN, 200)]
    )
    def test_status_is_for_admins(self, staff: Staff, role: Role, status: int) -> None:
        browser = staff(role)
        assert browser.get("/desk/status").status_code == status
        assert ("/desk/status" in links(browser.get("/desk"))) == (status == 200)

    def test_strangers_are_shown_the_way_in(self, client: FlaskClient) -> None:
        response = client.get("/desk/status")
        assert (response.status_code, response.location) == (302, "/sign-in?next=/desk/status")

    def test_fresh_product_says_that_nothing_has_been_done(self, staff: Staff) -> None:
        page = staff(Role.ADMIN).get("/desk/status")
        said = words(page, "//main")
        assert "Redis does not answer" in said
        assert "The clock has done nothing yet: is it running?" in said
        assert "No queue is known" in said
        assert "Nothing has failed." in said
        assert "Search index" not in said

    def test_clock_is_shown_by_its_last_tick(self, staff: Staff) -> None:
        clock.tick(NOW)
        assert "The clock last did something 26 Nov 2024, 12:00." in words(staff(Role.ADMIN).get("/desk/status"))

    def test_dead_effect_can_be_retried_from_here(self, staff: Staff) -> None:
        fail(error="workers-died")
        fail(Kind.FEED, error="<b>odd</b>")
        admin = staff(Role.ADMIN)
        page = admin.get("/desk/status")
        said = words(page, "//section[@aria-labelledby='dead-heading']")
        assert "Every worker that began it died." in said
        assert "<b>odd</b>" in said
        assert buttons(page).count("Retry") == 2
        press(admin, "/desk/status", "/1/retry")
        assert rows(OutboxItem)[0].state is ItemState.WAITING

    def test_letters_are_counted_by_what_became_of_them(self, staff: Staff) -> None:
        received()
        bounce_last()
        said = words(staff(Role.ADMIN).get("/desk/status"), "//section[@aria-labelledby='letters-heading']")
        assert "came back: it could not be delivered 1" in said
        assert "reported as spam 0" in said

    def test_queues_and_who_serves_them_are_shown(self, staff: Staff, outside: Callable[..., None]) -> None:
        workers = [
            Serving("host-a", 11, ("letters",), "idle", NOW),
            Serving("host-b", 12, ("letters", "feeds"), "busy", None),
            Serving("host-c", 13, ("feeds",), "made-up", NOW),
        ]
        outside(broker=Queues({"letters": 3, "feeds": 0, "bulk": 7}, workers))
        said = words(staff(Role.ADMIN).get("/desk/status"), "//section[@aria-labelledby='workers-heading']")
        assert "bulk 7 nobody serves it" in said
        assert "letters 3 host-a:11 idle, heard of 26 Nov 2024, 12:00" in said
        assert "host-b:12 at work" in said
        assert "host-c:13 made-up" in said

    def test_lag_of_the_search_index_is_shown(self, staff: Staff, outside: Callable[..., None]) -> None:
        received()
        admin = staff(Role.ADMIN)
        outside(search=Engine(0))
        said = words(admin.get("/desk/status"), "//section[@aria-labelledby='index-heading']")
        assert "On the desk 1 In the index 0 Searches answered by the search engine" in said
        outside(search=Engine(None, is_open=True))
        page = admin.get("/desk/status")
        assert "unknown: it does not answer" in words(page)
        assert "answered by the database for a while" in words(page)
        assert "no answer <here>" in words(page)

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER, Role.ADMIN])
    def test_outbox_lists_letters_that_came_back(self, staff: Staff, role: Role) -> None:
        id_ = received(show_title="<i>Harbour</i>")
        bounce_last()
        browser = staff(role)
        page = browser.get("/desk/outbox")
        said = words(page, "//section[@aria-labelledby='returned-heading']")
        assert "came back: it could not be delivered" in said
        assert f"/desk/{id_}" in links(page)
        assert "1 to mend" in words(page, "//header")
        assert ("Correct the address and send it again" in buttons(browser.get(f"/desk/{id_}"))) == (
            role is not Role.VIEWER
        )

    def test_letter_is_left_at_that_from_the_application(self, staff: Staff) -> None:
        id_ = received()
        bounce_last()
        browser, number = staff(Role.REVIEWER), rows(Letter)[-1].id
        token = str(fields(browser.get(f"/desk/{id_}").text, "/let-go")["csrf_token"])
        response = browser.post(f"/desk/{id_}/letters/{number}/let-go", data={"csrf_token": token})
        assert response.location.endswith(f"/desk/{id_}")
        page = browser.get(f"/desk/{id_}")
        assert "A letter did not arrive" not in words(page)
        assert "left a letter that came back at that" in words(page)

    def test_letter_is_sent_again_from_the_application(self, staff: Staff) -> None:
        id_ = received()
        bounce_last()
        path, number = f"/desk/{id_}", rows(Letter)[-1].id
        browser = staff(Role.REVIEWER)
        person(Role.LEAD, email="rosa@staff.example")
        token = {"csrf_token": _token(browser, path)}
        for email, status in (("no address", 422), ("rosa@staff.example", 422), ("maren@new.example", 303)):
            response = browser.post(f"{path}/letters/{number}/again", data=token | {"email": email})
            assert response.status_code == status
        assert "A letter did not arrive" not in words(browser.get(path))
        assert rows(Letter)[-1].to_email == "maren@new.example"
        assert "1 to mend" not in words(browser.get(path))


def _token(browser: FlaskClient, path: str) -> str:
    return str(fields(browser.get(path).text, "/again")["csrf_token"])
