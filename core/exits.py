"""How programs end that people start: with one sentence in place of a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db import InterfaceError, OperationalError


@contextmanager
def exit_with_sentence() -> Iterator[None]:
    """Exit with the reason if the block ends because of the settings, the database or a signal from the keyboard."""
    try:
        yield
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(str(error))
    except (OperationalError, InterfaceError) as error:
        sys.exit(f"The database can't be used: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        sys.exit("Interrupted: start it again.")
