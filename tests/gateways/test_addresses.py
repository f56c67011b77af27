"""The address rules against the ranges they name, and against the standard library's own opinion."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.gateways.addresses import FORBIDDEN, Network, dotted, forbidden, odd_number

LOOPBACK = ip_network("127.0.0.0/8")
INSIDE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254
169.254.0.1 169.254.169.254 169.254.170.2 168.63.129.16 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1
64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:2::1 2001:10::1 2001:db8::1
2002:7f00:1:: 2002:a00:1::1 2002:808:808::1 3fff::1 5f00::1 4000::1 fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1
fe80::1%lo 2606:4700::1%eth0 fec0::1 ff02::1 ff0e::1
"""
PUBLIC = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 2606:4700::1111 2a00:1450::1 2001:4860::1"


@pytest.mark.parametrize("address", INSIDE.split())
def test_what_is_not_public_is_forbidden(address: str) -> None:
    assert forbidden(address)


@pytest.mark.parametrize("address", [*PUBLIC.split(), "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_public_is_not(address: str) -> None:
    assert forbidden(address) is None


@pytest.mark.parametrize(
    "address", ["", "localhost", "127.1", "0x7f.0.0.1", "127.0.0.1 ", "127.0.0.01", "[::1]", "::1::"]
)
def test_what_is_no_address_is_forbidden(address: str) -> None:
    assert forbidden(address) == "no address at all"


def test_a_setting_may_allow_a_network_and_only_that() -> None:
    assert forbidden("127.0.0.1", (LOOPBACK,)) is None
    assert forbidden("::ffff:127.0.0.1", (LOOPBACK,)) is None
    assert forbidden("::1", (LOOPBACK,))
    assert forbidden("10.0.0.1", (LOOPBACK,))


@given(st.sampled_from(sorted(FORBIDDEN, key=str)), st.data())
def test_no_address_of_a_named_range_passes_in_any_form(network: Network, data: st.DataObject) -> None:
    first, last = int(network[0]), int(network[-1])
    number = data.draw(st.integers(first, last))
    assert forbidden(str(type(network[0])(number)))
    if network.version == 4:
        for prefix in ("::ffff:0:0", "64:ff9b::", "::"):
            assert forbidden(str(IPv6Address(int(IPv6Address(prefix)) + number)))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_passes_that_the_standard_library_calls_private(address: IPv4Address | IPv6Address) -> None:
    translated = isinstance(address, IPv6Address) and (address.ipv4_mapped or address in ip_network("64:ff9b::/96"))
    if forbidden(str(address)) is None and not translated:
        assert address.is_global
        assert not address.is_multicast


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.01", "1.2.3.4.5", "0x", "0"],
)
def test_an_odd_spelling_of_an_address_is_seen(host: str) -> None:
    assert odd_number(host)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "8.8.8.8", "example.com", "4chan.example", "1.2.3.com", "0xdead.example", ""]
)
def test_plain_addresses_and_names_are_not_odd(host: str) -> None:
    assert not odd_number(host)
    assert dotted(host) is (host in ("127.0.0.1", "8.8.8.8"))
