"""An old host for shows that come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from flask import Flask

from review.gateways.fetch import Fetcher
from tests.outside import put
from tests.services.old_host import OldHost, serving


@pytest.fixture
def old_host(app: Flask) -> Iterator[OldHost]:
    """A host on this machine, which the app is allowed to fetch from."""
    fetcher = Fetcher(allow_networks=(ip_network("127.0.0.0/8"),), silence_seconds=5)
    put(app, fetcher=fetcher)
    with serving() as host:
        yield host
