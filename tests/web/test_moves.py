"""Leaving: the page tells what is in the archive, the button gives all of it, byte for byte, and counts."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from time_machine import Traveller
from werkzeug.test import TestResponse

from review.db import db
from review.models.event import Event
from review.models.show import Episode, Show
from review.services import moves
from tests.factories import NOW
from tests.web.browsing import buttons, fields, send, words
from tests.web.stage import episode, export_link, export_path, moment, on_air

DAY = f"{NOW - timedelta(days=3):%Y-%m-%d}"


@pytest.fixture
def show(client: FlaskClient, drain: Callable[..., int]) -> Show:
    """Harbour Kitchen with three episodes, one of them still at the old host."""
    made = on_air(drain)
    episode(made, "Soup", b"soup" * 30_000)
    episode(made, "Brød/og: smør?", b"")
    episode(made, "Salt", None)
    return made


@pytest.fixture
def path(show: Show, drain: Callable[..., int]) -> str:
    """The page its owner was mailed a link to."""
    return export_path(show, show.owner, drain)


def download(client: FlaskClient, path: str) -> TestResponse:
    return send(client, path, to=f"{path}/archive.zip")


def opened(response: TestResponse) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(response.data))
    assert archive.testzip() is None
    return archive


def test_page_tells_what_is_in_it_and_how_to_move(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    said = words(page)
    assert page.status_code == 200
    assert buttons(page)[0].startswith("Download everything")
    assert f"The link works until {moment(NOW + timedelta(days=14))}. It was used 0 times." in said
    assert f"media/{DAY} Soup.mp3 120.0 kB" in said
    assert "1 episode is not in it, because its file is still at the old host: Salt" in said
    assert "/feeds/harbour-kitchen/rss.xml" in said


def test_opening_the_page_counts_nothing(client: FlaskClient, path: str) -> None:
    client.get(path)
    assert export_link().downloads == 0


def test_archive_is_whole(client: FlaskClient, path: str) -> None:
    response = download(client, path)
    assert response.status_code == 200
    assert response.mimetype == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="harbour-kitchen.zip"'
    assert int(response.headers["Content-Length"]) == len(response.data)
    archive = opened(response)
    manifest = json.loads(archive.read("manifest.json"))
    assert {file["name"] for file in manifest["files"]} == set(archive.namelist()) - {"manifest.json", "README.txt"}
    for file in manifest["files"]:
        data = archive.read(file["name"])
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert archive.read(f"media/{DAY} Soup.mp3") == b"soup" * 30_000
    assert [name for name in archive.namelist() if name.startswith("artwork.")]
    assert manifest["not_included"] == [{"guid": "Salt", "url": "https://old.example/4.mp3"}]
    assert "- Salt: https://old.example/4.mp3" in archive.read("README.txt").decode()


def test_feed_in_the_archive_is_unlocked(client: FlaskClient, path: str) -> None:
    feed = opened(download(client, path)).read("feed.xml")
    assert b"locked" in feed
    assert b">no</podcast:locked>" in feed


def test_every_download_is_counted_and_noted(client: FlaskClient, stranger: FlaskClient, path: str) -> None:
    for browser in (client, stranger, client):
        assert download(browser, path).status_code == 200
    assert export_link().downloads == 3
    assert len(db.session.scalars(select(Event).where(Event.verb == "export-downloaded")).all()) == 3
    assert "It was used 3 times." in words(client.get(path))


def test_file_that_was_lost_is_named_and_left_out(app: Flask, client: FlaskClient, path: str) -> None:
    key = db.session.scalars(select(Episode.media_key).where(Episode.title == "Soup")).one()
    app.extensions["greenroom"].storage.put(key, [b"half"])
    response = download(client, path)
    assert int(response.headers["Content-Length"]) == len(response.data)
    archive = opened(response)
    assert not [name for name in archive.namelist() if "Soup" in name]
    assert f"- media/{DAY} Soup.mp3" in archive.read("README.txt").decode()


def test_damaged_file_never_makes_a_whole_archive(app: Flask, client: FlaskClient, path: str) -> None:
    key = db.session.scalars(select(Episode.media_key).where(Episode.title == "Soup")).one()
    app.extensions["greenroom"].storage.put(key, [b"soap" * 30_000])
    data = fields(client.get(path).text)
    with pytest.raises(Exception, match="has changed"):
        client.post(f"{path}/archive.zip", data=data)


def test_download_takes_a_button(client: FlaskClient, path: str) -> None:
    response = client.get(f"{path}/archive.zip")
    assert response.status_code == 405
    assert response.headers["Allow"]
    assert client.post(f"{path}/archive.zip").status_code == 400
    assert export_link().downloads == 0


def revoke(show: Show, _clock: Traveller) -> None:
    given = export_link()
    moves.revoke_link(given.id, by=given.made_by, now=NOW)


def expire(_show: Show, clock: Traveller) -> None:
    clock.shift(timedelta(days=14))


@pytest.mark.parametrize("end", [revoke, expire])
def test_link_that_has_ended_gives_nothing(
    client: FlaskClient, show: Show, path: str, clock: Traveller, end: Callable[[Show, Traveller], None]
) -> None:
    data = fields(client.get(path).text)
    end(show, clock)
    for response in (client.get(path), client.post(f"{path}/archive.zip", data=data)):
        assert response.status_code == 410
        assert "It has expired or was withdrawn" in words(response)
    assert export_link().downloads == 0


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: "x" + t, lambda t: "x.y", lambda t: "ä", lambda t: "%00"]
)
def test_link_that_was_never_given_is_not_found(client: FlaskClient, path: str, change: Callable[[str], str]) -> None:
    wrong = f"/move/{change(path.rpartition('/')[2])}"
    data = fields(client.get(path).text)
    assert client.get(wrong).status_code == 404
    assert client.post(f"{wrong}/archive.zip", data=data).status_code == 404


def test_show_without_episodes_can_leave_too(client: FlaskClient, drain: Callable[..., int]) -> None:
    made = on_air(drain)
    archive = opened(download(client, export_path(made, made.owner, drain)))
    assert "feed.xml" in archive.namelist()


def test_strange_title_makes_safe_names(client: FlaskClient, drain: Callable[..., int]) -> None:
    made = on_air(drain, show_title='"; filename=evil.exe\u202e <b>')
    episode(made, "../../etc/passwd\x01", b"sound")
    path = export_path(made, made.owner, drain)
    assert client.get(path).status_code == 200
    response = download(client, path)
    assert response.headers["Content-Disposition"].count('"') == 2
    assert all(".." not in Path(name).parts for name in opened(response).namelist())
