"""Persistent database connections, which may break between requests."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")


def read_with_reconnect(read: Callable[[], T]) -> T:
    """Run the first query of a request, which must only read. Repeat it on a new connection if the old one is broken.

    CONN_HEALTH_CHECKS would need one more round trip per request, a sixth of those of a booking.
    """
    if connection.in_atomic_block:
        return read()
    connection.health_check_done = True  # type: ignore[attr-defined]  # skips Django's health check
    try:
        return read()
    except (OperationalError, InterfaceError):
        if connection.connection is None or connection.is_usable():
            raise
        connection.close()
        return read()
