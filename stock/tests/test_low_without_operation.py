"""What makes a product low without an operation is told once, in the transaction of the change."""

import io

import pytest
from django.db import DatabaseError

from products.models import Product
from records.events.models import Event, EventType
from records.events.services import record_changed_levels
from stock.goods import services as product_services
from testing.cast.people import make_product
from testing.tables import all_cases

LOW, RECOVERED = EventType.STOCK_LOW, EventType.STOCK_RECOVERED


def send_file(client, text, **fields):
    file = io.BytesIO(text.encode())
    file.name = "products.csv"
    return client.post("/api/products/import/", {"file": file, **fields}, format="multipart")


def list_levels(owner):
    """Return type, operation, quantity and threshold of the owner's events of stock levels."""
    events = Event.objects.filter(owner=owner, type__in=[LOW, RECOVERED]).order_by("id")
    return [
        (event.type, event.operation is not None, event.data["quantity"], event.data["min_threshold"])
        for event in events
    ]


@pytest.fixture
def pot(alice):
    """Ten are in stock, and 5 is low."""
    return make_product(alice, "Pot", 10, sku="P-1", external_id="pot", min_threshold=5)


def patch(client, pot, **fields):
    return client.patch(f"/api/products/{pot.pk}/", fields)


def patch_many(client, pot, **fields):
    return client.patch("/api/products/", {"lines": [{"sku": "P-1", **fields}]})


def upsert(client, pot, **fields):
    return client.post("/api/products/upsert/", {"lines": [{"external_id": "pot", **fields}]})


def import_file(client, pot, **fields):
    rows = [",".join(["sku", "name", *fields]), ",".join(["P-1", "Pot", *map(str, fields.values())])]
    return send_file(client, "\n".join(rows))


WRITERS = [patch, patch_many, upsert, import_file]
WRITERS_OF_STOCK = [patch, patch_many, import_file]


@pytest.mark.quick
@pytest.mark.whole
@all_cases("write", WRITERS)
def test_a_threshold_above_the_stock_is_told_once_and_so_is_one_below(as_alice, alice, pot, write):
    for threshold in (8, 12, 12, 15, 3):
        assert write(as_alice, pot, min_threshold=threshold).status_code == 200
    assert list_levels(alice) == [(LOW, False, 10, 12), (RECOVERED, False, 10, 3)]


@pytest.mark.whole
@all_cases("write", WRITERS_OF_STOCK)
@all_cases(
    ("quantity", "threshold", "told"),
    [(30, 20, []), (15, 20, [(LOW, True, 15, 20)]), (4, 3, []), (10, 20, [(LOW, False, 10, 20)])],
)
def test_a_threshold_that_is_changed_with_the_stock_is_told_by_the_result(
    as_alice, alice, pot, write, quantity, threshold, told
):
    assert write(as_alice, pot, min_threshold=threshold, quantity=quantity).status_code == 200
    assert list_levels(alice) == told


def test_a_restored_product_is_told_if_it_is_low(as_alice, alice, pot):
    low = make_product(alice, "Jar", 2, min_threshold=5)
    for product in (pot, low):
        assert as_alice.delete(f"/api/products/{product.pk}/").status_code == 204
        assert as_alice.post(f"/api/products/{product.pk}/restore/").status_code == 200
    assert list_levels(alice) == [(LOW, False, 2, 5)]
    assert Event.objects.get(type=LOW).product == low.pk


@pytest.mark.quick
def test_an_archived_product_is_not_told(as_alice, alice, pot):
    assert as_alice.delete(f"/api/products/{pot.pk}/").status_code == 204
    Product.objects.filter(pk=pot.pk).update(min_threshold=12)
    record_changed_levels(alice.pk, {pot.pk: False})
    assert list_levels(alice) == []


def test_the_feed_has_such_an_event_with_an_empty_operation(as_alice, pot):
    patch(as_alice, pot, min_threshold=12)
    [event] = as_alice.get("/api/events/?type=stock.low").json()["events"]
    codes = {"sku": "P-1", "external_id": "pot"}
    assert event["data"] == {"operation": None, "product": pot.pk, "quantity": 10, "min_threshold": 12, **codes}
    page = as_alice.get("/api/events/", headers={"Accept": "text/html"}).text
    assert "10, low at 12" in page


def test_a_dry_run_tells_nothing(as_alice, alice, pot):
    send_file(as_alice, "sku,name,min_threshold\nP-1,Pot,12", dry_run="true")
    assert list_levels(alice) == []


def test_the_event_and_the_threshold_commit_together(alice, pot, monkeypatch):
    def fail(*_args):
        raise DatabaseError

    monkeypatch.setattr(product_services, "record_changed_levels", fail)
    with pytest.raises(DatabaseError):
        product_services.change_product(by=alice, product_id=pot.pk, min_threshold=12)
    assert Product.objects.get(pk=pot.pk).min_threshold == 5
