"""Transactions are retried after a deadlock up to MAX_TRIES times, then the response is a 503.

Also tests account locks.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.db.transaction import TransactionManagementError

from core.database.transactions import MAX_TRIES, AccountLock, atomic, lock_account
from products.models import Category, Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.goods import services as product_services
from stock.models import MovementType, Operation, OperationReason
from stock.proofs.verification import find_breaks
from suppliers.models import Supplier
from testing.cast.people import client_of, make_product
from testing.laws.distribution import list_modules
from testing.races import TIMEOUT_SECONDS, run_and_disconnect, run_behind_lock
from testing.tables import all_cases
from trade.selling.services import book

real = pytest.mark.django_db(transaction=True)


def build_error(state="40P01"):
    error = OperationalError("rolled back")
    error.__cause__ = psycopg.errors.lookup(state)("rolled back") if state else None
    return error


def build_failing_function(times, error, runs):
    """Return a function that creates a category and fails `times` times. It appends to `runs` in each run."""

    @atomic
    def run(owner):
        runs.append(Category.objects.create(owner=owner, name="Tea"))
        if len(runs) <= times:
            raise error
        return "done"

    return run


@real
@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_retries_a_transaction_that_postgresql_rolled_back(alice, state):
    runs = []
    assert build_failing_function(MAX_TRIES - 1, build_error(state), runs)(alice) == "done"
    assert len(runs) == MAX_TRIES
    assert Category.objects.count() == 1


@real
def test_raises_the_error_after_the_last_try(alice):
    runs = []
    with pytest.raises(OperationalError):
        build_failing_function(MAX_TRIES, build_error(), runs)(alice)
    assert len(runs) == MAX_TRIES
    assert not Category.objects.exists()


@real
@pytest.mark.parametrize("error", [build_error("57014"), build_error("55P03"), build_error(None), IntegrityError("x")])
def test_does_not_retry_after_any_other_error(alice, error):
    runs = []
    with pytest.raises(type(error)):
        build_failing_function(1, error, runs)(alice)
    assert len(runs) == 1
    assert not Category.objects.exists()


@real
def test_does_not_retry_inside_another_transaction(alice):
    runs = []
    with transaction.atomic(), pytest.raises(OperationalError):
        build_failing_function(1, build_error(), runs)(alice)
    assert len(runs) == 1


def lock(product):
    Product.objects.select_for_update().get(pk=product.pk)


def run_with_deadlock(first, second, job):
    """Run the job into a deadlock with a transaction that locks the products in the opposite order. Return its result.

    PostgreSQL rolls back the job, because it checks for a deadlock first.
    """
    locked, waiting = Event(), Event()

    def interfere():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '10s'")  # the job checks for a deadlock long before
            lock(second)
            locked.set()
            assert waiting.wait(TIMEOUT_SECONDS)
            lock(first)

    def run():
        assert locked.wait(TIMEOUT_SECONDS)
        return job()

    with ThreadPoolExecutor(2) as pool:
        running, interfering = pool.submit(run_and_disconnect, run), pool.submit(run_and_disconnect, interfere)
        while not is_waiting_for_a_lock():
            assert not running.done()
        waiting.set()
        interfering.result(TIMEOUT_SECONDS)
        return running.result(TIMEOUT_SECONDS)


def is_waiting_for_a_lock():
    """Return whether a session of this database waits for a lock. Other test runs use other databases."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return cursor.fetchone() is not None


@real
def test_books_once_after_a_deadlock(alice):
    kettle, pot = make_product(alice, "Kettle", 10), make_product(alice, "Pot", 10)
    tries = []

    @atomic
    def sell():
        tries.append(1)
        lines = [BookingLine(by_id(product.pk), MovementType.OUT, 1) for product in (kettle, pot)]
        return book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=lines)

    movements = run_with_deadlock(kettle, pot, sell)
    assert len(tries) > 1  # the second try shows that there was a deadlock
    assert [movement.new_quantity for movement in movements] == [9, 9]
    assert Operation.objects.filter(reason=OperationReason.SALE).count() == 1
    assert find_breaks(alice.pk) == []


@real
def test_a_request_that_fails_in_every_try_is_a_503_without_effect(alice, monkeypatch):
    def refuse(**_):
        raise build_error()

    monkeypatch.setattr(product_services.services, "open_stock", refuse)
    response = client_of(alice).post("/api/products/", {"name": "Kettle", "price": "1.00", "quantity": 5})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert not Product.objects.exists()


@real
def test_an_account_lock_is_held_until_the_transaction_ends(alice):
    @atomic
    def lock_it():
        lock_account(alice.pk, AccountLock.CATALOGUE)
        return "done"

    assert run_behind_lock(partial(lock_account, alice.pk, AccountLock.CATALOGUE), lock_it) == "done"
    assert run_behind_lock(partial(lock_account, alice.pk, AccountLock.CATALOGUE, shared=True), lock_it) == "done"


@real
def test_shared_locks_and_locks_of_other_accounts_and_kinds_do_not_wait(alice, charlie):
    @atomic
    def lock_others():
        lock_account(alice.pk, AccountLock.CATALOGUE, shared=True)
        lock_account(alice.pk, AccountLock.IMPORTS)
        lock_account(charlie.pk, AccountLock.CATALOGUE)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock_account(alice.pk, AccountLock.CATALOGUE, shared=True)
        pool.submit(run_and_disconnect, lock_others).result(TIMEOUT_SECONDS)


@real
def test_refuses_a_lock_without_a_transaction(alice):
    with pytest.raises(TransactionManagementError):
        lock_account(alice.pk, AccountLock.IMPORTS)


def test_no_statement_takes_a_lock_that_belongs_to_a_session():
    """A pooler gives the session to another client after the transaction, and PostgreSQL would keep such a lock."""
    of_transactions, of_sessions = [], []
    for module in list_modules():
        source = Path(str(module.__file__)).read_text()
        of_transactions += re.findall(r"pg_(?:try_)?advisory_xact_lock", source)
        of_sessions += re.findall(r"pg_(?:try_)?advisory_lock", source)
    assert len(of_transactions) >= 4
    assert of_sessions == []


@pytest.mark.quick
@real
@all_cases("columns", [{}, {"shown": F("name")}])
def test_a_locked_row_is_read_after_its_lock(alice, columns):
    row = Supplier.objects.create(owner=alice, name=f"Mill {len(columns)}")
    rows = Supplier.objects.filter(pk=row.pk)
    get_locked = partial(atomic(rows.annotate(**columns).get_locked), row.pk)
    assert run_behind_lock(partial(rows.update, phone_number="1"), get_locked).phone_number == "1"
