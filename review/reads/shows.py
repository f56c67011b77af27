"""Shows: the list, one show, its feed as a value, and what its archive holds."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from review.db import db
from review.errors import Missing
from review.models.event import Event
from review.models.person import Person
from review.models.show import Episode, ExportLink, Show, feed_key
from review.podcast import feed as podcast

EXTENSIONS = {
    "audio/mpeg": ".mp3",
    "audio/x-m4a": ".m4a",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-m4v": ".m4v",
    "application/pdf": ".pdf",
}
"""Apple: the extension of the enclosure's URL decides how an episode is listed."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list of shows."""

    show: Show
    episodes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the show's page tells."""

    show: Show
    episodes: list[Episode]
    links: list[ExportLink]
    events: list[Event]

    @property
    def copied(self) -> int:
        return sum(1 for episode in self.episodes if episode.media_key)


def listed(person: Person) -> list[Listed]:
    """All shows for staff, their own for podcasters; newest first."""
    number = select(func.count(Episode.id)).where(Episode.show_id == Show.id).scalar_subquery()
    statement = select(Show, number).options(joinedload(Show.owner)).order_by(Show.created_at.desc()).limit(500)
    if not person.is_staff:
        statement = statement.where(Show.owner_id == person.id)
    return [Listed(show, episodes) for show, episodes in db.session.execute(statement)]


def overview(slug: str, person: Person) -> Overview:
    """One show, for its owner and for staff. Raises Missing for everybody else, who need not know it exists."""
    show = db.session.scalar(select(Show).where(Show.slug == slug).options(joinedload(Show.owner)))
    if show is None or (show.owner_id != person.id and not person.is_staff):
        raise Missing
    links = select(ExportLink).where(ExportLink.show_id == show.id).options(joinedload(ExportLink.made_by))
    events = select(Event).where(Event.show_id == show.id).options(joinedload(Event.person))
    return Overview(
        show,
        _episodes(show.id),
        list(db.session.scalars(links.order_by(ExportLink.id.desc()))),
        list(db.session.scalars(events.order_by(Event.id))),
    )


def feed(show_id: int, *, locked: bool | None = None) -> podcast.Feed:
    """The show as the feed value the writer takes. `locked` overrides the show's own lock."""
    show = db.session.get_one(Show, show_id, options=[joinedload(Show.owner)])
    base = current_app.config["FEEDS_URL"]
    address = f"{base}/{feed_key(show.slug)}"
    return podcast.Feed(
        title=show.title,
        description=show.description,
        link=show.link or address,
        language=show.language,
        categories=tuple(show.categories),
        author=show.author,
        owner_name=show.owner.name,
        owner_email=show.owner.email,
        explicit=show.explicit,
        image=f"{base}/{show.artwork_key}",
        copyright=show.copyright,
        kind=show.kind,
        guid=show.guid,
        locked=show.locked if locked is None else locked,
        medium=show.medium,
        self_url=address,
        episodes=tuple(_feed_episode(episode, base) for episode in _episodes(show.id)),
    )


def _feed_episode(episode: Episode, base: str) -> podcast.Episode:
    url = f"{base}/{episode.media_key}" if episode.media_key else episode.source_url
    length = episode.media_bytes or episode.source_length
    return podcast.Episode(
        guid=episode.guid,
        guid_is_permalink=episode.guid_is_permalink,
        title=episode.title,
        description=episode.description,
        link=episode.link,
        published=episode.published_at,
        duration=episode.duration,
        season=episode.season,
        number=episode.number,
        kind=episode.kind,
        explicit=episode.explicit,
        image=episode.image,
        enclosure=podcast.Enclosure(url=url, length=length, type=episode.media_type),
    )


def _episodes(show_id: int) -> list[Episode]:
    statement = select(Episode).where(Episode.show_id == show_id)
    return list(db.session.scalars(statement.order_by(Episode.published_at.desc(), Episode.id)))


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of the archive: where its bytes lie and what they must be."""

    name: str
    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a show's archive holds, and what could not be packed because it is still at the old host."""

    show: Show
    files: list[Packed]
    missing: list[Episode]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def contents(show_id: int) -> Contents:
    """The artwork and every episode whose media is here."""
    show = db.session.get_one(Show, show_id, options=[joinedload(Show.owner)])
    episodes = _episodes(show_id)
    files = [Packed(_file_name(e), e.media_key, e.media_bytes, e.media_sha256) for e in episodes if e.media_key]
    if show.artwork_key:
        suffix = show.artwork_key.rpartition(".")[2]
        files.insert(0, Packed(f"artwork.{suffix}", show.artwork_key, show.artwork_bytes, show.artwork_sha256))
    return Contents(show, files, [episode for episode in episodes if not episode.media_key])


def _file_name(episode: Episode) -> str:
    day = episode.published_at.strftime("%Y-%m-%d") if episode.published_at else "undated"
    return f"media/{day} {episode.title[:80]}{EXTENSIONS.get(episode.media_type, '.mp3')}"


def media(episode_id: int) -> tuple[Episode, Show]:
    """An episode and its show. Raises Missing."""
    episode = db.session.get(Episode, episode_id)
    if episode is None:
        raise Missing
    return episode, db.session.get_one(Show, episode.show_id)


def media_key(episode: Episode, show: Show) -> str:
    """Where the copy of an episode's file lies. Apple: the extension decides how it is listed."""
    return f"media/{show.slug}/{episode.id}{EXTENSIONS.get(episode.media_type, '.mp3')}"


def has_ended(show_id: int) -> bool:
    """Whether the show is on the air no longer."""
    db.session.rollback()  # asked again and again while it is published
    return db.session.scalar(select(Show.ended_at).where(Show.id == show_id)) is not None


def published_key(show_id: int) -> str:
    """The key of the show's feed."""
    return feed_key(db.session.scalars(select(Show.slug).where(Show.id == show_id)).one())
