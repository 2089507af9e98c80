#!/usr/bin/env python
"""Django's command line. Commands run without the statement timeout of requests, and not through a pooler."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from core.database.settings import begin_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    if sys.argv[1:2] not in (["runserver"], ["deliver"]):  # these commands serve, with the limits of requests
        begin_command()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
