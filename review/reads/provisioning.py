"""What the jobs that read a feed and put a show on the air ask of its application, a question at a time."""

from __future__ import annotations

from sqlalchemy import select

from review.db import db
from review.models.application import Application
from review.models.show import Show, Slug
from review.rules import State


def feed_url(application_id: int) -> str:
    """The feed an applicant gave, or nothing."""
    return db.session.scalar(select(Application.feed_url).where(Application.id == application_id)) or ""


def confirmed_email(application_id: int) -> str:
    """The applicant's address, if they have confirmed it here; nothing where it was brought in from elsewhere."""
    confirmed = (Application.id == application_id, Application.rules_version > 0)
    return db.session.scalar(select(Application.email).where(*confirmed)) or ""


def is_approved(application_id: int) -> bool:
    """Whether it has a place at this moment."""
    db.session.rollback()
    return db.session.scalar(select(Application.state).where(Application.id == application_id)) is State.APPROVED


def slug(application_id: int) -> str:
    """The slug reserved for an approved application."""
    return db.session.scalars(select(Slug.slug).where(Slug.application_id == application_id)).one()


def show_id(application_id: int) -> int:
    """The show an application has become."""
    return db.session.scalars(select(Show.id).where(Show.application_id == application_id)).one()
