"""An import waits for the other imports of its account."""

import pytest
from django.db import OperationalError
from psycopg import errors as psycopg_errors

from core.database.transactions import AccountLock
from products.filing.errors import ImportRunning
from products.filing.tests.importing import upload
from products.models import Product
from stock.importing import services


def fail_with(error):
    """Return a function that fails as the database does."""

    def lock_account(*_):
        raise OperationalError from error

    return lock_account


def test_an_import_that_has_waited_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(services, "lock_account", fail_with(psycopg_errors.LockNotAvailable()))
    with pytest.raises(ImportRunning):
        services.wait_for_other_imports(1)


@pytest.mark.quick
def test_nothing_is_imported_while_another_import_of_the_account_runs(as_alice, monkeypatch):
    def lock_account(_owner_id, name, **_options):
        if name == AccountLock.IMPORTS:
            raise ImportRunning

    monkeypatch.setattr(services, "lock_account", lock_account)
    assert upload(as_alice, "name,price\nPan,1\n").json()["code"] == "import_running"
    assert not Product.objects.exists()


def test_any_other_failure_stays_what_it_is(monkeypatch):
    monkeypatch.setattr(services, "lock_account", fail_with(psycopg_errors.AdminShutdown()))
    with pytest.raises(OperationalError):
        services.wait_for_other_imports(1)
