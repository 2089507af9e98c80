"""The support desk's lists of long tables: counts are limited, and the ledger is read by indexes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.support import admin as core_admin
from desk.support.admin import MAX_TEXT_SHOWN
from desk.support.ledger_admin import IdempotencyKeyAdmin, MovementAdmin, OperationAdmin
from desk.support.tests.test_admin import MODELS, admin_url
from products.models import Product
from stock.booking.drafts import BookingLine, OperationDraft, by_id
from stock.models import Import, Movement, MovementType, Operation, OperationReason
from testing.cast.people import make_product
from testing.tables import all_cases
from trade.selling.services import book

LOGS = {"Movement": MovementAdmin, "Operation": OperationAdmin, "IdempotencyKey": IdempotencyKeyAdmin}


@pytest.fixture
def low_limit(monkeypatch):
    """Make a list count at most three rows."""
    monkeypatch.setattr(core_admin, "MAX_ROWS_COUNTED", 3)


def list_ids(client, model, **query):
    """Return the ids in the list of the model with these parameters."""
    return [row.pk for row in client.get(admin_url(model, "changelist"), query).context["cl"].result_list]


def test_no_list_counts_all_rows_or_rows_per_filter(admin_client):
    for model in MODELS:
        with CaptureQueriesContext(connection) as queries:
            for query in ("?_facets=1", "?q=x&all="):
                admin_client.get(admin_url(model, "changelist") + query)
        counts = [query["sql"] for query in queries if f'FROM "{model._meta.db_table}"' in query["sql"]]
        counts = [sql for sql in counts if "COUNT(" in sql]
        assert counts, model
        assert [sql for sql in counts if "LIMIT 1001" not in sql] == []


def test_a_list_says_that_it_shows_only_the_first_rows(admin_client, alice, low_limit):
    for number in range(4):
        make_product(alice, f"P{number}")
    assert (
        "the first 3 products; search and filters find the others" in admin_client.get("/admin/products/product/").text
    )
    Product.objects.filter(name="P0").delete()
    page_of_three = admin_client.get("/admin/products/product/").text
    assert "3 products" in page_of_three
    assert "the first" not in page_of_three


def test_a_list_is_filtered_by_account(admin_client, alice, charlie, kettle):
    theirs = make_product(charlie, "Theirs", quantity=1)
    assert list_ids(admin_client, Product, owner=charlie.pk) == [theirs.pk]
    assert list_ids(admin_client, Movement, owner=charlie.pk) == [theirs.movements.get().pk]
    for invalid_id in ("999", "x", "", "9" * 30):
        assert list_ids(admin_client, Product, owner=invalid_id) == []
    text = admin_client.get("/admin/products/product/", {"owner": charlie.pk}).text
    assert "By account" in text
    assert f"/admin/accounts/{charlie.pk}/" in text


def test_movements_are_filtered_by_product_and_operation_newest_first(admin_client, alice, kettle):
    make_product(alice, "Cup", quantity=1)
    lines = [BookingLine(by_id(kettle.pk), MovementType.OUT, 1)] * 3
    booked = [
        movement.pk for movement in book(draft=OperationDraft(by=alice, reason=OperationReason.SALE), lines=lines)
    ]
    opening = kettle.movements.get(sequence=1).pk
    operation = Operation.objects.latest("id").pk
    account = {"owner": alice.pk}
    assert list_ids(admin_client, Movement, product=kettle.pk, **account) == [*booked[::-1], opening]
    assert list_ids(admin_client, Movement, operation=operation, **account) == booked[::-1]
    assert list_ids(admin_client, Movement, operation=operation, product=kettle.pk, **account) == booked[::-1]


@all_cases("name", LOGS)
def test_a_log_is_not_sorted_or_filtered_without_an_index(admin_client, alice, name):
    model = next(model for model in MODELS if model.__name__ == name)
    address = admin_url(model, "changelist")
    for lookup in ("created_at__gte=2026-01-01", "note__icontains=x", "quantity=1", "owner__username=alice"):
        assert admin_client.get(f"{address}?{lookup}").status_code == 400
    for order in ("1", "-2", "3.1"):
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(f"{address}?o={order}").status_code == 200
        assert any(f'ORDER BY "{model._meta.db_table}"."id" DESC' in query["sql"] for query in queries)


def test_a_product_is_found_by_code_and_otherwise_by_name(admin_client, alice, charlie):
    pot = make_product(alice, "Pot", sku="K-1")
    kettle = make_product(charlie, "Kettle of K-1", barcode="4006")
    gone = make_product(alice, "Gone", sku="OLD-1")
    Product.objects.filter(pk=gone.pk).update(archived_at="2026-01-01T00:00Z")
    assert list_ids(admin_client, Product, q="k-1") == [pot.pk]
    assert list_ids(admin_client, Product, q="4006") == [kettle.pk]
    assert list_ids(admin_client, Product, q="kettle") == [kettle.pk]
    assert list_ids(admin_client, Product, q="old-1") == [gone.pk]


def test_only_the_page_of_an_import_reads_the_rows_left_out_and_only_their_beginning(support, alice):
    skipped = "<name>,price\n" + "x" * MAX_TEXT_SHOWN
    row = Import.objects.create(owner=alice, performed_by=alice, rows=1, code="rows_left_out", skipped=skipped)
    with CaptureQueriesContext(connection) as queries:
        assert list_ids(support, Import) == [row.pk]
    assert not any("skipped" in query["sql"] for query in queries)
    page = support.get(admin_url(Import, "change", row.pk)).text
    assert "&lt;name&gt;,price" in page
    assert "The first 10,000 of 10,013 characters." in page
    assert "x" * MAX_TEXT_SHOWN not in page
