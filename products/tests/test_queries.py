"""The number of statements of a request is the same for one row and for thirty."""

import pytest

from products.models import Category, Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from suppliers.models import Supplier
from testing.tables import all_cases
from trade.selling import services

USER, COUNT, IDS, ROWS = 1, 1, 1, 1
MERGED = 1  # a filter by a supplier finds the one that it was merged into
ROW = LOCKED_ROW = 1
SAVEPOINTS = 2  # set and released: inside the test's transaction, that of the view is a savepoint
MANY = 30


@pytest.fixture(params=[1, MANY])
def shop(request, alice):
    """Create products with supplier and category, and the same number of movements of the first one."""
    few = range(request.param)
    suppliers = Supplier.objects.bulk_create(Supplier(owner=alice, name=f"Supplier {n}") for n in few)
    categories = Category.objects.bulk_create(Category(owner=alice, name=f"Category {n}") for n in few)
    products = Product.objects.bulk_create(
        Product(owner=alice, name=f"Product {n}", price=5, supplier=suppliers[n], category=categories[n]) for n in few
    )
    services.book(
        draft=OperationDraft(by=alice, reason="purchase"),
        lines=[BookingLine(by_id(products[0].pk), "IN", 10) for _ in few],
    )
    return products[0]


def results(client, address, **filters):
    answer = client.get(address, {"page_size": 100, **filters})
    assert answer.status_code == 200
    return answer.json()["results"]


@all_cases("route", ["products", "suppliers", "categories"])
def test_a_list_takes_statements_for_user_count_and_rows(shop, as_alice, route, django_assert_num_queries):
    with django_assert_num_queries(USER + COUNT + ROWS):
        assert len(results(as_alice, f"/api/{route}/")) in (1, MANY)


def test_all_filters_together_take_two_more_statements(shop, as_alice, django_assert_num_queries):
    filters = {"search": "product", "category": "category 0", "supplier": shop.supplier_id, "min_price": 1}
    flags = {"low_stock": "false", "expired": "false", "archived": "false", "ordering": "-name"}
    as_alice.patch(f"/api/products/{shop.pk}/", {"quantity": 50})
    with django_assert_num_queries(USER + COUNT + IDS + ROWS + MERGED):
        assert len(results(as_alice, "/api/products/", **filters, **flags)) == 1


def test_a_log_is_read_without_a_count(shop, as_alice, django_assert_num_queries):
    with django_assert_num_queries(USER + ROWS):
        assert len(results(as_alice, "/api/stock/")) in (1, MANY)


@all_cases("route", ["/api/stock/history/{}/", "/api/products/{}/movements/"])
def test_the_history_of_a_product_takes_one_more_statement_for_the_product(
    shop, as_alice, route, django_assert_num_queries
):
    with django_assert_num_queries(USER + ROW + ROWS):
        assert len(results(as_alice, route.format(shop.pk))) in (1, MANY)


def test_the_list_of_a_worker_takes_no_more_statements_than_the_owner_s(shop, as_bob, django_assert_num_queries):
    with django_assert_num_queries(USER + COUNT + ROWS):
        assert len(results(as_bob, "/api/products/")) in (1, MANY)


def test_a_single_product_takes_one_statement(shop, as_alice, django_assert_num_queries):
    with django_assert_num_queries(USER + ROW):
        assert as_alice.get(f"/api/products/{shop.pk}/").status_code == 200


def test_a_changed_quantity_takes_statements_to_lock_save_book_and_read(shop, as_alice, django_assert_num_queries):
    read, save, lock_again, book, answer = 1, 1, 1, 1, 1
    statements = USER + SAVEPOINTS + LOCKED_ROW + read + save + SAVEPOINTS + lock_again + book + answer
    with django_assert_num_queries(statements):
        assert as_alice.patch(f"/api/products/{shop.pk}/", {"quantity": 8}).status_code == 200
