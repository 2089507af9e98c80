import pytest
from drf_spectacular.generators import SchemaGenerator

from testing.shops import open_world, rows_of


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
