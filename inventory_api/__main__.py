"""`python -m inventory_api`: serve with gunicorn, after running `inventory_api/preparation.py` if necessary."""

import gc
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from dotenv import load_dotenv
from gunicorn import __main__ as gunicorn_program
from gunicorn.app import wsgiapp

from core.database.checks import describe_drift, pending_migrations
from core.database.embedded.place import is_created
from core.environment import default_to_demo, default_to_worker
from core.exits import exit_with_sentence
from core.progress import show_progress
from ops.demo import state
from ops.doctor import find_port_problem


def main() -> None:
    """Serve. If the database is not prepared, replace this process by one that prepares it and then serves."""
    gc.disable()  # disabled until gunicorn is ready: imports create many objects, and hardly any garbage
    load_dotenv(Path(__file__).resolve().parent.parent / ".env")
    default_to_demo(os.environ)
    default_to_worker(os.environ)
    environment = dict(os.environ)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    with exit_with_sentence(), show_progress("Starting"):
        prepared = is_prepared()
    if not prepared:
        os.execve(sys.executable, [sys.executable, "-m", "inventory_api.preparation"], environment)  # noqa: S606
    if settings.DEBUG:  # to reload code, workers have to import it themselves
        os.execve(sys.executable, [sys.executable, "-m", "gunicorn"], environment)  # noqa: S606
    serve()


def is_prepared() -> bool:
    """Return whether the database is migrated, and in demo mode has its shop.

    Exit with one sentence if the port is not available, or the tables are of no release.
    """
    if problem := find_port_problem(settings.PORT):
        sys.exit(problem)
    if settings.DEMO and not is_created():
        return False
    django.setup()
    try:
        pending = pending_migrations()
        if drift := describe_drift(pending):
            sys.exit(drift)
        return not pending and (not settings.DEMO or state.is_complete())
    finally:
        connection.close()


def serve() -> None:
    """Run gunicorn in this process, because another would have to import everything again."""
    # This is what `python -m gunicorn` does. On SIGUSR2 it starts itself again by this path.
    sys.argv = [str(gunicorn_program.__file__)]
    wsgiapp.run(prog="gunicorn")


if __name__ == "__main__":
    main()
