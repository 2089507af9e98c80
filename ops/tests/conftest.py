"""Databases to back up and to restore into."""

import pytest
from django.db import connection

from ops.backups import back_up
from ops.tests.databases import RESTORED, connect_to
from testing.shops import create_world


@pytest.fixture
def source(transactional_db):
    """Return the name of a database with two shops: operations, a reversal, an archived product, an idempotency key."""
    create_world()
    return connection.settings_dict["NAME"]


@pytest.fixture
def empty(transactional_db):
    """Yield the name of an empty database."""
    with connect_to("postgres") as other:
        other.execute(f"DROP DATABASE IF EXISTS {RESTORED}")
        other.execute(f"CREATE DATABASE {RESTORED}")
        yield RESTORED
        other.execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


@pytest.fixture
def file(source, tmp_path):
    back_up(tmp_path / "shop.dump")
    return tmp_path / "shop.dump"
