"""Decide to which URLs and addresses webhooks are sent: only public ones, in every spelling of URLs and resolvers.

A name is resolved for each attempt, every one of its addresses is checked, and the connection goes to these addresses.
So a name that resolves to a public address first and to a private one later reaches nothing.
"""

import re
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext

from core.translation import gettext_noop
from records.events.webhooks.errors import AddressNotLocal, AddressNotPublic
from records.events.webhooks.models import MAX_URL_LENGTH

HTTP_PORT, HTTPS_PORT = 80, 443
MIN_OTHER_PORT = 1024  # ports below it belong to mail, remote shells and other services that are not HTTP
MAX_HOST_LENGTH = 253
NO_ADDRESS = gettext_noop("The host's name has no address.")

PRINTABLE = re.compile(r"[!-~]+")
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
ENDS_IN_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")  # resolvers read such names as IPv4 addresses

# The networks of https://www.iana.org/assignments/iana-ipv4-special-registry, of multicast (224) and future use (240).
SPECIAL_IPV4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
# Addresses outside of the special networks at which a cloud responds only to the machines in it. The metadata services
# of other clouds are in special networks: 169.254.169.254, 192.0.0.192, 100.100.100.200, fd00:ec2::254, fd20:ce::254.
CLOUD_IPV4 = [
    IPv4Network(network)
    for network in (
        "168.63.129.16/32",  # Azure: the agent, DNS and health of a virtual machine
        "192.80.8.124/32",  # Equinix Metal (Packet): metadata
        "161.26.0.0/16",
        "166.8.0.0/14",  # IBM Cloud: the private endpoints of its infrastructure and its services
    )
]
# Public IPv6 addresses begin with the bits 001. The rest has the loopback, mapped and compatible addresses, unique
# local, link-local, site-local and multicast ones.
PUBLIC_IPV6 = IPv6Network("2000::/3")
# The special networks of https://www.iana.org/assignments/iana-ipv6-special-registry: protocols (such as Teredo and
# benchmarking), 6to4 and documentation. The list also has the networks of the former 6bone.
SPECIAL_IPV6 = [
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")
]
# Hosts without IPv4 reach an IPv4 address through this network: the last 32 bits are the IPv4 address.
NAT64 = IPv6Network("64:ff9b::/96")


class InvalidURL(ValueError):
    """The text is not a URL that webhooks can be sent to. The message says why."""


class NameNotFound(OSError):
    """The host's name could not be resolved."""


class WebhookTarget(NamedTuple):
    is_secure: bool
    host: str  # a name or an address, without brackets
    port: int
    path: str  # the path with the query


def parse_url(url: str) -> WebhookTarget:
    """Return the parts of the URL. Raise InvalidURL unless it is a plain https address, or an http one in demo mode."""
    if len(url) > MAX_URL_LENGTH or not PRINTABLE.fullmatch(url) or "\\" in url:
        raise InvalidURL(gettext("Write the URL in ASCII, with the host's name in its xn-- form and %20 for a space."))
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise InvalidURL(gettext("This is not a URL: write https://shop.example.org/events.")) from None
    # find_addresses() checks that an http URL is on this machine.
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.DEMO):
        raise InvalidURL(gettext("Webhooks are sent over https alone: write https://shop.example.org/events."))
    if "@" in parts.netloc or "#" in url:
        raise InvalidURL(gettext("Leave out the user name, the password and the fragment (#)."))
    if not is_plain_host(host):
        raise InvalidURL(gettext("Write the host as a name, or as an ordinary address such as 203.0.113.7."))
    is_secure = parts.scheme == "https"
    default_port = HTTPS_PORT if is_secure else HTTP_PORT
    if port is not None and port != default_port and port < MIN_OTHER_PORT:
        said = gettext("Choose the port {port}, or one from {first} to 65535.")
        raise InvalidURL(said.format(port=default_port, first=MIN_OTHER_PORT))
    path = parts.path or "/"
    return WebhookTarget(is_secure, host, port or default_port, f"{path}?{parts.query}" if parts.query else path)


def is_plain_host(host: str) -> bool:
    """Return whether the host is a name or an address in its ordinary spelling."""
    # Resolvers also read addresses in octal, in hexadecimal or as one number, and addresses with few parts.
    if parse_address(host) is not None:
        return "%" not in host
    return len(host) <= MAX_HOST_LENGTH and bool(NAME.fullmatch(host)) and not ENDS_IN_NUMBER.fullmatch(host)


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def find_addresses(target: WebhookTarget, seconds: float) -> list[str]:
    """Return the addresses of the target's host. Raise AddressNotPublic, AddressNotLocal or NameNotFound."""
    addresses = [target.host] if parse_address(target.host) else resolve_host(target.host, target.port, seconds)
    if not (target.is_secure or all(map(is_loopback, addresses))):
        raise AddressNotLocal()
    if not all(map(is_allowed, addresses)):
        raise AddressNotPublic()
    return addresses


def resolve_host(host: str, port: int, seconds: float) -> list[str]:
    """Return the addresses of the name in the resolver's order. Raise NameNotFound."""
    # The system's resolver has no time limit. So it runs in a thread, for which nobody waits when the time is over.
    answers: SimpleQueue[Any] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            answers.put([])

    Thread(target=look_up, name="webhook-resolver", daemon=True).start()
    try:
        found = answers.get(timeout=max(0.0, seconds))
    except Empty:
        raise NameNotFound(gettext_noop("The host's name was not resolved in time.")) from None
    if not found:
        raise NameNotFound(NO_ADDRESS)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_allowed(text: str) -> bool:
    """Return whether webhooks may be sent to the address: it is public, or the settings allow it."""
    address = parse_address(text)
    if address is None or getattr(address, "scope_id", None):
        return False
    if settings.DEMO and address.is_loopback:
        return True
    return is_public(address) or any(address in network for network in settings.WEBHOOK_PRIVATE_NETWORKS)


def is_loopback(text: str) -> bool:
    address = parse_address(text)
    return address is not None and address.is_loopback


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether the address is a public one of a single host, and does not belong to the platform of a cloud."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in (*SPECIAL_IPV4, *CLOUD_IPV4))
    if address in NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    return address in PUBLIC_IPV6 and not any(address in network for network in SPECIAL_IPV6)
