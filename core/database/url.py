"""The address of a database in a setting. dj-database-url reads it; a list of hosts with their ports is allowed too."""

import re
from typing import Any
from urllib.parse import unquote

import dj_database_url

FORM = "postgres://user:password@host:5432/name"
LIST_FORM = "postgres://user:password@a:5432,b:5433/name"
SESSION_KINDS = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
MAX_PORT = 65535
PARTS = re.compile(r"(?P<scheme>\w+://)(?P<user>[^/?#]*@)?(?P<hosts>[^/?#@]*)(?P<rest>.*)")
HOST = re.compile(r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<name>[\w.%-]+))(?::(?P<port>\d{1,5}))?", re.ASCII)


class InvalidDatabaseURL(ValueError):
    """The address is malformed. The message completes a sentence that begins with the setting's name.

    The message quotes no part that may be a password.
    """


def parse_database_url(url: str) -> dict[str, Any]:
    """Return Django's settings of the database at this address. Hosts are joined by commas, and so are their ports."""
    parts = PARTS.fullmatch(url)
    if parts is None or "," not in parts["hosts"]:
        return parse_single(url)
    hosts = [parse_host(host) for host in parts["hosts"].split(",")]
    database = parse_single(f"{parts['scheme']}{parts['user'] or ''}host{parts['rest']}")
    names, ports = zip(*hosts, strict=True)
    if any(ports) and not all(ports):
        raise InvalidDatabaseURL(f"has ports for some of its hosts: write a port for each host, {LIST_FORM}.")
    return {**database, "HOST": ",".join(names), "PORT": ",".join(filter(None, ports))}


def parse_single(url: str) -> dict[str, Any]:
    """Return Django's settings of an address with one host."""
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
        database = {}
    if database.get("ENGINE") != "django.db.backends.postgresql":
        raise InvalidDatabaseURL(f"is not a PostgreSQL address: write {FORM}.")
    kind = database.get("OPTIONS", {}).get("target_session_attrs", "any")
    if kind not in SESSION_KINDS:
        raise InvalidDatabaseURL(f"has target_session_attrs={kind}: set it to {' or '.join(SESSION_KINDS)}.")
    return database


def parse_host(text: str) -> tuple[str, str]:
    """Return the host and the port. The port is empty if the list does not have it."""
    match = HOST.fullmatch(text)
    if match is None or (match["port"] and not 1 <= int(match["port"]) <= MAX_PORT):
        raise InvalidDatabaseURL(f"has a malformed list of hosts: write {LIST_FORM}.")
    return match["ipv6"] or unquote(match["name"]), match["port"] or ""
