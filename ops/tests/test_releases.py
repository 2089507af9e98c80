"""Every release restores the backups of all releases before it, which `testing.programs.release_dump` has written.

`make check` restores the newest one. What the others test as well, the migrations of releases, never changes.
"""

import pytest
from django.conf import settings
from django.db import connection

from core.database.checks import describe_drift, pending_migrations
from desk.takeout.importing.services import import_shop
from desk.takeout.tests.conftest import export
from inventory_api import __version__
from ops.backups import restore
from ops.demo.state import EMPTY
from ops.tests.databases import CASTS, RULES, call_manage
from products.models import Product
from testing.cast.people import client_of
from testing.servers.databases import PROCESS, connect_to, create_database, use_database
from users.models import User

OLDEST_READER = 180_000  # the first release of PostgreSQL whose pg_restore reads the files
*OLDER, NEWEST = sorted(settings.BASE_DIR.glob("testing/releases/*.dump"))
UPGRADED = f"test_upgraded{PROCESS}"
COLUMNS = """
SELECT table_name || '.' || column_name, data_type || ' ' || is_nullable FROM information_schema.columns
WHERE table_schema = 'public'
"""


@pytest.fixture(
    scope="module",
    params=[NEWEST, *(pytest.param(file, marks=pytest.mark.long) for file in OLDER)],
    ids=lambda file: file.stem,
)
def file(request):
    """Return the backup of a release."""
    return request.param


@pytest.fixture(scope="module")
def upgraded(file, django_db_setup, django_db_blocker):
    """Yield the name of a database with the backup of a release, migrated to this release and verified."""
    with django_db_blocker.unblock(), create_database(UPGRADED):
        if connection.pg_version < OLDEST_READER:
            pytest.skip("needs the PostgreSQL that has written the backups, or a newer one")
        done = call_manage("restore", str(file), database=UPGRADED)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0].endswith(": the ledger holds.")
        yield UPGRADED


@pytest.mark.long
def test_a_new_demo_has_the_schema_of_a_new_database(empty, migrated_template):
    done = call_manage("restore", str(EMPTY))
    assert (done.returncode, done.stderr) == (0, "")
    assert read_schema(empty) ^ read_schema(migrated_template) == set()


def read_schema(database):
    """Return the columns, constraints, triggers and indexes, as text."""
    with connect_to(database) as other:
        rules = {(name, CASTS.sub("", rule)) for name, rule in other.execute(RULES)}
        return rules.union(other.execute(COLUMNS).fetchall())


def test_a_release_has_the_tables_of_its_migrations_before_it_is_upgraded(empty, file):
    with use_database(empty):
        restore(file)
        assert describe_drift(pending_migrations()) == ""
        connection.close()


def test_an_upgraded_shop_is_served(upgraded, transactional_db):
    with use_database(upgraded):
        assert pending_migrations() == 0
        product = Product.objects.filter(archived_at=None).earliest("id")
        response = client_of(product.owner).get(f"/api/products/{product.pk}/")
        assert (response.status_code, response.json()["name"]) == (200, product.name)
        connection.close()


def test_an_upgraded_shop_moves_to_another_installation(upgraded, transactional_db):
    with use_database(upgraded):
        User.objects.filter(employer=None).update(has_prices=True)  # the dumps have prices that no service has written
        owners = list(User.objects.owners())
        files = [export(owner) for owner in owners]
        assert [import_shop(file, lambda _text: None).shop_name for file in files] == [
            owner.shop_name for owner in owners
        ]
        connection.close()
    assert owners


def test_an_upgraded_database_has_the_schema_of_a_new_one(upgraded, transactional_db, migrated_template):
    assert read_schema(upgraded) ^ read_schema(migrated_template) == set()


def test_the_backup_of_this_release_exists():
    assert __version__ in {file.stem for file in (*OLDER, NEWEST)}
