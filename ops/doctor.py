"""`python -m ops.doctor`: settings, port, database and migrations, what `make doctor` asks the packages."""

import http.client
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from dotenv import load_dotenv

from core.embedded_postgres.place import data_folder
from core.environment import EMBEDDED_ENGINE, default_to_demo
from core.pending import pending_migrations
from ops.port_check import why_busy

MIN_POSTGRESQL = 15
PATIENCE_SECONDS = 2


class Finding(NamedTuple):
    """What was looked at, whether it is as it must be, and the facts or what to do."""

    name: str
    ok: bool
    text: str


def main() -> int:
    """Print all findings; the exit status is 1 if anything is missing."""
    load_dotenv(Path(__file__).resolve().parent.parent / ".env")
    default_to_demo(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    findings = list(all_findings())
    for name, ok, text in findings:
        print(f"{'ok' if ok else 'missing':<9}{name:<12}{text}")
    return 0 if all(finding.ok for finding in findings) else 1


def all_findings() -> Iterator[Finding]:
    try:
        django.setup()
    except ImproperlyConfigured as error:
        yield from (Finding("settings", False, sentence) for sentence in str(error).splitlines())
        return
    yield Finding("settings", True, "demo mode" if settings.DEMO else "production")
    yield port()
    yield from database()


def port() -> Finding:
    """Free, or taken by the product itself."""
    busy = why_busy(settings.PORT)
    if busy and is_ours(settings.PORT):
        return Finding("port", True, f"The product runs on {settings.PORT}.")
    return Finding("port", not busy, busy or f"{settings.PORT} is free.")


def is_ours(number: int) -> bool:
    """Whether the product answers there."""
    ask = http.client.HTTPConnection("127.0.0.1", number, timeout=PATIENCE_SECONDS)
    try:
        ask.request("GET", "/healthz")
        return bool(json.load(ask.getresponse()) == {"status": "ok"})
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        ask.close()


def database() -> Iterator[Finding]:
    """Is it there, new enough, able to tell letters, and migrated? An embedded one is started for that."""
    embedded = settings.DATABASES["default"]["ENGINE"] == EMBEDDED_ENGINE
    if embedded and not (data_folder() / "PG_VERSION").exists():
        yield Finding("database", False, "It is not made yet: make run makes it.")
        return
    try:
        yield server()
        pending = pending_migrations()
    except Error as error:
        yield Finding("database", False, f"It can't be used: {' '.join(str(error).split())}")
        return
    missing = f"{pending} are not applied: make run applies them, or python manage.py migrate."
    yield Finding("migrations", not pending, missing if pending else "All are applied.")


def server() -> Finding:
    """Its version, and whether its locale knows letters beyond a to z. Raises Error if it can't be reached."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::integer / 10000, lower('Ö') = 'ö'")
        version, knows_letters = cursor.fetchone()
    if version < MIN_POSTGRESQL:
        return Finding("database", False, f"It is PostgreSQL {version}, and {MIN_POSTGRESQL} or newer is needed.")
    if not knows_letters:
        return Finding(
            "database", False, "Its locale knows no letters beyond a to z: make it anew with a UTF-8 locale."
        )
    return Finding("database", True, f"PostgreSQL {version} answers.")


if __name__ == "__main__":
    sys.exit(main())
