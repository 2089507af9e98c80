"""Several people count while others sell, receive, move and book.

The tests `test_control_…` leave out what protects the counts, and show that the tests detect it.
"""

import json
from functools import partial
from random import Random

import pytest
from django.db import connection, transaction

from products.models import Product
from stock.proofs.verification import find_breaks
from testing.cast.people import make_location, make_products
from testing.cast.places import put_away
from testing.cast.sheets import OpenSheet
from testing.races import run_behind_lock, run_concurrently, try_concurrently
from trade.sheets import services, views

pytestmark = [pytest.mark.django_db(transaction=True)]
STOCK, PRODUCTS, MISSING = 100, 8, 7  # 7 of each product were stolen before the count


def test_entries_never_wait_for_each_other(as_alice, as_bob, kettle):
    sheet = OpenSheet(as_alice, kettle)
    with transaction.atomic():
        assert sheet.enter(kettle, 1).status_code == 201
        [response] = try_concurrently(partial(enter_without_waiting, sheet, kettle, as_bob))
        assert response.status_code == 201


def enter_without_waiting(sheet, product, client):
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
    return sheet.enter(product, 1, client)


def test_booking_waits_for_entries_in_flight(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    run_behind_lock(partial(sheet.enter, kettle, 4), sheet.book)
    kettle.refresh_from_db()
    assert (kettle.quantity, sheet.read()["state"]) == (4, "booked")


def test_control_without_the_shared_lock_booking_misses_an_entry_in_flight(as_alice, kettle, monkeypatch):
    share = services.sql.SHARE_SHEET
    monkeypatch.setattr(services.sql, "SHARE_SHEET", share.replace("FOR SHARE", ""))
    sheet = OpenSheet(as_alice, kettle)
    with transaction.atomic():
        sheet.enter(kettle, 4)
        [response] = try_concurrently(sheet.book)
    assert response.json()["code"] == "nothing_counted"


def test_one_of_32_replaces_an_entry(as_alice, kettle):
    sheet = OpenSheet(as_alice, kettle)
    wrong = sheet.enter(kettle, 40).json()["entries"][0]["id"]
    responses = try_concurrently(*[partial(sheet.enter, kettle, 4, replaces=wrong)] * 32)
    assert sorted(response.status_code for response in responses) == [201] + [400] * 31
    assert sheet.differences()[kettle.pk]["counted"] == 4


def test_of_8_bookings_at_the_same_time_one_books(as_alice, alice):
    products = make_products(alice, 5, 5)
    sheet = OpenSheet(as_alice, *products)
    sheet.send([{"product": product.pk, "quantity": 4} for product in products])
    responses = try_concurrently(*[sheet.book] * 8)
    assert sorted(response.status_code for response in responses) == [201] + [409] * 7
    assert set(Product.objects.values_list("quantity", flat=True)) == {4}


def test_the_newest_count_wins_if_two_sheets_are_booked_at_the_same_time(as_alice, alice):
    """The other sheet, with the newer count, is booked but not yet committed when the first one begins."""
    pot, other = make_products(alice, 2, 10)
    shelf = make_location(alice, "Shelf")
    for product in (pot, other):
        put_away(product, 10, location=shelf)
    older, newer = OpenSheet(as_alice, pot), OpenSheet(as_alice, pot, other)
    newer.enter(other, 9, location="Shelf")
    older.enter(pot, 7, location="Shelf")
    newer.enter(pot, 8, location="Shelf")
    run_behind_lock(newer.book, older.book)
    pot.refresh_from_db()
    assert pot.quantity == 8


# --- A shop that sells while it is counted --------------------------------------------------------------------


def count_shelf(sheet, product, *, is_timed):
    """Look at the shelf of a product, and enter what lies there. The shelf has MISSING less than the stock."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT quantity, clock_timestamp() FROM products_product WHERE owner_id = %s AND id = %s FOR UPDATE",
            [product.owner_id, product.pk],
        )
        quantity, moment = cursor.fetchone()
    times = {"counted_at": moment.isoformat()} if is_timed else {}
    return sheet.enter(product, quantity - MISSING, **times)


def trade(client, products, random):
    """Sell, receive or move some of a product."""
    product, quantity = random.choice(products), random.randint(1, 2)
    if random.random() < 0.2:
        return client.post("/api/stock/transfers/", {
            "from": None, "to": "Shelf", "lines": [{"product": product.pk, "quantity": 1}]
        })  # fmt: skip
    kind = "IN" if random.random() < 0.3 else "OUT"
    return client.post("/api/stock/", {"product": product.pk, "movement_type": kind, "quantity": quantity})


def count_while_trading(alice, as_alice, *, is_timed):
    """Count all products by four people, among sales, receipts and transfers. Return what differs from the shelf."""
    products = make_products(alice, PRODUCTS, STOCK)
    make_location(alice, "Shelf")
    sheet, random = OpenSheet(as_alice, *products), Random(4)  # noqa: S311, not a secret
    counting = [partial(count_shelf, sheet, product, is_timed=is_timed) for product in products]
    trading = [partial(trade, as_alice, products, Random(seed)) for seed in range(64)]  # noqa: S311
    jobs = counting + trading
    random.shuffle(jobs)
    as_alice.raise_request_exception = False
    assert {response.status_code for response in run_concurrently(*jobs)} == {201}
    shelf = {pk: quantity - MISSING for pk, quantity in Product.objects.values_list("pk", "quantity")}
    assert sheet.book().json()["state"] == "booked"
    assert find_breaks(alice.pk) == []
    return {pk for pk, quantity in Product.objects.values_list("pk", "quantity") if quantity != shelf[pk]}


def test_after_booking_the_stock_is_what_lies_on_the_shelf(alice, as_alice):
    assert count_while_trading(alice, as_alice, is_timed=True) == set()


def test_control_without_the_time_of_counting_the_stock_differs(alice, as_alice, monkeypatch):
    late = services.sql.INSERT_ENTRIES.replace("clock_timestamp()", "clock_timestamp() + interval '1 hour'")
    monkeypatch.setattr(services.sql, "INSERT_ENTRIES", late)
    assert count_while_trading(alice, as_alice, is_timed=False) != set()


# --- Crashes ---------------------------------------------------------------------------------------------------


class Killed(RuntimeError):
    pass


def kill_at(number, job):
    """Run the job, and let its statement of this number fail. Return whether it has so many statements."""
    left = [number]

    def wrap(execute, *args):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return execute(*args)

    try:
        with connection.execute_wrapper(wrap):
            job()
    except Killed:
        return True
    return False


@pytest.mark.parametrize("key", ["", "sheet"])
def test_a_booking_that_is_killed_at_any_statement_books_each_line_once(as_alice, alice, monkeypatch, key):
    monkeypatch.setattr("trade.sheets.booking.MAX_BOOKED", 2)
    products = make_products(alice, 3, 5)
    put_away(products[0], 2, location=make_location(alice, "Shelf"))

    def open_counted():
        five = [{"product": product.pk, "counted": 5} for product in products]
        assert as_alice.post("/api/stock/counts/", {"lines": five}).status_code == 201
        sheet = OpenSheet(as_alice, *products)
        sheet.send([{"product": product.pk, "quantity": 4} for product in products])
        return sheet

    killed, sheet = 0, open_counted()
    while kill_at(killed, partial(sheet.book, key=key and f"{key} {killed}")):
        if key or sheet.read()["state"] == "open":
            again = sheet.book(key=key and f"{key} {killed}").json()
            assert again["state"] == "booked"
            assert not key or again["booked"] == 3
        assert set(Product.objects.values_list("quantity", flat=True)) == {4}, killed
        killed, sheet = killed + 1, open_counted()
    assert killed > 20
    assert find_breaks(alice.pk) == []


def test_of_8_bookings_with_one_key_each_returns_the_same_bytes(as_alice, alice, monkeypatch):
    monkeypatch.setattr("trade.sheets.booking.MAX_BOOKED", 2)
    products = make_products(alice, 9, 5)
    sheet = OpenSheet(as_alice, *products)
    sheet.send([{"product": product.pk, "quantity": 4} for product in products])
    responses = try_concurrently(*[partial(sheet.book, key="once")] * 8)
    [body] = {response.content for response in responses}
    assert (json.loads(body)["booked"], len(json.loads(body)["operations"])) == (9, 5)
    assert set(Product.objects.values_list("quantity", flat=True)) == {4}


def test_a_sale_is_booked_between_two_parts_of_a_booking_with_a_key(as_alice, alice, monkeypatch):
    """In one transaction, the sale would wait until the whole sheet is booked."""
    monkeypatch.setattr("trade.sheets.booking.MAX_BOOKED", 1)
    pot, cup = make_products(alice, 2, 5)
    sheet, real = OpenSheet(as_alice, pot, cup), views.book_part
    sheet.send([{"product": product.pk, "quantity": 4} for product in (pot, cup)])
    sale = {"product": pot.pk, "movement_type": "OUT", "quantity": 1}

    def sell_before(booking, done):
        if done:
            [response] = try_concurrently(partial(as_alice.post, "/api/stock/", sale))
            assert response.status_code == 201
        return real(booking, done)

    monkeypatch.setattr(views, "book_part", sell_before)
    assert sheet.book(key="parts").json()["booked"] == 2
