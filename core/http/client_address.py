"""The client's IP address and network, behind a known number of proxies."""

import ipaddress
from typing import Any

from django.conf import settings

# A network of this size often belongs to one customer, or to several customers in turn.
IPV4_NETWORK_BITS, IPV6_NETWORK_BITS = 24, 48


def client_address(request: Any) -> str:
    """Return the address of the request's client, or "unknown"."""
    return find_client_address(request.META.get("HTTP_X_FORWARDED_FOR", ""), request.META.get("REMOTE_ADDR", ""))


def find_client_address(forwarded_for: str, peer: str) -> str:
    """Return the client's address, or "unknown". IPv6 addresses are cut to their /64 network, which a household shares.

    Each proxy appends its peer to X-Forwarded-For. So behind n trusted proxies, the client is the n-th entry from the
    right, and the client can invent the entries before it. Without proxies, the client is the peer.
    """
    forwarded = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    count = settings.TRUSTED_PROXY_COUNT
    text = forwarded[-count] if count and len(forwarded) >= count else peer
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:  # a dual-stack server reports IPv4 addresses in this form
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def client_network(request: Any) -> str:
    """Return the network of the client's address. One client can often use many addresses of a network."""
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        return "unknown"
    bits = IPV4_NETWORK_BITS if address.version == 4 else IPV6_NETWORK_BITS
    return str(ipaddress.ip_network((address, bits), strict=False))


def get_origin(request: Any) -> str:
    """Return the origin of the address at which the client reaches the service: https://shop.example.org."""
    return f"{request.scheme}://{request.get_host()}"
