"""create_app(): config -> db -> login -> blueprints -> error pages -> headers. Wiring only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from flask import Flask, Response, current_app, has_request_context, request
from flask_babel import Babel, format_datetime, format_decimal, get_locale
from flask_migrate import Migrate
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.middleware.proxy_fix import ProxyFix

from review import commands, fields, folding, metrics
from review.config import Settings, load
from review.db import configure, db, engine_options
from review.gateways.broker import Broker
from review.gateways.fetch import Fetcher
from review.gateways.mail import Mail, Mailbox
from review.gateways.mailjet import Mailjet
from review.gateways.s3 import S3Storage
from review.gateways.search import Index, Search
from review.gateways.storage import DiskStorage, Storage
from review.reads import effects, mailbox, notices
from review.rules import may_operate
from review.web import (
    access,
    bulk,
    checks,
    claims,
    deciding,
    errors,
    exporting,
    findings,
    importing,
    keys,
    limits,
    notifications,
    observing,
    outbox,
    programmes,
    reasons,
    scoring,
    search_words,
    searching,
    sorting,
    stats,
    tokens,
    webhooks,
    words,
)
from review.web.api import acting, bringing, configuring, document, reading, telling, together
from review.web.api.router import api
from review.web.apply import apply
from review.web.desk import desk
from review.web.hooks import hooks
from review.web.moves import moves
from review.web.ops import ops
from review.web.shows import shows
from review.web.signin import signin
from review.web.status import status

OPERATIONS_OF_THE_API = (reading, acting, together, bringing, configuring, telling, document)
"""Modules whose operations belong to the blueprint `api`."""

VIEWS_OF_THE_DESK = (
    deciding,
    claims,
    searching,
    sorting,
    stats,
    scoring,
    exporting,
    importing,
    bulk,
    programmes,
    reasons,
    tokens,
    webhooks,
    notifications,
    outbox,
)
"""Modules whose views belong to the blueprint `desk`."""

ROOT = Path(__file__).parent.parent
LANGUAGES = ("en",)
ZONES = available_timezones()
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {feeds}; media-src 'self' http: https:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class Gateways:
    """The outside world, as this process reaches it."""

    fetcher: Fetcher
    storage: Storage
    mail: Mail
    broker: Broker
    search: Search | None = None


def create_app(settings: Settings | None = None) -> Flask:
    """The whole application. Raises config.BadSetting; touches neither database nor network."""
    settings = settings or load()
    app = Flask(__name__, root_path=str(ROOT))
    _configure(app, settings)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    with app.app_context():
        configure(db.engine)
        metrics.watch(db.engine)
    app.extensions["greenroom"] = _gateways(settings)
    _web(app, settings)
    commands.init(app)
    return app


def _gateways(settings: Settings) -> Gateways:
    bucket, account = settings.bucket, settings.mailjet
    return Gateways(
        fetcher=Fetcher(allow_networks=settings.fetch_allow),
        storage=S3Storage(
            bucket.name, prefix=bucket.prefix, endpoint=bucket.endpoint, region=bucket.region, acl=bucket.acl
        )
        if bucket
        else DiskStorage(settings.objects_dir),
        mail=Mailjet(account.key, account.secret, api_url=account.api_url) if account else Mailbox(settings.mail_dir),
        broker=Broker(settings.redis_url),
        search=Index(settings.elasticsearch_url, name=settings.search_index) if settings.elasticsearch_url else None,
    )


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        GREENROOM=settings,
        SECRET_KEY=settings.secret_key,
        PUBLIC_URL=settings.public_url,
        FEEDS_URL=settings.feeds_url,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, settings.database_pool),
        MAX_CONTENT_LENGTH=256 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: people think before they send
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        SESSION_COOKIE_NAME="greenroom",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        BABEL_DEFAULT_TIMEZONE="UTC",
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _web(app: Flask, settings: Settings) -> None:
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    observing.init(app)
    Babel(app, locale_selector=_locale, timezone_selector=_timezone)
    access.login.init_app(app)
    app.before_request(access.gate)
    limits.init(app, settings.redis_url)
    for blueprint in (ops, status, hooks, api, apply, signin, desk, shows, moves):
        app.register_blueprint(blueprint)
    errors.init(app)
    for lost in (OperationalError, PoolTimeout):
        app.register_error_handler(lost, errors.unavailable)
    app.after_request(_headers)
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(_language, "language")
    app.add_template_filter(_points, "points")
    app.add_template_filter(_place, "place")
    app.jinja_env.globals.update(
        csrf=_csrf,
        words=words,
        keys=keys,
        key=keys.key,
        get_locale=get_locale,
        finding=findings.sentence,
        seen_by_machine=checks.sentence,
        pieces=folding.marked,
        around=folding.around,
        search_words=search_words,
        said=fields.said,
        to_mend=effects.to_mend,
        calls_waiting=notices.waiting,
        may_operate=may_operate,
    )
    app.context_processor(lambda: {"mailbox_here": mailbox.present()})


def _locale() -> str | None:
    return request.accept_languages.best_match(LANGUAGES) if has_request_context() else None


def _timezone() -> str | None:
    """The zone the browser told us, so that people read their own clock."""
    zone = request.cookies.get("tz", "") if has_request_context() else ""
    return zone if zone in ZONES else None


def _moment(at: datetime) -> str:
    """A time in the reader's zone."""
    return str(format_datetime(at, "d MMM yyyy, HH:mm"))


def _language(code: str) -> str:
    """A language by the name the reader knows it by; an unknown code stands for itself."""
    names: Any = (get_locale() or Locale("en")).languages
    return str(names.get(code.replace("-", "_"), names.get(code.split("-")[0], code)))


def _place(at: tuple[int, ...] | None) -> str | None:
    """Where a page begins or ends, as an address says it."""
    return "_".join(map(str, at)) if at else None


def _points(value: float | None) -> str:
    """Points as people write them: 3.5."""
    return "–" if value is None else str(format_decimal(value, "0.0"))


def _csrf() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP.format(feeds=current_app.config["FEEDS_URL"]))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if response.mimetype == "text/html":
        headers.setdefault("Cache-Control", "no-store")  # pages hold people's data and their private links
    return response
