import pytest
from drf_spectacular.generators import SchemaGenerator

from inventory_api.tests import serving, tiny_client
from inventory_api.tests.shops import open_world, rows_of


@pytest.fixture
def world(db):
    """Two furnished shops and everybody there is."""
    return open_world()


@pytest.fixture
def unchanged(world):
    """Neither shop has another row or value after the test."""
    owners = [shop.owner for shop in world.shops.values()]
    before = [rows_of(owner) for owner in owners]
    yield
    assert [rows_of(owner) for owner in owners] == before


@pytest.fixture(scope="session")
def schema():
    """The document that /api/schema/ answers."""
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="session")
def tiny_server():
    """gunicorn with our worker, short timeouts and an application without a database."""
    with tiny_client.run_server() as server:
        yield server


@pytest.fixture(scope="module")
def served_database():
    """A PostgreSQL server that the module's tests may stop and kill."""
    with serving.database() as database:
        yield database


@pytest.fixture(scope="module")
def running_service(served_database):
    """The product in production mode, on `served_database`."""
    with serving.service(served_database) as service:
        yield service


@pytest.fixture(scope="module")
def owner_token(running_service):
    """The access token of an owner who has signed up at `running_service`."""
    return running_service.sign_up("alice")
