"""Where a request comes from, behind as many proxies as may speak for it."""

import ipaddress
from typing import Any

from django.conf import settings

IPV4_NETWORK_BITS, IPV6_NETWORK_BITS = 24, 48  # one customer often has that many addresses, or takes turns with others


def client_address(request: Any) -> str:
    """The client's address: the peer's, or what the outermost of TRUSTED_PROXY_COUNT proxies says of its own peer.

    Each proxy appends its peer to X-Forwarded-For, so with n trusted ones the n-th from the right is to be believed;
    what stands before it is the client's own claim. IPv6 counts by network of 64 bits: one household has that many.
    """
    said = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    trusted = settings.TRUSTED_PROXY_COUNT
    text = said[-trusted] if trusted and len(said) >= trusted else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:  # a server that listens on both kinds shows IPv4 so
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def client_network(request: Any) -> str:
    """Return the network of the client's address, in which one client can often choose among addresses."""
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        return "unknown"
    bits = IPV4_NETWORK_BITS if address.version == 4 else IPV6_NETWORK_BITS
    return str(ipaddress.ip_network((address, bits), strict=False))
