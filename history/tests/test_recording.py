"""Each writer records what it changes, with the values of the database."""

import pytest

from history.models import Change
from testing.cast import make_product

pytestmark = pytest.mark.django_db


def list_changes(kind="product", **conditions):
    """Return the recorded changes, the oldest first."""
    return list(Change.objects.filter(kind=kind, **conditions).order_by("id").values_list("changes", flat=True))


def test_a_changed_price_is_recorded_with_who_and_how(as_alice, alice):
    product = as_alice.post("/api/products/", {"name": "Earl Grey", "price": "8.90"}).json()
    as_alice.patch(f"/api/products/{product['id']}/", {"price": "9.20", "name": "Earl Grey"})
    created, changed = Change.objects.order_by("id")
    assert created.changes["created"][0] is None
    assert created.changes["created"][1]["price"] == "8.90"
    assert changed.changes == {"price": ["8.90", "9.20"]}
    assert (changed.owner_id, changed.row_id, changed.by, changed.via) == (alice.pk, product["id"], alice.pk, "api")


def test_an_import_records_what_it_changes(as_alice, alice):
    from django.core.files.uploadedfile import SimpleUploadedFile

    make_product(alice, "Pot", price="3.00", sku="P-1")
    text = "sku,name,price,category,supplier,codes\nP-1,Pot,3.5,Tin,Mill,X-1 = 6\n,Cup,2,,,\n"
    file = SimpleUploadedFile("a.csv", text.encode())
    answer = as_alice.post("/api/products/import/?create_missing=true", {"file": file}, format="multipart")
    assert answer.status_code == 200, answer.content
    for row in Change.objects.order_by("id"):
        print(row.kind, row.via, row.by, row.changes)
    assert 0
