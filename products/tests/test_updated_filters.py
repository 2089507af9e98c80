"""`updated_after` and `updated_before`, with which a client that keeps a copy of the products requests the changes."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection

from core.ownership import list_automatic_fields
from products.models import Category, Product
from suppliers.models import Supplier
from testing.cast.people import make_product
from testing.tables import all_cases

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LISTS = ["/api/products/", "/api/items/", "/api/items/levels/"]


def list_names(client, address="/api/products/", **query):
    answer = client.get(f"{address}?{urlencode(query)}")
    assert answer.status_code == 200, answer.content
    return [product["name"] for product in answer.json()["results"]]


def set_updated_at(product, moment):
    Product.objects.filter(pk=product.pk).update(updated_at=moment)


@pytest.fixture
def shelf(alice):
    """Create three products, changed at 11, 12 and 13 o'clock, the earliest one last."""
    products = [make_product(alice, name) for name in ("one", "noon", "eleven")]
    for product, hour in zip(products, (13, 12, 11), strict=True):
        set_updated_at(product, NOON.replace(hour=hour))
    return products


@all_cases("address", LISTS)
def test_the_span_is_half_open(as_alice, shelf, address):
    noon, later = NOON.isoformat(), (NOON + timedelta(microseconds=1)).isoformat()
    assert list_names(as_alice, address, updated_after=noon) == ["one", "noon"]
    assert list_names(as_alice, address, updated_after=later) == ["one"]
    assert list_names(as_alice, address, updated_before=noon) == ["eleven"]
    assert list_names(as_alice, address, updated_before=later) == ["noon", "eleven"]
    assert list_names(as_alice, address, updated_after=noon, updated_before=later) == ["noon"]
    assert list_names(as_alice, address, updated_after=noon, updated_before=noon) == []


def test_updated_at_of_a_response_can_be_sent_back(as_alice, shelf):
    moment = as_alice.get(f"/api/products/{shelf[1].pk}/").json()["updated_at"]
    assert list_names(as_alice, updated_after=moment, ordering="updated_at") == ["noon", "one"]
    assert list_names(as_alice, updated_after=moment, ordering="-updated_at") == ["one", "noon"]


def test_the_filter_applies_with_others_and_to_the_export(as_alice, shelf):
    assert list_names(as_alice, updated_after=NOON.isoformat(), search="one") == ["one"]
    export = as_alice.get(f"/api/products/export/?{urlencode({'updated_after': NOON.isoformat()})}")
    assert len(export.getvalue().splitlines()) == 1 + 2


@all_cases("name", ["updated_after", "updated_before"])
@all_cases("value", ["x", "1999-12-31", "2200-01-01", "12:00", "2026-02-30", "\uff12026-01-01", "\x00"])
def test_a_malformed_time_is_a_400_that_names_the_parameter(as_alice, name, value):
    answer = as_alice.get("/api/products/", {name: value})
    assert (answer.status_code, list(answer.json())) == (400, [name])


def test_archived_and_restored_products_are_found(as_alice, shelf):
    before = datetime.now(UTC)
    as_alice.delete(f"/api/products/{shelf[2].pk}/")
    assert list_names(as_alice, archived="true", updated_after=before.isoformat()) == ["eleven"]
    assert list_names(as_alice, updated_after=before.isoformat()) == []
    as_alice.post(f"/api/products/{shelf[2].pk}/restore/")
    assert list_names(as_alice, archived="true", updated_after=before.isoformat()) == []
    assert list_names(as_alice, updated_after=before.isoformat()) == ["eleven"]


@pytest.fixture
def linked(alice):
    """Return a product with a supplier and a category, last changed at noon."""
    product = make_product(
        alice, "Tin", 5, sku="TIN", supplier=Supplier.objects.create(owner=alice, name="Acme"),
        category=Category.objects.create(owner=alice, name="Tea"),
    )  # fmt: skip
    set_updated_at(product, NOON)
    return product


def import_price(client, price):
    file = f"sku,price\nTIN,{price}\n".encode()
    return client.generic("POST", "/api/products/import/", file, content_type="text/csv")


CHANGES = {
    "a movement": lambda client, row: client.post(
        "/api/stock/", {"product": row.pk, "movement_type": "OUT", "quantity": 1}
    ),
    "a count": lambda client, row: client.post("/api/stock/counts/", {"lines": [{"product": row.pk, "counted": 1}]}),
    "an edit": lambda client, row: client.patch(f"/api/products/{row.pk}/", {"unit": "pcs"}),
    "a quantity": lambda client, row: client.patch(f"/api/items/{row.pk}/", {"quantity": 8}),
    "an import": lambda client, _: import_price(client, "2.00"),
    "an archival": lambda client, row: client.delete(f"/api/products/{row.pk}/"),
    "a deleted supplier": lambda client, row: client.delete(f"/api/suppliers/{row.supplier_id}/"),
    "a deleted category": lambda client, row: client.delete(f"/api/categories/{row.category_id}/"),
}


@all_cases("change", CHANGES)
def test_everything_that_changes_a_product_updates_updated_at(as_alice, linked, change):
    before = datetime.now(UTC) - timedelta(seconds=1)  # the clock of the database may differ a little
    assert CHANGES[change](as_alice, linked).status_code in (200, 201, 204)
    linked.refresh_from_db()
    assert linked.updated_at > before


def test_what_changes_nothing_does_not_update_updated_at(as_alice, linked):
    rename = as_alice.patch(f"/api/suppliers/{linked.supplier_id}/", {"name": "Other"})
    assert (rename.status_code, import_price(as_alice, "10.00").status_code) == (200, 200)
    linked.refresh_from_db()
    assert linked.updated_at == NOON


def test_a_deleted_supplier_updates_its_own_products_only(as_alice, alice, linked):
    other = make_product(alice, "Pot", category_id=linked.category_id)
    set_updated_at(other, NOON)
    as_alice.delete(f"/api/suppliers/{linked.supplier_id}/")
    other.refresh_from_db()
    assert other.updated_at == NOON


def test_no_index_has_a_column_that_a_movement_changes(db):
    """Then PostgreSQL updates a product in its page and writes no index (a HOT update)."""
    assert list_automatic_fields(Product) == ["updated_at"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'products_product'")
        definitions = [row[0] for row in cursor]
    assert len(definitions) > 5
    for column in ("updated_at", "last_counted_at", "quantity", "stock_sequence"):
        assert [text for text in definitions if f"{column}" in text.partition("USING")[2]] == []


# --- Names that products show ---------------------------------------------------------------------------------


def test_another_name_of_a_group_changes_its_products(as_alice, alice, charlie):
    linked = as_alice.post("/api/groups/", {"name": "Old"}).json()["id"]
    products = [make_product(alice, each) for each in ("live", "archived", "other")]
    for product in products[:2]:
        assert as_alice.patch(f"/api/products/{product.pk}/", {"group": linked}).status_code == 200
    as_alice.delete(f"/api/products/{products[1].pk}/")
    tag, position = as_alice.get(f"/api/products/{products[0].pk}/")["ETag"], read_events(as_alice)[-1]["position"]
    for product in (*products, make_product(charlie)):
        set_updated_at(product, NOON)

    assert as_alice.patch(f"/api/groups/{linked}/", {"name": "New"}).status_code == 200
    changed = [(one["data"]["product"], one["data"]["changes"]) for one in read_events(as_alice, position)]
    assert changed == [(product.pk, {"group_name": ["Old", "New"]}) for product in products[:2]]
    unchanged = Product.objects.filter(updated_at=NOON).order_by("pk")
    assert [product.name for product in unchanged] == ["other", "Kettle"]
    answer = as_alice.get(f"/api/products/{products[0].pk}/")
    assert (answer.json()["group_name"], answer["ETag"] != tag) == ("New", True)

    position = read_events(as_alice)[-1]["position"]
    assert as_alice.patch(f"/api/groups/{linked}/", {"name": "New"}).status_code == 200
    assert read_events(as_alice, position) == []


def read_events(client, after=0):
    return client.get(f"/api/events/?after={after}&limit=500").json()["events"]


def test_a_new_name_of_what_no_product_shows_changes_none(as_alice, alice):
    tax = as_alice.post("/api/taxes/", {"name": "Old", "rate": "7.00"}).json()["id"]
    product = make_product(alice, tax_id=tax)
    location = as_alice.post("/api/locations/", {"name": "Old"}).json()["id"]
    as_alice.post("/api/stock/", {"product": product.pk, "movement_type": "IN", "quantity": 1, "location": location})
    before = as_alice.get(f"/api/products/{product.pk}/").content
    for address in (f"/api/taxes/{tax}/", f"/api/locations/{location}/"):
        assert as_alice.patch(address, {"name": "New"}).status_code == 200
    assert as_alice.get(f"/api/products/{product.pk}/").content == before
