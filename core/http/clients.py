"""Who sends the running request: the user, the way by which it came, and the client's address."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest

SUPPORT_DESK = "/admin/"

running_request: ContextVar[HttpRequest | None] = ContextVar("running_request", default=None)
importing: ContextVar[bool] = ContextVar("importing", default=False)


class Actor(NamedTuple):
    user_id: int | None
    via: str


def find_actor() -> Actor:
    """Return the user of the running request, and its way. Without a request, a command or a job of the worker runs."""
    request = running_request.get()
    if request is None:
        return Actor(None, "command")
    user: Any = getattr(request, "user", None)
    if importing.get():
        way = "import"
    elif getattr(user, "api_key", None):
        way = "key"
    elif request.path_info.startswith(SUPPORT_DESK):
        way = "desk"
    else:
        way = "api" if "HTTP_AUTHORIZATION" in request.META else "page"
    return Actor(getattr(user, "pk", None), way)


@contextmanager
def act_by_import() -> Iterator[None]:
    """Make "import" the way of all changes in the block."""
    token = importing.set(True)
    try:
        yield
    finally:
        importing.reset(token)


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
