"""Concurrent requests of one account never deadlock: see docs/decisions/0016-the-order-of-locks.md."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import cycle

import pytest
from django.db import OperationalError, connection, transaction

from core import archiving
from core.database import transactions
from core.database.transactions import AccountLock, atomic, lock_account
from products.models import Category, Product
from stock.booking import services
from stock.booking.drafts import OperationDraft
from stock.models import OperationReason
from stock.proofs.verification import find_breaks
from testing.cast.people import client_of, make_product
from testing.races import TIMEOUT_SECONDS, run_and_disconnect, run_behind_lock, try_concurrently, wait_until_blocking
from testing.races import disable_account_locks as without_locks

pytestmark = [pytest.mark.django_db(transaction=True)]

PRODUCTS, ROUNDS = 12, 10
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def count_deadlocks():
    with connection.cursor() as cursor:
        cursor.execute(DEADLOCKS)
        return cursor.fetchone()[0]


def delete_categories(client):
    """Delete all categories repeatedly, while other requests create them again."""
    return [
        client.delete(f"/api/categories/{row['id']}/").status_code
        for _ in range(ROUNDS)
        for row in client.get("/api/categories/").json()["results"]
    ]


def replace_suppliers(client, products):
    statuses = []
    for number in range(ROUNDS):
        supplier = client.post("/api/suppliers/", {"name": f"Acme {number}"}).json()["id"]
        statuses += [client.patch(f"/api/products/{pk}/", {"supplier": supplier}).status_code for pk in products[:3]]
        statuses.append(client.delete(f"/api/suppliers/{supplier}/").status_code)
    return statuses


def count_products(client, products):
    bodies = ({"lines": [{"product": pk, "counted": 100 + n % 3} for pk in products]} for n in range(ROUNDS))
    return [client.post("/api/stock/counts/", body).status_code for body in bodies]


def change_products(client, products):
    products_in_turn = cycle(products)
    return [
        client.patch(
            f"/api/products/{next(products_in_turn)}/", {"name": f"{n}", "category": "tea", "quantity": n}
        ).status_code
        for n in range(2 * ROUNDS)
    ]


def create_products(client):
    bodies = ({"name": f"New {n}", "price": "1.00", "category": "TEA", "quantity": 3} for n in range(ROUNDS))
    return [client.post("/api/products/", body).status_code for body in bodies]


def import_products(client, products):
    rows = "".join(f",{pk},{100 + pk % 7},Tea\n" for pk in reversed(products))
    file = f"stock_sequence,id,quantity,category\n{rows}"
    post = partial(client.post, "/api/products/import/", file, content_type="text/csv")
    return [post().status_code for _ in range(ROUNDS // 2)]


def run_concurrent_requests(alice):
    """Run all kinds of requests concurrently. Return the statuses of each kind and the number of deadlocks."""
    products = [make_product(alice, f"P{n}", 100, category=None).pk for n in range(PRODUCTS)]
    for pk in products:
        assert client_of(alice).patch(f"/api/products/{pk}/", {"category": "Tea"}).status_code == 200
    before, reversed_products = count_deadlocks(), [*reversed(products)]
    statuses = try_concurrently(
        partial(delete_categories, client_of(alice)),
        partial(replace_suppliers, client_of(alice), products),
        partial(count_products, client_of(alice), products),
        partial(count_products, client_of(alice), reversed_products),
        partial(change_products, client_of(alice), products),
        partial(change_products, client_of(alice), reversed_products),
        partial(create_products, client_of(alice)),
        partial(import_products, client_of(alice), products),
    )
    return [*map(get_distinct, statuses)], count_deadlocks() - before


def get_distinct(statuses):
    """Return the set of statuses, or the exception that ended the requests."""
    return statuses if isinstance(statuses, Exception) else {*statuses}


@pytest.mark.long
def test_concurrent_requests_never_deadlock(alice, monkeypatch):
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)
    statuses, found = run_concurrent_requests(alice)
    assert found == 0
    assert statuses == [{204}, {200, 204}, {201}, {201}, {200}, {200}, {201}, {200}]
    assert find_breaks(alice.pk) == []


# --- A category that is named while it is archived ---


@pytest.fixture
def tea(alice):
    return Category.objects.create(owner=alice, name="Tea")


def make_archive(category):
    return lambda: archiving.archive(Category, owner_id=category.owner_id, pk=category.pk)


def make_requests_with_category(alice, product):
    client = client_of(alice)
    file = f"stock_sequence,id,category\n,{product.pk},tea\n"
    return {
        "change": lambda: client.patch(f"/api/products/{product.pk}/", {"category": "tea"}).status_code,
        "create": lambda: client.post("/api/products/", {"name": "Pot", "price": "1", "category": "tea"}).status_code,
        "import": lambda: client.post("/api/products/import/", file, content_type="text/csv").status_code,
    }


@pytest.mark.parametrize(("name", "status"), [("change", 200), ("create", 201), ("import", 200)])
def test_a_category_that_is_archived_during_a_request_is_created_again(alice, kettle, tea, name, status):
    assert run_behind_lock(make_archive(tea), make_requests_with_category(alice, kettle)[name]) == status
    assert Product.objects.latest("updated_at").category.name == "tea"


@pytest.mark.parametrize("name", ["change", "create"])
def test_control_without_the_account_s_lock_the_category_is_archived(alice, kettle, tea, name, monkeypatch):
    """The test does not try an import, because it retries by itself."""
    without_locks(monkeypatch)
    with pytest.raises(AssertionError, match="without waiting"):
        run_behind_lock(make_archive(tea), make_requests_with_category(alice, kettle)[name])


# --- Which locks a request holds ---


def archive_beside_a_change(alice, tea):
    """Archive the category while a transaction that holds a product of it changes the product twice."""
    kettle, client = make_product(alice, category=tea, quantity=10), client_of(alice)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Product.objects.select_for_update(no_key=True).get(pk=kettle.pk)
            archived = pool.submit(run_and_disconnect, client_of(alice).delete, f"/api/categories/{tea.pk}/")
            wait_until_blocking(archived)
            changed = client.patch(f"/api/products/{kettle.pk}/", {"name": "Pot", "quantity": 5}).status_code
        return changed, archived.result(TIMEOUT_SECONDS).status_code


def test_archiving_beside_a_change_of_its_product_does_not_deadlock(alice, tea):
    before = count_deadlocks()
    assert archive_beside_a_change(alice, tea) == (200, 204)
    assert count_deadlocks() == before


def test_control_archiving_that_locks_the_category_for_update_deadlocks(alice, tea, monkeypatch):
    """With this lock, as before a DELETE, the product's foreign key waits for the category."""
    lock_in_catalogue = archiving.lock_in_catalogue

    def lock_for_update(rows, owner_id, pk):
        row = lock_in_catalogue(rows, owner_id, pk)
        list(Category.objects.select_for_update().filter(pk=pk))
        return row

    monkeypatch.setattr(archiving, "lock_in_catalogue", lock_for_update)
    monkeypatch.setattr(transactions, "MAX_TRIES", 1)
    before = count_deadlocks()
    try:
        statuses = archive_beside_a_change(alice, tea)
    except OperationalError:
        statuses = None
    assert statuses != (200, 204)
    assert count_deadlocks() > before


def test_bookings_wait_neither_for_account_locks_nor_for_a_category(alice, tea):
    kettle, client = make_product(alice, category=tea, quantity=10), client_of(alice)
    sale = {"product": kettle.pk, "movement_type": "OUT", "quantity": 1}

    def book():
        responses = [
            client.post("/api/stock/", sale),
            client.post("/api/stock/counts/", {"lines": [{"product": kettle.pk, "counted": 4}]}),
            client.patch(f"/api/products/{kettle.pk}/", {"quantity": 3}),
        ]
        return [response.status_code for response in responses]

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        for lock in AccountLock:
            lock_account(alice.pk, lock)
        Category.objects.select_for_update().get(pk=tea.pk)
        assert pool.submit(run_and_disconnect, book).result(TIMEOUT_SECONDS) == [201, 201, 200]


def test_control_updating_a_product_twice_waits_for_its_category(alice, tea):
    """This is the reason why a count updates each product only once."""
    kettle = make_product(alice, category=tea, quantity=10)

    @atomic
    def correct_twice():
        for quantity in (5, 6):
            services.correct_quantity(
                draft=OperationDraft(by=alice, reason=OperationReason.CORRECTION),
                product_id=kettle.pk,
                quantity=quantity,
            )
        return "statuses"

    assert run_behind_lock(partial(Category.objects.select_for_update().get, pk=tea.pk), correct_twice) == "statuses"
