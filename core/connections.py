"""Connections that are kept between requests, and may have died meanwhile."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")


def read_with_reconnect(read: Callable[[], T]) -> T:
    """The first statement of a request, one that only reads; again on a new connection if the kept one has died.

    CONN_HEALTH_CHECKS finds that out before every request by a round trip of its own, a sixth of those of a booking.
    """
    if connection.in_atomic_block:
        return read()
    connection.health_check_done = True  # type: ignore[attr-defined]  # as Django notes it
    try:
        return read()
    except (OperationalError, InterfaceError):
        if connection.connection is None or connection.is_usable():
            raise
        connection.close()
        return read()
