"""`python -m inventory_api`: migrate, fill the demo shop if this is a demo, and serve with gunicorn."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError
from dotenv import load_dotenv

from core.environment import default_to_demo
from ops.port_check import port_problem


def main() -> None:
    load_dotenv(Path(__file__).resolve().parent.parent / ".env")
    default_to_demo(os.environ)
    serving = dict(os.environ)
    os.environ["DB_STATEMENT_TIMEOUT"] = "0"  # a migration may take its time; a request may not
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    try:
        prepare()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next start goes on from here.")
    os.execve(sys.executable, [sys.executable, "-m", "gunicorn"], serving)  # noqa: S606


def prepare() -> None:
    """Everything that must be true before serving. Exits with one sentence if the port or the database isn't."""
    django.setup()
    if busy := port_problem(settings.PORT):
        sys.exit(busy)
    try:
        call_command("migrate", verbosity=0)
        if settings.DEMO:
            call_command("load_demo")
    except OperationalError as error:
        sys.exit(f"The database can't be reached: {str(error).strip()}")


if __name__ == "__main__":
    main()
