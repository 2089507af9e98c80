"""What happens at once. Each race has a control that shows the test can see it: the same without the lock."""

from functools import partial

import pytest

from core import transactions
from products.models import Product
from stock import locking, services
from stock.drafts import Line, OperationDraft
from stock.locking import Balance, by_id
from stock.models import Movement, MovementType, Reason
from stock.verification import find_breaks
from testing.cast import client_of, make_product
from testing.races import try_concurrently

pytestmark = pytest.mark.django_db(transaction=True)


def lock_nothing(owner_id, names):
    """The lock's control: the same rows, read without waiting for anybody."""
    rows = Product.objects.filter(owner_id=owner_id, id__in=[name.value for name in names])
    return [balance_of(product) for product in rows]


def balance_of(product):
    codes = product.name, product.sku, product.barcode
    return Balance(product.pk, *codes, product.quantity, product.stock_sequence, product.archived_at)


def lock_in_order_of_request(owner_id, names):
    """The order's control: one row after the other, as they were asked for."""
    rows = Product.objects.filter(owner_id=owner_id).select_for_update(no_key=True)
    return [balance_of(rows.get(pk=name.value)) for name in names]


def take_one_in_32_threads(client, product):
    body = {"product": product.pk, "movement_type": "OUT", "quantity": 1}
    client.raise_request_exception = False
    return try_concurrently(*[lambda: client.post("/api/stock/", body)] * 32)


def statuses(answers):
    return sorted(answer.status_code for answer in answers)


def test_of_32_who_want_one_of_ten_exactly_ten_get_it(alice, as_alice, kettle):
    answers = take_one_in_32_threads(as_alice, kettle)
    assert statuses(answers) == [201] * 10 + [400] * 22
    assert {a.json()["code"] for a in answers if a.status_code == 400} == {"insufficient_stock"}
    kettle.refresh_from_db()
    assert kettle.quantity == 0
    assert list(Movement.objects.order_by("sequence").values_list("sequence", flat=True)) == list(range(1, 12))
    assert find_breaks(alice.pk) == []


def test_control_without_the_lock_the_32_get_in_each_other_s_way(alice, as_alice, kettle, monkeypatch):
    monkeypatch.setattr(locking, "lock_products", lock_nothing)
    assert statuses(take_one_in_32_threads(as_alice, kettle)) != [201] * 10 + [400] * 22


def test_within_a_product_no_booking_is_older_than_the_one_before(alice, as_alice, kettle):
    take_one_in_32_threads(as_alice, kettle)
    booked = Movement.objects.order_by("sequence").values_list("operation__created_at", "pk")
    assert list(booked) == sorted(booked)


def sell_times(alice, product, times):
    for _ in range(times):
        services.book_one(
            draft=OperationDraft(by=alice, reason=Reason.SALE), line=Line(by_id(product.pk), MovementType.OUT, 1)
        )


def change_times(client, product, field, values):
    for value in values:
        assert client.patch(f"/api/products/{product.pk}/", {field: value}).status_code == 200


def test_no_sale_and_no_change_of_name_or_price_is_lost(alice, as_alice):
    kettle = make_product(alice, quantity=100)
    results = try_concurrently(
        partial(sell_times, alice, kettle, 40),
        partial(sell_times, alice, kettle, 40),
        partial(change_times, client_of(alice), kettle, "name", [f"Kettle {n}" for n in range(40)]),
        partial(change_times, client_of(alice), kettle, "price", [f"{n}.00" for n in range(40)]),
    )
    assert results == [None] * 4
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.name, str(kettle.price)) == (20, "Kettle 39", "39.00")
    assert find_breaks(alice.pk) == []


def test_control_a_whole_row_save_beside_a_sale_undoes_it(alice):
    kettle = make_product(alice, quantity=100)
    stale = Product.objects.get(pk=kettle.pk)
    sell_times(alice, kettle, 1)
    super(Product, stale).save()  # what Django does where nobody names the fields
    assert find_breaks(alice.pk) != []


def archive_and_restore(client, product, times):
    for _ in range(times):
        assert client.delete(f"/api/products/{product.pk}/").status_code == 204
        assert client.post(f"/api/products/{product.pk}/restore/").status_code == 200


def sell_while_it_lasts(client, product, times):
    """How many of the sales were booked; the others met an archived product."""
    body = {"product": product.pk, "movement_type": "OUT", "quantity": 1}
    booked = [client.post("/api/stock/", body).status_code for _ in range(times)]
    assert set(booked) <= {201, 400}
    return booked.count(201)


def correct_while_it_lasts(client, product, quantities):
    address = f"/api/products/{product.pk}/"
    assert {client.patch(address, {"quantity": quantity}).status_code for quantity in quantities} <= {200, 404}


def test_archiving_and_restoring_beside_sales_loses_neither(alice):
    kettle = make_product(alice, quantity=100)
    _, sold = try_concurrently(
        partial(archive_and_restore, client_of(alice), kettle, 15),
        partial(sell_while_it_lasts, client_of(alice), kettle, 40),
    )
    kettle.refresh_from_db()
    assert (kettle.quantity, kettle.archived_at) == (100 - sold, None)
    assert find_breaks(alice.pk) == []


def test_restoring_beside_corrections_loses_neither(alice):
    kettle = make_product(alice, quantity=100)
    results = try_concurrently(
        partial(archive_and_restore, client_of(alice), kettle, 15),
        partial(correct_while_it_lasts, client_of(alice), kettle, range(30)),
    )
    assert results == [None, None]
    assert Product.objects.live().filter(pk=kettle.pk).exists()
    assert find_breaks(alice.pk) == []


def swap_times(alice, first, second, times):
    for _ in range(times):
        lines = [Line(by_id(first.pk), MovementType.OUT, 1), Line(by_id(second.pk), MovementType.IN, 1)]
        services.book(draft=OperationDraft(by=alice, reason=Reason.OTHER), lines=lines)


@pytest.fixture
def no_second_try(monkeypatch):
    """A deadlock is an error, not carried out again."""
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)


def test_products_taken_in_opposite_orders_never_deadlock(alice, no_second_try):
    a, b = make_product(alice, "A", 500), make_product(alice, "B", 500)
    assert try_concurrently(partial(swap_times, alice, a, b, 200), partial(swap_times, alice, b, a, 200)) == [
        None,
        None,
    ]
    a.refresh_from_db()
    assert (a.quantity, a.stock_sequence) == (500, 401)
    assert find_breaks(alice.pk) == []


def test_control_locks_in_the_order_of_the_request_deadlock(alice, no_second_try, monkeypatch):
    a, b = make_product(alice, "A", 500), make_product(alice, "B", 500)
    monkeypatch.setattr(locking, "lock_products", lock_in_order_of_request)
    results = try_concurrently(partial(swap_times, alice, a, b, 200), partial(swap_times, alice, b, a, 200))
    assert any("deadlock detected" in str(result) for result in results)
