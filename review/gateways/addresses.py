"""Which network addresses a stranger's URL may lead to. Pure: no name is resolved here.

Source: the IANA special-purpose address registries for IPv4 and IPv6, and the clouds' metadata services. The ranges
are spelt out, because `ipaddress.is_global` changed its mind between patch releases of Python.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

FORBIDDEN: dict[Network, str] = {
    ip_network(network): reason
    for reason, networks in {
        "unspecified": ("0.0.0.0/8", "::/128"),
        "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
        "shared by a carrier": ("100.64.0.0/10",),
        "loopback": ("127.0.0.0/8", "::1/128"),
        "link-local": ("169.254.0.0/16", "fe80::/10"),
        "a cloud's own service": ("168.63.129.16/32",),
        "kept for protocols": ("192.0.0.0/24", "2001::/23", "100::/64"),
        "for documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
        "a tunnel": ("192.88.99.0/24", "2002::/16"),
        "for benchmarks": ("198.18.0.0/15",),
        "multicast": ("224.0.0.0/4", "ff00::/8"),
        "reserved": ("240.0.0.0/4",),
    }.items()
    for network in networks
}
UNICAST = ip_network("2000::/3")  # the only IPv6 space in which a public host can live
NAT64 = ip_network("64:ff9b::/96")
NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


def forbidden(address: str, allow: tuple[Network, ...] = ()) -> str | None:
    """Why nothing may connect to `address`, or None where it is public or lies inside `allow`."""
    try:
        parsed = _plain(ip_address(address))
    except ValueError:
        return "no address at all"
    if any(parsed in network for network in allow):
        return None
    reason = next((reason for network, reason in FORBIDDEN.items() if parsed in network), None)
    if reason is None and isinstance(parsed, IPv6Address) and (parsed not in UNICAST or parsed.scope_id):
        return "not public"
    return reason


def odd_number(host: str) -> bool:
    """True for a host some resolver reads as an IPv4 address though it is not written as four decimals.

    WHATWG URL: a host whose last label is a number is an address. `2130706433`, `0x7f.1` and `127.1` all are loopback.
    """
    return NUMBER.fullmatch(host.rpartition(".")[2]) is not None and not dotted(host)


def dotted(host: str) -> bool:
    """True for an IPv4 address written the one way everybody reads alike."""
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that a mapped one, or one an IPv6-only network translates (NAT64), stands for."""
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address
    return address
