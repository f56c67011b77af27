"""An approved application goes on the air: every step once, whatever dies in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from jobs import deliver, feeds, provision
from review import outbox
from review.db import transaction
from review.errors import GiveUp
from review.models.event import Event
from review.models.letter import Letter, LetterState
from review.models.outbox import ItemState, Kind, OutboxItem
from review.models.person import Person
from review.models.show import Episode, ProvisioningStep, Show, Slug, StepName
from review.podcast import cover, reader
from review.podcast.feed import Feed
from review.podcast.guid import podcast_guid
from review.podcast.slug import RESERVED
from review.reads import links
from review.rules import Role, State, Verb
from review.services import decisions, shows
from tests import servers
from tests.factories import NOW, WINDOW, decided, get, lead, person, received, rows
from tests.services.old_host import OldHost

Drain = Callable[..., int]
GUIDS = (
    "  spaces around  ",
    "https://old.example/?p=1&x=ü",
    "UPPER-lower",
    "<tag>&amp;",
    "urn:uuid:0",
    "upper-LOWER",
)


def approve(**changes: object) -> int:
    id_ = received(**changes)
    decided(id_, Verb.APPROVE)
    return id_


def show_of(application_id: int) -> Show:
    (show,) = rows(Show, application_id=application_id)
    return show


def published(app: Flask, show: Show) -> Feed:
    return reader.read(servers.stored(f"feeds/{show.slug}/rss.xml")).feed


def effect(application_id: int, kind: Kind) -> OutboxItem:
    return rows(OutboxItem, application_id=application_id, kind=kind)[-1]


def verbs_of(show: Show) -> list[str]:
    return [event.verb for event in rows(Event) if event.show_id == show.id]


def assert_on_air_once(app: Flask, application_id: int) -> Show:
    """One show, one account, one feed, one welcome letter, each step once."""
    show = show_of(application_id)
    assert sorted(step.name for step in rows(ProvisioningStep, application_id=application_id)) == sorted(StepName)
    assert len(rows(Slug, application_id=application_id)) == 1
    welcome = [letter for letter in rows(Letter, application_id=application_id) if letter.kind == "approved"]
    assert [letter.state for letter in welcome] == [LetterState.SENT]
    assert len(rows(OutboxItem, kind=Kind.LETTER, target_id=welcome[0].id)) == 1
    assert [event.verb for event in rows(Event, application_id=application_id)].count("provisioned") == 1
    assert verbs_of(show).count("show-created") == 1
    assert effect(application_id, Kind.PROVISION).state is ItemState.DONE
    assert published(app, show).guid == show.guid
    return show


# a new show


def test_approved_application_goes_on_the_air(app: Flask, drain: Drain) -> None:
    id_ = approve(topics=("Arts > Food",))
    drain()
    show = assert_on_air_once(app, id_)
    assert (show.slug, show.title, show.locked) == ("harbour-kitchen", "Harbour Kitchen", True)
    assert show.guid == podcast_guid(f"{servers.feeds_url()}/feeds/harbour-kitchen/rss.xml")
    feed = published(app, show)
    assert (feed.title, feed.language, feed.categories) == ("Harbour Kitchen", "en", ("Arts > Food",))
    assert (feed.owner_email, feed.locked, feed.episodes) == ("maren@mail.example", True, ())
    assert feed.self_url == f"{servers.feeds_url()}/feeds/harbour-kitchen/rss.xml"
    artwork = servers.stored(show.artwork_key)
    assert feed.image == f"{servers.feeds_url()}/{show.artwork_key}"
    assert cover.measure(artwork).width == 1400
    assert (len(artwork), hashlib.sha256(artwork).hexdigest()) == (show.artwork_bytes, show.artwork_sha256)


def test_nothing_is_provisioned_while_the_decision_can_be_undone(app: Flask, drain: Drain) -> None:
    approve()
    drain(now=NOW + timedelta(seconds=19))
    assert rows(Show) == rows(ProvisioningStep) == []
    assert servers.objects("feeds") == []


def test_welcome_letter_carries_a_way_in_that_works(app: Flask, drain: Drain) -> None:
    id_ = approve()
    drain()
    letter = rows(Letter)[-1]
    mail = servers.mail(letter)
    token = mail.text.partition("/shows/enter/")[2].split()[0]
    owner = links.owner(token, now=datetime.now(UTC))
    assert owner.email == "maren@mail.example"
    assert (letter.person_id, letter.show_id) == (owner.id, show_of(id_).id)


def test_owner_of_two_shows_has_one_account(app: Flask, drain: Drain) -> None:
    first, second = approve(), approve(show_title="Second", email="Maren@Mail.example")
    drain()
    assert show_of(first).owner_id == show_of(second).owner_id
    assert len(rows(Person, email="maren@mail.example")) == 1


def test_member_of_staff_with_a_show_keeps_their_role(app: Flask, drain: Drain) -> None:
    person(Role.LEAD, email="maren@mail.example")
    id_ = approve()
    drain()
    assert show_of(id_).owner_id == rows(Person, email="maren@mail.example")[0].id
    assert rows(Person, email="maren@mail.example")[0].role is Role.LEAD


# slugs


def test_shows_of_one_name_have_slugs_of_their_own(app: Flask, drain: Drain) -> None:
    ids = [approve(email=f"a{n}@mail.example") for n in range(3)]
    drain()
    assert [show_of(id_).slug for id_ in ids] == ["harbour-kitchen", "harbour-kitchen-2", "harbour-kitchen-3"]
    assert len({show_of(id_).guid for id_ in ids}) == 3


@pytest.mark.parametrize("title", ["Admin", "RSS", "حكايات", "🐝", "x", "<script>"])
def test_slug_is_never_a_reserved_word_nor_empty(app: Flask, title: str) -> None:
    id_ = approve(show_title=title)
    shows.reserve_slug(id_, now=NOW)
    (slug,) = rows_of_slugs()
    assert slug
    assert slug not in RESERVED
    assert len(slug) >= 3


def test_slug_once_given_away_is_never_used_again(app: Flask) -> None:
    first = approve()
    shows.reserve_slug(first, now=NOW)
    second = approve()  # the first show never came to be; its address may have been seen all the same
    shows.reserve_slug(second, now=NOW)
    shows.reserve_slug(second, now=NOW)
    assert rows_of_slugs() == ["harbour-kitchen", "harbour-kitchen-2"]


def rows_of_slugs() -> list[str]:
    return [row.slug for row in rows(Slug)]


# a show that had a feed before


def test_episodes_keep_their_guids_to_the_byte(app: Flask, drain: Drain, old_host: OldHost) -> None:
    id_ = approve(feed_url=old_host.put_feed(*GUIDS))
    drain()
    show = assert_on_air_once(app, id_)
    source = reader.read(old_host.pages["/feed.xml"]).feed  # type: ignore[arg-type]
    before = [episode.guid for episode in source.episodes]
    assert before == list(GUIDS)
    assert [episode.guid for episode in rows(Episode, show_id=show.id)] == before
    feed = published(app, show)
    assert sorted(episode.guid for episode in feed.episodes) == sorted(before)
    assert {e.guid: e.guid_is_permalink for e in feed.episodes} == {
        e.guid: e.guid_is_permalink for e in source.episodes
    }
    assert (feed.title, feed.description) == ("Old Days", "What was.")
    assert show.source_url == old_host.url + "/feed.xml"
    assert show.guid == podcast_guid(show.source_url)


def test_media_is_copied_and_the_feed_names_our_copies(app: Flask, drain: Drain, old_host: OldHost) -> None:
    id_ = approve(feed_url=old_host.put_feed("a", "b"))
    drain()
    show = show_of(id_)
    for number, episode in enumerate(rows(Episode, show_id=show.id), 1):
        original = old_host.pages[f"/feed.xml.{number}.mp3"]
        assert isinstance(original, bytes)
        copy = servers.stored(episode.media_key)
        assert copy == original
        assert (episode.media_bytes, episode.media_sha256) == (len(original), hashlib.sha256(original).hexdigest())
        (listed,) = [e for e in published(app, show).episodes if e.guid == episode.guid]
        assert listed.enclosure is not None
        assert listed.enclosure.url == f"{servers.feeds_url()}/{episode.media_key}"
        assert listed.enclosure.url.endswith(".mp3")
        assert (listed.enclosure.length, listed.enclosure.type) == (len(original), "audio/mpeg")


def test_media_is_fetched_once(app: Flask, drain: Drain, old_host: OldHost) -> None:
    approve(feed_url=old_host.put_feed("a", "b"))
    drain()
    for episode in rows(Episode):
        feeds.media(episode.id, lambda: None)
    assert [path for path in old_host.asked if path.endswith(".mp3")] == ["/feed.xml.1.mp3", "/feed.xml.2.mp3"]


def test_episodes_without_a_guid_are_all_kept(app: Flask, drain: Drain, old_host: OldHost) -> None:
    id_ = approve(feed_url=old_host.put_feed(None, "named", None))
    drain()
    show = assert_on_air_once(app, id_)
    expected = [f"{old_host.url}/feed.xml.1.mp3", "named", f"{old_host.url}/feed.xml.3.mp3"]
    assert [episode.guid for episode in rows(Episode, show_id=show.id)] == expected


def test_an_episode_listed_twice_is_kept_once(app: Flask, drain: Drain, old_host: OldHost) -> None:
    id_ = approve(feed_url=old_host.put_feed("same", "same", "other"))
    drain()
    assert [episode.guid for episode in rows(Episode, show_id=show_of(id_).id)] == ["same", "other"]


def test_media_that_is_gone_leaves_the_show_on_the_air_with_the_old_address(
    app: Flask, drain: Drain, old_host: OldHost
) -> None:
    id_ = approve(feed_url=old_host.put_feed("a", "b"))
    old_host.pages["/feed.xml.1.mp3"] = 404
    drain()
    show = assert_on_air_once(app, id_)
    dead = [item for item in rows(OutboxItem) if item.state is ItemState.DEAD]
    assert [(item.kind, "404" in item.error) for item in dead] == [(Kind.MEDIA, True)]
    urls = {e.guid: e.enclosure.url for e in published(app, show).episodes if e.enclosure}
    assert urls["a"] == f"{old_host.url}/feed.xml.1.mp3"
    assert urls["b"].startswith(servers.feeds_url())


def test_artwork_of_the_old_feed_comes_along(app: Flask, drain: Drain, old_host: OldHost) -> None:
    old_host.pages["/cover.png"] = cover.default_cover("another")
    id_ = approve(feed_url=old_host.put_feed("a", image=f"{old_host.url}/cover.png"))
    drain()
    assert servers.stored(show_of(id_).artwork_key) == old_host.pages["/cover.png"]


@pytest.mark.parametrize("artwork", [404, b"not an image"], ids=["gone", "no image"])
def test_show_whose_artwork_is_of_no_use_gets_a_cover(
    app: Flask, drain: Drain, old_host: OldHost, artwork: bytes | int
) -> None:
    old_host.pages["/cover.png"] = artwork
    id_ = approve(feed_url=old_host.put_feed("a", image=f"{old_host.url}/cover.png"))
    drain()
    show = assert_on_air_once(app, id_)
    assert cover.measure(servers.stored(show.artwork_key)).width == 1400


def test_podcast_keeps_the_identity_its_feed_names(app: Flask, drain: Drain, old_host: OldHost) -> None:
    guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
    id_ = approve(feed_url=old_host.put_feed("a", channel=f"<podcast:guid>{guid}</podcast:guid>"))
    drain()
    assert show_of(id_).guid == published(app, show_of(id_)).guid == guid


@pytest.mark.parametrize("owner", [' owner="somebody@else.example"', ""], ids=["named", "not named"])
def test_locked_feed_of_another_owner_is_not_taken(app: Flask, drain: Drain, old_host: OldHost, owner: str) -> None:
    id_ = approve(feed_url=old_host.put_feed("a", channel=f"<podcast:locked{owner}>yes</podcast:locked>"))
    drain()
    item = effect(id_, Kind.PROVISION)
    assert item.state is ItemState.DEAD
    assert item.error == "feed-locked"
    assert rows(Show) == []
    assert [letter.state for letter in rows(Letter) if letter.kind == "approved"] == [LetterState.QUEUED]


def test_locked_feed_of_the_applicant_is_taken(app: Flask, drain: Drain, old_host: OldHost) -> None:
    locked = '<podcast:locked owner="Maren@Mail.example">yes</podcast:locked>'
    id_ = approve(feed_url=old_host.put_feed("a", channel=locked))
    drain()
    assert_on_air_once(app, id_)


def test_the_same_podcast_is_not_taken_twice(app: Flask, drain: Drain, old_host: OldHost) -> None:
    url = old_host.put_feed("a")
    first, second = approve(feed_url=url), approve(feed_url=url, email="b@mail.example")
    drain()
    states = {effect(id_, Kind.PROVISION).state for id_ in (first, second)}
    assert states == {ItemState.DONE, ItemState.DEAD}
    (dead,) = [item for item in rows(OutboxItem) if item.state is ItemState.DEAD]
    assert dead.error == "already-on-the-air: harbour-kitchen"
    assert len(rows(Show)) == 1


@pytest.mark.parametrize(
    ("page", "state", "reason"),
    [
        (b"<!doctype html><title>Gone</title>", ItemState.DEAD, "feed-unreadable: html-page"),
        (404, ItemState.DEAD, "answered 404"),
        (503, ItemState.WAITING, "answered 503"),
    ],
)
def test_feed_that_cannot_be_read_is_told_in_plain_words(
    app: Flask, drain: Drain, old_host: OldHost, page: bytes | int, state: ItemState, reason: str
) -> None:
    id_ = approve(feed_url=f"{old_host.url}/feed.xml")
    old_host.pages["/feed.xml"] = page
    for held in outbox.lease(limit=50, now=NOW + timedelta(hours=1), period=timedelta(minutes=5)):
        deliver.work(held)
    item = effect(id_, Kind.PROVISION)
    assert item.state is state
    assert reason in item.error


def test_a_dead_provisioning_goes_on_where_it_stopped(app: Flask, drain: Drain, old_host: OldHost) -> None:
    id_ = approve(feed_url=f"{old_host.url}/feed.xml")
    drain()
    assert effect(id_, Kind.PROVISION).state is ItemState.DEAD
    old_host.put_feed("a")
    with transaction():
        effect(id_, Kind.PROVISION).state = ItemState.WAITING
    drain()
    assert_on_air_once(app, id_)


# once, whatever happens


@pytest.mark.parametrize("had_feed", [True, False], ids=["with a feed", "without"])
def test_provisioning_twice_is_once(app: Flask, drain: Drain, old_host: OldHost, had_feed: bool) -> None:
    id_ = approve(feed_url=old_host.put_feed("a", "b") if had_feed else "")
    drain()
    show = assert_on_air_once(app, id_)
    before = (show.id, len(rows(OutboxItem)), len(rows(Event)), len(rows(Episode)))
    for step in provision.STEPS.values():
        step(id_, lambda: provision._source(id_))
    provision.provision(id_, lambda: None)
    drain()
    assert_on_air_once(app, id_)
    assert (show_of(id_).id, len(rows(OutboxItem)), len(rows(Event)), len(rows(Episode))) == before


@pytest.mark.parametrize("name", StepName)
@pytest.mark.parametrize("done", [True, False], ids=["after", "before"])
def test_provisioning_that_dies_at_a_step_goes_on_and_does_each_once(
    app: Flask, drain: Drain, old_host: OldHost, monkeypatch: pytest.MonkeyPatch, name: StepName, done: bool
) -> None:
    id_ = approve(feed_url=old_host.put_feed("a", "b"))
    real = provision.STEPS[name]

    def dying(application_id: int, source: provision.Source) -> None:
        if done:
            real(application_id, source)
        raise RuntimeError("the power went")

    monkeypatch.setitem(provision.STEPS, name, dying)
    with pytest.raises(RuntimeError, match="the power went"):
        drain()
    assert effect(id_, Kind.PROVISION).error == "RuntimeError: the power went"
    monkeypatch.setitem(provision.STEPS, name, real)
    drain()
    show = assert_on_air_once(app, id_)
    assert len(rows(Episode, show_id=show.id)) == 2
    assert all(episode.media_key for episode in rows(Episode, show_id=show.id))
    assert {item.state for item in rows(OutboxItem)} == {ItemState.DONE}


def test_nothing_is_provisioned_for_an_application_that_is_not_approved(app: Flask) -> None:
    id_ = received()
    provision.provision(id_, lambda: None)
    assert rows(ProvisioningStep) == []
    for step in (
        lambda: shows.open_account(id_, now=NOW),
        lambda: shows.reserve_slug(id_, now=NOW),
        lambda: shows.create(id_, None, source_url="", artwork={}, now=NOW),
        lambda: shows.add_episodes(id_, None, now=NOW),
        lambda: shows.welcome(id_, now=NOW),
    ):
        with pytest.raises(GiveUp, match="not-approved"):
            step()
    assert rows(Show) == rows(Slug) == rows(ProvisioningStep) == []


# taken off the air again


def reverse(id_: int, **more: object) -> int:
    return decided(id_, Verb.REVERSE, reasons=("approved-by-mistake",), **more)


def feed_of(show: Show) -> list[str]:
    return [key for key in servers.objects("feeds/") if key.startswith(f"feeds/{show.slug}/")]


def test_a_reversed_approval_takes_the_show_off_the_air_and_keeps_what_it_is_made_of(
    app: Flask, drain: Drain, old_host: OldHost
) -> None:
    id_ = approve(feed_url=old_host.put_feed("a", "b"))
    drain()
    show, kept = show_of(id_), len(servers.objects("media/"))
    assert feed_of(show)
    reverse(id_)
    drain()
    assert (get(id_).state, show_of(id_).ended_at is not None) == (State.DECLINED, True)
    assert feed_of(show_of(id_)) == []
    assert len(servers.objects("media/")) == kept
    letter = rows(Letter, application_id=id_)[-1]
    assert (letter.kind, letter.state) == ("reversed", LetterState.SENT)
    show = show_of(id_)
    feeds.feed(show.id, lambda: None)
    show = show_of(id_)
    assert feed_of(show) == [], "nothing publishes it again"
    assert verbs_of(show_of(id_)).count("show-ended") == 1
    provision.retire(id_, lambda: None)
    assert verbs_of(show_of(id_)).count("show-ended") == 1


def test_reopened_and_approved_again_it_comes_back_under_its_address(app: Flask, drain: Drain) -> None:
    id_ = approve()
    drain()
    slug = show_of(id_).slug
    reverse(id_)
    drain()
    decided(id_, Verb.REOPEN, now=NOW)
    drain()
    decided(id_, Verb.APPROVE, now=NOW)
    drain()
    show = show_of(id_)
    assert (show.slug, show.ended_at, len(feed_of(show))) == (slug, None, 1)
    welcomes = [letter.state for letter in rows(Letter, application_id=id_) if letter.kind == "approved"]
    assert welcomes == [LetterState.SENT, LetterState.SENT]
    assert verbs_of(show).count("show-revived") == 1


def test_a_reversal_that_is_undone_leaves_the_show_on_the_air(app: Flask, drain: Drain) -> None:
    id_ = approve()
    drain()
    decisions.undo(reverse(id_), by=lead(), now=NOW)
    drain()
    assert (get(id_).state, show_of(id_).ended_at, len(feed_of(show_of(id_)))) == (State.APPROVED, None, 1)
    assert "reversed" not in [letter.kind for letter in rows(Letter) if letter.state is LetterState.SENT]


def test_reversed_before_it_was_put_on_the_air_and_undone_it_gets_there(app: Flask, drain: Drain) -> None:
    id_ = approve()
    undone = reverse(id_)
    drain(NOW + WINDOW - timedelta(seconds=1))
    decisions.undo(undone, by=lead(), now=NOW)
    drain()
    assert_on_air_once(app, id_)


def test_reversed_before_it_was_put_on_the_air_there_is_nothing_to_take_away(app: Flask, drain: Drain) -> None:
    id_ = approve()
    reverse(id_)
    drain()
    assert rows(Show) == []
    letters = {letter.kind: letter.state for letter in rows(Letter, application_id=id_)}
    assert (letters["approved"], letters["reversed"]) == (LetterState.CANCELLED, LetterState.SENT)
    assert {item.state for item in rows(OutboxItem)} <= {ItemState.DONE, ItemState.CANCELLED}


# publishing


@servers.EMBEDDED_ONLY  # the bucket's own rule is tested with its gateway
def test_feed_is_written_only_when_its_bytes_change(app: Flask, drain: Drain) -> None:
    id_ = approve()
    drain()
    show = show_of(id_)
    events = len(rows(Event))
    file = app.config["GREENROOM"].objects_dir / "feeds" / show.slug / "rss.xml"
    before = file.stat()
    feeds.feed(show.id, lambda: None)
    after = file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(rows(Event)) == events
    with transaction():
        show_of(id_).title = "Galley"
    feeds.feed(show.id, lambda: None)
    assert file.stat().st_ino != before.st_ino
    assert show_of(id_).feed_sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert verbs_of(show_of(id_)).count("feed-published") == 2


def test_many_copies_are_few_editions(app: Flask, drain: Drain, old_host: OldHost) -> None:
    id_ = approve(feed_url=old_host.put_feed(*(f"g{n}" for n in range(12))))
    drain()
    show = show_of(id_)
    assert verbs_of(show).count("feed-published") <= 3
    assert all(e.enclosure and e.enclosure.url.startswith(servers.feeds_url()) for e in published(app, show).episodes)
