"""An import waits for the other imports of its account."""

import pytest
from django.db import OperationalError
from psycopg import errors as psycopg_errors

from products.filing.errors import ImportRunning
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


def test_any_other_failure_stays_what_it_is(monkeypatch):
    monkeypatch.setattr(services, "lock_account", fail_with(psycopg_errors.AdminShutdown()))
    with pytest.raises(OperationalError):
        services.wait_for_other_imports(1)
