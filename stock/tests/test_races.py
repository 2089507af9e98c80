"""Concurrent bookings. The tests `test_control_…` remove a lock and show that the test detects the race."""

from functools import partial

import pytest

from core.database import transactions
from products.models import Product
from stock.booking import locks
from stock.booking.drafts import BookingLine, LockedProduct, OperationDraft, by_id
from stock.models import Movement, MovementType, OperationReason
from stock.proofs.verification import find_breaks
from testing.cast.people import make_product
from testing.races import let_meet, try_concurrently
from trade.selling import services

pytestmark = pytest.mark.django_db(transaction=True)


SWAPS = 80  # the swaps of each of two threads; the negative control deadlocks in one of the first
MAX_ROUNDS = 10


def lock_nothing(owner_id, references):
    """Read the same products without a lock. This is the negative control."""
    rows = Product.objects.filter(owner_id=owner_id, id__in=[reference.value for reference in references])
    return [make_balance(product) for product in rows]


def make_balance(product):
    codes = product.name, product.sku, product.barcode, product.external_id
    stock = product.quantity, product.stock_sequence
    values = product.price, product.cost_price, product.stock_value, product.decimals, product.keeps_stock
    return LockedProduct(
        product.pk, *codes, *stock, product.archived_at, product.min_threshold, product.held, False, *values
    )


def lock_in_order_of_request(owner_id, references):
    """Lock one product after the other in the order of the request. This is the negative control."""
    rows = Product.objects.filter(owner_id=owner_id).select_for_update(no_key=True)
    return [make_balance(rows.get(pk=reference.value)) for reference in references]


def sell_one_in_32_threads(client, product):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": 1}
    client.raise_request_exception = False
    return try_concurrently(*[lambda: client.post("/api/stock/", body)] * 32)


def get_statuses(responses):
    return sorted(response.status_code for response in responses)


@pytest.mark.quick
def test_of_32_concurrent_sales_of_ten_pieces_exactly_ten_succeed(alice, as_alice, kettle):
    responses = sell_one_in_32_threads(as_alice, kettle)
    assert get_statuses(responses) == [201] * 10 + [400] * 22
    assert {a.json()["code"] for a in responses if a.status_code == 400} == {"insufficient_stock"}
    kettle.refresh_from_db()
    assert kettle.quantity == 0
    booked = list(Movement.objects.order_by("sequence").values_list("sequence", "operation__created_at", "pk"))
    assert [sequence for sequence, *_ in booked] == list(range(1, 12))
    assert booked == sorted(booked, key=lambda row: row[1:])  # none is older than the one before
    assert find_breaks(alice.pk) == []


@pytest.mark.quick
def test_control_without_the_lock_other_than_ten_sales_succeed(alice, as_alice, kettle, monkeypatch):
    monkeypatch.setattr(locks, "lock_rows", lock_nothing)
    let_meet(monkeypatch, locks, "lock_rows", 32)
    assert get_statuses(sell_one_in_32_threads(as_alice, kettle)) != [201] * 10 + [400] * 22


def sell(alice, product, times):
    for _ in range(times):
        services.book_one(
            draft=OperationDraft(by=alice, reason=OperationReason.SALE),
            line=BookingLine(by_id(product.pk), MovementType.OUT, 1),
        )


def test_control_saving_the_whole_row_undoes_a_concurrent_sale(alice):
    kettle = make_product(alice, quantity=100)
    stale = Product.objects.get(pk=kettle.pk)
    sell(alice, kettle, 1)
    super(Product, stale).save()  # Django's own save() without update_fields
    assert find_breaks(alice.pk) != []


def book_swaps(alice, first, second, times):
    for _ in range(times):
        lines = [BookingLine(by_id(first.pk), MovementType.OUT, 1), BookingLine(by_id(second.pk), MovementType.IN, 1)]
        services.book(draft=OperationDraft(by=alice, reason=OperationReason.OTHER), lines=lines)


@pytest.fixture
def no_retries(monkeypatch):
    """Make a deadlock raise an error instead of repeating the transaction."""
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)


def test_bookings_of_products_in_opposite_orders_never_deadlock(alice, no_retries):
    a, b = make_product(alice, "A", 500), make_product(alice, "B", 500)
    results = try_concurrently(partial(book_swaps, alice, a, b, SWAPS), partial(book_swaps, alice, b, a, SWAPS))
    assert results == [None, None]
    a.refresh_from_db()
    assert (a.quantity, a.stock_sequence) == (500, 1 + 2 * SWAPS)
    assert find_breaks(alice.pk) == []


def test_control_locking_in_the_order_of_the_request_deadlocks(alice, no_retries, monkeypatch):
    a, b = make_product(alice, "A", 500), make_product(alice, "B", 500)
    monkeypatch.setattr(locks, "lock_rows", lock_in_order_of_request)
    jobs = partial(book_swaps, alice, a, b, SWAPS), partial(book_swaps, alice, b, a, SWAPS)
    rounds = (try_concurrently(*jobs) for _ in range(MAX_ROUNDS))  # the threads of one round may not meet
    assert any("deadlock detected" in str(result) for results in rounds for result in results)
