"""Concurrent payments of a sale. The tests `test_control_…` remove the lock and show that the tests detect the race."""

from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from stock.models import Operation, Payment
from testing.races import run_behind_lock, try_concurrently
from trade.selling.payments import services, sql
from trade.selling.payments.errors import NothingDue, PaidSaleReversed, PaymentReversed
from trade.selling.payments.money import PaymentDraft
from trade.selling.payments.tests.test_booking import cash, give_back, reverse, sell

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sale(as_alice, kettle):
    """Return a sale for three times the price of a kettle, which is not paid."""
    return Operation.objects.get(pk=sell(as_alice, kettle, 3).json()["id"])


def attempt(act, *refusals):
    """Return what the service returns, or the class of the error with which it refuses."""
    try:
        return act()
    except refusals as error:
        return type(error)


def pay_all(by, sale):
    return attempt(
        partial(services.pay, by=by, sale=sale, payments=[PaymentDraft("cash")]), NothingDue, PaidSaleReversed
    )


def get_due(sale):
    return services.read_money(sale).due


@pytest.mark.quick
def test_of_two_equal_payments_one_is_booked(alice, sale):
    pay = partial(pay_all, alice, sale)
    assert run_behind_lock(pay, pay) is NothingDue
    assert (Payment.objects.count(), get_due(sale)) == (1, 0)


def test_control_without_the_lock_a_sale_is_paid_twice(alice, sale, monkeypatch):
    monkeypatch.setattr(sql, "LOCK_SALE", "SELECT %(owner)s, %(operation)s")
    with transaction.atomic():
        pay_all(alice, sale)
        try_concurrently(partial(pay_all, alice, sale))
    assert get_due(sale) < 0


def test_of_two_reversals_of_a_payment_one_is_booked(alice, sale):
    [payment] = pay_all(alice, sale)
    act = partial(attempt, partial(services.reverse_payment, by=alice, sale=sale, pk=payment.pk), PaymentReversed)
    assert run_behind_lock(act, act) is PaymentReversed
    assert Payment.objects.count() == 2


def test_a_payment_waits_for_the_reversal_of_the_sale_and_is_refused(alice, as_alice, sale):
    result = run_behind_lock(partial(reverse, as_alice, {"id": sale.pk}), partial(pay_all, alice, sale))
    assert (result, Payment.objects.count()) == (PaidSaleReversed, 0)


def test_the_reversal_of_a_sale_waits_for_a_payment_and_undoes_it(alice, as_alice, sale):
    response = run_behind_lock(partial(pay_all, alice, sale), partial(reverse, as_alice, {"id": sale.pk}))
    assert (response.status_code, len(response.json()["payments"]), Payment.objects.count()) == (201, 1, 2)


def test_of_two_returns_one_gives_the_money_back(as_alice, kettle):
    sale = sell(as_alice, kettle, 2, cash("1.00")).json()
    lines = [{"product": kettle.pk, "quantity": 1}]
    act = partial(give_back, as_alice, sale, cash("1.00"), lines=lines)
    response = run_behind_lock(act, act)
    assert (response.status_code, response.json()["code"]) == (400, "refund_too_high")


@pytest.fixture
def payments_fail(db):
    """Make every INSERT of a payment fail."""
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE stock_payment ADD CONSTRAINT "no room" CHECK (false) NOT VALID')
    yield
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE stock_payment DROP CONSTRAINT "no room"')


def test_a_sale_is_not_booked_without_its_payment(as_alice, kettle, payments_fail):
    with pytest.raises(DatabaseError, match="no room"):
        sell(as_alice, kettle, 1, cash())
    kettle.refresh_from_db()
    assert (kettle.quantity, Operation.objects.count()) == (10, 1)


def test_a_payment_whose_event_fails_is_not_booked(alice, sale, monkeypatch):
    monkeypatch.setattr("records.events.services.sql.RECORD", "SELECT 1 / 0")
    with pytest.raises(DatabaseError):
        pay_all(alice, sale)
    assert not Payment.objects.exists()


def test_a_return_or_a_reversal_is_not_booked_without_its_payments(alice, as_alice, sale, request):
    pay_all(alice, sale)
    request.getfixturevalue("payments_fail")
    booked = Operation.objects.count()
    for act in (partial(give_back, as_alice, {"id": sale.pk}, cash()), partial(reverse, as_alice, {"id": sale.pk})):
        with pytest.raises(DatabaseError, match="no room"):
            act()
    assert Operation.objects.count() == booked
