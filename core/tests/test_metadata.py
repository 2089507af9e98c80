"""Metadata of rows: what other programs keep there."""

import pytest

from core.model_fields import MAX_METADATA_KEYS
from products.models import Product
from suppliers.models import Supplier
from testing.reading.browser import Browser
from testing.tables import all_cases
from trade.customers.models import Customer
from trade.purchasing.models import Order
from trade.reservations.models import Reservation

VALUES = {"shop.id": "17", "etag": "x"}


@pytest.fixture
def bodies(alice, kettle, supplier):
    """Return the address and a body that makes a row, by the name of a model."""
    line = {"product": kettle.pk, "quantity": 1}
    return {
        "supplier": ("/api/suppliers/", {"name": "Mill"}, Supplier),
        "customer": ("/api/customers/", {"name": "Ada"}, Customer),
        "order": ("/api/purchase-orders/", {"supplier": supplier.pk, "lines": [line]}, Order),
        "reservation": ("/api/stock/reservations/", {"lines": [line]}, Reservation),
        "product": ("/api/products/", {"name": "Pot", "price": "1.00"}, Product),
    }


@pytest.fixture
def supplier(alice):
    return Supplier.objects.create(owner=alice, name="Copper")


@pytest.mark.parametrize("name", ["supplier", "customer", "order", "reservation", "product"])
def test_metadata_is_stored_and_answered(as_alice, bodies, name):
    address, body, _model = bodies[name]
    made = as_alice.post(address, {**body, "metadata": {**VALUES, "gone": ""}})
    assert made.status_code == 201, made.json()
    row = made.json()
    assert row["metadata"] == VALUES
    assert as_alice.get(f"{address}{row['id']}/").json()["metadata"] == VALUES
    listed = {one["id"]: one["metadata"] for one in as_alice.get(address).json()["results"]}
    assert listed[row["id"]] == VALUES


@all_cases("name", ["supplier", "customer", "order", "reservation", "product"])
def test_a_row_without_metadata_has_an_empty_object(as_alice, bodies, name):
    address, body, _model = bodies[name]
    assert as_alice.post(address, body).json()["metadata"] == {}


@pytest.mark.parametrize("name", ["supplier", "customer", "order", "product"])
def test_a_patch_merges_and_null_removes(as_alice, bodies, name):
    address, body, _model = bodies[name]
    made = as_alice.post(address, {**body, "metadata": VALUES}).json()
    row = f"{address}{made['id']}/"
    changed = as_alice.patch(row, {"metadata": {"etag": None, "new": "1"}}).json()
    assert changed["metadata"] == {"shop.id": "17", "new": "1"}
    assert changed["updated_at"] > made["updated_at"]
    assert as_alice.patch(row, {}).json()["metadata"] == {"shop.id": "17", "new": "1"}
    too_many = {f"k{number}": "x" for number in range(MAX_METADATA_KEYS - 1)}
    refused = as_alice.patch(row, {"metadata": too_many})
    assert (refused.status_code, refused.json()["code"]) == (400, "too_many_metadata_keys")
    assert as_alice.get(row).json()["metadata"] == {"shop.id": "17", "new": "1"}


@pytest.mark.parametrize("name", ["supplier", "customer", "order", "reservation", "product"])
@pytest.mark.parametrize(
    "wrong",
    ["x", ["x"], None, {"A": "x"}, {"a b": "x"}, {"": "x"}, {"a" * 41: "x"}, {"a": 7}, {"a": ["x"]},
     {"a": "x" * 501}, {"a": "a\nb"}],
)  # fmt: skip
def test_wrong_metadata_is_refused_and_nothing_is_written(as_alice, bodies, name, wrong):
    address, body, model = bodies[name]
    before = model.objects.count()
    refused = as_alice.post(address, {**body, "metadata": wrong})
    assert (refused.status_code, list(refused.json())) == (400, ["metadata"])
    assert model.objects.count() == before


@all_cases("name", ["supplier", "customer", "order", "reservation", "product"])
def test_too_many_keys_are_refused(as_alice, bodies, name):
    address, body, model = bodies[name]
    before = model.objects.count()
    metadata = {f"k{number}": "x" for number in range(MAX_METADATA_KEYS + 1)}
    refused = as_alice.post(address, {**body, "metadata": metadata})
    assert (refused.status_code, refused.json()["code"]) == (400, "too_many_metadata_keys")
    assert model.objects.count() == before


def test_the_metadata_of_a_supplier_is_in_its_history_but_on_no_page(as_alice):
    made = as_alice.post("/api/suppliers/", {"name": "Mill", "metadata": VALUES}).json()
    as_alice.patch(f"/api/suppliers/{made['id']}/", {"metadata": {"etag": "quokka"}})
    last, first = as_alice.get(f"/api/suppliers/{made['id']}/changes/").json()["results"]
    assert last["changes"] == {"metadata.etag": ["x", "quokka"]}
    assert first["changes"]["created"][1]["metadata.shop.id"] == "17"


def test_the_metadata_of_a_sent_order_can_still_change(as_alice, bodies):
    address, body, _model = bodies["order"]
    row = f"{address}{as_alice.post(address, body).json()['id']}/"
    as_alice.post(f"{row}send/", {})
    assert as_alice.patch(row, {"metadata": VALUES}).json()["metadata"] == VALUES
    assert as_alice.patch(row, {"metadata": {}, "note": "x"}).status_code == 409


def test_metadata_of_another_shop_is_not_found(as_alice, charlie):
    row = Supplier.objects.create(owner=charlie, name="Mill", metadata=VALUES)
    assert as_alice.patch(f"/api/suppliers/{row.pk}/", {"metadata": {"a": "1"}}).status_code == 404


@all_cases("name", ["supplier", "customer", "order", "reservation", "product"])
def test_rows_are_found_by_exactly_this_text(as_alice, bodies, name):
    address, body, _model = bodies[name]
    made = as_alice.post(address, {**body, "metadata": VALUES}).json()["id"]
    for query, found in (
        ("metadata.shop.id=17", [made]), ("metadata.shop.id=17&metadata.etag=x", [made]), ("metadata.shop.id=1", []),
        ("metadata.shop.id=17&metadata.etag=X", []), ("metadata.none=17", []),
    ):  # fmt: skip
        assert [row["id"] for row in as_alice.get(f"{address}?{query}").json()["results"]] == found, query
    for wrong in ("metadata.KEY=1", "metadata.=1", f"metadata.a={'x' * 501}"):
        refused = as_alice.get(f"{address}?{wrong}")
        assert (refused.status_code, list(refused.json())) == (400, [wrong.partition("=")[0]])


def test_rows_of_another_shop_are_not_found(as_alice, charlie):
    Supplier.objects.create(owner=charlie, name="Mill", metadata=VALUES)
    assert as_alice.get("/api/suppliers/?metadata.shop.id=17").json()["results"] == []


def test_no_form_has_metadata(alice, bodies):
    supplier = Supplier.objects.create(owner=alice, name="Mill", metadata={"a": "quokka"})
    browser = Browser(alice)
    for form in ("form/suppliers/", f"form/suppliers/{supplier.pk}/", "form/customers/", "products/add/"):
        names = browser.task_values(f"/shop/{form}")
        assert "name" in names
        assert not any(name.startswith("metadata") for name in names)
