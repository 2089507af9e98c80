"""A payment of a customer is shared over its sales: how, what is refused, and what two people at once book."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from core.errors import DomainError
from records.contacts.services import merge
from stock.models import Payment
from testing.races import run_behind_lock, try_concurrently
from testing.tables import all_cases
from trade.customer_accounts import services
from trade.customer_accounts.tests.bookings import ada, noted, pay, read_account, sell, tea
from trade.customers.models import Customer
from trade.selling.payments import sql as payment_sql
from trade.selling.payments.errors import NothingDue
from trade.selling.payments.money import PaymentDraft
from users.models import User

__all__ = ["ada", "noted", "tea"]
pytestmark = [pytest.mark.usefixtures("noted")]


@pytest.fixture
def sales(as_alice, ada, tea):
    """Return three open sales of 4.00, 8.00 and 12.00. The second one is the oldest."""
    as_alice.patch("/api/account/", {"owed_from": "2026-01-01"})
    late = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    fields = ({}, {"occurred_at": late}, {})
    return [sell(as_alice, tea, n, customer=ada.pk, **more)["id"] for n, more in enumerate(fields, 1)]


# The request, with places of sales, and what is paid: the place of the sale, the amount, and the change.
SHARED = [
    ({"amount": "8.00"}, [(1, "8.00", None)]),
    ({"amount": "9.00"}, [(1, "8.00", None), (0, "1.00", None)]),
    ({"amount": "24.00", "tendered": "30.00"}, [(1, "8.00", None), (0, "4.00", None), (2, "12.00", "6.00")]),
    ({"amount": "13.00", "sales": [2, 1]}, [(1, "8.00", None), (2, "5.00", None)]),
    ({"amount": "12.00", "sales": [2, 2], "kind": "transfer"}, [(2, "12.00", None)]),
]


@pytest.mark.quick
@all_cases(("body", "parts"), SHARED)
def test_a_payment_is_shared_over_the_oldest_sales_first(as_alice, ada, sales, body, parts):
    if "sales" in body:
        body = {**body, "sales": [sales[place] for place in body["sales"]]}
    response = pay(as_alice, ada, **body)
    assert response.status_code == 201, response.content
    booked = [(sales.index(one["operation"]), one["amount"], one["change"]) for one in response.json()["payments"]]
    assert booked == parts
    assert response.json()["owed"] == read_account(as_alice, ada)["closing"]


REFUSED = [
    ({"amount": "24.01"}, "overpaid", {"due": "24.00", "amount": "24.01"}),
    ({"amount": "4.01", "sales": [0]}, "overpaid", {"due": "4.00"}),
    ({"amount": "5.00", "tendered": "4.99"}, "tendered_too_low", {}),
    ({"amount": "5.00", "tendered": "6.00", "kind": "card"}, "tendered_without_cash", {}),
    ({"amount": "0.00"}, ["amount"], {}),
    ({"amount": "5.00", "sales": []}, ["sales"], {}),
    ({"amount": "5.00", "kind": "gold"}, ["kind"], {}),
]


@all_cases(("body", "code", "numbers"), REFUSED)
def test_what_can_not_be_shared_is_refused(as_alice, ada, sales, body, code, numbers):
    body = {**body, "sales": [sales[place] for place in body["sales"]]} if "sales" in body else body
    response = pay(as_alice, ada, **body)
    data = response.json()
    assert (response.status_code, data.get("code", [*data])) == (400, code), data
    assert {name: data[name] for name in numbers} == numbers
    assert not Payment.objects.exists()


def test_a_sale_of_another_customer_or_shop_is_refused_by_name(alice, as_alice, as_charlie, charlie, ada, tea, sales):
    other = Customer.objects.create(owner=alice, name="Bert")
    named = sell(as_alice, tea, customer=other.pk)["id"]
    undone = sell(as_alice, tea, customer=ada.pk)["id"]
    as_alice.post(f"/api/stock/operations/{undone}/reverse/")
    for sale in (named, undone, named + 10_000):
        response = pay(as_alice, ada, "1.00", sales=[sales[0], sale])
        assert (response.status_code, [*response.json()]) == (400, ["sales"])


def test_more_sales_than_the_limit_are_refused(as_alice, ada, sales, monkeypatch):
    monkeypatch.setattr(services, "MAX_SALES", 2)
    assert pay(as_alice, ada, "12.00").status_code == 201
    sell_more = pay(as_alice, ada, "12.00", sales=sales)
    assert (sell_more.status_code, sell_more.json()["code"]) == (400, "too_many_lines")


def test_a_repeated_request_books_once(as_alice, ada, sales):
    key = {"HTTP_IDEMPOTENCY_KEY": "once"}
    address, body = f"/api/customers/{ada.pk}/payments/", {"amount": "8.00", "kind": "cash"}
    first, second = (as_alice.post(address, body, **key) for _ in range(2))
    assert (first.json(), Payment.objects.count()) == (second.json(), 1)


def test_the_first_payment_begins_the_accounts_unless_the_owner_has_emptied_the_day(alice, as_alice, ada, tea):
    sale = sell(as_alice, tea, customer=ada.pk)["id"]
    for patch, kept in (({}, None), ({"uses": {"payments": "auto"}}, None)):
        as_alice.patch("/api/account/", {"owed_from": None, **patch})
        assert pay(as_alice, ada, "1.00", sales=[sale]).status_code == 201
        assert as_alice.get("/api/account/").json()["owed_from"] == kept
    connection.cursor().execute("DELETE FROM history_change WHERE kind = 'shop'")  # as if it was never set
    pay(as_alice, ada, "1.00", sales=[sale])
    assert as_alice.get("/api/account/").json()["owed_from"] == alice.shop_today().isoformat()


@all_cases(
    ("switch", "pays", "day"),
    [
        ("auto", True, "2026-03-31"),  # the payment is booked on this day of the shop's zone
        ("on", True, "2026-03-31"),
        ("on", False, "today"),
        ("auto", False, None),
        ("off", True, None),
    ],
)
def test_the_update_begins_the_accounts_of_shops_with_payments(
    alice, as_alice, ada, tea, monkeypatch, switch, pays, day
):
    """The clock of the database can't be moved, so the first payment is read from a statement with another time."""
    if pays:
        sell(as_alice, tea, customer=ada.pk, payments=[{"kind": "cash"}])
    migration = import_module("stock.migrations.0033_owed_from")
    first = "SELECT '2026-03-30T23:00:00Z'::timestamptz FROM stock_payment WHERE owner_id = %(owner)s"
    with monkeypatch.context() as patched:
        patched.setattr(migration, "FIRST", first)
        patched.setattr(migration, "SHOPS_AT_A_TIME", 1)
        User.objects.filter(pk=alice.pk).update(uses_payments=switch, owed_from=None, time_zone="Europe/Vienna")
        migration.fill(None, connection.schema_editor())
    alice.refresh_from_db()
    assert str(alice.owed_from) == str(alice.shop_today() if day == "today" else day)


def test_a_payment_whose_second_part_fails_is_not_booked(as_alice, ada, sales, monkeypatch):
    monkeypatch.setattr("records.events.services.sql.RECORD", "SELECT 1 / 0")
    with pytest.raises(DatabaseError):
        pay(as_alice, ada, "24.00")
    assert not Payment.objects.exists()


def attempt(alice, ada, amount="24.00"):
    try:
        return services.pay_customer(by=alice, customer=ada, payment=PaymentDraft("cash", Decimal(amount)))
    except DomainError as error:
        return error.code


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_pay_the_same_customer_one_is_refused(alice, as_alice, ada, sales):
    results = try_concurrently(*[partial(attempt, alice, ada)] * 8)
    assert sorted(map(type, results), key=str) == [list, *[str] * 7], results
    assert read_account(as_alice, ada)["closing"] == "0.00"


@pytest.fixture
def merging(alice, ada):
    """Return a function that merges Ada into another customer, and this one."""
    fern = Customer.objects.create(owner=alice, name="Ada Fern")
    return partial(merge, Customer, owner_id=alice.pk, pk=ada.pk, into_id=fern.pk), fern


@pytest.mark.django_db(transaction=True)
def test_a_payment_beside_the_merge_of_its_customer_pays_the_sales_of_the_one_that_stays(as_alice, ada, sales, merging):
    merge_ada, fern = merging
    answer = run_behind_lock(merge_ada, partial(pay, as_alice, ada, "20.00"))
    assert (answer.status_code, answer.json().get("customer"), answer.json().get("owed")) == (201, fern.pk, "4.00")


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_of_the_customer_nothing_is_left_to_pay(alice, ada, sales, merging, monkeypatch):
    merge_ada, _ = merging
    monkeypatch.setattr(services, "hold_customer", lambda _owner, _pk, **_options: ada)
    lock = services.lock_sales
    monkeypatch.setattr(services, "lock_sales", lambda *named: (try_concurrently(merge_ada), lock(*named)))
    assert attempt(alice, ada) == NothingDue.code


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_a_customer_pays_twice(alice, as_alice, ada, sales, monkeypatch):
    monkeypatch.setattr(payment_sql, "LOCK_SALES", "SELECT %(owner)s, %(operations)s")
    monkeypatch.setattr(services, "hold_customer", lambda _owner, _pk, **_options: ada)
    with transaction.atomic():
        attempt(alice, ada)
        try_concurrently(partial(attempt, alice, ada))
    assert read_account(as_alice, ada)["closing"] == "-24.00"
