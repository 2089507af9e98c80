"""Migrate, create the demo shop in demo mode, and serve. `python -m inventory_api` runs this if necessary."""

import os
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError

from core.database.settings import begin_command
from core.progress import get_end_of_line, show_progress
from ops.demo.state import create_tables


def main() -> None:
    """Prepare the database, then replace this process by gunicorn with the settings of the service."""
    serving_environment = dict(os.environ)
    os.environ["DB_STATEMENT_TIMEOUT"] = "0"  # migrations have no time limit, but requests do
    begin_command()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    try:
        prepare()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next start continues from here.")
    print("Starting ...", end=get_end_of_line(), flush=True)
    os.execve(sys.executable, [sys.executable, "-m", "gunicorn"], serving_environment)  # noqa: S606


def prepare() -> None:
    """Migrate, and create the demo shop. Exit with one sentence if the database is unavailable."""
    print("Preparing the database ...", end=get_end_of_line(), flush=True)
    try:
        with show_progress("Preparing the database"):
            django.setup()
            create_tables() if settings.DEMO else call_command("migrate", verbosity=0)
        if settings.DEMO:
            call_command("load_demo")
    except OperationalError as error:
        sys.exit(f"The database can't be reached: {str(error).strip()}")


if __name__ == "__main__":
    main()
