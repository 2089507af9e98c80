"""Detect whether a service uses the embedded server, by a file lock that its processes hold until they end.

The next request of a running service starts a stopped server again, so `make db-stop` checks this first.
"""

import fcntl
import os

from core.embedded_postgres.place import home, make_private

FILE_NAME = "in_use"


def mark_used() -> int:
    """Mark the server as used until this process and its forks have ended. Return the open file descriptor."""
    make_private(home())
    descriptor = os.open(home() / FILE_NAME, os.O_RDONLY | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def is_used() -> bool:
    """Return whether a process holds the mark."""
    try:
        file = (home() / FILE_NAME).open()
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
