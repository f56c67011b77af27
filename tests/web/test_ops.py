"""What belongs to no one page: home, health, published objects with ranges and validators, the mailbox."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from review.gateways.mail import Outgoing
from review.reads.shows import EXTENSIONS
from tests.factories import received
from tests.servers import EMBEDDED_ONLY, STACK_ONLY, feeds_url, running
from tests.web.browsing import links, tree, words
from tests.web.stage import lose_database

SOUND = bytes(range(256)) * 40


def put(key: str, data: bytes = SOUND) -> None:
    current_app.extensions["greenroom"].storage.put(key, [data])


def letter(number: int, **changes: str) -> None:
    """A letter that was sent."""
    values = {
        "to_name": "Maren",
        "to_email": "maren@mail.example",
        "from_email": "hello@greenroom.example",
        "from_name": "Greenroom",
        "subject": f"Letter {number}",
        "text": "See https://x.example/a and [[not-a-link]] <b>\n",
        "html": "<p>See <a href='https://x.example/a'>it</a></p>",
    }
    current_app.extensions["greenroom"].mail.send(Outgoing(id=number, custom_id=f"custom-{number}", **values | changes))


def test_home_leads_everybody_on(client: FlaskClient) -> None:
    mailbox = {"/mailbox"} if running() is None else set()
    assert {"/apply", "/apply/link", "/shows/link", "/sign-in"} | mailbox <= set(links(client.get("/")))


@EMBEDDED_ONLY
def test_health_is_the_process_alone(app: Flask, client: FlaskClient) -> None:
    lose_database()
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_favicon_is_found_by_the_name_browsers_use(client: FlaskClient) -> None:
    assert client.get(client.get("/favicon.ico").location).status_code == 200


@EMBEDDED_ONLY
def test_feed_has_the_type_and_age_apps_expect(client: FlaskClient) -> None:
    put("feeds/soup/rss.xml", b"<rss/>")
    response = client.get("/feeds/soup/rss.xml")
    assert (response.status_code, response.data) == (200, b"<rss/>")
    assert response.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert response.headers["ETag"]
    assert "Set-Cookie" not in response.headers


@EMBEDDED_ONLY
@pytest.mark.parametrize("path", ["/feeds/soup/rss.xml", "/media/soup/1.mp3", "/demo/soup/1.mp3"])
def test_object_is_not_sent_again_to_whoever_has_it(client: FlaskClient, path: str) -> None:
    put(path[1:])
    first = client.get(path)
    same = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    same = client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert same.status_code == 304
    put(path[1:], b"other")
    other = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (other.status_code, other.data) == (200, b"other")


@EMBEDDED_ONLY
@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("0-99", 0, 99), ("100-", 100, 10239), ("-10", 10230, 10239), ("9000-99999", 9000, 10239)],
)
def test_media_is_sent_in_parts(client: FlaskClient, asked: str, start: int, end: int) -> None:
    put("media/soup/1.mp3")
    response = client.get("/media/soup/1.mp3", headers={"Range": f"bytes={asked}"})
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {start}-{end}/10240"
    assert int(response.headers["Content-Length"]) == end - start + 1
    assert response.data == SOUND[start : end + 1]


@EMBEDDED_ONLY
def test_whole_media_says_that_parts_can_be_had(client: FlaskClient) -> None:
    put("media/soup/1.mp3")
    response = client.get("/media/soup/1.mp3")
    assert response.headers["Accept-Ranges"] == "bytes"
    assert hashlib.sha256(response.data).digest() == hashlib.sha256(SOUND).digest()
    head = client.head("/media/soup/1.mp3")
    assert (head.status_code, head.headers["Content-Length"], head.data) == (200, "10240", b"")


@EMBEDDED_ONLY
def test_part_of_what_has_changed_is_the_whole(client: FlaskClient) -> None:
    put("media/soup/1.mp3")
    response = client.get("/media/soup/1.mp3", headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (response.status_code, len(response.data)) == (200, 10240)


@EMBEDDED_ONLY
def test_part_beyond_the_end_is_refused(client: FlaskClient) -> None:
    put("media/soup/1.mp3")
    response = client.get("/media/soup/1.mp3", headers={"Range": "bytes=99999-"})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */10240"


@EMBEDDED_ONLY
@pytest.mark.parametrize("asked", ["bytes=a-b", "lines=1-2", "bytes=5-2", "nonsense", "bytes=0-1,4-5"])
def test_range_that_makes_no_sense_breaks_nothing(client: FlaskClient, asked: str) -> None:
    put("media/soup/1.mp3")
    assert client.get("/media/soup/1.mp3", headers={"Range": asked}).status_code in (200, 206, 416)


@EMBEDDED_ONLY
@pytest.mark.parametrize("suffix", sorted({*EXTENSIONS.values(), ".png", ".jpg"}))
def test_media_has_a_type_players_know(client: FlaskClient, suffix: str) -> None:
    put(f"media/soup/1{suffix}")
    response = client.get(f"/media/soup/1{suffix}")
    assert response.mimetype.partition("/")[0] in ("audio", "video", "image") or response.mimetype == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@EMBEDDED_ONLY
@pytest.mark.parametrize("folder", ["feeds", "media", "demo"])
@pytest.mark.parametrize(
    "key",
    [
        "nothing.xml",
        "soup",
        "",
        "../secret-key",
        "..%2fsecret-key",
        "%2e%2e/%2e%2e/secret-key",
        "soup/../../../secret-key",
        "soup/..%5c..%5csecret-key",
        "%2fetc/passwd",
        "%00",
        "soup/rss.xml%00.png",
        "x" * 3000,
        "..../secret-key",
    ],
)
def test_nothing_outside_is_given_away(app: Flask, client: FlaskClient, folder: str, key: str) -> None:
    put("feeds/soup/rss.xml")
    (app.config["GREENROOM"].data_dir / "secret-key").write_text("the secret")
    response = client.get(f"/{folder}/{key}", follow_redirects=True)
    assert response.status_code == 404
    assert "the secret" not in response.text


@STACK_ONLY
@pytest.mark.parametrize("path", ["feeds/soup/rss.xml", "media/soup/1.mp3"])
def test_who_knows_the_old_address_of_a_published_object_is_sent_to_the_bucket(client: FlaskClient, path: str) -> None:
    response = client.get(f"/{path}")
    assert (response.status_code, response.location) == (301, f"{feeds_url()}/{path}")


def test_demo_objects_are_passed_on_wherever_they_lie(client: FlaskClient) -> None:
    put("demo/soup/rss.xml", b"<rss/>")
    response = client.get("/demo/soup/rss.xml")
    assert (response.status_code, response.data) == (200, b"<rss/>")
    assert response.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert client.get("/demo/soup/nothing.xml").status_code == 404


def test_snapshots_are_for_staff(client: FlaskClient, desk: FlaskClient) -> None:
    put("snapshots/1-abc.png", b"\x89PNG")
    assert client.get("/snapshots/1-abc.png").status_code == 302
    response = desk.get("/snapshots/1-abc.png")
    assert (response.status_code, response.mimetype) == (200, "image/png")
    assert desk.get("/snapshots/..%2f..%2fsecret-key").status_code == 404


@EMBEDDED_ONLY
class TestMailbox:
    """Letters that do not leave the machine."""

    def test_empty_mailbox_says_so(self, client: FlaskClient) -> None:
        assert "No letter yet" in words(client.get("/mailbox"))

    def test_letters_are_listed_newest_first(self, client: FlaskClient) -> None:
        for number in (2, 10, 9):
            letter(number)
        page = client.get("/mailbox")
        assert [href for href in links(page) if href.startswith("/mailbox/")] == [
            "/mailbox/10",
            "/mailbox/9",
            "/mailbox/2",
        ]

    def test_letter_is_shown_with_its_links(self, client: FlaskClient) -> None:
        letter(7, subject="<i>Hello</i>")
        page = client.get("/mailbox/7")
        assert words(page, "//h1") == "<i>Hello</i>"
        assert "https://x.example/a" in links(page)
        assert "[[not-a-link]] <b>" in words(page)
        (frame,) = tree(page).xpath("//iframe")
        assert (frame.get("src"), frame.get("sandbox")) == ("/mailbox/7/html", "allow-popups")

    def test_html_part_comes_alone_and_without_rights(self, client: FlaskClient) -> None:
        letter(7, html="<script>alert(1)</script><p>Hello</p>")
        response = client.get("/mailbox/7/html")
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-popups;")
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "allow-scripts" not in policy
        assert "allow-same-origin" not in policy
        assert response.headers["Cache-Control"] == "no-store"
        assert "<p>Hello</p>" in response.text

    def test_real_letter_can_be_read(self, client: FlaskClient, drain: Callable[..., int]) -> None:
        received(name="Ма́рен <b>", show_title="Кухня “гавань”")
        drain()
        page = client.get("/mailbox/1")
        assert "Кухня “гавань”" in words(page, "//h1")
        assert client.get("/mailbox/1/html").status_code == 200

    @pytest.mark.parametrize("number", ["0", "99", "9" * 30, "9" * 300, "-1", "x", "1.eml"])
    @pytest.mark.parametrize("tail", ["", "/html"])
    def test_letter_that_is_not_there_is_not_found(self, client: FlaskClient, number: str, tail: str) -> None:
        letter(1)
        assert client.get(f"/mailbox/{number}{tail}").status_code == 404
