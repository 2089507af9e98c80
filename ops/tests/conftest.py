"""Databases to back up and to restore into."""

import pytest
from django.db import transaction
from django.test import Client

from ops.backups import back_up
from ops.tests.databases import MIGRATED, RESTORED, SOURCE
from testing.cast.people import make_tokens
from testing.cast.shops import create_world
from testing.servers.databases import copy_own_database, create_database, use_database


@pytest.fixture(scope="session")
def source(django_db_setup, django_db_blocker):
    """Yield the name of a database with two shops: operations, a reversal, an archived product, an idempotency key.

    An owner is signed in. Tests only read it. They need `db` or `transactional_db` as well, because otherwise there is
    no database of the tests.
    """
    with copy_own_database(SOURCE):
        with django_db_blocker.unblock(), use_database(SOURCE), transaction.atomic():
            owner = create_world().users["alice"]
            make_tokens(owner)
            Client().force_login(owner)
        yield SOURCE


@pytest.fixture(scope="session")
def file(source, django_db_blocker, tmp_path_factory):
    """Return a backup of `source`. Tests only read it."""
    file = tmp_path_factory.mktemp("backup") / "shop.dump"
    with django_db_blocker.unblock(), use_database(source):
        back_up(file)
    return file


@pytest.fixture
def empty(transactional_db):
    """Yield the name of an empty database."""
    with create_database(RESTORED):
        yield RESTORED


@pytest.fixture(scope="session")
def migrated_template(django_db_setup):
    """Yield the name of a database with all tables and no shop. Copying it takes a tenth of the time of a migration."""
    with copy_own_database(MIGRATED):
        yield MIGRATED


@pytest.fixture
def migrated(transactional_db, migrated_template):
    """Yield the name of a database with all tables and no shop."""
    with create_database(RESTORED, migrated_template):
        yield RESTORED
