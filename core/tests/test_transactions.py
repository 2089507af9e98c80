"""A deadlock's victim is carried out again, as often as it may be, and then refused with 503."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from core.transactions import MAX_TRIES, AccountLock, atomic, lock_account
from products.models import Category, Product
from stock import product_services
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import MovementType, Operation, Reason
from stock.services import book
from stock.verification import find_breaks
from testing.cast import client_of, make_product
from testing.races import TIMEOUT_SECONDS, run_and_disconnect, run_behind_lock

real = pytest.mark.django_db(transaction=True)


def given_up(state="40P01"):
    error = OperationalError("given up")
    error.__cause__ = psycopg.errors.lookup(state)("given up") if state else None
    return error


def failing(times, error, done):
    """A function that makes a category, fails so many times, and notes each of its runs."""

    @atomic
    def run(owner):
        done.append(Category.objects.create(owner=owner, name="Tea"))
        if len(done) <= times:
            raise error
        return "done"

    return run


@real
@pytest.mark.parametrize("state", ["40P01", "40001"])
def test_what_postgresql_gave_up_is_carried_out_again_from_its_beginning(alice, state):
    done = []
    assert failing(MAX_TRIES - 1, given_up(state), done)(alice) == "done"
    assert len(done) == MAX_TRIES
    assert Category.objects.count() == 1


@real
def test_it_is_given_up_in_the_end(alice):
    done = []
    with pytest.raises(OperationalError):
        failing(MAX_TRIES, given_up(), done)(alice)
    assert len(done) == MAX_TRIES
    assert not Category.objects.exists()


@real
@pytest.mark.parametrize("error", [given_up("57014"), given_up("55P03"), given_up(None), IntegrityError("x")])
def test_any_other_error_is_raised_at_once(alice, error):
    done = []
    with pytest.raises(type(error)):
        failing(1, error, done)(alice)
    assert len(done) == 1
    assert not Category.objects.exists()


@real
def test_inside_another_transaction_the_outer_one_repeats(alice):
    done = []
    with transaction.atomic(), pytest.raises(OperationalError):
        failing(1, given_up(), done)(alice)
    assert len(done) == 1


def lock(product):
    Product.objects.select_for_update().get(pk=product.pk)


def deadlock(first, second, job):
    """The job's result, after somebody who held the second product wanted the first while the job had it.

    It is the job that PostgreSQL gives up: who looks for a deadlock first is the one.
    """
    locked, waiting = Event(), Event()

    def interfere():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '10s'")  # the job looks for a deadlock long before
            lock(second)
            locked.set()
            assert waiting.wait(TIMEOUT_SECONDS)
            lock(first)

    def run():
        assert locked.wait(TIMEOUT_SECONDS)
        return job()

    with ThreadPoolExecutor(2) as pool:
        running, interfering = pool.submit(run_and_disconnect, run), pool.submit(run_and_disconnect, interfere)
        while not somebody_waits():
            assert not running.done()
        waiting.set()
        interfering.result(TIMEOUT_SECONDS)
        return running.result(TIMEOUT_SECONDS)


def somebody_waits():
    """For a lock in this database: tests in others wait for theirs at the same time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        return cursor.fetchone() is not None


@real
def test_a_booking_that_ran_into_a_deadlock_is_booked_once(alice):
    kettle, pot = make_product(alice, "Kettle", 10), make_product(alice, "Pot", 10)
    tries = []

    @atomic
    def sell():
        tries.append(1)
        lines = [Line(by_id(product.pk), MovementType.OUT, 1) for product in (kettle, pot)]
        return book(draft=OperationDraft(by=alice, reason=Reason.SALE), lines=lines)

    movements = deadlock(kettle, pot, sell)
    assert len(tries) == 2  # the deadlock was a real one
    assert [movement.new_quantity for movement in movements] == [9, 9]
    assert Operation.objects.filter(reason=Reason.SALE).count() == 1
    assert find_breaks(alice.pk) == []


@real
def test_a_request_whose_every_try_was_given_up_is_a_503_and_leaves_nothing(alice, monkeypatch):
    def refuse(**_):
        raise given_up()

    monkeypatch.setattr(product_services.services, "open_stock", refuse)
    answer = client_of(alice).post("/api/products/", {"name": "Kettle", "price": "1.00", "quantity": 5})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert not Product.objects.exists()


@real
def test_the_lock_of_an_account_makes_others_wait_until_the_transaction_ends(alice):
    @atomic
    def lock_it():
        lock_account(alice.pk, AccountLock.CATALOGUE)
        return "done"

    assert run_behind_lock(partial(lock_account, alice.pk, AccountLock.CATALOGUE), lock_it) == "done"
    assert run_behind_lock(partial(lock_account, alice.pk, AccountLock.CATALOGUE, shared=True), lock_it) == "done"


@real
def test_shared_locks_other_accounts_and_other_things_do_not_wait(alice, charlie):
    @atomic
    def lock_others():
        lock_account(alice.pk, AccountLock.CATALOGUE, shared=True)
        lock_account(alice.pk, AccountLock.IMPORTS)
        lock_account(charlie.pk, AccountLock.CATALOGUE)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock_account(alice.pk, AccountLock.CATALOGUE, shared=True)
        pool.submit(run_and_disconnect, lock_others).result(TIMEOUT_SECONDS)


@real
def test_without_a_transaction_there_is_nothing_to_hold_a_lock(alice):
    with pytest.raises(TransactionManagementError):
        lock_account(alice.pk, AccountLock.IMPORTS)
