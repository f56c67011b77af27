"""A server that speaks S3's language, one for the session, and a fresh bucket for each test."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from boto3.session import Session
from botocore.loaders import create_loader
from moto.server import ThreadedMotoServer

SECRET = "wJalrXUtnFEMI-never-in-a-message"
KEY_ID = "AKIANEVERINAMESSAGE"


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    endpoint: str
    client: Any


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session", autouse=True)
def _quick_clients() -> Iterator[None]:
    """Reading the description of S3 takes a client longer than most tests: it is read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", cache(create_loader))
        yield


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials for tests, and nothing of this machine's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")


@pytest.fixture
def bucket(s3_endpoint: str, aws: None) -> Bucket:
    client = Session().client("s3", endpoint_url=s3_endpoint, region_name="us-east-1")
    name = f"tests-{uuid.uuid4().hex}"
    client.create_bucket(Bucket=name)
    return Bucket(name, s3_endpoint, client)
