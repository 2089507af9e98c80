"""Detect whether a service uses the embedded server. Its processes hold a file lock until they end.

The next request of a running service starts a stopped server again, so `make db-stop` checks this first. The lock is on
the clone's folder, because `make reset` deletes the folder of the server, also while a service runs.
"""

import fcntl
import os
from contextlib import suppress

from core.database.embedded.place import CLONE


def mark_used() -> int:
    """Mark the server as used until this process and its forks have ended. Return the open file descriptor."""
    descriptor = os.open(CLONE, os.O_RDONLY)
    with suppress(OSError):  # if the file system has no locks, `make db-stop` stops the server without a warning
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def is_used() -> bool:
    """Return whether a process has marked the server as used."""
    descriptor = os.open(CLONE, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return isinstance(error, BlockingIOError)
    finally:
        os.close(descriptor)
    return False
