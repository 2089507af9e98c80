import pytest

from testing.servers import serving, tiny_client


@pytest.fixture(scope="session")
def tiny_server():
    """Return gunicorn with the worker of core/server/, short timeouts and an application without a database."""
    with tiny_client.run_server() as server:
        yield server


@pytest.fixture(scope="module")
def served_database():
    """Return a PostgreSQL server that the module's tests may stop and kill."""
    with serving.run_database(migrated=True) as database:
        yield database


@pytest.fixture(scope="module")
def running_service(served_database):
    """Return the product in production mode, on `served_database`."""
    with serving.run_service(served_database) as service:
        yield service


@pytest.fixture(scope="module")
def owner_token(running_service):
    """Return the access token of an owner who has signed up at `running_service`."""
    return running_service.sign_up("alice")
