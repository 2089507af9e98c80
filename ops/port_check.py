"""Whether the service can listen where it is to listen."""

import socket

from django.conf import settings


def why_busy(port: int) -> str:
    """Why the port can't be used, with the way out; empty if it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1" if settings.DEMO else "0.0.0.0", port))  # noqa: S104
        except OSError as error:
            return f"Port {port} can't be used ({error.strerror}): choose another one, make run PORT={port + 1}."
    return ""
