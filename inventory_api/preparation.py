"""Migrate, create the demo shop in demo mode, and serve. `python -m inventory_api` runs this if necessary."""

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command

from core.database.settings import begin_command
from core.exits import exit_with_sentence
from core.progress import get_end_of_line, show_progress
from ops.demo.state import create_tables


def main() -> None:
    """Prepare the database without time limits, then replace this process by gunicorn, which has those of requests."""
    begin_command()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    with exit_with_sentence():
        prepare()
    print("Starting ...", end=get_end_of_line(), flush=True)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn"])  # noqa: S606


def prepare() -> None:
    """Migrate, and create the demo shop."""
    print("Preparing the database ...", end=get_end_of_line(), flush=True)
    with show_progress("Preparing the database"):
        django.setup()
        create_tables() if settings.DEMO else call_command("migrate", verbosity=0)
    if settings.DEMO:
        call_command("load_demo")


if __name__ == "__main__":
    main()
