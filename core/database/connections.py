"""Persistent database connections, which may break between requests."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")


def read_with_reconnect(read: Callable[[], T], used: BaseDatabaseWrapper | None = None) -> T:
    """Run the first query of a request, which must only read. Repeat it on a new connection if the old one is broken.

    The default connection is that of the primary.

    CONN_HEALTH_CHECKS would add one round trip to each request, and a booking has only six.
    """
    connection = used or connections["default"]
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
