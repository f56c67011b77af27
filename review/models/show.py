"""What is provisioned: a show with its slug, episodes and feed; the steps that made it; the links that let it leave."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from review.db import Base, Moment
from review.models.application import Application
from review.models.columns import words
from review.models.person import Person


def feed_key(slug: str) -> str:
    """Where a show's feed is published, below the public address. It never changes while the show is here."""
    return f"feeds/{slug}/rss.xml"


class Slug(Base):
    """A name in a feed's address. Rows are never removed: an address once given away never means another show."""

    __tablename__ = "slugs"
    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    reserved_at: Mapped[datetime] = mapped_column(Moment)


class Show(Base):
    """A podcast hosted here. What its old feed said is kept whole, however long."""

    __tablename__ = "shows"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(ForeignKey("slugs.slug"), unique=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    guid: Mapped[str] = mapped_column(String(36), unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(Text)
    categories: Mapped[list[str]] = mapped_column(JSON)
    author: Mapped[str] = mapped_column(Text)
    explicit: Mapped[bool] = mapped_column(default=False)
    copyright: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(Text, default="episodic")
    medium: Mapped[str] = mapped_column(Text, default="podcast")
    locked: Mapped[bool] = mapped_column(default=True)
    source_url: Mapped[str] = mapped_column(Text, default="")
    artwork_key: Mapped[str] = mapped_column(String(200), default="")
    artwork_bytes: Mapped[int] = mapped_column(default=0)
    artwork_sha256: Mapped[str] = mapped_column(String(64), default="")
    feed_sha256: Mapped[str] = mapped_column(String(64), default="")
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)

    owner: Mapped[Person] = relationship()
    application: Mapped[Application] = relationship()


class Episode(Base):
    """One episode. `guid` is kept to the byte: listeners' apps know it by that alone."""

    __tablename__ = "episodes"
    __table_args__ = (
        UniqueConstraint("show_id", "guid"),
        Index("ix_episodes_show_published", "show_id", "published_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    show_id: Mapped[int] = mapped_column(ForeignKey("shows.id"))
    guid: Mapped[str] = mapped_column(Text)
    guid_is_permalink: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime | None] = mapped_column(Moment)
    duration: Mapped[int | None]
    season: Mapped[int | None]
    number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(Text, default="full")
    explicit: Mapped[bool | None]
    image: Mapped[str] = mapped_column(Text, default="")
    source_url: Mapped[str] = mapped_column(Text)
    source_length: Mapped[int] = mapped_column(default=0)
    media_type: Mapped[str] = mapped_column(Text)
    media_key: Mapped[str] = mapped_column(String(200), default="")
    media_bytes: Mapped[int] = mapped_column(default=0)
    media_sha256: Mapped[str] = mapped_column(String(64), default="")


class StepName(StrEnum):
    """The steps of provisioning, in order."""

    ACCOUNT = "account"
    SLUG = "slug"
    SHOW = "show"
    EPISODES = "episodes"
    FEED = "feed"
    WELCOME = "welcome"


class ProvisioningStep(Base):
    """One step done for an approved application; a step without a row is still to come."""

    __tablename__ = "provisioning_steps"
    __table_args__ = (UniqueConstraint("application_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    name: Mapped[StepName] = mapped_column(words(StepName))
    detail: Mapped[str] = mapped_column(String(500), default="")
    done_at: Mapped[datetime] = mapped_column(Moment)


class ExportLink(Base):
    """A link that lets its holder take the whole show. Expires, can be revoked, counts its use."""

    __tablename__ = "export_links"
    id: Mapped[int] = mapped_column(primary_key=True)
    show_id: Mapped[int] = mapped_column(ForeignKey("shows.id"), index=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    downloads: Mapped[int] = mapped_column(default=0)
    downloaded_at: Mapped[datetime | None] = mapped_column(Moment)

    show: Mapped[Show] = relationship()
    made_by: Mapped[Person] = relationship()
