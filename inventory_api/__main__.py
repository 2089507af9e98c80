"""`python -m inventory_api`: migrate, create the demo shop in demo mode, and serve with gunicorn."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError
from dotenv import load_dotenv

from core.database_settings import begin_command
from core.environment import default_to_demo
from ops.port_check import find_port_problem


def main() -> None:
    """Prepare, then replace this process by gunicorn."""
    load_dotenv(Path(__file__).resolve().parent.parent / ".env")
    default_to_demo(os.environ)
    serving_environment = dict(os.environ)
    os.environ["DB_STATEMENT_TIMEOUT"] = "0"  # migrations have no time limit; requests do
    begin_command()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    try:
        prepare()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next start continues from here.")
    os.execve(sys.executable, [sys.executable, "-m", "gunicorn"], serving_environment)  # noqa: S606


def prepare() -> None:
    """Check the port, migrate, and create the demo shop. Exit with one sentence if port or database are unavailable."""
    django.setup()
    if problem := find_port_problem(settings.PORT):
        sys.exit(problem)
    try:
        call_command("migrate", verbosity=0)
        if settings.DEMO:
            call_command("load_demo")
    except OperationalError as error:
        sys.exit(f"The database can't be reached: {str(error).strip()}")


if __name__ == "__main__":
    main()
