"""Load the settings for an environment, in this process or in a new one."""

import os
import runpy
import subprocess
import sys
from types import SimpleNamespace
from unittest import mock

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PRODUCTION = {
    "SECRET_KEY": "a-long-random-text-that-nobody-guesses-0123456789-abcdef",
    "ALLOWED_HOSTS": "shop.example.org",
    "DATABASE_URL": "postgres://user:secret@localhost:1/shop",
}


def run_python(*command, **variables):
    """Run Python in a clean environment without .env."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-W", "error", *command],
        env={**keep, "PYTHON_DOTENV_DISABLED": "1", **variables},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,  # migrating takes a minute on a loaded machine
    )


def run_settings(**variables):
    """Execute the file of the settings in this process, in a clean environment. Return the settings."""
    with mock.patch.dict(os.environ, {"PYTHON_DOTENV_DISABLED": "1", **variables}, clear=True):
        return SimpleNamespace(**runpy.run_path(str(settings.BASE_DIR / "inventory_api" / "settings.py")))


def load_settings(**variables):
    """Load the settings. Return the lines of the error, or no lines if they are valid."""
    try:
        run_settings(**variables)
    except ImproperlyConfigured as error:
        return str(error).splitlines()
    return []


def read_setting(name, **variables):
    """Return the value of a setting in this environment as print() shows it.

    It can return several values, for names such as "HTTPS, settings.DEBUG".
    """
    values = eval(f"(settings.{name},)", {"settings": run_settings(**variables)})  # noqa: S307
    return " ".join(map(str, values))
