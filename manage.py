#!/usr/bin/env python
"""Django's command line. Commands run without the time limits of requests, and not through a pooler."""

import os
import sys

from django.core.management import execute_from_command_line

from core.database.settings import begin_command
from core.exits import exit_with_sentence


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")
    if sys.argv[1:2] not in (["runserver"], ["deliver"]):  # these commands serve, with the limits of requests
        begin_command()
    with exit_with_sentence():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
