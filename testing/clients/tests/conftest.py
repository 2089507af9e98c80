"""Fixtures that run the product as it is deployed, for clients in other processes."""

import pytest

from testing import serving


@pytest.fixture(scope="session")
def address():
    """Return the address of a service with an empty database."""
    with serving.run_database() as database, serving.run_service(database) as service:
        yield f"http://127.0.0.1:{service.port}"
