"""A file that the export writes, in each dialect and as a workbook, changes nothing when it is imported."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from products.filing.tests.importing import ADDRESS, import_file
from products.models import Product
from stock.models import Movement
from suppliers.models import Supplier
from testing.cast.people import make_product
from users.models import User

QUERIES = ["", "?csv=european", "?format=xlsx"]


@pytest.fixture
def products(alice):
    """Create products with texts that look like formulas, numbers, dates and errors."""
    supplier = Supplier.objects.create(owner=alice, name="Acme & Söhne; GmbH")
    make_product(alice, "=cmd()", 5, sku="+1", description="two\nlines; 'quoted', '=x", supplier=supplier)
    make_product(alice, "'=odd", 0, barcode="-9", expiration_date="2027-01-02", cost_price="1.10")
    make_product(alice, "Käse", 1_234_567, sku="0017", barcode="4012345678901", price="1234.50", unit="1,5")
    make_product(alice, "1E5", 1, sku="1E5", price="1234.00", description="2026-12-31")
    make_product(alice, "#N/A", 2, sku="#NAME?", description="'#BEZUG!")
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
        "created": 0, "updated": 0, "unchanged": 6,
    }  # fmt: skip
    assert list(Product.objects.order_by("id").values()) == products
    assert Movement.objects.count() == movements


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("query", ["?csv=standard", "?csv=european&by=holding", "?format=xlsx"])
def test_a_list_for_people_changes_nothing_in_any_language(as_alice, alice, language, query):
    User.objects.filter(pk=alice.pk).update(shop_language=language)
    location = as_alice.post("/api/locations/", {"name": "Shelf"}).json()["id"]
    text = "name,price,group,option:size,tags,barcode,quantity,min_threshold,pack_size\n"
    import_file(as_alice, text + 'Name,1.50,Shirts,S,"a, b",4006381333931,3,2,6\nTotal,2.00,Shirts,M,,,7,,1\n')
    product = Product.objects.get(name="Total")
    moved = {"from": None, "to": location, "lines": [{"product": product.pk, "quantity": 2}]}
    assert as_alice.post("/api/stock/transfers/", moved, format="json").status_code == 201
    before, movements = list(Product.objects.order_by("id").values()), Movement.objects.count()
    content = as_alice.get(f"/api/products/export/{query}&_from_page=1").getvalue()
    assert b"stock_sequence" not in content
    for more in ("", "?moving=true"):
        file = SimpleUploadedFile("products", content, "application/octet-stream")
        answer = as_alice.post(f"{ADDRESS}{more}", {"file": file}, format="multipart")
        assert answer.status_code == 200, answer.json()
        assert [answer.json()[name] for name in ("created", "updated", "unchanged")] == [0, 0, 2]
    assert (list(Product.objects.order_by("id").values()), Movement.objects.count()) == (before, movements)


def test_a_list_for_people_without_its_last_columns_is_read_in_its_words(as_alice, alice):
    User.objects.filter(pk=alice.pk).update(shop_language="de")
    import_file(as_alice, "Name,Preis,Auf Lager,Knapp ab,Läuft ab\nTee,2.50,3,1,2031-02-03\n")
    tea = Product.objects.get()
    assert (tea.quantity, tea.min_threshold, str(tea.expiration_date)) == (3, 1, "2031-02-03")


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("query", [*QUERIES, "?_from_page=1", "?format=xlsx&_from_page=1"])
def test_the_template_is_read(as_alice, alice, language, query):
    User.objects.filter(pk=alice.pk).update(shop_language=language)
    content = as_alice.get(f"/api/products/import/template/{query}").getvalue()
    file = SimpleUploadedFile("products", content, "application/octet-stream")
    answer = as_alice.post(ADDRESS, {"file": file}, format="multipart").json()
    assert "It has no rows below the header" in answer["detail"]
