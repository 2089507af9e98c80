"""A file that the export writes, in each dialect and as a workbook, changes nothing when it is imported."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from products.filing.tests.importing import ADDRESS
from products.models import Product
from stock.models import Movement
from suppliers.models import Supplier
from testing.cast import make_product

QUERIES = ["", "?csv=european", "?format=xlsx"]


@pytest.fixture
def products(alice):
    """Create products with texts that look like formulas, numbers, dates and errors."""
    supplier = Supplier.objects.create(owner=alice, name="Acme & Söhne; GmbH")
    make_product(alice, "=cmd()", 5, sku="+1", description="two\nlines; 'quoted', '=x", supplier=supplier)
    make_product(alice, "'=odd", 0, barcode="-9", expiration_date="2027-01-02", cost_price="1.10")
    make_product(alice, "Käse", 1_234_567, sku="0017", barcode="4012345678901", price="1234.50", unit="1,5")
    make_product(alice, "1E5", 1, sku="1E5", price="1234.00", description="2026-12-31")
    make_product(alice, "12%", 12, sku="TRUE", price="0.05", min_threshold=1000, pack_size=12, supplier_sku="007")
    return list(Product.objects.order_by("id").values())


@pytest.mark.parametrize("query", QUERIES)
def test_exporting_and_importing_changes_nothing(as_alice, products, query):
    content = as_alice.get(f"/api/products/export/{query}").getvalue()
    movements = Movement.objects.count()
    file = SimpleUploadedFile("products", content, "application/octet-stream")
    answer = as_alice.post(ADDRESS, {"file": file}, format="multipart")
    assert answer.status_code == 200, answer.json()
    assert {name: answer.json()[name] for name in ("created", "updated", "unchanged")} == {
        "created": 0, "updated": 0, "unchanged": 5,
    }  # fmt: skip
    assert list(Product.objects.order_by("id").values()) == products
    assert Movement.objects.count() == movements


@pytest.mark.parametrize("query", QUERIES)
def test_the_template_is_read(as_alice, query):
    content = as_alice.get(f"/api/products/import/template/{query}").getvalue()
    file = SimpleUploadedFile("products", content, "application/octet-stream")
    answer = as_alice.post(ADDRESS, {"file": file}, format="multipart").json()
    assert "It has no rows below the header" in answer["detail"]
