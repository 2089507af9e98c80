"""Check that the service can listen on its port."""

import socket

from django.conf import settings


def find_port_problem(port: int) -> str:
    """Return why the service can't listen on this port and what to do. It is empty if the service can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1" if settings.DEMO else "0.0.0.0", port))  # noqa: S104
        except OSError as error:
            return f"Port {port} can't be used ({error.strerror}). Choose another one: make run PORT={port + 1}."
    return ""
