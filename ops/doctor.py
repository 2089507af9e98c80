"""`python -m ops.doctor`: the part of `make doctor` that needs the packages: settings, port, database, migrations."""

import http.client
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from dotenv import load_dotenv

from core.database.checks import describe_drift, pending_migrations
from core.database.embedded.place import is_created
from core.database.postgres.base import fetch
from core.environment import EMBEDDED_ENGINE, default_to_demo

MIN_POSTGRESQL = 15
MAX_PORT = 65535
HEALTH_TIMEOUT_SECONDS = 2


class Finding(NamedTuple):
    """The result of a check: its name, whether the part is ready, and the facts or the steps to take."""

    name: str
    ok: bool
    text: str


def main() -> int:
    """Print all findings. Return the exit status: 1 if anything is missing."""
    load_dotenv(Path(__file__).resolve().parent.parent / ".env")
    default_to_demo(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    findings = list(check_all())
    for name, ok, text in findings:
        print(f"{'ok' if ok else 'missing':<9}{name:<12}{text}")
    return 0 if all(finding.ok for finding in findings) else 1


def check_all() -> Iterator[Finding]:
    """Yield the findings. If the settings are wrong, yield only these, because nothing else can be checked."""
    try:
        django.setup()
    except ImproperlyConfigured as error:
        yield from (Finding("settings", False, sentence) for sentence in str(error).splitlines())
        return
    yield Finding("settings", True, "demo mode" if settings.DEMO else "production")
    yield check_port()
    yield from check_database()


def find_port_problem(port: int) -> str:
    """Return why the service can't listen on this port and what to do. It is empty if the service can."""
    if not (error := try_port(port)):
        return ""
    free = next((other for other in range(port + 1, MAX_PORT + 1) if not try_port(other)), None)
    return f"Port {port} can't be used ({error}). Choose another one{f': make run PORT={free}' if free else ''}."


def try_port(port: int) -> str:
    """Return why the service can't listen on this port, or an empty text if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1" if settings.DEMO else "0.0.0.0", port))  # noqa: S104
        except OSError as error:
            return str(error.strerror)
    return ""


def check_port() -> Finding:
    busy = find_port_problem(settings.PORT)
    if busy and is_service(settings.PORT):
        return Finding("port", True, f"The service is running on port {settings.PORT}.")
    return Finding("port", not busy, busy or f"Port {settings.PORT} is free.")


def is_service(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=HEALTH_TIMEOUT_SECONDS)
    try:
        client.request("GET", "/healthz")
        return bool(json.load(client.getresponse()) == {"status": "ok"})
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        client.close()


def check_database() -> Iterator[Finding]:
    """Yield whether the database is reachable, suitable, and has the tables of this release, once it is migrated.

    Connecting starts an embedded database.
    """
    if settings.DATABASES["default"]["ENGINE"] == EMBEDDED_ENGINE and not is_created():
        yield Finding("database", False, "It does not exist yet: make run creates it.")
        return
    try:
        yield check_server()
        pending = pending_migrations()
        drift = describe_drift(pending)
    except Error as error:
        yield Finding("database", False, f"The database can't be used: {' '.join(str(error).split())}")
        return
    unapplied = f"{pending} are not applied: make run applies them, or python manage.py migrate."
    yield Finding("migrations", not pending, unapplied if pending else "All are applied.")
    yield Finding("tables", not drift, drift or "They are those of the migrations.")


def check_server() -> Finding:
    """Check the server's version, and that its locale has letters other than a to z. Raise Error without a server."""
    [(version, has_letters)] = fetch("SELECT current_setting('server_version_num')::integer / 10000, lower('Ö') = 'ö'")
    problem = "" if has_letters else "The locale has no letters beyond a to z: create the database with a UTF-8 locale."
    if version < MIN_POSTGRESQL:
        problem = f"PostgreSQL {MIN_POSTGRESQL} or newer is needed; this is {version}."
    return Finding("database", not problem, problem or f"PostgreSQL {version} answers.")


if __name__ == "__main__":
    sys.exit(main())
