"""The product as it is deployed, for clients in processes or threads of their own."""

import pytest

from testing import serving


@pytest.fixture(scope="session")
def address():
    """Of a service with an empty database."""
    with serving.database() as database, serving.service(database) as service:
        yield f"http://127.0.0.1:{service.port}"
