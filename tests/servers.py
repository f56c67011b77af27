"""The real servers the suite runs on, where `make test-stack` has started them; without them everything is embedded.

Each test process has a database, a Redis database, a bucket and a mail service of its own on them.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import psycopg
import pytest
from flask import current_app
from sqlalchemy import Engine, create_engine, func, make_url, select, text

from review.db import db
from review.models.letter import Letter
from stack.mailjet import app as mailjet

NUMBER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
NAME = f"tests-{NUMBER}"
KEY, SECRET, HOOK_PASSWORD = "key-of-the-tests", "secret-of-the-tests", "password of the webhook"
_OPEN = ExitStack()  # what ends with the process
Rows = dict[str, list[dict[str, Any]]]


@cache
def running() -> dict[str, Any] | None:
    """Where the servers are, or None."""
    note = os.environ.get("GREENROOM_STACK")
    return json.loads(Path(note).read_text()) if note else None


EMBEDDED_ONLY = pytest.mark.skipif(running() is not None, reason="about the embedded parts")
STACK_ONLY = pytest.mark.skipif(running() is None, reason="needs the real servers of `make test-stack`")


@cache
def post() -> tuple[str, Any]:
    """The double of the mail service of this test process: its address, and what it knows."""
    double = mailjet.create_app(Path(tempfile.mkdtemp(prefix="greenroom-mail-")), key=KEY, secret=SECRET)
    return _OPEN.enter_context(mailjet.serving(double)), double.extensions["double"]


@cache
def settings() -> dict[str, str]:
    """The product's settings for this test process. Empty when embedded."""
    servers = running()
    if servers is None:
        return {}
    env: dict[str, str] = dict(servers["env"])
    os.environ.update({name: env.pop(name) for name in list(env) if name.startswith("AWS_")})
    for name in ("DATABASE_URL", "DATABASE_DIRECT_URL"):
        env[name] = make_url(env[name]).set(database=NAME).render_as_string(hide_password=False)
    env["REDIS_URL"] = env["REDIS_URL"].rpartition("/")[0] + f"/{NUMBER}"
    env["STORAGE_URL"] = env["STORAGE_URL"].replace("s3://greenroom", f"s3://{NAME}")
    env["FEEDS_URL"] = env["FEEDS_URL"].rpartition("/")[0] + f"/{NAME}"
    mail = {"MAILJET_API_KEY": KEY, "MAILJET_API_SECRET": SECRET, "MAILJET_WEBHOOK_PASSWORD": HOOK_PASSWORD}
    del env["ELASTICSEARCH_URL"]  # those who search ask for the fixture `engine`
    return env | mail | {"MAILJET_API_URL": post()[0]}


def search_url(name: str) -> str:
    """Where an index of this name lies."""
    servers = running()
    assert servers is not None
    return f"{servers['env']['ELASTICSEARCH_URL']}/{name}"


def prepare() -> None:
    """An empty database and an empty bucket for this test process."""
    servers = running()
    assert servers is not None
    settings()
    with psycopg.connect(servers["env"]["DATABASE_DIRECT_URL"], autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{NAME}"')
    bucket().create()


def bucket() -> Any:
    """The bucket of this test process."""
    endpoint = settings()["STORAGE_URL"].partition("endpoint=")[2].partition("&")[0]
    return boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1").Bucket(NAME)


@cache
def straight() -> Engine:
    """Past the pooler, and past the app under test."""
    return create_engine(settings()["DATABASE_DIRECT_URL"].replace("postgresql:", "postgresql+psycopg:"), pool_size=1)


def empty(seed: Rows) -> None:
    """Bring everything of this test process back to what migrations make of it."""
    fill({name: [{k: v for k, v in row.items() if k != "id"} for row in rows] for name, rows in seed.items()})
    bucket().objects.all().delete()
    post()[1].clear()


def fill(rows: Rows) -> None:
    """The database with these rows and no others."""
    with straight().begin() as connection:
        tables = ", ".join(table.name for table in db.metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
        for table in db.metadata.sorted_tables:
            if rows[table.name]:
                connection.execute(table.insert(), rows[table.name])
                if "id" in rows[table.name][0]:
                    last = select(func.max(table.c.id)).scalar_subquery()
                    connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))


def contents() -> Rows:
    """Every row of the database."""
    with straight().connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in db.metadata.sorted_tables
        }


# what left the product, wherever it went


def mailed() -> list[int]:
    """The letters that reached the mail service, by number; twice where one did so twice."""
    if running() is None:
        folder = current_app.config["GREENROOM"].mail_dir
        return sorted(int(file.stem) for file in folder.glob("*.eml"))
    numbers = dict(db.session.execute(select(Letter.custom_id, Letter.id)).all())
    return sorted(numbers[message.custom_id] for message in post()[1].letters)


def mail(letter: Letter) -> Any:
    """A letter as it reached the mail service: to, subject, text, html."""
    if running() is None:
        return current_app.extensions["greenroom"].mail.message(letter.id)
    (message,) = [one for one in post()[1].letters if one.custom_id == letter.custom_id]
    return _Mail(message)


def mails() -> list[Any]:
    """Every letter that reached the mail service, oldest first."""
    if running() is None:
        box = current_app.extensions["greenroom"].mail
        return [box.message(summary.id) for summary in reversed(box.messages(1000))]
    return [_Mail(message) for message in list(post()[1].letters)[::-1]]


class _Mail:
    """A letter at the double, as the mailbox would show it."""

    def __init__(self, message: Any) -> None:
        self.to = f"{message.to_name} <{message.to}>"
        self.subject, self.text, self.html = message.subject, message.text, message.html


def stored(key: str) -> bytes:
    """A published object."""
    return bytes(current_app.extensions["greenroom"].storage.read(key))


def fetched(client: Any, path: str) -> bytes:
    """What a listener gets who asks the product for a published object, be it there or in the bucket."""
    response = client.get(path)
    if running() is None:
        assert response.status_code == 200
        return bytes(response.data)
    assert response.location == f"{feeds_url()}{path}"
    with urlopen(response.location) as answer:
        return bytes(answer.read())


def objects(prefix: str = "") -> list[str]:
    """What is published."""
    return list(current_app.extensions["greenroom"].storage.list(prefix))


def feeds_url() -> str:
    """Where listeners fetch what is published."""
    return str(current_app.config["FEEDS_URL"])
