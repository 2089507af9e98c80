"""Fixtures that run the product as it is deployed, for clients in other processes."""

import pytest

from testing.servers import serving


@pytest.fixture(scope="session")
def service():
    """Return a service with an empty database."""
    with serving.run_database() as database, serving.run_service(database) as service:
        yield service


@pytest.fixture(scope="session")
def address(service):
    return f"http://127.0.0.1:{service.port}"
