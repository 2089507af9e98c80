"""Settings and fixtures of all tests.

Alice owns a shop, Bob works for her, Charlie owns another shop, and Dora has none.
"""

import atexit
import copy
import gc
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import pytest

from core.environment import EMBEDDED_ENGINE, default_to_demo
from testing.plugins import open_files

pytest_plugins = [
    "testing.plugins.left_out",
    "testing.plugins.tiers",
    "testing.plugins.late_collection",
    "testing.plugins.second_try",
    "testing.plugins.unchanged",
]

SECONDS_OF_DAY = 24 * 60 * 60
BEFORE_MIDNIGHT, AFTER_MIDNIGHT = 5, 10  # seconds in which no test begins

open_files.watch_files()
default_to_demo(os.environ)
# On a busy machine, dropping the tests' database takes long, and so do a pause between two statements and the wait of
# 32 clients for a lock.
os.environ.setdefault("DB_STATEMENT_TIMEOUT", "60")
os.environ.setdefault("DB_LOCK_TIMEOUT", "60")
os.environ.setdefault("DB_IDLE_IN_TRANSACTION_TIMEOUT", "120")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inventory_api.settings")

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from psycopg._preparing import PrepareManager  # noqa: E402

django.setup()

# Tests of crashes start their own PostgreSQL server, so this one need not wait for the disk.
settings.DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
# Most tests end with a rollback, after which psycopg would discard its prepared statements. PostgreSQL keeps them.
PrepareManager.clear = lambda _: False
PrepareManager.prepared_max = 500
# Static files are found when they are requested: otherwise each test client would scan all of them.
settings.WHITENOISE_AUTOREFRESH = True
# Almost every test creates a user. Tests that need the product's slow hashes use `slow_hashes`.
HASHERS = settings.PASSWORD_HASHERS
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *HASHERS]
# Tests of throttling set these limits. The other tests send more requests than people do.
settings.REQUESTS_PER_MINUTE = settings.WORK_SECONDS_PER_MINUTE = 0
settings.EXPORT_FOLDER = tempfile.mkdtemp(prefix="exports-")
atexit.register(shutil.rmtree, settings.EXPORT_FOLDER, ignore_errors=True)

from core import background  # noqa: E402

RUN_LATER, RUN_AFTER = background.run_later, background.run_after
# Jobs run immediately and on the test's connection. Tests of the thread use `real_background`.
background.run_later = lambda job, **_: job()
background.run_after = lambda seconds, job: job()  # noqa: ARG005

from django.middleware import csrf  # noqa: E402

from core.pages import mixin  # noqa: E402

# Random texts on pages consist of these letters, so that no page contains what a test expects to be missing by chance.
csrf.CSRF_ALLOWED_CHARS = mixin.KEY_LETTERS = "QZ"

if "records.events.webhooks" in settings.SHOP_APPS:
    from records.events.webhooks import addresses

    # Tests query no resolver, and send nothing to other machines.
    addresses.RESOLVE = addresses.resolve_host  # type: ignore[attr-defined]
    addresses.resolve_host = lambda *_: ["127.0.0.1"]

from django.core.management import get_commands  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test import client as test_client  # noqa: E402
from django.test.client import ClientHandler  # noqa: E402
from django.test.signals import setting_changed  # noqa: E402
from rest_framework import test as rest_test  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402

from core.http.middleware import UTF8Request  # noqa: E402
from products.models import Group, Product  # noqa: E402
from stock.models import Location  # noqa: E402
from suppliers.models import Supplier  # noqa: E402
from testing.cast.orders import make_supplier  # noqa: E402
from testing.cast.people import PASSWORD, client_of, make_location, make_product, make_user  # noqa: E402
from testing.cast.saved_world import load_world  # noqa: E402
from testing.cast.shops import rows_of  # noqa: E402
from testing.deferred import check_deferred_constraints  # noqa: E402
from testing.laws.walk import generate_schema  # noqa: E402
from testing.management.commands import flush  # noqa: E402
from testing.plugins.sequences import shift_sequences  # noqa: E402
from testing.reading.browser import Browser  # noqa: E402
from testing.servers import migrated_database  # noqa: E402
from users import reading  # noqa: E402
from users.access.roles import Role  # noqa: E402
from users.models import User  # noqa: E402

test_client.WSGIRequest = UTF8Request  # type: ignore[attr-defined] # the product's request class in tests, too


# An app in INSTALLED_APPS would not do: in the processes of pytest-xdist, pytest-django has set Django up before.
get_commands()["flush"] = flush.Command()


class SharedHandler(ClientHandler):
    """Passes requests to one handler for all clients, so that the middleware is loaded once, as a server does.

    A test that changes settings gets a handler of its own. Clients share their handlers by `enforce_csrf_checks`.
    """

    handlers: dict[bool, ClientHandler] = {}

    def __call__(self, environ: dict[str, Any]) -> Any:
        if self.enforce_csrf_checks not in self.handlers:
            self.handlers[self.enforce_csrf_checks] = ClientHandler(self.enforce_csrf_checks)
        response = self.handlers[self.enforce_csrf_checks](environ)
        if response.streaming:
            open_files.STREAMED.append(response)
        return response


def forget_handlers(**_: Any) -> None:
    """Let the next request load the middleware with the settings that a test changed."""
    SharedHandler.handlers.clear()


setting_changed.connect(forget_handlers)
test_client.ClientHandler = rest_test.ForceAuthClientHandler = SharedHandler  # type: ignore[assignment,misc]


@pytest.fixture(autouse=True)
def forget_uses() -> None:
    """Let each test find out again what its shops use: all tests begin with the same shops."""
    reading.FOUND.clear()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(open_files)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let pytest-django create the database for a test that uses only `module_db`."""
    if "module_db" in getattr(item, "fixturenames", ()) and item.get_closest_marker("django_db") is None:
        item.add_marker("django_db")


def pytest_runtest_setup() -> None:
    """Wait around midnight in UTC, the shops' zone: a test would have two dates, or book on the day before."""
    if (time.time() + BEFORE_MIDNIGHT) % SECONDS_OF_DAY < BEFORE_MIDNIGHT + AFTER_MIDNIGHT:
        time.sleep(BEFORE_MIDNIGHT + AFTER_MIDNIGHT)


def pytest_collection_finish() -> None:
    """Exclude the modules and tests from garbage collections, and collect less often, as gunicorn.conf.py does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Copy a migrated database for tests on the embedded server, because migrating takes some seconds."""
    if settings.DATABASES["default"]["ENGINE"] == EMBEDDED_ENGINE:
        with django_db_blocker.unblock():
            settings.DATABASES["default"]["TEST"]["TEMPLATE"] = migrated_database.make()
            connection.close()


# The rows that PostgreSQL must count before it analyzes a table by itself: more than any test has.
LEAVE_STATISTICS = """
DO $$ DECLARE name regclass; BEGIN
    FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s SET (autovacuum_analyze_threshold = 2147483647)', name);
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, pytestconfig: pytest.Config) -> None:
    """Prepare the database of the tests.

    In a random order, the ids of each table begin at another number. The statistics are left to the tests: one that
    analyzes a table could meet autovacuum there, in a deadlock.
    """
    with django_db_blocker.unblock():
        shift_sequences(pytestconfig.getoption("randomly_seed", None))
    if settings.DATABASES["default"]["ENGINE"] == EMBEDDED_ENGINE:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(LEAVE_STATISTICS)


@pytest.fixture
def slow_hashes(settings: Any) -> None:
    """Hash passwords as the product does, which is slow."""
    settings.PASSWORD_HASHERS = HASHERS


@pytest.fixture
def real_background(monkeypatch: Any) -> None:
    """Run background jobs in their thread, after their delay, as the product does."""
    monkeypatch.setattr(background, "run_later", RUN_LATER)
    monkeypatch.setattr(background, "run_after", lambda _seconds, job: RUN_AFTER(background.DELAY_SECONDS, job))
    monkeypatch.setattr(background, "DELAY_SECONDS", 0.05)


@pytest.fixture
def mails_at_once(monkeypatch: Any) -> None:
    """Send mail when it is queued, because the tests' transactions never commit."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda job, **_: job())


@pytest.fixture
def alice(db: None) -> User:
    """Return Alice, who owns a shop and has confirmed her e-mail address."""
    return make_user("alice", email="alice@example.org", confirmed_email="alice@example.org")


@pytest.fixture
def bob(alice: User) -> User:
    """Return Bob, who works for Alice."""
    bob = make_user("bob", role=Role.WORKER)
    bob.employer = alice
    bob.save(update_fields=["employer"])
    return bob


@pytest.fixture
def charlie(db: None) -> User:
    """Return Charlie, who owns another shop."""
    return make_user("charlie")


@pytest.fixture
def dora(db: None) -> User:
    """Return Dora, a worker without an employer."""
    return make_user("dora", role=Role.WORKER)


@pytest.fixture
def as_alice(alice: User) -> APIClient:
    return client_of(alice)


@pytest.fixture
def as_bob(bob: User) -> APIClient:
    return client_of(bob)


@pytest.fixture
def as_charlie(charlie: User) -> APIClient:
    return client_of(charlie)


@pytest.fixture
def as_dora(dora: User) -> APIClient:
    return client_of(dora)


@pytest.fixture
def as_nobody(db: None) -> APIClient:
    """Return a client that sends no token."""
    return client_of(None)


@pytest.fixture
def browser(alice: User) -> Browser:
    """Return a browser in which Alice is signed in."""
    return Browser(alice)


@pytest.fixture
def support(db: None, settings: Any) -> Client:
    """Return a browser in which a superuser of the support staff is signed in, without a second factor."""
    if settings.STAFF_SECOND_FACTOR:  # it is on in tests on other servers, which use the settings of production
        settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.force_login(User.objects.create_superuser("support", password=PASSWORD))
    return client


@pytest.fixture
def cellar(alice: User) -> Location:
    return make_location(alice, "Cellar")


@pytest.fixture
def shelf(alice: User) -> Location:
    return make_location(alice, "Shelf")


@pytest.fixture
def kettle(alice: User) -> Product:
    """Return a product of Alice with a quantity of ten."""
    return make_product(alice, quantity=10)


@pytest.fixture
def mill(alice: User) -> Supplier:
    return make_supplier(alice)


@pytest.fixture
def shirts(alice: User) -> Group:
    """Return a group of variants with two options."""
    return Group.objects.create(owner=alice, name="Shirt", axes=["size", "colour"])


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Run the tests of a module in one transaction, for rows that are created once. Each test rolls back to them.

    This is only for modules whose tests all use `db`: a test without a surrounding transaction would not see the rows.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def shared_world(module_db: None) -> Any:
    """Create the world once for all tests of a module: `pytestmark = pytest.mark.usefixtures("shared_world")`."""
    world = load_world()
    check_deferred_constraints()
    return world


@pytest.fixture
def world(request: pytest.FixtureRequest, db: None) -> Any:
    """Return two shops with rows of every model, and a user for every role."""
    is_shared = "shared_world" in request.fixturenames
    return copy.deepcopy(request.getfixturevalue("shared_world")) if is_shared else load_world()


@pytest.fixture
def unchanged(world: Any) -> Iterator[None]:
    """Assert that the test changes no row of either shop."""
    owners = [shop.owner for shop in world.shops.values()]
    before = [rows_of(owner) for owner in owners]
    yield
    assert [rows_of(owner) for owner in owners] == before


@pytest.fixture(scope="session")
def schema() -> Any:
    """Return the document that /api/schema/ returns."""
    return generate_schema()
