"""The desk's lists with very many rows behind them: nothing is counted to its end, the ledger is read by indexes."""

from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.staticfiles.finders import find
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import admin as desk
from products.models import Product
from stock.admin import IdempotencyKeyAdmin, MovementAdmin, OperationAdmin
from stock.drafts import Line, OperationDraft
from stock.locking import by_id
from stock.models import Movement, MovementType, Operation, Reason
from stock.services import book
from support.tests.test_admin import MODELS, page
from testing.cast import make_product

LOGS = {"Movement": MovementAdmin, "Operation": OperationAdmin, "IdempotencyKey": IdempotencyKeyAdmin}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(desk, "MAX_ROWS_COUNTED", 3)


def rows(client, model, **query):
    return [row.pk for row in client.get(page(model, "changelist"), query).context["cl"].result_list]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_list_counts_to_the_end_or_per_filter(admin_client, model):
    with CaptureQueriesContext(connection) as asked:
        for query in ("", "?_facets=1", "?q=x", "?all="):
            admin_client.get(page(model, "changelist") + query)
    counts = [query["sql"] for query in asked if f'FROM "{model._meta.db_table}"' in query["sql"]]
    counts = [sql for sql in counts if "COUNT(" in sql]
    assert counts
    assert [sql for sql in counts if "LIMIT 1001" not in sql] == []


def test_a_list_ends_where_it_stops_to_count_and_says_so(admin_client, alice, few):
    for number in range(4):
        make_product(alice, f"P{number}")
    assert (
        "the first 3 products; search and filters find the others" in admin_client.get("/admin/products/product/").text
    )
    Product.objects.filter(name="P0").delete()
    page_of_three = admin_client.get("/admin/products/product/").text
    assert "3 products" in page_of_three
    assert "the first" not in page_of_three


def test_a_list_is_narrowed_to_one_account(admin_client, alice, charlie, kettle):
    theirs = make_product(charlie, "Theirs", quantity=1)
    assert rows(admin_client, Product, owner=charlie.pk) == [theirs.pk]
    assert rows(admin_client, Movement, owner=charlie.pk) == [theirs.movements.get().pk]
    for nobody in ("999", "x", "", "9" * 30):
        assert rows(admin_client, Product, owner=nobody) == []
    text = admin_client.get("/admin/products/product/", {"owner": charlie.pk}).text
    assert "By account" in text
    assert f"/admin/accounts/{charlie.pk}/" in text


def test_movements_are_narrowed_to_a_product_or_an_operation_newest_first(admin_client, alice, kettle):
    make_product(alice, "Cup", quantity=1)
    lines = [Line(by_id(kettle.pk), MovementType.OUT, 1)] * 3
    booked = [movement.pk for movement in book(draft=OperationDraft(by=alice, reason=Reason.SALE), lines=lines)]
    opening = kettle.movements.get(sequence=1).pk
    operation = Operation.objects.latest("id").pk
    assert rows(admin_client, Movement, product=kettle.pk) == [*booked[::-1], opening]
    assert rows(admin_client, Movement, operation=operation) == booked[::-1]
    assert rows(admin_client, Movement, operation=operation, product=kettle.pk) == booked[::-1]


@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_not_sorted_or_searched_by_what_no_index_answers(admin_client, alice, name):
    model = next(model for model in MODELS if model.__name__ == name)
    address = page(model, "changelist")
    for lookup in ("created_at__gte=2026-01-01", "note__icontains=x", "quantity=1", "owner__username=alice"):
        assert admin_client.get(f"{address}?{lookup}").status_code == 400
    for order in ("1", "-2", "3.1"):
        with CaptureQueriesContext(connection) as asked:
            assert admin_client.get(f"{address}?o={order}").status_code == 200
        assert any(f'ORDER BY "{model._meta.db_table}"."id" DESC' in query["sql"] for query in asked)


def test_every_column_is_named_on_a_narrow_screen():
    """There the heads of the columns are gone: each value has its name before it, unless it speaks for itself."""
    speak_for_themselves = {
        "action_flag", "change", "content_type", "kind", "movement_type", "object_repr", "product_name", "reason",
        "result", "role",
    }  # fmt: skip
    sheet = Path(find("support/support.css")).read_text(encoding="utf-8")
    columns = {name for each in admin.site._registry.values() for name in each.list_display[1:]}
    assert {name for name in columns if f".field-{name}::before" not in sheet} - speak_for_themselves == set()


def test_a_product_is_searched_by_code_and_else_by_name(admin_client, alice, charlie):
    pot = make_product(alice, "Pot", sku="K-1")
    kettle = make_product(charlie, "Kettle of K-1", barcode="4006")
    gone = make_product(alice, "Gone", sku="OLD-1")
    Product.objects.filter(pk=gone.pk).update(archived_at="2026-01-01T00:00Z")
    assert rows(admin_client, Product, q="k-1") == [pot.pk]
    assert rows(admin_client, Product, q="4006") == [kettle.pk]
    assert rows(admin_client, Product, q="kettle") == [kettle.pk]
    assert rows(admin_client, Product, q="old-1") == [gone.pk]
