"""The work for a route that shows a row grows no faster than what belongs to the row, such as the returns of a sale."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from products.models import Offer
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.laws.work import counted

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

NUMBER = int(os.environ.get("CHILDREN", "40"))  # CHILDREN=2000 takes minutes for each kind of children
MAX_RATIO = 3  # twice the children may take so many times the work; comparing each with all others would take 4
HTML = {"accept": "text/html"}


def post(client, address, status=201, **body):
    answer = client.post(f"/api/{address}", body)
    assert answer.status_code == status, answer.content
    return answer.json()


def sell(client, product, quantity=1):
    line = {"product": product.pk, "movement_type": "OUT", "quantity": quantity}
    return post(client, "stock/operations/", reason="sale", lines=[line] * (1 if quantity > 1 else 200))["id"]


def grow_returns(client, owner):
    cup = make_product(owner, "Cup", 10_000, price="3.34")
    sale = sell(client, cup, 10_000)

    def grow(_number):
        post(client, f"stock/operations/{sale}/return/", lines=[{"product": cup.pk, "quantity": 1}])

    return grow, list_of_sale(sale)


def list_of_sale(sale):
    return [f"stock/operations/{sale}/", f"sales/{sale}/", "sales/", "closings/preview/", "reports/margins/"]


def grow_payments(client, owner):
    sale = sell(client, make_product(owner, "Cup", 10_000, price="3.34"), 10_000)

    def grow(_number):
        post(client, f"sales/{sale}/payments/", payments=[{"kind": "cash", "amount": "0.01"}])

    return grow, [f"stock/operations/{sale}/", f"sales/{sale}/", "sales/", "closings/preview/"]


def grow_sales(client, owner):
    cup = make_product(owner, "Cup", 10_000, price="3.34")
    return lambda _number: sell(client, cup, 2), [
        "sales/", "closings/preview/", f"products/{cup.pk}/", f"products/{cup.pk}/movements/", "stock/operations/",
        "dashboard/",
    ]  # fmt: skip


def grow_cash(client, _owner):
    return lambda _number: post(client, "closings/cash/", kind="in", amount="1.00", reason="Change"), [
        "closings/cash/", "closings/preview/",
    ]  # fmt: skip


def grow_closings(client, _owner):
    return lambda _number: post(client, "closings/", counted="0.00", float="0.00"), ["closings/", "closings/preview/"]


def grow_lots(client, owner):
    pot, shelf = make_product(owner, "Pot"), post(client, "locations/", name="Shelf")["id"]

    def grow(number):
        line = {"product": pot.pk, "movement_type": "IN", "quantity": 1, "location": shelf, "lot": f"L{number}"}
        post(client, "stock/operations/", reason="purchase", lines=[line])

    return grow, [
        f"products/{pot.pk}/", f"products/{pot.pk}/holdings/", f"locations/{shelf}/", f"locations/{shelf}/holdings/",
        "lots/", "reports/valuation/", "products/alerts/",
    ]  # fmt: skip


def grow_locations(client, owner):
    pot = make_product(owner, "Pot")

    def grow(number):
        place = post(client, "locations/", name=f"Shelf {number}")["id"]
        line = {"product": pot.pk, "movement_type": "IN", "quantity": 1, "location": place}
        post(client, "stock/operations/", reason="purchase", lines=[line])

    return grow, [f"products/{pot.pk}/", f"products/{pot.pk}/holdings/", "locations/"]


def grow_history(client, owner):
    pot = make_product(owner, "Pot")

    def grow(number):
        assert client.patch(f"/api/products/{pot.pk}/", {"name": f"Pot {number}"}).status_code == 200

    return grow, [f"products/{pot.pk}/", f"products/{pot.pk}/changes/", "events/"]


def grow_offers(client, owner):
    pot = make_product(owner, "Pot")

    def grow(number):
        supplier = Supplier.objects.create(owner=owner, name=f"Supplier {number}")
        Offer.objects.create(owner=owner, product=pot, supplier=supplier, cost_price="1.00")

    return grow, [f"products/{pot.pk}/", "offers/", "suppliers/", "reports/reorder/"]


def grow_reservations(client, owner):
    pot = make_product(owner, "Pot", 10_000)

    def grow(_number):
        post(client, "stock/reservations/", lines=[{"product": pot.pk, "quantity": 1}], expires_in=None)

    return grow, ["stock/reservations/", f"products/{pot.pk}/", "products/alerts/", "dashboard/"]


def grow_orders(client, owner):
    pot, supplier = make_product(owner, "Pot"), Supplier.objects.create(owner=owner, name="Ada")

    def grow(_number):
        post(client, "purchase-orders/", supplier=supplier.pk, lines=[{"product": pot.pk, "quantity": 1}])

    return grow, ["purchase-orders/", f"suppliers/{supplier.pk}/", f"products/{pot.pk}/", "reports/reorder/"]


def grow_receipts(client, owner):
    pot, supplier = make_product(owner, "Pot"), Supplier.objects.create(owner=owner, name="Ada")
    order = post(client, "purchase-orders/", supplier=supplier.pk, lines=[{"product": pot.pk, "quantity": 10_000}])
    post(client, f"purchase-orders/{order['id']}/send/", 200)

    def grow(_number):
        post(client, f"purchase-orders/{order['id']}/receive/", lines=[{"product": pot.pk, "quantity": 1}])

    return grow, [f"purchase-orders/{order['id']}/", "purchase-orders/", f"products/{pot.pk}/", "reports/reorder/"]


def grow_counts(client, owner):
    pot = make_product(owner, "Pot", 5)
    before = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

    def grow(_number):
        post(client, "stock/counts/", lines=[{"product": pot.pk, "counted": 5}])

    def count(number):
        grow(number)
        post(client, "stock/counts/", lines=[{"product": pot.pk, "counted": 5, "counted_at": before}])

    return count, [f"products/{pot.pk}/", f"products/{pot.pk}/movements/", "reports/not-counted/", "reports/losses/"]


def grow_reversals(client, owner):
    pot, last = make_product(owner, "Pot", 5, price="1.00"), []
    line = {"product": pot.pk, "movement_type": "OUT", "quantity": 1}
    last.append(post(client, "stock/operations/", reason="sale", lines=[line])["id"])
    sale = last[0]

    def grow(_number):
        last.append(post(client, f"stock/operations/{last[-1]}/reverse/")["id"])

    return grow, list_of_sale(sale)


GROWN = [
    grow_returns, grow_payments, grow_sales, grow_cash, grow_closings, grow_lots, grow_locations, grow_history,
    grow_offers, grow_reservations, grow_orders, grow_receipts, grow_counts, grow_reversals,
]  # fmt: skip


@pytest.fixture(autouse=True)
def without_nested_loops():
    """For few rows, PostgreSQL may compare each with all others, or read all of them. Here it does so if it has to."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_nestloop = off; SET enable_seqscan = off")
        yield
        cursor.execute("RESET enable_nestloop; RESET enable_seqscan")


def measure_all(client, addresses):
    return {address: measure(client, address) for address in addresses}


def measure(client, address):
    """Return the work for the route as JSON and as a page."""
    with counted() as work:
        statuses = {client.get(f"/api/{address}", headers=headers).status_code for headers in ({}, HTML)}
    assert statuses == {200}, (address, statuses)
    return work


@pytest.mark.parametrize("prepare", GROWN)
def test_twice_the_children_are_at_most_twice_the_work(as_alice, alice, prepare):
    alice.time_zone = "UTC"
    as_alice.force_login(alice)
    grow, addresses = prepare(as_alice, alice)
    done = []
    for number in range(2 * NUMBER):
        if number in (0, NUMBER):
            done.append(measure_all(as_alice, addresses))
        grow(number)
    done.append(measure_all(as_alice, addresses))
    once, twice = done[1:]
    if os.environ.get("VERBOSE"):
        print(*((address, [vars(one[address]) for one in done]) for address in addresses), sep="\n")
    slow = [
        (address, kind, [getattr(one[address], kind) for one in done])
        for address in addresses
        for kind in ("calls", "rows")
        if getattr(twice[address], kind) > MAX_RATIO * max(getattr(once[address], kind), 1)
    ]
    assert slow == []
