"""Times stand in the reader's own zone, which the browser tells by a cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.factories import NOW, received
from tests.web.browsing import tree
from tests.web.stage import moment, status_token


def there(hours: float) -> str:
    """What clocks show that are so far ahead of UTC."""
    return moment(NOW + timedelta(hours=hours))


def shown(client: FlaskClient, path: str, zone: str | None) -> tuple[str, str]:
    """The time on the page as a person reads it, and as a program does."""
    if zone is not None:
        client.set_cookie("tz", zone)
    (time, *_) = tree(client.get(path)).xpath("//time[@data-moment]")
    return time.text, time.get("datetime")


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        (None, 0),
        ("Europe/Helsinki", 2),
        ("America/Los_Angeles", -8),
        ("Asia/Kolkata", 5.5),
        ("Pacific/Kiritimati", 14),
        ("UTC", 0),
        ("Mars/Olympus", 0),
        ("", 0),
        ("../../etc/passwd", 0),
        ("Europe", 0),
        ("x" * 3000, 0),
        ("<script>", 0),
    ],
)
def test_time_is_shown_in_the_zone_of_the_cookie(client: FlaskClient, zone: str | None, hours: float) -> None:
    path = f"/apply/{status_token(received())}"
    assert shown(client, path, zone) == (there(hours), NOW.isoformat())


def test_staff_and_applicant_each_read_their_own_clock(client: FlaskClient, desk: FlaskClient) -> None:
    id_ = received()
    assert shown(client, f"/apply/{status_token(id_)}", "Europe/Helsinki")[0] == there(2)
    assert shown(desk, f"/desk/{id_}", "America/Los_Angeles")[0] == there(-8)
    assert shown(client, f"/apply/{status_token(id_)}", None)[0] == there(2)
