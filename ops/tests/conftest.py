"""Databases to back up and to restore into."""

import pytest
from django.db import connection

from ops.backups import back_up
from ops.tests.databases import MIGRATED, RESTORED, connect_to
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


@pytest.fixture(scope="module")
def migrated_template(django_db_setup, django_db_blocker):
    """Yield the name of a database with all tables and no shop, which is copied in a tenth of a migration's time."""
    with django_db_blocker.unblock(), connect_to("postgres") as other:
        connection.close()
        other.execute(f"DROP DATABASE IF EXISTS {MIGRATED}")
        other.execute(f"CREATE DATABASE {MIGRATED} TEMPLATE {connection.settings_dict['NAME']}")
        yield MIGRATED
        other.execute(f"DROP DATABASE {MIGRATED} WITH (FORCE)")


@pytest.fixture
def migrated(empty, migrated_template):
    """Return the name of a database with all tables and no shop."""
    with connect_to("postgres") as other:
        other.execute(f"DROP DATABASE {empty}")
        other.execute(f"CREATE DATABASE {empty} TEMPLATE {migrated_template}")
    return empty


@pytest.fixture
def file(source, tmp_path):
    back_up(tmp_path / "shop.dump")
    return tmp_path / "shop.dump"
